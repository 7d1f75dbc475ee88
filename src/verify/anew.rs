//! Words that another program set anew, in lines and pages of its own, as a browser does: whether they are those of the report, in
//! its order, and whether a reader sees them.
//!
//! Looks cannot be compared where nothing stands in its place. So every character must be there, must be drawn with the outline that
//! it has in the report, must be seen, and nothing else may be. What cannot be decided is told as such.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::document::{Document, Glyph, Seen};
use super::fields::{self, leaves};
use super::look::Looked;
use super::raster::{Drawer, dots, number};
use super::reader::{Form, MOST_PAINTED};
use super::words::{self, SAME_LINE, is_readable, lines};
use crate::rules::{Finding, Reason};

/// What a browser prints beside a page, its name and date, lies so close to an edge, in points; and so do our own running lines.
const EDGE: f64 = 45.0;

/// A gap this wide, in points, parts two runs of characters on one line.
const GAP: f64 = 30.0;

/// Characters this close in height, in points, may change places in the order of reading; two lines are farther apart.
const SAME_ROW: f64 = 4.0;

/// A character stands as far from the left as it did within so many points.
const ASIDE: f64 = 4.0;

/// Among so many characters of a row, one is searched for.
const MOST_NEAR: usize = 1000;

/// What stands for the text of a character that a browser added.
const BROWSERS: &str = "\0";

/// So many outlines are remembered of a character.
const MOST_FORMS: usize = 8;

/// So many lines that differ are put beside each other.
const MOST_LINES: usize = 200;

/// So many differences are told.
const MOST: usize = 40;

/// Of a character that is seen there is at least this share of its ink. Drawn by Chromium, 0.79 were the least of 9,530.
const LEAST_INK: f32 = 0.6;

/// Whether the characters of a copy can be read, and those of it or of a page stand in other places than in the report.
pub(super) fn is_set_anew(issued: &Document, brought: &Document, pairs: &[Option<usize>]) -> bool {
    let readable = |pages: &[Seen]| {
        pages.iter().flat_map(|page| &page.glyphs).filter(|glyph| is_readable(&glyph.text)).count()
    };
    if readable(&brought.pages) * 2 < readable(&issued.pages) {
        return false;
    }
    // The very words in the very order, only broken into pages in other places.
    let broken = |(was, now): (&Seen, &Seen)| was.words() != now.words();
    let (was, now) = (&issued.pages, &brought.pages);
    let flowed =
        (was.len() != now.len() || was.iter().zip(now).any(broken)) && issued.words() == brought.words();
    let (mut kept, mut gone, mut moved) = (0, 0, false);
    for (other, now) in pairs.iter().zip(now) {
        let Some(was) = other.and_then(|other| was.get(other)) else { continue };
        let (here, elsewhere) = words::places_kept(was, now);
        (kept, gone) = (kept + here, gone + elsewhere);
        moved |= elsewhere > here && matches!(words::likeness(was, now), (same, all) if same == all);
    }
    flowed || moved || gone > kept
}

/// Compares the words of the report with those that were set anew.
pub(super) fn compare(looked: &mut Looked, issued: &Document, brought: &Document, facts: Option<&Value>) {
    looked.reasons.push(Reason::SetAnew);
    looked.findings.push(Finding::of(Reason::SetAnew));
    let known: HashSet<String> = issued.pages.iter().flat_map(runs).map(|run| run.text).collect();
    let running: HashSet<String> = issued.pages.iter().flat_map(at_the_edge).map(|run| run.text).collect();
    let pages = without_browsers_lines(&brought.pages, &known);
    let (was, now) = (Text::of(&issued.pages, &running), Text::of(&pages, &running));
    let mut unclear = false;
    let missing = |words: &str| facts.map(|facts| fields::not_on_page(facts, words)).unwrap_or_default();
    let before = looked.findings.len();
    if was.counts() != now.counts() {
        looked.findings.extend(missing(&now.drawn));
        looked.findings.extend(differences(&issued.pages, &pages, facts));
    } else if was.placed != now.placed && was.drawn != now.drawn && !stand_alike(&issued.pages, &pages) {
        // All characters are there. Whether they still say the same depends on what stands beside what.
        let found = missing(&now.drawn);
        if !found.is_empty() && !missing(&now.placed).is_empty() {
            looked.findings.extend(found);
        }
        unclear = true;
    }
    unclear |= !is_seen(looked, issued, brought, &pages);
    if unclear && looked.findings.len() == before {
        looked.reasons.push(Reason::ChangeNotExcluded);
    }
}

