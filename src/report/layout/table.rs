//! Tables: cells that wrap, rows that break over pages, heads that are repeated.

use std::mem;
use std::ops::Range;

use super::breaking::{Line, lines};
use super::grid::Grid;
use super::{Align, Flow, Text, aligned, justify};
use crate::report::Error;
use crate::report::geometry::Style;
use crate::report::page::{Belongs, Element, ElementId, Mark, Paint, Role, Scope};

/// What is said again on a new page is said in so many lines at most, however long it was.
const REPEATED: usize = 3;

/// What one voice says in a cell.
pub(in crate::report) struct Para {
    text: String,
    style: Style,
    voice: usize,
}

/// A cell.
pub(in crate::report) struct Cell {
    paras: Vec<Para>,
    scope: Option<Scope>,
    span: u16,
    align: Align,
}

impl Cell {
    /// A cell with one text.
    pub(in crate::report) fn new(flow: &Flow<'_>, style: Style, text: impl Into<Text>) -> Self {
        Self::of(flow, vec![(style, text.into())])
    }

    /// A cell with several texts, one below the other, each in every voice.
    pub(in crate::report) fn of(flow: &Flow<'_>, texts: Vec<(Style, Text)>) -> Self {
        let para = |style: Style| {
            move |(voice, text)| Para { text, style: flow.geometry.voiced(&style, voice), voice }
        };
        let paras = texts.into_iter().flat_map(|(style, text)| text.into_said().map(para(style))).collect();
        Self { paras, scope: None, span: 1, align: Align::Left }
    }

    /// Makes it a head cell.
    pub(in crate::report) fn head(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Lets it span columns.
    pub(in crate::report) fn span(mut self, columns: u16) -> Self {
        self.span = columns;
        self
    }

    /// Aligns its texts.
    pub(in crate::report) fn align(mut self, align: Align) -> Self {
        self.align = align;
        self
    }
}

/// A table being printed, row by row.
pub(in crate::report) struct Table {
    columns: Vec<f32>,
    body: ElementId,
    head: Vec<Cell>,
    /// The head cells, each with the columns that it stands over.
    heads: Vec<(Range<usize>, ElementId)>,
    /// What the texts of each head cell belong to, where they are first printed.
    head_marks: Vec<Vec<Belongs>>,
    /// Printed above the table where it goes on on a new page.
    again: Option<(Style, String)>,
    begun: bool,
    grid: Grid,
}

/// A cell whose text is broken into lines.
struct Broken<'c> {
    cell: &'c Cell,
    x: f32,
    width: f32,
    lines: Vec<(usize, Line)>,
    /// The element of the cell, unless it is printed as an artifact.
    element: Option<ElementId>,
    /// What each of its texts belongs to.
    elements: Vec<Belongs>,
    done: usize,
}

impl Broken<'_> {
    fn leading(&self, at: usize) -> f32 {
        self.lines.get(at).map_or(0.0, |(para, _)| self.cell.paras[*para].style.leading)
    }

    /// The height of the lines not printed yet.
    fn rest(&self) -> f32 {
        (self.done..self.lines.len()).map(|at| self.leading(at)).sum()
    }

    /// The number of lines that fit into a height after those printed.
    fn fitting(&self, height: f32) -> usize {
        let mut free = height;
        (self.done..self.lines.len())
            .take_while(|&at| {
                free -= self.leading(at);
                free >= -0.01
            })
            .count()
    }

    /// The number of lines to print now in a height that cannot hold them all: two lines stay for later, if there are.
    fn cut(&self, height: f32) -> usize {
        let (fit, left) = (self.fitting(height), self.lines.len() - self.done);
        if fit + 1 == left && fit > 2 { fit - 1 } else { fit }
    }
}

impl Table {
    /// Begins a table; columns are parts of the measure.
    pub(in crate::report) fn begin(
        flow: &mut Flow<'_>,
        parent: ElementId,
        columns: &[f32],
        head: Vec<Cell>,
        again: Option<(Style, Text)>,
    ) -> Result<Self, Error> {
        let (measure, whole) = (flow.geometry.page.measure(), columns.iter().sum::<f32>());
        let columns: Vec<f32> = columns.iter().map(|part| part * measure / whole).collect();
        let element = flow.open(Role::Table, parent);
        let mut table = Self {
            columns,
            body: element,
            head,
            heads: Vec::new(),
            head_marks: Vec::new(),
            again: again.map(|(style, text)| (style, text.first().to_owned())),
            begun: false,
            grid: Grid::default(),
        };
        if !table.head.is_empty() {
            let thead = flow.open(Role::THead, element);
            let row = flow.open(Role::Tr, thead);
            // The elements of the head come now, its marks with the first row.
            let head = mem::take(&mut table.head);
            let mut from = 0;
            for cell in table.broken(flow, &head, Some(row))? {
                let columns = from..from + usize::from(cell.cell.span);
                from = columns.end;
                table.heads.extend(cell.element.map(|element| (columns, element)));
                table.head_marks.push(cell.elements);
            }
            table.head = head;
        }
        table.body = flow.open(Role::TBody, element);
        Ok(table)
    }

