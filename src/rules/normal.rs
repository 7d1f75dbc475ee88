//! One spelling for what people write in many ways. The original text is always kept beside it.

/// Full-width forms to half-width, all white space and invisible characters out, letters upper-case: for identifiers.
#[must_use]
pub fn code(text: &str) -> String {
    each(text, |c| c)
}

/// The characters that count, as they are meant.
fn each(text: &str, meant: impl Fn(char) -> char) -> String {
    let mut normal = String::with_capacity(text.len());
    for c in text.chars() {
        // Most characters are their own normal form, whatever is compared.
        if matches!(c, '0'..='9' | 'A'..='Z' | '\u{4e00}'..='\u{9fff}') {
            normal.push(c);
            continue;
        }
        let c = half_width(c);
        if !c.is_whitespace() && !is_invisible(c) {
            normal.extend(c.to_uppercase().map(&meant));
        }
    }
    normal
}

/// Full-width forms to half-width and letters upper-case, all else as it is.
#[must_use]
pub fn narrow(text: &str) -> String {
    text.chars().map(half_width).flat_map(char::to_uppercase).collect()
}

/// The normal form of a document number, which is part of a record's identity: half-width, without spaces, the
/// bracket pairs 〔〕 ﹝﹞ ［］ 【】 （） () [] as 〔〕, dashes as `-`, letters upper-case.
#[must_use]
pub fn document_number(text: &str) -> String {
    each(text, |c| match c {
        '(' | '[' | '﹝' | '【' | '{' | '〈' | '《' | '<' => '〔',
        ')' | ']' | '﹞' | '】' | '}' | '〉' | '》' | '>' => '〕',
        '—' | '–' | '‐' | '‑' | '−' | '―' => '-',
        other => other,
    })
}

/// The normal form of a name for comparing: half-width, brackets as (), without spaces, letters upper-case.
#[must_use]
pub fn name(text: &str) -> String {
    each(text, |c| match c {
        '〔' | '﹝' | '【' | '[' => '(',
        '〕' | '﹞' | '】' | ']' => ')',
        '・' | '•' | '‧' => '·',
        other => other,
    })
}

/// Free text as it is printed: line ends as one `\n`, tabs as spaces, other invisible characters out, ends trimmed.
#[must_use]
pub fn free_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n").replace('\t', " ");
    text.chars().filter(|&c| c == '\n' || !is_invisible(c)).collect::<String>().trim().to_owned()
}

/// A full-width form of ASCII (U+FF01 to U+FF5E) or the ideographic space as its half-width twin.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// What leaves no trace on paper: control characters, soft hyphens, joiners, marks of direction, byte-order marks.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
