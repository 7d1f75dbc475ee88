//! The engine that fills pages from top to bottom: paragraphs, headings that stay with what follows, lists, tables.

pub(in crate::report) mod breaking;
mod grid;
mod heading;
pub(in crate::report) mod table;
mod text;

use breaking::{Line, is_wide, lines, printable};
use heading::Waiting;
pub(in crate::report) use text::Text;

use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::geometry::{Geometry, Style};
use crate::report::page::{Belongs, Colour, Element, ElementId, Mark, Paint, Role, Segment};
use crate::report::template::Language;

/// The root of every document.
pub(in crate::report) const ROOT: ElementId = ElementId(0);

/// Where a text is narrower than its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Align {
    Left,
    Centre,
    Right,
}

/// Pages being filled.
pub(in crate::report) struct Flow<'a> {
    pub(in crate::report) fonts: &'a Fonts,
    pub(in crate::report) geometry: &'a Geometry,
    pub(in crate::report) pages: Vec<Vec<Mark>>,
    pub(in crate::report) elements: Vec<Element>,
    pub(in crate::report) outline: Vec<(String, usize, f32)>,
    /// The upper edge of what is free on the last page.
    pub(in crate::report) y: f32,
    waiting: Vec<Waiting>,
    /// The language of each voice, that of the document first.
    languages: &'a [Language],
}

impl<'a> Flow<'a> {
    pub(in crate::report) fn new(
        fonts: &'a Fonts,
        geometry: &'a Geometry,
        languages: &'a [Language],
    ) -> Self {
        Self {
            fonts,
            geometry,
            pages: vec![Vec::new()],
            elements: vec![Element::new(Role::Document, None)],
            outline: Vec::new(),
            y: geometry.page.top,
            waiting: Vec::new(),
            languages,
        }
    }

    /// A new element under another.
    pub(in crate::report) fn open(&mut self, role: Role, parent: ElementId) -> ElementId {
        self.add(Element::new(role, Some(parent)))
    }

    /// A new element that holds a text of a voice.
    pub(in crate::report) fn open_for(
        &mut self,
        role: Role,
        parent: ElementId,
        voice: usize,
        text: &str,
    ) -> ElementId {
        let lang = self.lang_of(voice, text);
        self.add(Element { lang, ..Element::new(role, Some(parent)) })
    }

    /// A new element.
    pub(in crate::report) fn add(&mut self, element: Element) -> ElementId {
        self.elements.push(element);
        ElementId(self.elements.len() - 1)
    }

    /// The language of a text, where it is not that of the document: what is mostly Chinese is Chinese, whoever says it.
    pub(in crate::report) fn lang_of(&self, voice: usize, text: &str) -> Option<String> {
        let (chinese, latin) = text.chars().fold((0, 0), |(chinese, latin), c| {
            (chinese + usize::from(is_wide(c)), latin + usize::from(c.is_ascii_alphabetic()))
        });
        let own = if chinese > latin { Some(&Language::Zh) } else { self.languages.get(voice) };
        own.filter(|own| self.languages.first() != Some(own)).map(|own| own.tag().to_owned())
    }

    /// The index of the last page.
    pub(in crate::report) fn page(&self) -> usize {
        self.pages.len() - 1
    }

