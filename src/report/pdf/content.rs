//! Marks into operators: what a page paints, and which structure element each piece belongs to.

use std::collections::{BTreeMap, HashMap};

use printpdf::{
    Codepoint, Color, DictItem, FontId, Line, LinePoint, Op, PaintMode, PdfFontHandle, Point,
    Polygon, PolygonRing, Pt, Rgb, TextItem, TextMatrix, TextRenderingMode, WindingOrder,
};

use super::tree;
use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::fonts::tier::{EACH, Printed, Tier};
use crate::report::layout::breaking::is_wide;
use crate::report::page::{Belongs, Colour, Element, ElementId, Face, Mark, Paint, Segment};

/// A heavy text is outlined this thick, in parts of its size: about the weight of 小标宋.
const HEAVY: f32 = 0.026;

/// The glyphs of one document: those of the static tier, and further ones that it needs besides.
pub(super) struct Glyphs<'a> {
    fonts: &'a Fonts,
    further: Vec<Printed>,
    codes: HashMap<char, u16>,
}

impl<'a> Glyphs<'a> {
    /// No further glyphs yet.
    pub(super) fn new(fonts: &'a Fonts) -> Self {
        Self { fonts, further: Vec::new(), codes: HashMap::new() }
    }

    /// Cuts the tier of this document alone, if it needs one.
    pub(super) fn cut(&self) -> Result<Option<Tier>, Error> {
        if self.further.is_empty() {
            return Ok(None);
        }
        self.fonts.cut(&self.further, EACH).map(Some)
    }

    /// The resource name of the font and the code that print a character.
    fn code(&mut self, character: char) -> Result<(&'static str, u16), Error> {
        let glyph = self.fonts.glyph(character).ok_or(Error::NoGlyph { character })?;
        if glyph.common > 0 {
            return Ok((super::COMMON, glyph.common));
        }
        if let Some(code) = self.codes.get(&character) {
            return Ok((super::FURTHER, *code));
        }
        self.further.push((character, glyph));
        let code =
            u16::try_from(self.further.len()).map_err(|_| Error::Sheet { reason: "too many characters" })?;
        self.codes.insert(character, code);
        Ok((super::FURTHER, code))
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
    heavy: bool,
}

impl<'g, 'f> Painter<'g, 'f> {
    /// A painter whose lower left corner is at `origin`.
    pub(super) fn new(glyphs: &'g mut Glyphs<'f>, origin: (f32, f32)) -> Self {
        // Outlines of heavy glyphs get no spikes at their sharpest corners.
        let ops = vec![Op::SetMiterLimit { limit: Pt(2.0) }];
        let (fill, line, font) = (None, None, None);
        Self { glyphs, origin, ops, fill, line, font, spacing: 0.0, heavy: false }
    }

    /// Paints marks and wraps them into marked content; neighbours of one element share a sequence.
    /// Chinese within elements that are `foreign`, in another language, says so (PDF/UA-1, 7.2). Gives the operators and, for
    /// each marked-content identifier in turn, the element.
    pub(super) fn marks(
        mut self,
        marks: &[Mark],
        elements: &[Element],
        foreign: &[bool],
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
            let mixed = matches!(run[0].belongs, Belongs::To(id) if foreign.get(id.0) == Some(&true));
            for mark in run {
                self.paint(&mark.paint, mixed)?;
            }
            self.ops.push(Op::EndMarkedContent);
        }
        Ok((self.ops, owners))
    }

    /// Paints without marking.
    pub(super) fn paints(mut self, paints: &[Paint]) -> Result<Vec<Op>, Error> {
        for paint in paints {
            self.paint(paint, false)?;
        }
        Ok(self.ops)
    }

    fn paint(&mut self, paint: &Paint, mixed: bool) -> Result<(), Error> {
        match paint {
            Paint::Text { x, y, size, face, colour, spacing, turn, text } => {
                self.fill(*colour);
                self.weight(*face, *size, *colour);
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
                if mixed {
                    self.show_mixed(*size, text)?;
                } else {
                    self.show(*size, text)?;
                }
                self.ops.push(Op::EndTextSection);
            }
            Paint::Path { segments, fill, stroke } => self.path(segments, *fill, *stroke),
        }
        Ok(())
    }

    /// Shows text of two languages, each run of Chinese marked as such.
    fn show_mixed(&mut self, size: f32, text: &str) -> Result<(), Error> {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let chinese = is_wide(first);
            let end = rest.find(|c| is_wide(c) != chinese).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if chinese {
                let lang = DictItem::String { data: b"zh-CN".to_vec(), literal: true };
                let properties = DictItem::Dict { map: BTreeMap::from([("Lang".to_owned(), lang)]) };
                let tag = "Span".to_owned();
                self.ops.push(Op::BeginMarkedContentWithProperties { tag, properties });
            }
            self.show(size, run)?;
            if chinese {
                self.ops.push(Op::EndMarkedContent);
            }
            rest = after;
        }
        Ok(())
    }

    /// Shows text in runs of one font each.
    fn show(&mut self, size: f32, text: &str) -> Result<(), Error> {
        let mut run = Vec::with_capacity(text.len() / 2);
        let mut of = None;
        for character in text.chars() {
            let (font, code) = self.glyphs.code(character)?;
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
            self.pen(colour, width);
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

    /// Makes the glyphs that follow heavy, or not.
    fn weight(&mut self, face: Face, size: f32, colour: Colour) {
        let heavy = face == Face::Bold;
        if heavy {
            self.pen(colour, size * HEAVY);
        }
        if self.heavy != heavy {
            self.heavy = heavy;
            let mode = if heavy { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
            self.ops.push(Op::SetTextRenderingMode { mode });
        }
    }

    /// The colour and the width of lines.
    fn pen(&mut self, colour: Colour, width: f32) {
        if self.line.is_none_or(|line| line.0 != colour) {
            self.ops.push(Op::SetOutlineColor { col: rgb(colour) });
        }
        if self.line.is_none_or(|line| (line.1 - width).abs() > f32::EPSILON) {
            self.ops.push(Op::SetOutlineThickness { pt: Pt(width) });
        }
        self.line = Some((colour, width));
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
