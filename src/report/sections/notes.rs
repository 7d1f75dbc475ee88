//! Notes and disclaimers.

use super::Desk;
use crate::report::Error;
use crate::report::page::ElementId;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let words = desk.words;
    desk.list(sect, words.notes.iter().map(String::as_str))
}
