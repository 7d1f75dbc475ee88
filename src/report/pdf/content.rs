//! Marks into operators: what a page paints, and which structure element each piece belongs to.

use std::collections::BTreeMap;

use printpdf::{
    Codepoint, Color, DictItem, FontId, Line, LinePoint, Op, PaintMode, PdfFontHandle, Point, Polygon,
    PolygonRing, Pt, Rgb, TextItem, TextMatrix, WindingOrder,
};

use super::tree;
use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::fonts::tier::{Printed, Tier};
use crate::report::page::{Belongs, Colour, Element, ElementId, Face, Mark, Paint, Segment};

/// The glyphs of one document: those of the static tiers, and further ones that it needs besides.
pub(super) struct Glyphs<'a> {
    fonts: &'a Fonts,
    further: BTreeMap<u8, Vec<Printed>>,
    codes: BTreeMap<(u8, char), u16>,
}

impl<'a> Glyphs<'a> {
    /// No further glyphs yet.
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, further: BTreeMap::new(), codes: BTreeMap::new() }
    }

    /// Cuts the tiers of this document alone.
    pub(super) fn cut(&self) -> Result<Vec<Tier>, Error> {
        self.further.iter().map(|(&font, characters)| Tier::cut(font, characters)).collect()
    }

    /// The resource name of the font and the code that print a character.
    fn code(&mut self, face: Face, character: char) -> Result<(&'static str, u16), Error> {
        let glyph = self.fonts.glyph(face, character).ok_or(Error::NoGlyph { character })?;
        if glyph.common > 0 {
            return Ok((super::resource(glyph.font, true), glyph.common));
        }
        let resource = super::resource(glyph.font, false);
        if let Some(code) = self.codes.get(&(glyph.font, character)) {
            return Ok((resource, *code));
        }
        let list = self.further.entry(glyph.font).or_default();
        list.push((character, glyph));
        let code = u16::try_from(list.len()).map_err(|_| Error::Sheet { reason: "too many characters" })?;
        self.codes.insert((glyph.font, character), code);
        Ok((resource, code))
    }
}

/// Turns the marks of one page into operators.
pub(super) struct Painter<'g, 'f> {
    glyphs: &'g mut Glyphs<'f>,
    /// Left and bottom of what is painted on, in coordinates of the page with `y` growing downwards.
    origin: (f32, f32),
    ops: Vec<Op>,
    fill: Option<Colour>,
    line: Option<(Colour, f32)>,
    font: Option<(&'static str, f32)>,
    spacing: f32,
}

impl<'g, 'f> Painter<'g, 'f> {
    /// A painter whose lower left corner is at `origin`.
    pub(super) fn new(glyphs: &'g mut Glyphs<'f>, origin: (f32, f32)) -> Self {
        Self { glyphs, origin, ops: Vec::new(), fill: None, line: None, font: None, spacing: 0.0 }
    }

