//! Rejected rows as a workbook. All cells are texts: no code loses digits and nothing is computed.

use std::io::{self, Seek, Write};

use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::{ADDED, RejectedRow, added, cells, other};
use crate::ingest::reader::Described;

/// The most rows of a sheet.
const ROWS: u32 = 1_048_576;

/// The most characters of a cell.
const CELL: usize = 32_767;

pub(super) struct Writer<W> {
    out: W,
    workbook: Workbook,
    sheet: Worksheet,
    described: Described,
    row: u32,
    sheets: usize,
}

impl<W: Write + Seek + Send> Writer<W> {
    pub(super) fn open(described: &Described, out: W) -> io::Result<Self> {
        let mut workbook = Workbook::new();
        let sheet = workbook.new_worksheet_with_constant_memory().map_err(other)?;
        let mut writer = Self { out, workbook, sheet, described: described.clone(), row: 0, sheets: 1 };
        writer.begin()?;
        Ok(writer)
    }

    /// Writes the header of a sheet.
    fn begin(&mut self) -> io::Result<()> {
        let name = format!("退回 rejected {}", self.sheets);
        self.sheet.set_name(name).map_err(other)?;
        self.sheet.set_freeze_panes(1, 0).map_err(other)?;
        for column in [2, 3] {
            self.sheet.set_column_width(column, 60).map_err(other)?;
        }
        let names: Vec<String> = ADDED
            .iter()
            .map(|name| (*name).to_owned())
            .chain(self.described.header.iter().cloned())
            .collect();
        self.row = 0;
        self.write(&names, true)
    }

    pub(super) fn push(&mut self, rejected: &RejectedRow) -> io::Result<()> {
        if self.row == ROWS {
            let next = self.workbook.new_worksheet_with_constant_memory().map_err(other)?;
            let full = std::mem::replace(&mut self.sheet, next);
            self.workbook.push_worksheet(full);
            self.sheets += 1;
            self.begin()?;
        }
        let row: Vec<String> =
            added(rejected).into_iter().chain(cells(&rejected.sent, &self.described)).collect();
        self.write(&row, false)
    }

    fn write(&mut self, cells: &[String], bold: bool) -> io::Result<()> {
        let text = Format::new().set_num_format("@");
        let format = if bold { text.set_bold() } else { text };
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            let short: String =
                if cell.len() > CELL { cell.chars().take(CELL).collect() } else { cell.clone() };
            self.sheet.write_string_with_format(self.row, column, short, &format).map_err(other)?;
        }
        self.row += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.workbook.push_worksheet(self.sheet);
        self.workbook.save_to_writer(&mut self.out).map_err(other)?;
        self.out.flush()?;
        Ok(self.out)
    }
}
