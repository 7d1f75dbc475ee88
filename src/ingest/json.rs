//! Rows of JSON: an object on each line, an array of objects, or an object with one such array.

use std::collections::HashMap;
use std::ops::Range;

use sonic_rs::{JsonValueTrait, LazyValue, to_array_iter, to_object_iter};

use super::Context;
use super::block::{Block, Span};
use super::encoding::Encoding;
use super::fault::{Fault, FaultCode};
use super::file_fault::{FileFault, FileFaultCode};
use super::header::{self, Header};
use super::json_scan::{Next, Shape, lines, next, shape, value};
use super::scan::RECORD;
use super::text::Text;

/// So many objects are looked at for the names of columns.
const LOOKED_AT: usize = 100;

/// The rows of a JSON text.
pub(super) struct Json {
    text: Text,
    shape: Shape,
    by_lines: bool,
    line: u32,
    columns: Columns,
}

/// The columns so far, by name.
struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    most: usize,
    /// Whether some came since the header was read.
    grown: bool,
}

impl Columns {
    fn place(&mut self, name: &str) -> Result<usize, FileFault> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        let place = self.names.len();
        if place == self.most {
            let detail = format!("{} > {}", place + 1, self.most);
            return Err(FileFault::new(FileFaultCode::TooManyColumns, detail));
        }
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        self.grown = true;
        Ok(place)
    }
}

impl Json {
    /// Finds out how the objects stand, and what they name.
    pub(super) fn open<'a>(
        mut text: Text,
        context: &Context<'a>,
        wanted: Option<&str>,
    ) -> Result<(Self, Header<'a>), FileFault> {
        let shape = shape(&mut text)?;
        if shape != Shape::Lines {
            let (bytes, at, whole) = text.look();
            let head = std::str::from_utf8(&bytes[at..]);
            if head.is_err_and(|error| error.error_len().is_some() || whole) {
                return Err(FileFault::new(FileFaultCode::Json, "UTF-8"));
            }
        }
        let most = context.limits.columns;
        let columns = Columns { names: Vec::new(), places: HashMap::new(), most, grown: false };
        let by_lines = matches!(shape, Shape::Lines | Shape::Stream);
        let mut json = Self { text, shape, by_lines, line: 1, columns };
        json.look_at_names()?;
        if json.columns.names.is_empty() {
            return Err(FileFault::new(FileFaultCode::Empty, ""));
        }
        let header = header::find(&[Some(json.columns.names.clone())], context, wanted)?;
        let headings = header::headings(&json.columns.names, header.layout)?;
        json.columns.grown = false;
        let names = json.columns.names.clone();
        Ok((json, Header { names, headings, ..header }))
    }

    pub(super) fn by_lines(&self) -> bool {
        self.by_lines
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.text.encoding()
    }

    /// The names of all columns, where some came since this was asked last.
    pub(super) fn grown(&mut self) -> Option<&[String]> {
        std::mem::take(&mut self.columns.grown).then_some(&self.columns.names[..])
    }

    /// Learns the names of the first objects, without going on.
    fn look_at_names(&mut self) -> Result<(), FileFault> {
        let (mut at, mut objects) = (self.text.look().1, 0);
        while objects < LOOKED_AT {
            let (bytes, _, whole) = self.text.look();
            let Next::Object(range, behind) = next(self.shape, bytes, at, whole) else { break };
            at = behind;
            self.text.decide(range.clone())?;
            let (bytes, ..) = self.text.look();
            let Some(text) = self.text.encoding().decode(&bytes[range]) else { continue };
            objects += 1;
            for (name, _) in to_object_iter(&*text).flatten() {
                self.columns.place(&name)?;
            }
        }
        Ok(())
    }

    /// Adds rows to a block, until it has so many.
    pub(super) fn fill(
        &mut self,
        block: &mut Block,
        most: usize,
        faults: &mut Vec<Fault>,
    ) -> Result<(), FileFault> {
        block.widen(self.columns.names.len());
        while block.rows() < most && !block.is_full() && self.shape != Shape::Done {
            let (bytes, at, whole) = self.text.look();
            match next(self.shape, bytes, at, whole) {
                Next::Object(range, behind) => {
                    self.text.decide(range.clone())?;
                    self.push(range, block, faults)?;
                    self.go(behind);
                }
                Next::More if bytes.len() - at > RECORD => {
                    let detail = format!("{} > {RECORD}", bytes.len() - at);
                    return Err(FileFault::new(FileFaultCode::Json, detail));
                }
                Next::More => self.text.more()?,
                Next::Close(behind) => {
                    self.go(behind);
                    self.close()?;
                }
                Next::End if matches!(self.shape, Shape::Lines | Shape::Stream) => self.shape = Shape::Done,
                Next::End => return Err(FileFault::new(FileFaultCode::Json, "…")),
            }
        }
        Ok(())
    }

    /// Goes on, and counts the lines.
    fn go(&mut self, to: usize) {
        let (bytes, at, _) = self.text.look();
        self.line = self.line.saturating_add(lines(&bytes[at..to.min(bytes.len())]));
        self.text.go(to);
    }

    /// Looks at what stands behind the array: nothing, or the rest of the object that it is in.
    fn close(&mut self) -> Result<(), FileFault> {
        while !self.text.look().2 {
            let (bytes, at, _) = self.text.look();
            if bytes.len() - at > RECORD {
                return Err(FileFault::new(FileFaultCode::Json, "]…"));
            }
            self.text.more()?;
        }
        let (bytes, at, _) = self.text.look();
        let rest = std::str::from_utf8(&bytes[at..]).unwrap_or("?").trim();
        let sound = if self.shape == Shape::Wrapped {
            let object = format!("{{\"\":0{rest}");
            let fields: Result<Vec<_>, _> = to_object_iter(object.as_str()).collect();
            let arrays = |fields: Vec<(_, LazyValue<'_>)>| {
                fields.iter().any(|(_, value)| value.as_raw_str().starts_with('['))
            };
            rest.ends_with('}') && fields.is_ok_and(|fields| !arrays(fields))
        } else {
            rest.is_empty()
        };
        self.shape = Shape::Done;
        if sound { Ok(()) } else { Err(FileFault::new(FileFaultCode::Json, "]…")) }
    }

    fn push(
        &mut self,
        range: Range<usize>,
        block: &mut Block,
        faults: &mut Vec<Fault>,
    ) -> Result<(), FileFault> {
        let (bytes, at, _) = self.text.look();
        let encoding = self.text.encoding();
        let line = self.line.saturating_add(lines(&bytes[at..range.start]));
        let row = block.next_row();
        let Some(text) = encoding.decode(&bytes[range.clone()]) else {
            faults.push(Fault::of_row(row, FaultCode::MalformedText, encoding.name()));
            block.broken(line, &encoding.show(&bytes[range]));
            return Ok(());
        };
        let whole = block.put(&text);
        match cells(&text, whole, block, &mut self.columns)? {
            Ok(cells) => {
                block.widen(self.columns.names.len());
                for (place, cell) in block.blank_row().iter_mut().zip(cells) {
                    *place = cell.unwrap_or_default();
                }
                block.end_row(line, Some(whole));
            }
            Err(detail) => {
                faults.push(Fault::of_row(row, FaultCode::MalformedJson, detail));
                block.broken(line, &text);
            }
        }
        Ok(())
    }
}

