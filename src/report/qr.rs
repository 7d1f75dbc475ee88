//! QR codes (ISO/IEC 18004) as paths.

use std::fmt::Write as _;

use qrcode::bits::encode_auto;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::report::Error;
use crate::report::page::{Colour, Paint, Segment};

/// The largest version that is printed: 65 modules a side stay readable at 30 mm.
const LARGEST: i16 = 12;

/// White modules that a code needs around itself.
const QUIET: u16 = 4;

/// The modules of a code, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    width: u16,
    dark: Vec<bool>,
}

/// Encodes a text at level Q where version 12 holds it, otherwise at level M; refuses what does not fit then either.
pub fn qr(text: &str) -> Result<Modules, Error> {
    let too_long = || Error::QrTooLong { length: text.len() };
    // The version is known once the text is packed; choosing a mask, by far the longest work, is done once.
    let pack = |level| {
        let bits = encode_auto(text.as_bytes(), level).ok()?;
        let fits = matches!(bits.version(), Version::Normal(version) if version <= LARGEST);
        fits.then_some((bits, level))
    };
    let (bits, level) = pack(EcLevel::Q).or_else(|| pack(EcLevel::M)).ok_or_else(too_long)?;
    let code = QrCode::with_bits(bits, level).map_err(|_| too_long())?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|module| module == Color::Dark).collect();
    // Version 12 has 65 modules a side.
    let width = u16::try_from(code.width()).map_err(|_| too_long())?;
    Ok(Modules { width, dark })
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
