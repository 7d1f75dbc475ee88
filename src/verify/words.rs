//! The words of a page compared with the words of the page as issued, line by line.

use serde_json::Value;

use super::document::{Glyph, Seen};
use super::fields::{Leaf, leaves};
use crate::rules::{Finding, Reason};

/// Characters whose feet are this close stand on one line, in points.
pub(super) const SAME_LINE: f64 = 2.0;

/// Two lines are the same line changed when they are this close, in points.
const SAME_PLACE: f64 = 8.0;

/// A character stands in the same place within so many points.
const SAME_GLYPH: f64 = 1.5;

/// Among so many characters of a line, one is searched for that stands in the same place.
const MOST_NEAR: usize = 1000;

/// So many lines of a page are compared.
const MOST_LINES: usize = 2000;

/// So many differences are told of a page.
const MOST: usize = 40;

/// So many characters are told around a difference.
const AROUND: usize = 8;

/// A longer text is cut off.
const LONGEST: usize = 120;

/// A line of a page, from left to right, without spaces.
pub(super) struct Line {
    pub(super) y: f64,
    pub(super) text: String,
}

/// The lines of a page from top to bottom.
pub(super) fn lines(page: &Seen) -> Vec<Line> {
    let mut glyphs: Vec<&Glyph> =
        page.glyphs.iter().filter(|it| it.x.is_finite() && it.y.is_finite()).collect();
    glyphs.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut lines = Vec::new();
    let mut rest = glyphs.as_slice();
    while let Some(first) = rest.first() {
        let end = rest.partition_point(|glyph| glyph.y < first.y + SAME_LINE);
        let mut line: Vec<&Glyph> = rest[..end].to_vec();
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
        let words = line.iter().flat_map(|glyph| glyph.text.chars());
        let text: String = words.filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        if !text.is_empty() {
            lines.push(Line { y: first.y, text });
        }
        rest = &rest[end..];
        if lines.len() == MOST_LINES {
            break;
        }
    }
    lines
}

/// Whether the program that wrote a page anew lost what its characters mean. Each stands where it stood, or is drawn as a
/// picture; none reads as another that could be meant, and nothing that can be read was added.
///
/// Programs that keep a font and lose its table of characters turn most ideographs into Latin letters. Where few are turned,
/// somebody chose them.
pub(super) fn are_lost(was: &Seen, now: &Seen) -> bool {
    let mut places = Places::of(now);
    let (mut ideographs, mut turned) = (0, 0);
    for glyph in &was.glyphs {
        let ideograph = glyph.text.chars().any(is_ideograph);
        ideographs += usize::from(ideograph);
        let Some(Glyph { text, .. }) = places.take(glyph) else { continue };
        if *text == glyph.text || !is_readable(text) || !is_readable(&glyph.text) {
            continue;
        }
        if !ideograph || text.chars().any(is_ideograph) {
            return false;
        }
        turned += 1;
    }
    let added = places.left().any(|glyph| is_readable(&glyph.text));
    !added && (turned == 0 || turned * 2 > ideographs)
}

/// How many characters of a page stand where they stood, and how many do not.
pub(super) fn places_kept(was: &Seen, now: &Seen) -> (usize, usize) {
    let mut places = Places::of(now);
    let readable = was.glyphs.iter().filter(|glyph| is_readable(&glyph.text));
    let (kept, gone): (Vec<&Glyph>, Vec<&Glyph>) = readable.partition(|glyph| places.take(glyph).is_some());
    (kept.len(), gone.len())
}

/// The characters of a page by their places, each to be taken once.
struct Places<'a> {
    glyphs: Vec<&'a Glyph>,
    free: Vec<bool>,
}

impl<'a> Places<'a> {
    fn of(page: &'a Seen) -> Self {
        let mut glyphs: Vec<&Glyph> =
            page.glyphs.iter().filter(|it| it.x.is_finite() && it.y.is_finite()).collect();
        glyphs.sort_by(|a, b| a.y.total_cmp(&b.y));
        Self { free: vec![true; glyphs.len()], glyphs }
    }

    /// The nearest character that stands where this one does.
    fn take(&mut self, glyph: &Glyph) -> Option<&'a Glyph> {
        let from = self.glyphs.partition_point(|it| it.y < glyph.y - SAME_GLYPH);
        let line = self.glyphs[from..].iter().take_while(|it| it.y < glyph.y + SAME_GLYPH);
        let near = line.take(MOST_NEAR).enumerate().map(|(at, it)| (from + at, (it.x - glyph.x).abs()));
        let near = near.filter(|&(at, aside)| self.free[at] && aside < SAME_GLYPH);
        let (at, _) = near.min_by(|a, b| a.1.total_cmp(&b.1))?;
        self.free[at] = false;
        Some(self.glyphs[at])
    }

    /// The characters that were not taken.
    fn left(&self) -> impl Iterator<Item = &Glyph> {
        self.glyphs.iter().zip(&self.free).filter_map(|(glyph, free)| free.then_some(*glyph))
    }
}