/// The cells of an object by their columns, or what is wrong with it.
fn cells(
    text: &str,
    whole: Span,
    block: &mut Block,
    columns: &mut Columns,
) -> Result<Result<Vec<Option<Span>>, String>, FileFault> {
    let mut cells: Vec<Option<Span>> = vec![None; columns.names.len()];
    if !text.starts_with('{') || value(text.as_bytes(), 0) != Some(text.len()) {
        return Ok(Err("{…}".to_owned()));
    }
    for (at, field) in to_object_iter(text).enumerate() {
        let Ok((name, value)) = field else { return Ok(Err("…".to_owned())) };
        // Most objects name the same in the same order.
        let alike = columns.names.get(at).is_some_and(|known| *known == *name);
        let place = if alike { at } else { columns.place(&name)? };
        cells.resize(columns.names.len(), None);
        if cells[place].is_some() {
            return Ok(Err(name.chars().take(40).collect()));
        }
        cells[place] = Some(cell(text, whole, block, &value));
    }
    Ok(Ok(cells))
}

/// What a value says as a cell: texts without their quotation marks, lists of plain values joined, all else as written.
fn cell(text: &str, whole: Span, block: &mut Block, value: &LazyValue<'_>) -> Span {
    let raw = value.as_raw_str();
    let inside = |range: Range<usize>| {
        let from = (raw.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        // What lies between the ends of the text is a part of it.
        let known = from.checked_add(raw.len()).is_some_and(|to| to <= text.len());
        known.then(|| Block::part(whole, from + range.start..from + range.end))
    };
    match raw.as_bytes().first() {
        Some(b'"') if !raw.contains('\\') => {
            let range = 1..raw.len().saturating_sub(1).max(1);
            inside(range.clone()).unwrap_or_else(|| block.put(raw.get(range).unwrap_or_default()))
        }
        Some(b'"') => block.put(value.as_str().unwrap_or_default()),
        Some(b'n') | None => block.put(""),
        Some(b'[') => {
            let plain = |value: LazyValue<'_>| match value.as_str() {
                Some(text) => text.to_owned(),
                None => value.as_raw_str().to_owned(),
            };
            let values: Vec<String> = to_array_iter(raw).flatten().map(plain).collect();
            block.put(&values.join(";"))
        }
        Some(_) => inside(0..raw.len()).unwrap_or_else(|| block.put(raw)),
    }
}