    /// Prints a row.
    pub(in crate::report) fn row(&mut self, flow: &mut Flow<'_>, cells: &[Cell]) -> Result<(), Error> {
        let row = flow.open(Role::Tr, self.body);
        let mut cells = self.broken(flow, cells, Some(row))?;
        let look = flow.geometry.table;
        let most = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        let frame = look.down * 2.0;
        let least = |cells: &[Broken<'_>]| {
            let few = if most <= look.whole { most } else { 2 };
            let height = |cell: &Broken<'_>| (0..few.min(cell.lines.len())).map(|at| cell.leading(at)).sum();
            cells.iter().map(height).fold(0.0, f32::max) + frame
        };
        if !self.begun {
            let head = self.head_height(flow)?;
            flow.need(look.opening.max(head + least(&cells)));
            self.start_page(flow)?;
            self.begun = true;
        } else if least(&cells) > flow.room() {
            self.turn(flow)?;
        }
        loop {
            let rest = cells.iter().map(Broken::rest).fold(0.0, f32::max);
            let room = flow.room() - frame;
            if rest <= room + 0.01 {
                let takes: Vec<usize> = cells.iter().map(|cell| cell.lines.len() - cell.done).collect();
                self.slice(flow, &mut cells, &takes);
                return Ok(());
            }
            let mut takes: Vec<usize> = cells.iter().map(|cell| cell.cut(room)).collect();
            if takes.iter().all(|&take| take == 0) {
                takes.fill(1); // a page that holds no line at all would never end
            }
            self.slice(flow, &mut cells, &takes);
            self.turn(flow)?;
        }
    }

    /// Ends the table.
    pub(in crate::report) fn end(mut self, flow: &mut Flow<'_>) {
        self.finish_page(flow);
    }

    fn turn(&mut self, flow: &mut Flow<'_>) -> Result<(), Error> {
        self.finish_page(flow);
        flow.turn();
        self.start_page(flow)
    }

    /// Prints what stands above the rows on each page; after the first it is an artifact.
    fn start_page(&mut self, flow: &mut Flow<'_>) -> Result<(), Error> {
        let repeated = self.begun;
        if let (true, Some((style, text))) = (repeated, &self.again) {
            let (left, measure) = (flow.geometry.page.left, flow.geometry.page.measure());
            for line in lines(flow.fonts, style, measure, text)?.into_iter().take(REPEATED) {
                let paint = flow.line(left, flow.y, style, text[line.range].to_owned(), 0.0);
                flow.mark(paint, Belongs::Pagination);
                flow.y += style.leading;
            }
            flow.y += style.after;
        }
        let blank = Paint::Path { segments: Vec::new(), fill: None, stroke: None };
        let page = flow.pages.last().map_or(0, Vec::len);
        flow.mark(blank, Belongs::Decoration);
        self.grid = Grid::begin(page, flow.y, self.edges(flow));

        let head = mem::take(&mut self.head);
        let mut cells = self.broken(flow, &head, None)?;
        if !repeated {
            for (cell, own) in cells.iter_mut().zip(mem::take(&mut self.head_marks)) {
                cell.elements = own;
            }
        }
        if !cells.is_empty() {
            let takes: Vec<usize> = cells.iter().map(|cell| cell.lines.len()).collect();
            self.slice(flow, &mut cells, &takes);
        }
        drop(cells);
        self.head = head;
        Ok(())
    }

    fn head_height(&self, flow: &mut Flow<'_>) -> Result<f32, Error> {
        let cells = self.broken(flow, &self.head, None)?;
        let tallest = cells.iter().map(Broken::rest).fold(0.0, f32::max);
        Ok(if cells.is_empty() { 0.0 } else { tallest + flow.geometry.table.down * 2.0 })
    }

    fn edges(&self, flow: &Flow<'_>) -> (f32, f32) {
        let left = flow.geometry.page.left;
        (left, left + self.columns.iter().sum::<f32>())
    }

    /// Puts the shades below and the lines above what was printed.
    fn finish_page(&mut self, flow: &mut Flow<'_>) {
        let grid = mem::take(&mut self.grid);
        let (colour, width) = (flow.geometry.colour, flow.geometry.table.line);
        if let Some(page) = flow.pages.last_mut()
            && self.begun
        {
            let segments = grid.shades();
            if segments.is_empty() {
                page.remove(grid.at);
            } else {
                let paint = Paint::Path { segments, fill: Some(colour.shade()), stroke: None };
                page[grid.at] = Mark { paint, belongs: Belongs::Decoration };
            }
            let stroke = Some((colour.rule(), width));
            let paint = Paint::Path { segments: grid.lines(), fill: None, stroke };
            page.push(Mark { paint, belongs: Belongs::Decoration });
        }
    }