/// Characters that were drawn one after the other, on one line without a gap.
struct Run {
    y: f64,
    text: String,
    glyphs: std::ops::Range<usize>,
}

fn runs(page: &Seen) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for (at, glyph) in page.glyphs.iter().enumerate() {
        let words = glyph.text.chars().filter(|c| !c.is_whitespace() && !c.is_control());
        match runs.last_mut() {
            Some(run) if (run.y - glyph.y).abs() < SAME_LINE && (0.0..GAP).contains(&(glyph.x - end)) => {
                run.text.extend(words);
                run.glyphs.end = at + 1;
            }
            _ => runs.push(Run { y: glyph.y, text: words.collect(), glyphs: at..at + 1 }),
        }
        end = glyph.x;
    }
    runs
}

fn at_the_edge(page: &Seen) -> Vec<Run> {
    let mut runs = runs(page);
    runs.retain(|run| run.y < EDGE || run.y > f64::from(page.height) - EDGE);
    runs
}

/// The pages without the words that a browser printed at their edges.
fn without_browsers_lines(pages: &[Seen], known: &HashSet<String>) -> Vec<Seen> {
    let without = |page: &Seen| {
        let mut page = page.clone();
        // Of a line between two pages the other one shows an edge.
        let height = f64::from(page.height);
        let outside = page.glyphs.iter_mut().filter(|glyph| !(0.0..=height).contains(&glyph.y));
        outside.for_each(|glyph| BROWSERS.clone_into(&mut glyph.text));
        for run in at_the_edge(&page) {
            if !known.contains(&run.text) && is_browsers(&run.text) {
                page.glyphs[run.glyphs].iter_mut().for_each(|glyph| BROWSERS.clone_into(&mut glyph.text));
            }
        }
        page
    };
    pages.iter().map(without).collect()
}

/// A date and time, the number of a page among so many, or an address.
fn is_browsers(text: &str) -> bool {
    let numbers = text.trim_end_matches("AM").trim_end_matches("PM").replace("上午", "").replace("下午", "");
    let address = ["file://", "http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    (address && text.is_ascii()) || numbers.chars().all(|c| c.is_ascii_digit() || "/:,.-".contains(c))
}

/// The words of all pages: in the order of their places, and in the order in which they were drawn without running lines.
struct Text {
    placed: String,
    drawn: String,
}

impl Text {
    fn of(pages: &[Seen], running: &HashSet<String>) -> Self {
        let drawn = pages.iter().flat_map(runs).filter(|run| !running.contains(&run.text));
        let placed = pages.iter().flat_map(lines).map(|line| line.text);
        Self { drawn: drawn.map(|run| run.text).collect(), placed: placed.collect() }
    }

    /// How often each character stands there.
    fn counts(&self) -> HashMap<char, usize> {
        let mut counts = HashMap::new();
        self.placed.chars().for_each(|c| *counts.entry(c).or_default() += 1);
        counts
    }
}

/// Whether the characters follow each other from row to row as in the report, each as far from the left. Rows may stand on other pages.
fn stand_alike(was: &[Seen], now: &[Seen]) -> bool {
    let (was, now) = (by_place(was), by_place(now));
    let (mut first, mut taken) = (0, vec![false; now.len()]);
    was.iter().all(|(_, glyph)| {
        first += taken[first..].iter().take_while(|taken| **taken).count();
        let Some((page, top)) = now.get(first) else { return false };
        let row = now[first..].iter().take_while(|(on, it)| on == page && it.y < top.y + SAME_ROW);
        let row = row.take(MOST_NEAR).enumerate().map(|(at, (_, it))| (first + at, it));
        let same = row.filter(|(at, it)| !taken[*at] && it.text == glyph.text);
        let nearest = same.map(|(at, it)| (at, (it.x - glyph.x).abs())).min_by(|a, b| a.1.total_cmp(&b.1));
        let found = nearest.filter(|(_, aside)| *aside < ASIDE).map(|(at, _)| at);
        found.is_some_and(|at| !std::mem::replace(&mut taken[at], true))
    })
}

/// The characters of all pages from top to bottom.
fn by_place(pages: &[Seen]) -> Vec<(usize, &Glyph)> {
    let glyphs =
        pages.iter().enumerate().flat_map(|(at, page)| page.glyphs.iter().map(move |glyph| (at, glyph)));
    let mut glyphs: Vec<_> = glyphs.filter(|(_, glyph)| is_readable(&glyph.text)).collect();
    glyphs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.y.total_cmp(&b.1.y)).then(a.1.x.total_cmp(&b.1.x)));
    glyphs
}