    /// Paints marks and wraps them into marked content; neighbours of one element share a sequence.
    /// Gives the operators and, for each marked-content identifier in turn, the element.
    pub(super) fn marks(
        mut self,
        marks: &[Mark],
        elements: &[Element],
    ) -> Result<(Vec<Op>, Vec<ElementId>), Error> {
        let mut owners = Vec::new();
        for run in marks.chunk_by(|one, next| one.belongs == next.belongs) {
            let (tag, properties) = match run[0].belongs {
                Belongs::To(id) => {
                    let element =
                        elements.get(id.0).ok_or(Error::Sheet { reason: "a mark of no element" })?;
                    let number = i64::try_from(owners.len()).unwrap_or(i64::MAX);
                    owners.push(id);
                    (tree::name(element.role), ("MCID", DictItem::Int(number)))
                }
                Belongs::Pagination => ("Artifact", ("Type", DictItem::Name(b"Pagination".to_vec()))),
                Belongs::Decoration => ("Artifact", ("Type", DictItem::Name(b"Layout".to_vec()))),
            };
            let map = BTreeMap::from([(properties.0.to_owned(), properties.1)]);
            let properties = DictItem::Dict { map };
            self.ops.push(Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
            for mark in run {
                self.paint(&mark.paint)?;
            }
            self.ops.push(Op::EndMarkedContent);
        }
        Ok((self.ops, owners))
    }

    /// Paints without marking.
    pub(super) fn paints(mut self, paints: &[Paint]) -> Result<Vec<Op>, Error> {
        for paint in paints {
            self.paint(paint)?;
        }
        Ok(self.ops)
    }

    fn paint(&mut self, paint: &Paint) -> Result<(), Error> {
        match paint {
            Paint::Text { x, y, size, face, colour, spacing, turn, text } => {
                self.fill(*colour);
                self.ops.push(Op::StartTextSection);
                let pos = self.point(*x, *y);
                if *turn == 0.0 {
                    self.ops.push(Op::SetTextCursor { pos });
                } else {
                    let (sine, cosine) = turn.to_radians().sin_cos();
                    let matrix = TextMatrix::Raw([cosine, sine, -sine, cosine, pos.x.0, pos.y.0]);
                    self.ops.push(Op::SetTextMatrix { matrix });
                }
                if (self.spacing - spacing).abs() > f32::EPSILON {
                    self.spacing = *spacing;
                    self.ops.push(Op::SetCharacterSpacing { multiplier: *spacing });
                }
                self.show(*face, *size, text)?;
                self.ops.push(Op::EndTextSection);
            }
            Paint::Path { segments, fill, stroke } => self.path(segments, *fill, *stroke),
        }
        Ok(())
    }

    /// Shows text in runs of one font each.
    fn show(&mut self, face: Face, size: f32, text: &str) -> Result<(), Error> {
        let mut run = Vec::new();
        let mut of = None;
        for character in text.chars() {
            let (font, code) = self.glyphs.code(face, character)?;
            if of != Some(font) {
                self.run(of, size, std::mem::take(&mut run));
                of = Some(font);
            }
            run.push(Codepoint::new(code, 0.0));
        }
        self.run(of, size, run);
        Ok(())
    }

    fn run(&mut self, font: Option<&'static str>, size: f32, glyphs: Vec<Codepoint>) {
        let Some(name) = font else { return };
        if self.font != Some((name, size)) {
            self.font = Some((name, size));
            let font = PdfFontHandle::External(FontId(name.to_owned()));
            self.ops.push(Op::SetFont { font, size: Pt(size) });
        }
        self.ops.push(Op::ShowText { items: vec![TextItem::GlyphIds(glyphs)] });
    }

    fn path(&mut self, segments: &[Segment], fill: Option<Colour>, stroke: Option<(Colour, f32)>) {
        if let Some(colour) = fill {
            self.fill(colour);
        }
        if let Some((colour, width)) = stroke {
            if self.line.is_none_or(|line| line.0 != colour) {
                self.ops.push(Op::SetOutlineColor { col: rgb(colour) });
            }
            if self.line.is_none_or(|line| (line.1 - width).abs() > f32::EPSILON) {
                self.ops.push(Op::SetOutlineThickness { pt: Pt(width) });
            }
            self.line = Some((colour, width));
        }
        let mode = match (fill, stroke) {
            (Some(_), Some(_)) => PaintMode::FillStroke,
            (Some(_), None) => PaintMode::Fill,
            (None, Some(_)) => PaintMode::Stroke,
            (None, None) => return,
        };
        let (rings, closed) = self.rings(segments);
        if mode == PaintMode::Stroke && !closed {
            for ring in rings {
                self.ops.push(Op::DrawLine { line: Line { points: ring.points, is_closed: false } });
            }
        } else {
            let polygon = Polygon { rings, mode, winding_order: WindingOrder::EvenOdd };
            self.ops.push(Op::DrawPolygon { polygon });
        }
    }

    /// The figures of a path, and whether all are closed.
    fn rings(&self, segments: &[Segment]) -> (Vec<PolygonRing>, bool) {
        let mut rings: Vec<PolygonRing> = Vec::new();
        let mut closed = 0;
        for segment in segments {
            let mut add = |x: f32, y: f32, bezier: bool| {
                let point = LinePoint { p: self.point(x, y), bezier };
                match rings.last_mut() {
                    Some(ring) if !matches!(segment, Segment::Move(..)) => ring.points.push(point),
                    _ => rings.push(PolygonRing { points: vec![point] }),
                }
            };
            match *segment {
                Segment::Move(x, y) | Segment::Line(x, y) => add(x, y, false),
                Segment::Curve(x1, y1, x2, y2, x, y) => {
                    add(x1, y1, true);
                    add(x2, y2, true);
                    add(x, y, false);
                }
                Segment::Close => closed += 1,
            }
        }
        let all = closed == rings.len();
        (rings, all)
    }

    fn fill(&mut self, colour: Colour) {
        if self.fill != Some(colour) {
            self.fill = Some(colour);
            self.ops.push(Op::SetFillColor { col: rgb(colour) });
        }
    }

    fn point(&self, x: f32, y: f32) -> Point {
        Point { x: Pt(x - self.origin.0), y: Pt(self.origin.1 - y) }
    }
}

fn rgb(Colour(r, g, b): Colour) -> Color {
    Color::Rgb(Rgb { r, g, b, icc_profile: None })
}