/// Whether a reader of the file's text gets something to read, and no space.
pub(super) fn is_readable(text: &str) -> bool {
    let private = |c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}');
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !private(c))
}

fn is_ideograph(c: char) -> bool {
    c >= '\u{2000}'
}

/// How many lines of `was` are found in `now`, of how many: whether two pages are the same page, changed or not.
pub(super) fn likeness(was: &Seen, now: &Seen) -> (usize, usize) {
    let (was, now) = (lines(was), lines(now));
    let same = was.iter().filter(|line| now.iter().any(|other| other.text == line.text));
    (same.count(), was.len().max(now.len()))
}

/// What the lines of a page say other than those as issued. With the facts at hand, the field is named.
pub(super) fn differences(was: &Seen, now: &Seen, page: u32, facts: Option<&Value>) -> Vec<Finding> {
    let (was, now) = (lines(was), lines(now));
    // A line is unchanged if it stands on the other page at about the same height.
    let kept = |line: &Line, others: &[Line]| {
        others.iter().any(|other| other.text == line.text && (other.y - line.y).abs() < SAME_PLACE)
    };
    let gone: Vec<&Line> = was.iter().filter(|line| !kept(line, &now)).collect();
    let mut new: Vec<&Line> = now.iter().filter(|line| !kept(line, &was)).collect();
    if gone.len() > 8 && gone.len() * 10 > was.len() * 9 {
        let field = Some("整页文字".to_owned());
        return vec![Finding {
            field,
            was: Some(shortened(&gone[0].text)),
            ..Finding::of(Reason::PageTextChanged).on(page)
        }];
    }
    let leaves = facts.map(leaves).unwrap_or_default();
    let mut found = Vec::new();
    for line in gone {
        let near = new.iter().position(|other| (other.y - line.y).abs() < SAME_PLACE);
        let other = near.map(|at| new.remove(at));
        let after = other.map_or("", |other| other.text.as_str());
        let leaf = field(&leaves, &line.text, after, &was, line.y);
        found.push(finding(page, Some(&line.text), other.map(|other| other.text.as_str()), leaf));
    }
    for line in new {
        found.push(finding(page, None, Some(&line.text), None));
    }
    found.truncate(MOST);
    found
}

pub(super) fn finding(
    page: u32,
    was: Option<&str>,
    now: Option<&str>,
    leaf: Option<(String, Option<String>)>,
) -> Finding {
    let (was, now) = match (was, now) {
        (Some(was), Some(now)) => {
            let (was, now) = narrowed(was, now);
            (Some(was), Some(now))
        }
        (was, now) => (was.map(shortened), now.map(shortened)),
    };
    let (field, path) = leaf.map_or((None, None), |(field, path)| (Some(field), path));
    Finding { field, path, was, now, ..Finding::of(Reason::PageTextChanged).on(page) }
}

/// The field whose value stood on the line and stands there no more; else the domain whose row the line is in.
pub(super) fn field(
    leaves: &[Leaf],
    was: &str,
    now: &str,
    page: &[Line],
    y: f64,
) -> Option<(String, Option<String>)> {
    let lost = leaves.iter().filter_map(|leaf| {
        let printed = leaf.printed()?;
        let lost = printed.chars().count() > 1 && was.contains(&printed) && !now.contains(&printed);
        lost.then_some((printed.len(), leaf))
    });
    if let Some((_, leaf)) = lost.max_by_key(|(length, _)| *length) {
        return Some((leaf.field.clone(), Some(leaf.path.clone())));
    }
    let codes: Vec<&str> =
        leaves.iter().filter_map(|leaf| leaf.path.strip_prefix("domains/")?.strip_suffix("/code")).collect();
    let near = page.iter().filter(|line| (line.y - y).abs() < 40.0);
    let domain = near
        .filter_map(|line| Some((line.y, codes.iter().find(|code| line.text.contains(**code))?)))
        .min_by(|a, b| (a.0 - y).abs().total_cmp(&(b.0 - y).abs()));
    let (_, code) = domain?;
    let concluded = ['○', '●', '△'].iter().any(|sign| was.contains(*sign) != now.contains(*sign));
    Some(if concluded {
        (format!("领域 {code} 结论"), Some(format!("domains/{code}/conclusion")))
    } else {
        (format!("领域 {code}"), None)
    })
}

/// Both texts without what they begin and end with alike, but for a few characters around the difference.
fn narrowed(was: &str, now: &str) -> (String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (was.chars().collect(), now.chars().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let most = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let from = head.saturating_sub(AROUND);
    let cut = |text: &[char]| {
        let to = (text.len() - tail + AROUND).min(text.len());
        let middle: String = text[from..to].iter().collect();
        let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
        format!("{before}{}{after}", shortened(&middle))
    };
    (cut(&a), cut(&b))
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
