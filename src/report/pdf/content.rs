//! Marks into operators: what a page paints, and which structure element each piece belongs to.

use std::collections::{BTreeMap, HashMap};

use printpdf::{
    Codepoint, Color, DictItem, FontId, Line, LinePoint, Op, PaintMode, PdfFontHandle, Point, Polygon,
    PolygonRing, Pt, Rgb, TextItem, TextMatrix, TextRenderingMode, WindingOrder,
};

use super::operators::Stream;
use super::tree;
use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::fonts::tier::{EACH, Printed, Tier};
use crate::report::layout::breaking::is_wide;
use crate::report::page::{Belongs, Colour, Element, ElementId, Face, Mark, Paint, Role, Segment};

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

/// What a marked-content sequence is content of.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    /// The element.
    pub(super) element: ElementId,
    /// A run of Chinese in an element of another language: content of a `Span` of its own below the element.
    pub(super) chinese: bool,
}

/// Turns the marks of one page into operators.
pub(super) struct Painter<'g, 'f> {
    glyphs: &'g mut Glyphs<'f>,
    /// Left and bottom of what is painted on, in coordinates of the page with `y` growing downwards.
    origin: (f32, f32),
    ops: Stream,
    /// For each marked-content identifier in turn.
    owners: Vec<Owner>,
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
        let mut ops = Stream::default();
        ops.push(&Op::SetMiterLimit { limit: Pt(2.0) });
        let (fill, line, font) = (None, None, None);
        Self { glyphs, origin, ops, owners: Vec::new(), fill, line, font, spacing: 0.0, heavy: false }
    }

    /// Paints marks and wraps them into marked content; neighbours of one element share a sequence, but for runs of Chinese
    /// in elements that are `foreign`, in another language: each of these has a sequence of its own (PDF/UA-1, 7.2), and
    /// none lies in another, since some readers lose what follows an inner one. Gives the bytes, and what owns each
    /// sequence.
    pub(super) fn marks(
        mut self,
        marks: &[Mark],
        elements: &[Element],
        foreign: &[bool],
    ) -> Result<(Vec<u8>, Vec<Owner>), Error> {
        for run in marks.chunk_by(|one, next| one.belongs == next.belongs) {
            match run[0].belongs {
                Belongs::To(id) => {
                    let element =
                        elements.get(id.0).ok_or(Error::Sheet { reason: "a mark of no element" })?;
                    self.content(run, id, tree::name(element.role), foreign.get(id.0) == Some(&true))?;
                }
                Belongs::Pagination => self.artifact(run, "Pagination")?,
                Belongs::Decoration => self.artifact(run, "Layout")?,
            }
        }
        Ok((self.ops.finish()?, self.owners))
    }

    /// Paints the content of an element.
    fn content(&mut self, run: &[Mark], id: ElementId, tag: &str, foreign: bool) -> Result<(), Error> {
        let mut open = false;
        for mark in run {
            let apart = match &mark.paint {
                Paint::Text { text, .. } => foreign && text.chars().any(is_chinese),
                Paint::Path { .. } => false,
            };
            if apart && open {
                self.ops.push(&Op::EndMarkedContent);
            } else if !apart && !open {
                self.begin(tag, Owner { element: id, chinese: false });
            }
            open = !apart;
            self.paint(&mark.paint, apart.then_some((id, tag)))?;
        }
        if open {
            self.ops.push(&Op::EndMarkedContent);
        }
        Ok(())
    }

    /// Begins a sequence of an element.
    fn begin(&mut self, tag: &str, owner: Owner) {
        let number = i64::try_from(self.owners.len()).unwrap_or(i64::MAX);
        self.owners.push(owner);
        self.mark(tag, "MCID", DictItem::Int(number));
    }

    fn artifact(&mut self, run: &[Mark], kind: &str) -> Result<(), Error> {
        self.mark("Artifact", "Type", DictItem::Name(kind.as_bytes().to_vec()));
        for mark in run {
            self.paint(&mark.paint, None)?;
        }
        self.ops.push(&Op::EndMarkedContent);
        Ok(())
    }

    fn mark(&mut self, tag: &str, key: &str, value: DictItem) {
        let properties = DictItem::Dict { map: BTreeMap::from([(key.to_owned(), value)]) };
        self.ops.push(&Op::BeginMarkedContentWithProperties { tag: tag.to_owned(), properties });
    }

    /// Paints without marking.
    pub(super) fn paints(mut self, paints: &[Paint]) -> Result<Vec<u8>, Error> {
        for paint in paints {
            self.paint(paint, None)?;
        }
        self.ops.finish()
    }

    /// Paints; a text that is `mixed` marks its runs itself, as content of this element with this tag.
    fn paint(&mut self, paint: &Paint, mixed: Option<(ElementId, &str)>) -> Result<(), Error> {
        match paint {
            Paint::Text { x, y, size, face, colour, spacing, turn, text } => {
                self.fill(*colour);
                self.weight(*face, *size, *colour);
                self.ops.push(&Op::StartTextSection);
                let pos = self.point(*x, *y);
                if *turn == 0.0 {
                    self.ops.push(&Op::SetTextCursor { pos });
                } else {
                    let (sine, cosine) = turn.to_radians().sin_cos();
                    let matrix = TextMatrix::Raw([cosine, sine, -sine, cosine, pos.x.0, pos.y.0]);
                    self.ops.push(&Op::SetTextMatrix { matrix });
                }
                if (self.spacing - spacing).abs() > f32::EPSILON {
                    self.spacing = *spacing;
                    self.ops.push(&Op::SetCharacterSpacing { multiplier: *spacing });
                }
                match mixed {
                    Some((element, tag)) => self.show_mixed(*size, text, element, tag)?,
                    None => self.show(*size, text)?,
                }
                self.ops.push(&Op::EndTextSection);
            }
            Paint::Path { segments, fill, stroke } => self.path(segments, *fill, *stroke),
        }
        Ok(())
    }

    /// Shows text of two languages, each run a sequence.
    fn show_mixed(&mut self, size: f32, text: &str, element: ElementId, tag: &str) -> Result<(), Error> {
        for (run, chinese) in runs(text) {
            self.begin(if chinese { tree::name(Role::Span) } else { tag }, Owner { element, chinese });
            self.show(size, run)?;
            self.ops.push(&Op::EndMarkedContent);
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
            self.ops.push(&Op::SetFont { font, size: Pt(size) });
        }
        self.ops.push(&Op::ShowText { items: vec![TextItem::GlyphIds(glyphs)] });
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
                self.ops.push(&Op::DrawLine { line: Line { points: ring.points, is_closed: false } });
            }
        } else {
            let polygon = Polygon { rings, mode, winding_order: WindingOrder::EvenOdd };
            self.ops.push(&Op::DrawPolygon { polygon });
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
            self.ops.push(&Op::SetTextRenderingMode { mode });
        }
    }

    /// The colour and the width of lines.
    fn pen(&mut self, colour: Colour, width: f32) {
        if self.line.is_none_or(|line| line.0 != colour) {
            self.ops.push(&Op::SetOutlineColor { col: rgb(colour) });
        }
        if self.line.is_none_or(|line| (line.1 - width).abs() > f32::EPSILON) {
            self.ops.push(&Op::SetOutlineThickness { pt: Pt(width) });
        }
        self.line = Some((colour, width));
    }

    fn fill(&mut self, colour: Colour) {
        if self.fill != Some(colour) {
            self.fill = Some(colour);
            self.ops.push(&Op::SetFillColor { col: rgb(colour) });
        }
    }

    fn point(&self, x: f32, y: f32) -> Point {
        Point { x: Pt(x - self.origin.0), y: Pt(self.origin.1 - y) }
    }
}

/// The runs of a text, and whether each is Chinese. Digits, blanks and marks between Chinese go with it.
fn runs(text: &str) -> Vec<(&str, bool)> {
    let mut runs = Vec::new();
    let (mut rest, mut chinese) = (0, None);
    for (at, character) in text.char_indices() {
        if is_chinese(character) {
            if chinese.is_none() && at > rest {
                runs.push((&text[rest..at], false));
                rest = at;
            }
            chinese = Some(at + character.len_utf8());
        } else if let (true, Some(end)) = (character.is_alphabetic(), chinese) {
            runs.push((&text[rest..end], true));
            (rest, chinese) = (end, None);
        }
    }
    if let Some(end) = chinese {
        runs.push((&text[rest..end], true));
        rest = end;
    }
    if rest < text.len() {
        runs.push((&text[rest..], false));
    }
    runs
}

/// Characters and marks of Chinese, without those that other languages use as well.
fn is_chinese(character: char) -> bool {
    is_wide(character) && !matches!(character, '\u{201c}' | '\u{201d}' | '\u{2014}' | '\u{2026}')
}

fn rgb(Colour(r, g, b): Colour) -> Color {
    Color::Rgb(Rgb { r, g, b, icc_profile: None })
}
