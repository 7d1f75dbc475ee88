//! Operators into bytes: the content stream of a page (ISO 32000-1, 7.8.2).
//!
//! The operators are `printpdf`'s [`Op`]. Its own translation goes through a tree of objects and fonts that it cuts afresh for
//! each document, which costs more than all the rest; this one writes bytes, and knows only the operators of the profile.

use printpdf::{
    Color, DictItem, LinePoint, Op, PaintMode, PdfFontHandle, Polygon, PolygonRing, TextItem,
    TextRenderingMode,
};

use crate::report::Error;

/// A content stream being written, operator after operator: none is kept, since a long report has a hundred thousand.
#[derive(Default)]
pub(super) struct Stream {
    out: Vec<u8>,
    fault: Option<Error>,
}

impl Stream {
    /// Writes an operator.
    pub(super) fn push(&mut self, operator: &Op) {
        if let Err(error) = write(&mut self.out, operator) {
            self.fault.get_or_insert(error);
        }
    }

    /// The bytes, if every operator could be written.
    pub(super) fn finish(self) -> Result<Vec<u8>, Error> {
        self.fault.map_or(Ok(self.out), Err)
    }
}

fn write(out: &mut Vec<u8>, operator: &Op) -> Result<(), Error> {
    match operator {
        Op::StartTextSection => out.extend_from_slice(b"BT\n"),
        Op::EndTextSection => out.extend_from_slice(b"ET\n"),
        Op::EndMarkedContent => out.extend_from_slice(b"EMC\n"),
        Op::SetFillColor { col: Color::Rgb(rgb) } => line(out, &[rgb.r, rgb.g, rgb.b], "rg"),
        Op::SetOutlineColor { col: Color::Rgb(rgb) } => line(out, &[rgb.r, rgb.g, rgb.b], "RG"),
        Op::SetOutlineThickness { pt } => line(out, &[pt.0], "w"),
        Op::SetMiterLimit { limit } => line(out, &[limit.0], "M"),
        Op::SetTextRenderingMode { mode: TextRenderingMode::Fill } => out.extend_from_slice(b"0 Tr\n"),
        Op::SetTextRenderingMode { mode: TextRenderingMode::FillStroke } => out.extend_from_slice(b"2 Tr\n"),
        Op::SetCharacterSpacing { multiplier } => line(out, &[*multiplier], "Tc"),
        Op::SetTextCursor { pos } => write_all::<1>(out, &[pos.x.0, pos.y.0], "Td"),
        Op::SetTextMatrix { matrix } => line(out, &matrix.as_array(), "Tm"),
        Op::SetFont { font: PdfFontHandle::External(font), size } => {
            out.push(b'/');
            out.extend_from_slice(font.0.as_bytes());
            out.push(b' ');
            line(out, &[size.0], "Tf");
        }
        Op::ShowText { items } => {
            for item in items {
                let TextItem::GlyphIds(glyphs) = item else { return Err(outside()) };
                out.push(b'(');
                for byte in glyphs.iter().flat_map(|glyph| glyph.gid.to_be_bytes()) {
                    literal(out, byte);
                }
                out.extend_from_slice(b")Tj\n");
            }
        }
        Op::DrawPolygon { polygon } => draw(out, polygon)?,
        Op::DrawLine { line } => {
            ring(out, &line.points, line.is_closed)?;
            out.extend_from_slice(b"S\n");
        }
        Op::BeginMarkedContentWithProperties { tag, properties: DictItem::Dict { map } } => {
            out.push(b'/');
            out.extend_from_slice(tag.as_bytes());
            out.extend_from_slice(b"<<");
            for (key, value) in map {
                out.push(b'/');
                out.extend_from_slice(key.as_bytes());
                match value {
                    DictItem::Int(number) => out.extend_from_slice(format!(" {number}").as_bytes()),
                    DictItem::String { data, literal: true } => {
                        out.push(b'(');
                        for byte in data {
                            literal(out, *byte);
                        }
                        out.push(b')');
                    }
                    DictItem::Name(name) => {
                        out.push(b'/');
                        out.extend_from_slice(name);
                    }
                    _ => return Err(outside()),
                }
            }
            out.extend_from_slice(b">>BDC\n");
        }
        _ => return Err(outside()),
    }
    Ok(())
}

fn outside() -> Error {
    Error::Sheet { reason: "an operator outside the profile" }
}

fn draw(out: &mut Vec<u8>, polygon: &Polygon) -> Result<(), Error> {
    if polygon.mode == PaintMode::Fill
        && let Some(boxes) = polygon.rings.iter().map(rectangle).collect::<Option<Vec<_>>>()
        && let Some((unit, corner, boxes)) = grid(&boxes)
    {
        out.extend_from_slice(b"q\n");
        line(out, &[unit, 0.0, 0.0, unit, corner[0], corner[1]], "cm");
        for one in &boxes {
            place(out, one, "re");
        }
        out.extend_from_slice(b"f*\nQ\n");
        return Ok(());
    }
    for figure in &polygon.rings {
        if let Some([x, y, width, height]) = rectangle(figure) {
            place(out, &[x, y, width, height], "re");
        } else {
            ring(out, &figure.points, true)?;
        }
    }
    out.extend_from_slice(match polygon.mode {
        PaintMode::Fill => b"f*\n".as_slice(),
        PaintMode::Stroke => b"S\n",
        PaintMode::FillStroke => b"B*\n",
        PaintMode::Clip => return Err(outside()),
    });
    Ok(())
}