    /// Breaks the cells of a row, with elements below `row`, or as artifacts without.
    fn broken<'c>(
        &self,
        flow: &mut Flow<'_>,
        cells: &'c [Cell],
        row: Option<ElementId>,
    ) -> Result<Vec<Broken<'c>>, Error> {
        let across = flow.geometry.table.across;
        let mut columns = self.columns.iter();
        let mut x = flow.geometry.page.left;
        let mut all = Vec::with_capacity(cells.len());
        let (mut at, mut beside) = (0, None);
        for cell in cells {
            let width: f32 = columns.by_ref().take(usize::from(cell.span)).sum();
            let mut broken = Broken {
                cell,
                x,
                width,
                lines: Vec::new(),
                element: None,
                elements: vec![Belongs::Pagination; cell.paras.len()],
                done: 0,
            };
            x += width;
            let inner = width - across * 2.0;
            for (number, para) in cell.paras.iter().enumerate() {
                let mut found = lines(flow.fonts, &para.style, inner, &para.text)?;
                justify(&mut found, &para.style, inner, &para.text);
                broken.lines.extend(found.into_iter().map(|line| (number, line)));
            }
            if let Some(row) = row {
                let upto = at + usize::from(cell.span);
                let over = self.heads.iter().filter(|(columns, _)| columns.start < upto && at < columns.end);
                let headers = over.map(|(_, head)| *head).chain(beside).collect();
                let (element, belongs) = elements(flow, cell, row, headers);
                if cell.scope == Some(Scope::Row) {
                    beside = Some(element);
                }
                (broken.element, broken.elements) = (Some(element), belongs);
            }
            at += usize::from(cell.span);
            all.push(broken);
        }
        Ok(all)
    }

    /// Prints a row's label once more, where the row goes on on a new page; gives where it ends.
    fn label_again(flow: &mut Flow<'_>, cell: &Broken<'_>, top: f32) -> f32 {
        let mut y = top;
        for (para, line) in cell.lines.iter().take(REPEATED) {
            let Para { text, style, .. } = &cell.cell.paras[*para];
            let x = cell.x + flow.geometry.table.across;
            let paint = flow.line(x, y, style, text[line.range.clone()].to_owned(), 0.0);
            flow.mark(paint, Belongs::Pagination);
            y += style.leading;
        }
        y
    }

    /// Prints the next lines of each cell as one slice of a row.
    fn slice(&mut self, flow: &mut Flow<'_>, cells: &mut [Broken<'_>], takes: &[usize]) {
        let look = flow.geometry.table;
        let top = flow.y;
        let mut bottom = top;
        for (cell, &take) in cells.iter_mut().zip(takes) {
            let mut y = top + look.down;
            let end = (cell.done + take).min(cell.lines.len());
            for (para, line) in &cell.lines[cell.done..end] {
                let Para { text, style, .. } = &cell.cell.paras[*para];
                let inner = cell.width - look.across * 2.0;
                let x = aligned(cell.cell.align, cell.x + look.across, inner, line.width);
                let shown = text[line.range.clone()].to_owned();
                let paint = flow.line(x, y, style, shown, line.spacing);
                flow.mark(paint, cell.elements[*para]);
                y += style.leading;
            }
            let (begins, label) = (cell.done == 0, cell.cell.scope == Some(Scope::Row));
            if label && !begins && cell.done == cell.lines.len() {
                y = Self::label_again(flow, cell, y);
            }
            cell.done = end;
            bottom = bottom.max(y + look.down);
        }
        for cell in &*cells {
            if cell.cell.scope.is_some() {
                self.grid.shade(cell.x, top, cell.width, bottom);
            }
            self.grid.upright(cell.x, top, bottom);
        }
        let (left, right) = self.edges(flow);
        self.grid.upright(right, top, bottom);
        self.grid.level(bottom, (left, right));
        flow.y = bottom;
    }
}

/// The element of a cell, and those of its texts: the cell itself for one text, a paragraph each for several.
fn elements(
    flow: &mut Flow<'_>,
    cell: &Cell,
    row: ElementId,
    headers: Vec<ElementId>,
) -> (ElementId, Vec<Belongs>) {
    let is_head = cell.scope.is_some();
    let lang = match cell.paras.as_slice() {
        [alone] => flow.lang_of(alone.voice, &alone.text),
        _ => None,
    };
    let element = flow.add(Element {
        scope: cell.scope,
        column_span: cell.span,
        lang,
        headers: if is_head { Vec::new() } else { headers },
        ..Element::new(if is_head { Role::Th } else { Role::Td }, Some(row))
    });
    if cell.paras.len() == 1 {
        return (element, vec![Belongs::To(element)]);
    }
    let para = |para: &Para| Belongs::To(flow.open_for(Role::P, element, para.voice, &para.text));
    (element, cell.paras.iter().map(para).collect())
}