    /// Paints on the last page.
    pub(in crate::report) fn mark(&mut self, paint: Paint, belongs: Belongs) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Mark { paint, belongs });
        }
    }

    /// Height left on the last page.
    pub(in crate::report) fn room(&self) -> f32 {
        self.geometry.page.floor() - self.y
    }

    /// Nothing stands on the last page yet.
    pub(in crate::report) fn is_fresh(&self) -> bool {
        self.y <= self.geometry.page.top
    }

    /// Goes on to a new page.
    pub(in crate::report) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = self.geometry.page.top;
    }

    /// A paragraph over the whole measure, broken over pages with two lines on each side at least.
    pub(in crate::report) fn paragraph(
        &mut self,
        parent: ElementId,
        style: Style,
        text: &Text,
    ) -> Result<(), Error> {
        let (left, measure) = (self.geometry.page.left, self.geometry.page.measure());
        for (voice, said) in text.said() {
            let element = self.open_for(Role::P, parent, voice, said);
            self.text(element, self.geometry.voiced(&style, voice), left, measure, said)?;
        }
        self.y += style.after;
        Ok(())
    }

    /// A numbered or marked item of a list.
    pub(in crate::report) fn item(
        &mut self,
        list: ElementId,
        style: Style,
        label: &str,
        text: &Text,
    ) -> Result<(), Error> {
        let (left, indent) = (self.geometry.page.left, self.geometry.list.indent);
        let item = self.open(Role::Li, list);
        let tag = self.open(Role::Lbl, item);
        let alone = text.said().count() == 1;
        let body = if alone {
            self.open_for(Role::LBody, item, 0, text.first())
        } else {
            self.open(Role::LBody, item)
        };
        self.need(style.leading * 2.0);
        let label = self.line(left, self.y, &style, label.to_owned(), 0.0);
        self.mark(label, Belongs::To(tag));
        for (voice, said) in text.said() {
            let element = if alone { body } else { self.open_for(Role::P, body, voice, said) };
            let style = self.geometry.voiced(&style, voice);
            self.text(element, style, left + indent, self.geometry.page.measure() - indent, said)?;
        }
        self.y += style.after;
        Ok(())
    }

    /// Text of an element in a column of the page.
    fn text(
        &mut self,
        element: ElementId,
        style: Style,
        x: f32,
        width: f32,
        text: &str,
    ) -> Result<(), Error> {
        let mut lines = lines(self.fonts, &style, width, text)?;
        justify(&mut lines, &style, width, text);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            self.need(style.leading * if rest.len() > 1 { 2.0 } else { 1.0 });
            let fit = self.fitting(style.leading).clamp(1, rest.len());
            // Two lines go on at least, unless that would leave but one here.
            let fit = if rest.len() - fit == 1 && fit > 2 { fit - 1 } else { fit };
            let (now, later) = rest.split_at(fit);
            self.lines(text, now, &style, x, Belongs::To(element));
            rest = later;
            if !rest.is_empty() {
                self.turn();
            }
        }
        Ok(())
    }

    /// How many lines fit on the last page.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a page holds few lines")]
    fn fitting(&self, leading: f32) -> usize {
        (self.room() / leading).max(0.0) as usize
    }

    /// Prints lines one below the other.
    fn lines(&mut self, text: &str, lines: &[Line], style: &Style, x: f32, belongs: Belongs) {
        for line in lines {
            let shown = text[line.range.clone()].to_owned();
            let paint = self.line(x, self.y, style, shown, line.spacing);
            self.mark(paint, belongs);
            self.y += style.leading;
        }
    }

    /// One line whose box begins at `top`.
    pub(in crate::report) fn line(
        &self,
        x: f32,
        top: f32,
        style: &Style,
        text: String,
        spacing: f32,
    ) -> Paint {
        let face = style.face();
        let (ascent, descent) = (self.fonts.ascent() * style.size, self.fonts.descent() * style.size);
        Paint::Text {
            x,
            y: top + (style.leading - ascent - descent) / 2.0 + ascent,
            size: style.size,
            face,
            colour: self.geometry.colour.of(style),
            spacing,
            turn: 0.0,
            text,
        }
    }

    /// The height of a text in a column.
    #[expect(clippy::cast_precision_loss, reason = "a text has few lines")]
    pub(in crate::report) fn height(&self, style: &Style, width: f32, text: &str) -> Result<f32, Error> {
        Ok(lines(self.fonts, style, width, &printable(text))?.len() as f32 * style.leading)
    }

    /// Prints a text into a column anywhere on the last page, and gives its height.
    pub(in crate::report) fn place(
        &mut self,
        (x, top, width): (f32, f32, f32),
        style: &Style,
        align: Align,
        text: &str,
        belongs: Belongs,
    ) -> Result<f32, Error> {
        let text = printable(text);
        let mut y = top;
        for line in lines(self.fonts, style, width, &text)? {
            let x = aligned(align, x, width, line.width);
            let paint = self.line(x, y, style, text[line.range.clone()].to_owned(), 0.0);
            self.mark(paint, belongs);
            y += style.leading;
        }
        Ok(y - top)
    }

    /// A line drawn with a pen.
    pub(in crate::report) fn rule(&mut self, from: (f32, f32), to: (f32, f32), colour: Colour, width: f32) {
        let segments = vec![Segment::Move(from.0, from.1), Segment::Line(to.0, to.1)];
        self.mark(Paint::Path { segments, fill: None, stroke: Some((colour, width)) }, Belongs::Decoration);
    }
}

/// The left edge of a line in its column.
pub(in crate::report) fn aligned(align: Align, x: f32, room: f32, width: f32) -> f32 {
    match align {
        Align::Left => x,
        Align::Centre => x + (room - width) / 2.0,
        Align::Right => x + room - width,
    }
}

/// Spreads the lines of a Chinese text that fall short by no more than two characters.
pub(in crate::report) fn justify(lines: &mut [Line], style: &Style, room: f32, text: &str) {
    if !style.justify {
        return;
    }
    for line in lines.iter_mut().filter(|line| !line.ends) {
        let shown = text[line.range.clone()].trim_end_matches(' ');
        let short = room - line.width;
        let chinese = shown.chars().filter(|&c| is_wide(c)).count();
        let between = shown.chars().count().saturating_sub(1);
        if chinese * 2 > between && between > 0 && short > 0.0 && short <= style.size * 2.0 {
            #[expect(clippy::cast_precision_loss, reason = "a line has few characters")]
            let spacing = short / between as f32;
            line.spacing = spacing;
        }
    }
}

/// A rectangle as a figure.
pub(in crate::report) fn rectangle(x: f32, y: f32, width: f32, height: f32) -> [Segment; 5] {
    [
        Segment::Move(x, y),
        Segment::Line(x + width, y),
        Segment::Line(x + width, y + height),
        Segment::Line(x, y + height),
        Segment::Close,
    ]
}
