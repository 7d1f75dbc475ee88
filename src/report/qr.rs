//! QR codes (ISO/IEC 18004) as paths.

use std::fmt::Write as _;

use qrcode::bits::encode_auto;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::{Color, EcLevel, Version};

use crate::report::Error;
use crate::report::page::{Colour, Paint, Segment};

/// The largest version that is printed: 65 modules a side stay readable at 30 mm.
const LARGEST: i16 = 12;

/// White modules that a code needs around itself.
const QUIET: u16 = 4;

/// The masks in the order of their numbers (7.8.2).
const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// The modules of a code, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    width: u16,
    dark: Vec<bool>,
}

/// Encodes a text at level Q where version 12 holds it, otherwise at level M; refuses what does not fit then either.
pub fn qr(text: &str) -> Result<Modules, Error> {
    let too_long = || Error::QrTooLong { length: text.len() };
    let pack = |level| {
        let bits = encode_auto(text.as_bytes(), level).ok()?;
        let fits = matches!(bits.version(), Version::Normal(version) if version <= LARGEST);
        fits.then_some((bits, level))
    };
    let (bits, level) = pack(EcLevel::Q).or_else(|| pack(EcLevel::M)).ok_or_else(too_long)?;
    let version = bits.version();
    let (data, correction) =
        construct_codewords(&bits.into_bytes(), version, level).map_err(|_| too_long())?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    // Version 12 has 65 modules a side.
    let width = u16::try_from(version.width()).map_err(|_| too_long())?;
    let masked = MASKS.into_iter().map(|mask| {
        let mut canvas = canvas.clone();
        canvas.apply_mask(mask);
        let dark = canvas.into_colors().into_iter().map(|module| module == Color::Dark).collect();
        Modules { width, dark }
    });
    masked.min_by_key(Modules::penalty).ok_or_else(too_long)
}

impl Modules {
    /// The code as a drawing of its own (SVG 1.1), black on white, with its quiet zone.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, quiet) = (usize::from(self.width), usize::from(QUIET));
        let side = width + 2 * quiet;
        let mut squares = String::new();
        for (at, _) in self.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            // Writing to a String does not fail.
            let _ = write!(squares, "M{} {}h1v1h-1z", at % width + quiet, at / width + quiet);
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{squares}\"/></svg>"
        )
    }

    /// Modules a side, without the quiet zone.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// How hard a code is to read by the four rules of ISO/IEC 18004, 7.8.3. The library counts module by module, which takes
    /// longer than all the rest of a page; here a line is one number, and its bits are looked at together.
    fn penalty(&self) -> u32 {
        let side = usize::from(self.width);
        let line = |modules: &mut dyn Iterator<Item = usize>| {
            modules.fold(0_u128, |line, at| line << 1 | u128::from(self.dark[at]))
        };
        let rows: Vec<u128> = (0..side).map(|row| line(&mut (row * side..(row + 1) * side))).collect();
        let columns = (0..side).map(|column| line(&mut (column..side * side).step_by(side)));
        let lines: u32 = rows.iter().copied().chain(columns).map(|line| line_penalty(line, side)).sum();
        let pairs = (1_u128 << (side - 1)) - 1;
        let blocks = |two: &[u128]| {
            let same = !(two[0] ^ two[1]) & !(two[0] ^ two[0] >> 1) & !(two[1] ^ two[1] >> 1);
            (same & pairs).count_ones() * 3
        };
        let blocks: u32 = rows.windows(2).map(blocks).sum();
        let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
        let halves = dark * 200 / u32::from(self.width).pow(2);
        lines + blocks + halves.abs_diff(100)
    }

    /// Whether the module in a column and a row is dark; outside the code none is.
    #[must_use]
    pub fn is_dark(&self, column: u16, row: u16) -> bool {
        let at = usize::from(row) * usize::from(self.width) + usize::from(column);
        column < self.width && self.dark.get(at).copied().unwrap_or(false)
    }

    /// One path of the dark modules, within a square of `size` points whose left top corner is (`x`, `y`).
    ///
    /// The quiet zone of four modules lies inside the square. Neighbours in a row become one rectangle.
    #[must_use]
    pub fn paint(&self, x: f32, y: f32, size: f32, colour: Colour) -> Paint {
        let module = size / f32::from(self.width + 2 * QUIET);
        let at = |count: u16| f32::from(count + QUIET) * module;
        let mut segments = Vec::new();
        for row in 0..self.width {
            let (top, bottom) = (y + at(row), y + at(row + 1));
            let mut column = 0;
            while column < self.width {
                let begin = column;
                while self.is_dark(column, row) {
                    column += 1;
                }
                if column > begin {
                    let (left, right) = (x + at(begin), x + at(column));
                    segments.extend([
                        Segment::Move(left, top),
                        Segment::Line(right, top),
                        Segment::Line(right, bottom),
                        Segment::Line(left, bottom),
                        Segment::Close,
                    ]);
                }
                column += 1;
            }
        }
        Paint::Path { segments, fill: Some(colour), stroke: None }
    }
}

/// What the runs of one colour and the likenesses of a finder pattern in a row or a column count for.
fn line_penalty(line: u128, side: usize) -> u32 {
    let alike = !(line ^ line >> 1) & ((1 << (side - 1)) - 1);
    let fives = alike & alike >> 1 & alike >> 2 & alike >> 3;
    // A run of n modules, five at least, has n - 4 places of five, and counts for n - 2.
    let runs = fives.count_ones() + (fives & !(fives << 1)).count_ones() * 2;
    let dark = |at: u32| line >> at;
    let finder = dark(0) & !dark(1) & dark(2) & dark(3) & dark(4) & !dark(5) & dark(6);
    let below = line << 1 | line << 2 | line << 3 | line << 4;
    let above = dark(7) | dark(8) | dark(9) | dark(10);
    runs + (finder & !(below & above)).count_ones() * 40
}
