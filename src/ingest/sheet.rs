//! Rows of a workbook.
//!
//! Its reader lends out what it read, so it stays in a thread of its own that sends rows on, a few hundred at a time.

use std::collections::VecDeque;
use std::io::BufReader;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, open_workbook_from_rs};

use super::Context;
use super::block::Block;
use super::bytes::{Section, Shared};
use super::fault::{Fault, FaultCode};
use super::file_fault::{FileFault, FileFaultCode};
use super::header::{self, Header};
use super::{number, template};

/// Rows that are sent on together.
const TOGETHER: usize = 256;

/// The most columns that a sheet can have.
const WIDEST: u32 = 16_384;

type Workbook = Xlsx<BufReader<Section>>;

/// A row of a sheet.
struct SheetRow {
    /// Its number in the sheet, from 1.
    line: u32,
    /// Its cells that are not empty: column, text.
    cells: Vec<(u32, String)>,
}

/// What the reading thread sends.
enum Message {
    Rows(Vec<SheetRow>),
    /// A sheet ends here.
    Next,
    Failed(String),
}

/// A sheet that is read.
#[derive(Clone, Debug)]
struct Sheet {
    name: String,
    /// The line of its header.
    header: u32,
}

/// The rows of a workbook.
pub(super) struct Sheets {
    read: Vec<Sheet>,
    skipped: Vec<String>,
    /// The sheet that is being read, by its place.
    at: usize,
    /// Whether all rows of that sheet were given.
    ended: bool,
    columns: usize,
    receiver: Receiver<Message>,
    waiting: VecDeque<SheetRow>,
}