/// The lines that stand on the pages of the one and not of the other, beside each other where they are alike.
fn differences(was: &[Seen], now: &[Seen], facts: Option<&Value>) -> Vec<Finding> {
    let leaves = facts.map(leaves).unwrap_or_default();
    let placed = |pages: &[Seen]| -> Vec<(usize, String)> {
        let lines = pages
            .iter()
            .enumerate()
            .flat_map(|(at, page)| lines(page).into_iter().map(move |it| (at, it.text)));
        lines.collect()
    };
    let (was, now) = (placed(was), placed(now));
    let texts = |lines: &[(usize, String)]| -> HashSet<String> {
        lines.iter().map(|(_, text)| text.clone()).collect()
    };
    let (before, after) = (texts(&was), texts(&now));
    let gone = was.iter().filter(|(_, text)| !after.contains(text)).take(MOST_LINES);
    let mut new: Vec<&(usize, String)> =
        now.iter().filter(|(_, text)| !before.contains(text)).take(MOST_LINES).collect();
    let mut found = Vec::new();
    for (_, gone) in gone {
        let likest = new.iter().enumerate().map(|(at, (_, text))| (alike(gone, text), at)).max();
        let other =
            likest.filter(|(alike, _)| alike * 2 > gone.chars().count()).map(|(_, at)| new.remove(at));
        let after = other.map(|(_, text)| text.as_str());
        let leaf = words::field(&leaves, gone, after.unwrap_or_default(), &[], 0.0);
        let finding = words::finding(0, Some(gone), after, leaf);
        found.push(Finding { page: other.map(|(page, _)| number(*page)), ..finding });
    }
    found.extend(new.into_iter().map(|(page, text)| words::finding(number(*page), None, Some(text), None)));
    if found.is_empty() {
        found.push(Finding::of(Reason::PageTextChanged));
    }
    found.truncate(MOST);
    found
}

/// How many characters two texts begin and end with alike.
fn alike(a: &str, b: &str) -> usize {
    let head = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let tail = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).count();
    head + tail
}

/// Whether every character is drawn as in the report and seen, and nothing else is. Where one is covered, that is found.
fn is_seen(looked: &mut Looked, issued: &Document, brought: &Document, pages: &[Seen]) -> bool {
    let forms = forms(&issued.pages);
    let drawer = Drawer::new(brought);
    let mut clear = true;
    for (at, page) in pages.iter().enumerate() {
        let Some(drawn) = drawer.compared(at) else {
            looked.reasons.push(Reason::LimitReached);
            return false;
        };
        let (mut places, mut covered) = (Vec::new(), false);
        for glyph in &page.glyphs {
            let readable = is_readable(&glyph.text);
            let Some(mark) = &glyph.mark else {
                clear &= !readable;
                continue;
            };
            let known = || {
                forms
                    .get(glyph.text.as_str())
                    .is_some_and(|it| it.iter().any(|form| form.is_like(&mark.form)))
            };
            clear &= if readable { known() } else { mark.ink == 0.0 || glyph.text == BROWSERS };
            let place = mark.area.map(dots);
            covered |= readable && drawn.ink(place, 1) < LEAST_INK * mark.ink * dots(1.0) * dots(1.0);
            places.push(place);
        }
        if covered {
            looked.findings.push(Finding::of(Reason::PageLookChanged).on(number(at)));
        }
        clear &= !is_painted_over(page) && drawn.has_ink_only_in(&places);
    }
    clear
}

/// The outlines of each character.
fn forms(pages: &[Seen]) -> HashMap<&str, Vec<Form>> {
    let mut forms: HashMap<&str, Vec<Form>> = HashMap::new();
    for glyph in pages.iter().flat_map(|page| &page.glyphs) {
        let (known, Some(mark)) = (forms.entry(&glyph.text).or_default(), &glyph.mark) else { continue };
        if known.len() < MOST_FORMS && !known.iter().any(|form| form.is_like(&mark.form)) {
            known.push(mark.form);
        }
    }
    forms
}

/// Whether something was painted where a character had been drawn before, or too much to know.
fn is_painted_over(page: &Seen) -> bool {
    let over = |(before, [left, top, right, bottom]): &(usize, [f32; 4])| {
        let places = page.glyphs[..*before]
            .iter()
            .filter(|it| is_readable(&it.text))
            .filter_map(|it| it.mark.as_ref());
        let mut places = places.map(|mark| mark.area);
        places.any(|it| it[0] < *right && it[2] > *left && it[1] < *bottom && it[3] > *top)
    };
    page.painted.len() == MOST_PAINTED || page.painted.iter().any(over)
}
