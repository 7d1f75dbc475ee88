//! The engine that fills pages from top to bottom: paragraphs, headings that stay with what follows, lists, tables.

pub(in crate::report) mod breaking;
pub(in crate::report) mod table;

use std::mem;

use breaking::{Line, is_wide, lines, printable};

use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::geometry::{Geometry, Style};
use crate::report::page::{Belongs, Colour, Element, ElementId, Mark, Paint, Role, Segment};

/// The root of every document.
pub(in crate::report) const ROOT: ElementId = ElementId(0);

/// Where a text is narrower than its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Align {
    Left,
    Centre,
    Right,
}

/// A heading that waits for the first line of what it heads.
struct Waiting {
    element: ElementId,
    text: String,
    style: Style,
    lines: Vec<Line>,
    outline: bool,
}

impl Waiting {
    #[expect(clippy::cast_precision_loss, reason = "a heading has few lines")]
    fn height(&self) -> f32 {
        self.style.before + self.lines.len() as f32 * self.style.leading + self.style.after
    }
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
    /// Texts mostly in Chinese are marked as such where the document is in another language.
    mark_chinese: bool,
}

impl<'a> Flow<'a> {
    pub(in crate::report) fn new(fonts: &'a Fonts, geometry: &'a Geometry, mark_chinese: bool) -> Self {
        let document = Element {
            role: Role::Document,
            parent: None,
            alt: None,
            scope: None,
            column_span: 1,
            lang: None,
        };
        Self {
            fonts,
            geometry,
            pages: vec![Vec::new()],
            elements: vec![document],
            outline: Vec::new(),
            y: geometry.page.top,
            waiting: Vec::new(),
            mark_chinese,
        }
    }

    /// A new element under another.
    pub(in crate::report) fn open(&mut self, role: Role, parent: ElementId) -> ElementId {
        self.add(Element { role, parent: Some(parent), alt: None, scope: None, column_span: 1, lang: None })
    }

    /// A new element that holds a text.
    pub(in crate::report) fn open_for(&mut self, role: Role, parent: ElementId, text: &str) -> ElementId {
        let lang = self.lang_of(text);
        self.add(Element { role, parent: Some(parent), alt: None, scope: None, column_span: 1, lang })
    }

    /// A new element.
    pub(in crate::report) fn add(&mut self, element: Element) -> ElementId {
        self.elements.push(element);
        ElementId(self.elements.len() - 1)
    }

    /// The language of a text, where it is not that of the document.
    pub(in crate::report) fn lang_of(&self, text: &str) -> Option<String> {
        if !self.mark_chinese {
            return None;
        }
        let (chinese, latin) = text.chars().fold((0, 0), |(chinese, latin), c| {
            (chinese + usize::from(is_wide(c)), latin + usize::from(c.is_ascii_alphabetic()))
        });
        (chinese > latin).then(|| "zh-CN".to_owned())
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

    /// Makes room for a height, on a new page if need be, and prints the headings that wait above it.
    pub(in crate::report) fn need(&mut self, height: f32) {
        let headings: f32 = self.waiting.iter().map(Waiting::height).sum();
        if headings + height > self.room() && !self.is_fresh() {
            self.turn();
        }
        for heading in mem::take(&mut self.waiting) {
            if !self.is_fresh() {
                self.y += heading.style.before;
            }
            if heading.outline {
                self.outline.push((heading.text.clone(), self.page(), self.y));
            }
            // All of it fits, unless it is longer than a page.
            for line in heading.lines.chunks(1) {
                if heading.style.leading > self.room() && !self.is_fresh() {
                    self.turn();
                }
                let (x, belongs) = (self.geometry.page.left, Belongs::To(heading.element));
                self.lines(&heading.text, line, &heading.style, x, belongs);
            }
            self.y += heading.style.after;
        }
    }

    /// A heading, or a text that leads on to a table: printed right above whatever comes next.
    pub(in crate::report) fn heading(
        &mut self,
        parent: ElementId,
        role: Role,
        style: Style,
        text: &str,
    ) -> Result<(), Error> {
        let text = printable(text);
        let measure = self.geometry.page.measure();
        let mut lines = lines(self.fonts, &style, measure, &text)?;
        justify(&mut lines, &style, measure, &text);
        let element = self.open_for(role, parent, &text);
        self.waiting.push(Waiting { element, text, style, lines, outline: role == Role::H2 });
        Ok(())
    }

    /// A paragraph over the whole measure, broken over pages with two lines on each side at least.
    pub(in crate::report) fn paragraph(
        &mut self,
        parent: ElementId,
        style: Style,
        text: &str,
    ) -> Result<(), Error> {
        let element = self.open_for(Role::P, parent, text);
        self.text(element, style, self.geometry.page.left, self.geometry.page.measure(), text)
    }

    /// A numbered or marked item of a list.
    pub(in crate::report) fn item(
        &mut self,
        list: ElementId,
        style: Style,
        label: &str,
        text: &str,
    ) -> Result<(), Error> {
        let (left, indent) = (self.geometry.page.left, self.geometry.list.indent);
        let item = self.open(Role::Li, list);
        let tag = self.open(Role::Lbl, item);
        let body = self.open_for(Role::LBody, item, text);
        self.need(style.leading * 2.0);
        let label = self.line(left, self.y, &style, label.to_owned(), 0.0);
        self.mark(label, Belongs::To(tag));
        self.text(body, style, left + indent, self.geometry.page.measure() - indent, text)
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
        let text = printable(text);
        let mut lines = lines(self.fonts, &style, width, &text)?;
        justify(&mut lines, &style, width, &text);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            self.need(style.leading * if rest.len() > 1 { 2.0 } else { 1.0 });
            let fit = self.fitting(style.leading).clamp(1, rest.len());
            // Two lines go on at least, unless that would leave but one here.
            let fit = if rest.len() - fit == 1 && fit > 2 { fit - 1 } else { fit };
            let (now, later) = rest.split_at(fit);
            self.lines(&text, now, &style, x, Belongs::To(element));
            rest = later;
            if !rest.is_empty() {
                self.turn();
            }
        }
        self.y += style.after;
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
        let (ascent, descent) = (self.fonts.ascent(face) * style.size, self.fonts.descent(face) * style.size);
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
