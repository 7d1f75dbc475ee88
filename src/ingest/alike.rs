//! Quick looks at cells, and what cells said that were written alike.
//!
//! Most cells of a file are in order, and most of what they say was said before. A quick look tells the former without
//! reading characters, and each column remembers some of the latter. Whatever a quick look does not settle is read
//! character by character, so that nothing else is found for it.

use super::cells::Value;

/// What some cells of a column said.
///
/// One cell a slot: a column of a file has few words, however many rows, and what is forgotten is read again.
pub(super) struct Alike<'b> {
    slots: Vec<Option<(&'b str, Value)>>,
}

/// How many slots, a power of two: kinds of penalty are combined in a few dozen ways, days of a year are 366.
const SLOTS: usize = 512;

impl<'b> Alike<'b> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// What a cell says, which `read` finds out. It is remembered if `read` says that it may be.
    pub(super) fn say(&mut self, cell: &'b str, read: impl FnOnce() -> (Value, bool)) -> Value {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let slot = &mut self.slots[slot(cell)];
        if let Some((known, value)) = slot
            && *known == cell
        {
            return value.clone();
        }
        let (value, lasting) = read();
        if lasting {
            *slot = Some((cell, value.clone()));
        }
        value
    }
}

/// Where a cell is remembered, by its length and its ends.
fn slot(cell: &str) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let bytes = cell.as_bytes();
    let short = || bytes.iter().take(8).fold(0, |sum, &byte| (sum << 8) | u64::from(byte));
    let first = bytes.first_chunk().map_or_else(short, |chunk| u64::from_le_bytes(*chunk));
    let last = bytes.last_chunk().map_or_else(short, |chunk| u64::from_le_bytes(*chunk));
    let length = u64::try_from(bytes.len()).unwrap_or(0);
    let mixed = (first ^ length).wrapping_mul(ODD).rotate_left(29) ^ last;
    // The high bits are those that all others had a part in.
    usize::try_from(mixed.wrapping_mul(ODD) >> 32).unwrap_or(0) % SLOTS
}

/// Whether a text surely holds no control character and no byte-order mark.
pub(super) fn is_surely_printable(text: &str) -> bool {
    // Without an early end the compiler looks at many bytes at once.
    let bytes = text.as_bytes();
    let odd =
        |odd: u8, &byte: &u8| odd | u8::from(byte < 0x20) | u8::from(byte == 0x7f) | u8::from(byte == 0xc2);
    // U+0080 to U+009F begin with C2, the mark is EF BB BF.
    let marks =
        |odd: u8, (&first, &second): (&u8, &u8)| odd | (u8::from(first == 0xef) & u8::from(second == 0xbb));
    bytes.iter().fold(0, odd) == 0 && bytes.iter().zip(bytes.iter().skip(1)).fold(0, marks) == 0
}

/// Whether the first and the last character of a text surely are no white space and leave a trace on paper: signs of ASCII,
/// Chinese characters, and the signs between them and the ideographic space.
pub(super) fn surely_begins_and_ends(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_sign = |byte: Option<&u8>| matches!(byte, Some(b'!'..=b'~'));
    let is_other =
        |three: Option<&[u8; 3]>| matches!(three, Some([0xe4..=0xe9, ..] | [0xe3, 0x80, 0x81..=0xbf]));
    (is_sign(bytes.first()) || is_other(bytes.first_chunk()))
        && (is_sign(bytes.last()) || is_other(bytes.last_chunk()))
}

/// The runs of at least eleven digits and letters X of a text, longest as they are.
pub(super) fn long_runs(text: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 11;
    let bytes = text.as_bytes();
    let belongs = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'x' | b'X');
    let mut at = SHORTEST - 1;
    std::iter::from_fn(move || {
        // A run so long covers at least one of every eleven places.
        while at < bytes.len() {
            if !belongs(&bytes[at]) {
                at += SHORTEST;
                continue;
            }
            let from = bytes[..at].iter().rposition(|byte| !belongs(byte)).map_or(0, |before| before + 1);
            let to =
                bytes[at..].iter().position(|byte| !belongs(byte)).map_or(bytes.len(), |length| at + length);
            at = to + SHORTEST;
            if to - from >= SHORTEST {
                return text.get(from..to);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_quick_look_finds_every_long_run(text in "[0-9xX]{0,3}([ 甲,a]?[0-9xX]{0,24}){0,8}") {
            let every = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, 'x' | 'X'));
            let long: Vec<&str> = every.filter(|run| run.len() >= 11).collect();
            prop_assert_eq!(long_runs(&text).collect::<Vec<_>>(), long);
        }

        #[test]
        fn what_is_surely_printable_is(text in "\\PC{0,20}[\u{0}-\u{a0}\u{fec0}-\u{ff10}甲]{0,2}\\PC{0,20}") {
            let odd = text.contains(|c: char| c.is_control() || c == '\u{feff}');
            prop_assert!(!(odd && is_surely_printable(&text)));
        }

        #[test]
        fn what_surely_begins_and_ends_has_nothing_to_trim(text in "[ \t\u{a0}\u{2003}\u{2028}\u{3000}-\u{3002}\u{feff}甲x/]{1,4}\\PC{0,3}[ \u{2003}\u{3000}-\u{3002}\u{feff}》龥x]{1,4}") {
            let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
            prop_assert!(!surely_begins_and_ends(&text) || trimmed == text);
        }

        #[test]
        fn what_a_cell_said_is_said_again(cells in prop::collection::vec("[ab]{0,12}", 0..2_000)) {
            let mut alike = Alike::new();
            for cell in &cells {
                let said = alike.say(cell, || (Value::Text(cell.clone()), cell.len() % 3 > 0));
                prop_assert_eq!(said, Value::Text(cell.clone()));
            }
        }
    }
}