impl Sheets {
    /// Finds the sheets that are tables of records.
    pub(super) fn open<'a>(
        shared: &Shared,
        context: &Context<'a>,
        wanted: Option<&str>,
    ) -> Result<(Self, Header<'a>), FileFault> {
        let mut workbook = guarded(|| workbook(shared))?;
        let mut found: Option<Header<'a>> = None;
        let (mut sheets, mut skipped) = (Vec::new(), Vec::new());
        let (mut fault, mut empty) = (None, true);
        for sheet in workbook.sheets_metadata().to_vec() {
            let ours = template::is_ours(&sheet.name);
            if ours || sheet.typ != SheetType::WorkSheet || sheet.visible != SheetVisible::Visible {
                skipped.push(sheet.name);
                continue;
            }
            let rows = guarded(|| first_rows(&mut workbook, &sheet.name))?;
            empty &= rows.is_empty();
            let names: Vec<_> = rows.iter().map(|row| Some(names(row))).collect();
            let layout = found.as_ref().map(|header| header.layout.id.as_str()).or(wanted);
            if found.is_some() && !header::seems(&names, context) {
                skipped.push(sheet.name);
                continue;
            }
            match header::find(&names, context, layout) {
                Ok(header) => {
                    let differs = found.as_ref().is_some_and(|first| first.names != header.names);
                    if differs {
                        return Err(FileFault::new(FileFaultCode::PartsDiffer, sheet.name));
                    }
                    sheets.push(Sheet { name: sheet.name, header: rows[header.at].line });
                    found.get_or_insert(header);
                }
                Err(_) if !header::seems(&names, context) && fault.is_none() => skipped.push(sheet.name),
                Err(_) if rows.is_empty() => {}
                Err(other) => fault = fault.or(Some(other)),
            }
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let Some(header) = found else {
            if empty {
                return Err(FileFault::new(FileFaultCode::Empty, ""));
            }
            return Err(header::none(context));
        };
        let (sender, receiver) = sync_channel(4);
        let (list, shared) = (sheets.clone(), shared.clone());
        std::thread::spawn(move || {
            let sent = guarded(|| send(&shared, &list, &sender));
            if let Err(fault) = sent {
                // Nobody is left to tell where the other end is gone.
                let _ = sender.send(Message::Failed(fault.detail));
            }
        });
        let columns = header.names.len();
        Ok((
            Self { read: sheets, skipped, at: 0, ended: false, columns, receiver, waiting: VecDeque::new() },
            header,
        ))
    }

    /// The sheets that are read.
    pub(super) fn names(&self) -> Vec<String> {
        self.read.iter().map(|sheet| sheet.name.clone()).collect()
    }

    pub(super) fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// The sheet that is being read, where there are several.
    pub(super) fn part(&self) -> Option<&str> {
        let sheet = self.read.get(self.at).filter(|_| self.read.len() > 1);
        sheet.map(|sheet| sheet.name.as_str())
    }

    /// Adds rows to a block until it has so many, or the sheet ends.
    pub(super) fn fill(
        &mut self,
        block: &mut Block,
        most: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<(), FileFault> {
        self.at += usize::from(std::mem::take(&mut self.ended));
        while block.rows() < most && !block.is_full() {
            if let Some(row) = self.waiting.pop_front() {
                self.push(&row, block, faults);
                continue;
            }
            // The thread ends when it has sent everything.
            match self.receiver.recv() {
                Ok(Message::Rows(rows)) => self.waiting.extend(rows),
                Ok(Message::Next) if block.rows() > 0 => {
                    self.ended = true;
                    return Ok(());
                }
                Ok(Message::Next) => self.at += 1,
                Ok(Message::Failed(detail)) => return Err(FileFault::new(FileFaultCode::Unreadable, detail)),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    fn push(&self, row: &SheetRow, block: &mut Block, faults: &mut Vec<Fault>) {
        let columns = u32::try_from(self.columns).unwrap_or(u32::MAX);
        let beyond = row.cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
        let mut spans = vec![super::block::Span::default(); beyond.max(columns) as usize];
        for (column, text) in &row.cells {
            spans[*column as usize] = block.put(text);
        }
        if beyond > columns {
            let detail = format!("{beyond}/{columns}");
            faults.push(Fault::of_row(block.next_row(), FaultCode::TooManyCells, detail));
            return block.broken_cells(row.line, spans);
        }
        for span in spans {
            block.cell(span);
        }
        block.end_row(row.line, None);
    }
}

/// What a reader of workbooks does, if it does not break down over what others made.
fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, FileFault> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    let done = done.unwrap_or_else(|_| Err("the workbook is damaged".to_owned()));
    done.map_err(|detail| FileFault::new(FileFaultCode::Unreadable, detail))
}

fn workbook(shared: &Shared) -> Result<Workbook, String> {
    open_workbook_from_rs(BufReader::new(shared.whole()))
        .map_err(|error: calamine::XlsxError| error.to_string())
}

/// The first rows of a sheet that are not empty.
fn first_rows(workbook: &mut Workbook, sheet: &str) -> Result<Vec<SheetRow>, String> {
    let mut rows = Vec::new();
    each_row(workbook, sheet, |row| {
        rows.push(row);
        rows.len() < header::ABOVE
    })?;
    Ok(rows)
}

/// Gives each row of a sheet that is not empty, until nobody wants more.
fn each_row(
    workbook: &mut Workbook,
    sheet: &str,
    mut give: impl FnMut(SheetRow) -> bool,
) -> Result<(), String> {
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|error| error.to_string())?;
    let mut row = SheetRow { line: 0, cells: Vec::new() };
    while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
        let (line, column) = cell.get_position();
        let line = line.saturating_add(1);
        if line != row.line {
            let done = std::mem::replace(&mut row, SheetRow { line, cells: Vec::new() });
            if !done.cells.is_empty() && !give(done) {
                return Ok(());
            }
        }
        let text = text(cell.get_value());
        if !text.trim().is_empty() && column < WIDEST {
            row.cells.push((column, text));
        }
    }
    if !row.cells.is_empty() {
        give(row);
    }
    Ok(())
}

/// Sends all rows below the headers.
fn send(shared: &Shared, sheets: &[Sheet], sender: &SyncSender<Message>) -> Result<(), String> {
    let mut workbook = workbook(shared)?;
    for (at, sheet) in sheets.iter().enumerate() {
        let mut rows = Vec::with_capacity(TOGETHER);
        let mut wanted = at == 0 || sender.send(Message::Next).is_ok();
        each_row(&mut workbook, &sheet.name, |row| {
            if row.line > sheet.header {
                rows.push(row);
            }
            if rows.len() == TOGETHER {
                wanted = sender.send(Message::Rows(std::mem::take(&mut rows))).is_ok();
            }
            wanted
        })?;
        if !wanted || sender.send(Message::Rows(rows)).is_err() {
            return Ok(()); // the file is given up
        }
    }
    Ok(())
}

/// A cell as text.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number::text(*number),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTime(moment) => number::text(moment.as_f64()),
    }
}

/// The names in a row, by their columns.
fn names(row: &SheetRow) -> Vec<String> {
    let width = row.cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0);
    let mut names = vec![String::new(); width as usize];
    for (column, text) in &row.cells {
        names[*column as usize].clone_from(text);
    }
    names
}
