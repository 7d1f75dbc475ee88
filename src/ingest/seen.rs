//! What must be remembered of every row of a file: so little that ten million rows fit in memory.
//!
//! Of each document number one line of 36 bytes is kept, by a hash of 96 bits. Two of ten million numbers meet by chance
//! once in 10^15 files, so that no row is refused for what another number says. The keys are drawn for each reading, and the
//! hash is a keyed pseudo-random function (`SipHash`): nobody can prepare numbers that meet.
//!
//! What a row says is long, and is hashed by something much faster that promises less. Somebody who found two contents
//! that meet could send both under one number, and the second would not be told as a contradiction here; the store compares
//! whole contents with what it has, and takes it for the correction that it would be in a file of its own.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use time::Date;

use super::row::Row;

/// What an earlier row says against a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Against {
    /// That row says something else of the same record.
    Conflict(u32),
    /// That row gives the same document another day.
    OtherDay(u32, Date),
}

/// One document number.
#[derive(Clone, Copy, Default)]
struct Line {
    number: [u32; 3],
    /// The row in which it came first; 0 where the line is empty.
    row: u32,
    /// The day of its decision, as a Julian day.
    day: i32,
    /// The subject and the kind of record of that row.
    key: [u32; 2],
    /// What that row says.
    content: [u32; 2],
}

/// All lines whose numbers begin with the same bits.
#[derive(Default)]
struct Shelf {
    lines: Vec<Line>,
    used: usize,
}

/// So many shelves: each grows by itself, so that no growth needs twice the memory.
const SHELVES: usize = 256;
/// Lines of a shelf that is small: it grows to twice its length. All shelves of this length take 19 MB.
const SMALL: usize = 2_048;

/// What rows are hashed by, drawn for each reading.
pub(super) struct Keys {
    /// For numbers, twice, and for subjects.
    short: [RandomState; 3],
    /// For what rows say.
    content: SeedableRandomState,
}

/// What is remembered of a row.
pub(super) struct Print {
    line: Line,
    /// Finds the subject and the kind among the further ones of the number.
    other: u128,
    content: u64,
    decided_on: Date,
}

/// The rows of a file so far.
pub(super) struct Seen {
    shelves: Vec<Shelf>,
    /// Further subjects and kinds of a number: what was said, and in which row.
    others: HashMap<u128, (u64, u32)>,
}

impl Keys {
    pub(super) fn new() -> Self {
        let drawn = RandomState::new().hash_one(0);
        Self {
            short: std::array::from_fn(|_| RandomState::new()),
            content: SeedableRandomState::with_seed(drawn, SharedSeed::global_random()),
        }
    }

    /// What is remembered of a row; `subject` tells its subject.
    pub(super) fn print(&self, row: &Row, subject: &impl Hash) -> Print {
        let number = (&row.organ, &row.document_number);
        let (first, second) = (self.short[0].hash_one(number), self.short[1].hash_one(number));
        let key = self.short[2].hash_one((row.kind, subject));
        let content = self.content.hash_one((&row.subject, &row.domain, &row.details));
        let line = Line {
            number: [high(first), low(first), high(second)],
            row: row.row,
            day: row.details.decided_on.to_julian_day(),
            key: [high(key), low(key)],
            content: [high(content), low(content)],
        };
        let other = (u128::from(second) << 64) | u128::from(key);
        Print { line, other, content, decided_on: row.details.decided_on }
    }
}

impl Seen {
    pub(super) fn new() -> Self {
        let shelves = std::iter::repeat_with(Shelf::default).take(SHELVES).collect();
        Self { shelves, others: HashMap::new() }
    }

    /// Remembers a row, unless an earlier one speaks against it.
    pub(super) fn see(&mut self, print: &Print) -> Result<(), Against> {
        let Print { line, other, content, decided_on } = print;
        let found = self.shelves[(line.number[0] >> 24) as usize].find_or_add(*line);
        if found.row == line.row {
            return Ok(());
        }
        if found.key == line.key && found.content != line.content {
            return Err(Against::Conflict(found.row));
        }
        let before = (found.key != line.key).then(|| self.others.get(other)).flatten();
        if let Some((said, row)) = before
            && said != content
        {
            return Err(Against::Conflict(*row));
        }
        if found.day != line.day {
            let day = Date::from_julian_day(found.day).unwrap_or(*decided_on);
            return Err(Against::OtherDay(found.row, day));
        }
        if found.key != line.key {
            self.others.entry(*other).or_insert((*content, line.row));
        }
        Ok(())
    }
}

impl Shelf {
    /// The line of this number: the one that is there, or the new one.
    fn find_or_add(&mut self, line: Line) -> Line {
        // Four fifths full, a number is found after a handful of looks.
        if (self.used + 1) * 5 > self.lines.len() * 4 {
            let length = self.lines.len();
            let grown = if length < SMALL { (length * 2).max(64) } else { length * 5 / 4 };
            let lines = std::mem::replace(&mut self.lines, vec![Line::default(); grown]);
            for old in lines.into_iter().filter(|old| old.row != 0) {
                let at = self.place(old);
                self.lines[at] = old;
            }
        }
        let at = self.place(line);
        if self.lines[at].row == 0 {
            self.lines[at] = line;
            self.used += 1;
        }
        self.lines[at]
    }

    /// Where the number stands, or would.
    fn place(&self, line: Line) -> usize {
        let bits = (u64::from(line.number[1]) << 32) | u64::from(line.number[2]);
        let length = self.lines.len();
        let wide = u128::from(bits) * u128::try_from(length).unwrap_or(0);
        let mut at = usize::try_from(wide >> 64).unwrap_or(0);
        while self.lines[at].row != 0 && self.lines[at].number != line.number {
            at = (at + 1) % length;
        }
        at
    }
}

fn high(bits: u64) -> u32 {
    (bits >> 32) as u32
}

fn low(bits: u64) -> u32 {
    high(bits << 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines take 36 bytes, at least four fifths of a shelf before it grew by a quarter.
    #[test]
    fn a_million_numbers_take_less_than_sixty_megabytes() {
        let (mut seen, state) = (Seen::new(), RandomState::new());
        for row in 1..=1_000_000_u32 {
            let (first, second) = (state.hash_one(row), state.hash_one((row, row)));
            let line = Line { number: [high(first), low(first), high(second)], row, ..Line::default() };
            let print = Print { line, other: 0, content: 0, decided_on: Date::MIN };
            assert_eq!(seen.see(&print), Ok(()));
        }
        let lines: usize = seen.shelves.iter().map(|shelf| shelf.lines.capacity()).sum();
        assert_eq!(seen.shelves.iter().map(|shelf| shelf.used).sum::<usize>(), 1_000_000);
        assert!(lines * size_of::<Line>() < 60_000_000, "{lines} lines");
    }
}
