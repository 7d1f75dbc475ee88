//! Some rows as they were sent: their text, and where in it each cell stands.
//!
//! One text and one list of places for all cells: no string is made for a cell, and a range of rows can be checked apart
//! from the others.

use std::ops::Range;

/// Where something stands in the text of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    at: u32,
    length: u32,
}

/// What a row was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A record of a text.
    Text(Span),
    /// The cells of the row that is in order, by its number among those.
    Sound(u32),
    /// Cells without order: the first and how many.
    Loose(u32, u32),
}

/// A row as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The record, in Unicode.
    Text(String),
    /// Its cells, as text.
    Cells(Vec<String>),
}

impl Sent {
    /// The record, or the cells with tabs between them.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Cells(cells) => cells.join("\t"),
        }
    }
}

/// Some rows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The number of the first row.
    first: u32,
    text: String,
    columns: usize,
    /// The cells of the rows that are in order, row by row.
    cells: Vec<Span>,
    loose: Vec<Span>,
    /// The numbers of the rows that are in order.
    sound: Vec<u32>,
    /// The line and the origin of every row.
    rows: Vec<(u32, Origin)>,
}

/// So many bytes of text end a block, however few rows it has: one row is 1 MiB at most, so places fit 32 bits.
const FULL: usize = 32 << 20;

impl Block {
    /// A block with room for so many bytes of text.
    pub(super) fn new(first: u32, columns: usize, room: usize) -> Self {
        let text = String::with_capacity(room);
        let (cells, loose, sound, rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { first, text, columns, cells, loose, sound, rows }
    }

    /// Bytes of its text.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= FULL
    }

    /// The number of the row that comes next.
    pub(super) fn next_row(&self) -> u32 {
        self.first.saturating_add(narrow(self.rows.len()))
    }

    /// The numbers of the rows that are in order.
    pub(super) fn sound(&self) -> &[u32] {
        &self.sound
    }

    pub(super) fn line(&self, row: u32) -> u32 {
        self.rows.get((row - self.first) as usize).map_or(0, |(line, _)| *line)
    }

    /// Adds text, and tells where it stands.
    pub(super) fn put(&mut self, text: &str) -> Span {
        let at = self.text.len();
        self.text.push_str(text);
        Span { at: narrow(at), length: narrow(text.len()) }
    }

    /// A part of text that [`Self::put`] added before.
    pub(super) fn part(whole: Span, range: Range<usize>) -> Span {
        Span { at: whole.at + narrow(range.start), length: narrow(range.end - range.start) }
    }

    /// Adds the next cell of the row that is being read.
    pub(super) fn cell(&mut self, cell: Span) {
        self.cells.push(cell);
    }

    /// Cells of the row that is being read, by their columns: to be filled in any order.
    pub(super) fn blank_row(&mut self) -> &mut [Span] {
        let from = self.cells.len();
        self.cells.resize(from + self.columns, Span::default());
        &mut self.cells[from..]
    }

    /// Ends a row whose cells were added; `record` is its text, where it has one.
    pub(super) fn end_row(&mut self, line: u32, record: Option<Span>) {
        let row = self.next_row();
        let origin = record.map_or_else(|| Origin::Sound(narrow(self.sound.len())), Origin::Text);
        self.sound.push(row);
        self.rows.push((line, origin));
    }

    /// Adds a row that is not in order, as text.
    pub(super) fn broken(&mut self, line: u32, record: &str) {
        let span = self.put(record);
        self.rows.push((line, Origin::Text(span)));
    }

    /// Adds a row that is not in order, as cells.
    pub(super) fn broken_cells(&mut self, line: u32, cells: impl IntoIterator<Item = Span>) {
        let from = self.loose.len();
        self.loose.extend(cells);
        self.rows.push((line, Origin::Loose(narrow(from), narrow(self.loose.len() - from))));
    }

    /// Makes room for columns that were not known when the block began.
    pub(super) fn widen(&mut self, columns: usize) {
        if columns <= self.columns {
            return;
        }
        let old = std::mem::take(&mut self.cells);
        let mut rows = old.chunks(self.columns.max(1));
        for _ in 0..self.sound.len() {
            let end = self.cells.len() + columns;
            self.cells.extend_from_slice(rows.next().unwrap_or_default());
            self.cells.resize(end, Span::default());
        }
        self.columns = columns;
    }

    fn text(&self, span: Span) -> &str {
        let at = span.at as usize;
        self.text.get(at..at + span.length as usize).unwrap_or_default()
    }

    /// The cells of a column, of some of those rows that are in order.
    pub(super) fn column(&self, column: usize, rows: Range<usize>) -> Cells<'_> {
        Cells { block: self, column, from: rows.start, count: rows.len() }
    }

    /// A row as it was sent.
    pub(super) fn sent(&self, row: u32) -> Sent {
        let cells =
            |spans: &[Span]| Sent::Cells(spans.iter().map(|span| self.text(*span).to_owned()).collect());
        match self.rows.get((row - self.first) as usize) {
            Some((_, Origin::Text(span))) => Sent::Text(self.text(*span).to_owned()),
            Some((_, Origin::Sound(at))) => {
                let from = *at as usize * self.columns;
                cells(&self.cells[from..from + self.columns])
            }
            Some((_, Origin::Loose(from, count))) => cells(&self.loose[*from as usize..][..*count as usize]),
            None => Sent::Text(String::new()),
        }
    }
}

/// The cells of one column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'b> {
    block: &'b Block,
    column: usize,
    /// The first row, and how many there are.
    from: usize,
    count: usize,
}

impl<'b> Cells<'b> {
    /// The cell of the row in this place; `None` where it is empty.
    pub(super) fn get(self, at: usize) -> Option<&'b str> {
        let span = self.block.cells.get((self.from + at) * self.block.columns + self.column)?;
        (span.length > 0).then(|| self.block.text(*span))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Option<&'b str>> {
        (0..self.count).map(move |at| self.get(at))
    }

    pub(super) fn is_empty(self) -> bool {
        self.iter().all(|cell| cell.is_none())
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
