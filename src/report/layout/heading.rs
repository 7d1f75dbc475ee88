//! Headings: they wait for the first line of what they head, and stand right above it.

use std::mem;

use super::breaking::{Line, lines};
use super::{Flow, Text, justify};
use crate::report::Error;
use crate::report::geometry::Style;
use crate::report::page::{Belongs, ElementId, Role};

/// From a heading to its other language on the same line, as a part of the font size.
const APART: f32 = 0.9;

/// A heading that waits for the first line of what it heads.
pub(super) struct Waiting {
    parts: Vec<Part>,
    /// What the bookmark says.
    outline: Option<String>,
    before: f32,
    after: f32,
}

/// What one voice says.
struct Part {
    element: ElementId,
    text: String,
    style: Style,
    lines: Vec<Line>,
    /// Where it stands on the line of the part before, if it does.
    beside: Option<f32>,
}

impl Part {
    #[expect(clippy::cast_precision_loss, reason = "a heading has few lines")]
    fn height(&self) -> f32 {
        if self.beside.is_some() { 0.0 } else { self.lines.len() as f32 * self.style.leading }
    }
}

impl Waiting {
    fn height(&self) -> f32 {
        self.before + self.parts.iter().map(Part::height).sum::<f32>() + self.after
    }
}

impl Flow<'_> {
    /// Makes room for a height, on a new page if need be, and prints the headings that wait above it.
    pub(in crate::report) fn need(&mut self, height: f32) {
        let headings: f32 = self.waiting.iter().map(Waiting::height).sum();
        if headings + height > self.room() && !self.is_fresh() {
            self.turn();
        }
        for heading in mem::take(&mut self.waiting) {
            if !self.is_fresh() {
                self.y += heading.before;
            }
            if let Some(outline) = heading.outline {
                self.outline.push((outline, self.page(), self.y));
            }
            for part in &heading.parts {
                let belongs = Belongs::To(part.element);
                let left = self.geometry.page.left;
                if let (Some(x), Some(line)) = (part.beside, part.lines.first()) {
                    let shown = part.text[line.range.clone()].to_owned();
                    let paint = self.line(left + x, self.y - part.style.leading, &part.style, shown, 0.0);
                    self.mark(paint, belongs);
                    continue;
                }
                // All of it fits, unless it is longer than a page.
                for line in part.lines.chunks(1) {
                    if part.style.leading > self.room() && !self.is_fresh() {
                        self.turn();
                    }
                    self.lines(&part.text, line, &part.style, left, belongs);
                }
            }
            self.y += heading.after;
        }
    }

    /// A heading, or a text that leads on to a table: printed right above whatever comes next.
    pub(in crate::report) fn heading(
        &mut self,
        parent: ElementId,
        role: Role,
        style: Style,
        text: &Text,
    ) -> Result<(), Error> {
        let measure = self.geometry.page.measure();
        let is_head = matches!(role, Role::H1 | Role::H2 | Role::H3);
        let mut parts: Vec<Part> = Vec::new();
        for (voice, said) in text.said() {
            let style = self.geometry.voiced(&style, voice);
            let mut lines = lines(self.fonts, &style, measure, said)?;
            justify(&mut lines, &style, measure, said);
            let (role, parent) = match parts.first() {
                Some(first) if is_head => (Role::Span, first.element),
                _ => (role, parent),
            };
            let element = self.open_for(role, parent, voice, said);
            let mut part = Part { element, text: said.to_owned(), style, lines, beside: None };
            if let (Some(first), true) = (parts.first(), is_head) {
                part.stand_beside(self, first, measure);
            }
            parts.push(part);
        }
        let outline = (role == Role::H2).then(|| text.joined());
        self.waiting.push(Waiting { parts, outline, before: style.before, after: style.after });
        Ok(())
    }
}

impl Part {
    /// Goes onto the line of the leading part, if both are short enough.
    fn stand_beside(&mut self, flow: &Flow<'_>, first: &Self, measure: f32) {
        let ([leading], [own]) = (first.lines.as_slice(), self.lines.as_slice()) else { return };
        let x = leading.width + first.style.size * APART;
        if x + own.width <= measure {
            // The leading at which both stand on one base line.
            let rise = flow.fonts.ascent() - flow.fonts.descent();
            self.style.leading = first.style.leading + rise * (first.style.size - self.style.size);
            self.beside = Some(x);
        }
    }
}