/// Many rectangles of whole units, as a QR has them, in that unit and from a corner: short numbers, and no seams between them.
fn grid(boxes: &[[f32; 4]]) -> Option<(f32, [f32; 2], Vec<[f32; 4]>)> {
    const MANY: usize = 64;
    let [left, bottom, _, unit] = *boxes.first().filter(|_| boxes.len() >= MANY)?;
    let whole = |length: f32| {
        let units = (length / unit).round();
        ((length / unit - units).abs() < 0.01).then_some(units)
    };
    let in_units = |[x, y, width, height]: &[f32; 4]| {
        Some([whole(x - left)?, whole(y - bottom)?, whole(*width)?, whole(*height)?])
    };
    let boxes: Option<Vec<[f32; 4]>> = boxes.iter().map(in_units).collect();
    Some((unit, [left, bottom], boxes?))
}

/// Left, bottom, width and height of an upright rectangle.
fn rectangle(figure: &PolygonRing) -> Option<[f32; 4]> {
    let [a, b, c, d] = figure.points.as_slice() else { return None };
    let at = |point: &LinePoint| (point.p.x.0, point.p.y.0);
    let ((ax, ay), (bx, by), (cx, cy), (dx, dy)) = (at(a), at(b), at(c), at(d));
    let same = |one: f32, other: f32| (one - other).abs() < f32::EPSILON;
    let first_across = same(ay, by) && same(bx, cx) && same(cy, dy) && same(dx, ax);
    let first_down = same(ax, bx) && same(by, cy) && same(cx, dx) && same(dy, ay);
    let straight = !figure.points.iter().any(|point| point.bezier);
    (straight && (first_across || first_down))
        .then(|| [ax.min(cx), ay.min(cy), (ax - cx).abs(), (ay - cy).abs()])
}

fn ring(out: &mut Vec<u8>, points: &[LinePoint], closed: bool) -> Result<(), Error> {
    let mut rest = points;
    while let [point, others @ ..] = rest {
        if point.bezier {
            let [first, second, end, beyond @ ..] = rest else { return Err(outside()) };
            let (first, second, end) = (first.p, second.p, end.p);
            place(out, &[first.x.0, first.y.0, second.x.0, second.y.0, end.x.0, end.y.0], "c");
            rest = beyond;
        } else {
            let begins = rest.len() == points.len();
            place(out, &[point.p.x.0, point.p.y.0], if begins { "m" } else { "l" });
            rest = others;
        }
    }
    if closed {
        out.extend_from_slice(b"h\n");
    }
    Ok(())
}

/// Writes places and lengths on the page: a hundredth of a point is far below what any printer resolves. Where a line of text
/// begins is said in tenths, which nobody sees.
fn place(out: &mut Vec<u8>, numbers: &[f32], operator: &str) {
    write_all::<2>(out, numbers, operator);
}

/// Writes numbers that are multiplied before they are seen: spacing, colours, turns.
fn line(out: &mut Vec<u8>, numbers: &[f32], operator: &str) {
    write_all::<3>(out, numbers, operator);
}

fn write_all<const DECIMALS: u32>(out: &mut Vec<u8>, numbers: &[f32], operator: &str) {
    for value in numbers {
        number::<DECIMALS>(out, *value);
        out.push(b' ');
    }
    out.extend_from_slice(operator.as_bytes());
    out.push(b'\n');
}

/// Writes a number with so many decimals at most.
fn number<const DECIMALS: u32>(out: &mut Vec<u8>, value: f32) {
    let unit = 10_i64.pow(DECIMALS);
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and no page is that wide")]
    #[expect(clippy::cast_precision_loss, reason = "ten, a hundred or a thousand")]
    let parts = (f64::from(value) * unit as f64).round() as i64;
    if parts < 0 {
        out.push(b'-');
    }
    let mut rest = parts.unsigned_abs();
    // Digits from the last to the first; zeros at the end of the decimals are left out.
    let mut digits = [0; 24];
    let (mut at, mut decimals) = (digits.len(), 0);
    let mut shown = false;
    while rest > 0 || decimals <= DECIMALS {
        if decimals == DECIMALS && shown {
            at -= 1;
            digits[at] = b'.';
        }
        let digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        shown |= decimals >= DECIMALS || digit != b'0';
        if shown {
            at -= 1;
            digits[at] = digit;
        }
        rest /= 10;
        decimals += 1;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes a byte of a literal string (ISO 32000-1, 7.3.4.2), which takes half the room of hexadecimal digits.
fn literal(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        // A bare end of line would be read as a line feed.
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => out.push(byte),
    }
}
