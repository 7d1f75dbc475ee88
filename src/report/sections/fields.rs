//! Tables of labels and values, and plain tables with a head.

use super::Desk;
use crate::report::Error;
use crate::report::layout::Text;
use crate::report::layout::table::{Cell, Table};
use crate::report::page::{ElementId, Scope};
use crate::report::template::Say;

/// A label and its value.
pub(super) struct Field {
    label: Text,
    value: Text,
    wide: bool,
}

impl Field {
    pub(super) fn short(label: Text, value: impl Into<Text>) -> Self {
        Self { label, value: value.into(), wide: false }
    }

    pub(super) fn wide(label: Text, value: impl Into<Text>) -> Self {
        Self { label, value: value.into(), wide: true }
    }
}

impl Desk<'_> {
    /// A table of labels and values: short pairs stand side by side, wide ones have a row of their own. Where it goes on on a
    /// new page, `again` stands above it.
    pub(super) fn fields(
        &mut self,
        parent: ElementId,
        columns: [f32; 4],
        fields: &[Field],
        again: Option<Text>,
    ) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let again = again.map(|text| (styles.record, text));
        let mut table = Table::begin(&mut self.flow, parent, &columns, Vec::new(), again)?;
        let mut rest = fields;
        while let [first, after @ ..] = rest {
            let pair = match after {
                [second, ..] if !first.wide && !second.wide => 2,
                _ => 1,
            };
            let mut row = Vec::with_capacity(4);
            for field in &rest[..pair] {
                row.push(Cell::new(&self.flow, styles.label, field.label.clone()).head(Scope::Row));
                let value = Cell::new(&self.flow, styles.cell, field.value.clone());
                row.push(value.span(if pair == 1 { 3 } else { 1 }));
            }
            table.row(&mut self.flow, &row)?;
            rest = &rest[pair..];
        }
        table.end(&mut self.flow);
        Ok(())
    }

    /// A plain table with a head, the first cell of each row naming it.
    pub(super) fn grid(
        &mut self,
        parent: ElementId,
        columns: &[f32],
        heads: &[Say],
        rows: Vec<Vec<Text>>,
    ) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let head = |say: &Say| Cell::new(&self.flow, styles.head, self.said(*say)).head(Scope::Column);
        let head = heads.iter().map(head).collect();
        let mut table = Table::begin(&mut self.flow, parent, columns, head, None)?;
        for row in rows {
            let cell = |(at, text): (usize, Text)| {
                let cell = Cell::new(&self.flow, styles.dense, text);
                if at == 0 { cell.head(Scope::Row) } else { cell }
            };
            let cells: Vec<Cell> = row.into_iter().enumerate().map(cell).collect();
            table.row(&mut self.flow, &cells)?;
        }
        table.end(&mut self.flow);
        Ok(())
    }

    /// A small remark below a table.
    pub(super) fn note(&mut self, parent: ElementId, text: &Text) -> Result<(), Error> {
        let style = self.flow.geometry.style.small;
        self.flow.y += self.flow.geometry.table.down;
        self.flow.paragraph(parent, style, text)
    }
}
