//! Where lines end: Chinese between any two characters but for the marks that may not begin or end a line (禁则), words of
//! other scripts and numbers only when a whole line cannot hold them.

use std::ops::Range;

use crate::report::Error;
use crate::report::fonts::Fonts;
use crate::report::geometry::Style;

/// Widths are sums of floats; a line is not too long by so little.
const SLACK: f32 = 0.01;

/// One line of a text.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Line {
    /// Its place in the text.
    pub(in crate::report) range: Range<usize>,
    /// Its width without the spaces at its end.
    pub(in crate::report) width: f32,
    /// Extra space after each character.
    pub(in crate::report) spacing: f32,
    /// It is the last of the text, or a line break follows.
    pub(in crate::report) ends: bool,
}

/// Breaks a text into lines of a width; line feeds stay, and every other character is on one of the lines.
pub(in crate::report) fn lines(
    fonts: &Fonts,
    style: &Style,
    width: f32,
    text: &str,
) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    let mut begin = 0;
    for part in text.trim_end_matches('\n').split('\n') {
        break_one(fonts, style, width, part, begin, &mut lines)?;
        begin += part.len() + 1;
    }
    Ok(lines)
}

/// Breaks a text without line feeds that stands at `offset`.
fn break_one(
    fonts: &Fonts,
    style: &Style,
    room: f32,
    text: &str,
    offset: usize,
    lines: &mut Vec<Line>,
) -> Result<(), Error> {
    let (mut start, mut width, mut solid) = (0, 0.0, 0.0);
    let mut chance: Option<(usize, f32)> = None;
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let advance = fonts.advance(character).ok_or(Error::NoGlyph { character })? * style.size;
        if at > start && before.is_some_and(|before| may_part(before, character)) {
            chance = Some((at, solid));
        }
        while character != ' ' && width + advance > room + SLACK && at > start {
            let (end, wide) = chance.take().unwrap_or((at, solid));
            lines.push(Line { range: offset + start..offset + end, width: wide, spacing: 0.0, ends: false });
            start = end;
            width = fonts.width(style.size, 0.0, &text[start..at]);
        }
        width += advance;
        if character != ' ' {
            solid = width;
        }
        before = Some(character);
    }
    lines.push(Line { range: offset + start..offset + text.len(), width: solid, spacing: 0.0, ends: true });
    Ok(())
}

/// Marks that never begin a line: commas, stops, closing brackets and quotes, dashes and leaders, units.
fn starts_no_line(character: char) -> bool {
    matches!(
        character,
        ',' | '.'
            | ';'
            | ':'
            | '!'
            | '?'
            | ')'
            | ']'
            | '}'
            | '%'
            | '\u{00b0}'
            | '\u{00b7}'
            | '\u{2014}'
            | '\u{2019}'
            | '\u{201d}'
            | '\u{2026}'
            | '\u{2030}'
            | '\u{2103}'
            | '\u{3001}'
            | '\u{3002}'
            | '\u{3009}'
            | '\u{300b}'
            | '\u{300d}'
            | '\u{300f}'
            | '\u{3011}'
            | '\u{3015}'
            | '\u{3017}'
            | '\u{3019}'
            | '\u{30fb}'
            | '\u{fe5e}'
            | '\u{ff01}'
            | '\u{ff05}'
            | '\u{ff09}'
            | '\u{ff0c}'
            | '\u{ff0e}'
            | '\u{ff1a}'
            | '\u{ff1b}'
            | '\u{ff1f}'
            | '\u{ff3d}'
            | '\u{ff5d}'
            | '\u{ff5e}'
    )
}

/// Marks that never end a line: opening brackets and quotes, signs of money.
fn ends_no_line(character: char) -> bool {
    matches!(
        character,
        '(' | '['
            | '{'
            | '$'
            | '#'
            | '\u{00a5}'
            | '\u{2018}'
            | '\u{201c}'
            | '\u{2116}'
            | '\u{3008}'
            | '\u{300a}'
            | '\u{300c}'
            | '\u{300e}'
            | '\u{3010}'
            | '\u{3014}'
            | '\u{3016}'
            | '\u{3018}'
            | '\u{fe5d}'
            | '\u{ff08}'
            | '\u{ff3b}'
            | '\u{ff5b}'
            | '\u{ffe5}'
    )
}

/// Whether a line may end between two characters.
fn may_part(before: char, after: char) -> bool {
    if after == ' ' || starts_no_line(after) && (before != ' ' || is_wide(after)) {
        return false;
    }
    if ends_no_line(before) {
        return false;
    }
    let hyphen = before == '-' && after.is_alphabetic();
    before == ' ' || is_wide(before) || is_wide(after) || hyphen
}

/// Characters of Chinese and its punctuation, which may be parted from their neighbours.
pub(in crate::report) fn is_wide(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{1f000}'..='\u{3ffff}' | '\u{201c}' | '\u{201d}' | '\u{2014}' | '\u{2026}')
}

/// The text as it can be printed: other spaces become plain ones, line breaks of all kinds line feeds, and characters that by
/// their definition show nothing (Unicode `Default_Ignorable_Code_Point`) fall away.
pub(in crate::report) fn printable(text: impl Into<String>) -> String {
    let text = text.into();
    if text.bytes().all(|b| (b' '..0x7f).contains(&b) || b == b'\n') || !text.chars().any(is_odd) {
        return text;
    }
    let plain = text.replace("\r\n", "\n");
    let swap = |c: char| match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        c if is_ignorable(c) => None,
        c if is_odd(c) => Some(' '),
        c => Some(c),
    };
    plain.chars().filter_map(swap).collect()
}

fn is_odd(c: char) -> bool {
    is_ignorable(c)
        || matches!(
            c,
            '\t' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
                ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}'
        )
}

fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}
