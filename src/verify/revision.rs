//! Two readings of a report, page by page: what changed between them, and the name of the attack that does it.

use serde_json::Value;

use super::anew;
use super::document::{Document, Note, Seen};
use super::grey::Eye;
use super::look::Looked;
use super::raster::{self, matches, number};
use super::words;
use crate::rules::{Finding, PageDifference, Reason};

/// Compares the pages, notes and properties of the brought file with those of the report as issued. Tells whether a page
/// of the one is another object than the page of the other: of two revisions of one file, other pages are brought up.
///
/// A file that another program has `rewritten` is compared with a forgiving eye: fonts, strokes and places come out a little
/// different, and the meaning of letters, the seal's field or the breaks between pages may be lost.
pub(super) fn pages(
    looked: &mut Looked,
    issued: &Document,
    brought: &Document,
    facts: Option<&Value>,
    rewritten: bool,
) -> bool {
    if looked.picture {
        return false;
    }
    let matched = matches(&issued.pages, &brought.pages);
    let replaced = |at: usize| matched.get(at) == Some(&None);
    let own_place =
        |at: usize| (replaced(at) && !matched.contains(&Some(at)) && at < issued.pages.len()).then_some(at);
    // A page of which hardly a word is left is still that page, replaced.
    let pairs: Vec<Option<usize>> =
        (0..matched.len()).map(|at| matched[at].or_else(|| own_place(at))).collect();
    if rewritten && anew::is_set_anew(issued, brought, &pairs) {
        anew::compare(looked, issued, brought, facts);
        about(&mut looked.findings, issued, brought);
        return false;
    }
    let eye = if rewritten { Eye::Forgiving } else { Eye::Strict };
    let (comparison, alike) = raster::differences(issued, brought, &pairs, eye);
    looked.comparison = comparison;
    for (at, other) in pairs.iter().enumerate() {
        let page = number(at);
        let Some(other) = other else {
            looked.findings.push(Finding::of(Reason::PageAdded).on(page));
            continue;
        };
        let (was, now) = (&issued.pages[*other], &brought.pages[at]);
        let differences = words::differences(was, now, page, facts);
        if !differences.is_empty() && rewritten && words::are_lost(was, now) {
            looked.findings.push(Finding::of(Reason::TextUnreadable).on(page));
            let unseen =
                alike.get(at).is_none_or(Option::is_none) && !looked.reasons.contains(&Reason::LimitReached);
            looked.reasons.extend(unseen.then_some(Reason::LimitReached));
        } else {
            looked.findings.extend(differences);
        }
    }
    let found = &mut looked.findings;
    for at in (0..issued.pages.len()).filter(|at| !matched.contains(&Some(*at)) && !replaced(*at)) {
        let was = Some(format!("第 {} 页", at + 1));
        found.push(Finding { was, ..Finding::of(Reason::PageMissing) });
    }
    let order: Vec<usize> = matched.iter().filter_map(|it| *it).collect();
    if let Some(at) = order.windows(2).position(|pair| pair[0] > pair[1]) {
        found.push(Finding::of(Reason::PagesSwapped).on(number(at)));
    }
    let mut lost = Vec::new();
    for (at, other) in pairs.iter().enumerate() {
        let Some(was) = other.and_then(|other| issued.pages.get(other)) else { continue };
        let mut notes = notes(was, &brought.pages[at], number(at));
        let gone = was.notes.iter().filter(|note| !brought.pages[at].notes.contains(note));
        lost.extend(gone.map(|note| (number(at), note.area(was.height))));
        // A seal that became a part of its page is still there.
        notes.retain(|note| !(rewritten && note.now.is_none() && alike.get(at) == Some(&Some(true))));
        found.extend(notes);
    }
    about(found, issued, brought);
    let sealless = |page: &PageDifference| {
        let gone = lost.iter().filter(|(of, _)| *of == page.page).map(|(_, place)| place);
        rewritten
            && !page.boxes.is_empty()
            && page.boxes.iter().all(|it| gone.clone().any(|seal| lies_in(*it, *seal)))
    };
    for page in looked.comparison.iter().filter(|page| !sealless(page)) {
        found.push(Finding::of(Reason::PageLookChanged).on(page.page));
    }
    issued.pages.iter().zip(&brought.pages).any(|(was, now)| was.object != now.object)
}

/// What the file says about itself.
fn about(found: &mut Vec<Finding>, issued: &Document, brought: &Document) {
    let value = |about: &[(&'static str, String)], wanted: &str| {
        about.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
    };
    let new = brought.about.iter().filter(|(name, _)| value(&issued.about, name).is_none());
    for (name, _) in issued.about.iter().chain(new) {
        let (was, now) = (value(&issued.about, name), value(&brought.about, name));
        if was != now {
            found.push(Finding {
                field: Some((*name).to_owned()),
                was,
                now,
                ..Finding::of(Reason::MetadataChanged)
            });
        }
    }
}

/// Whether a place on a page lies within another, but for the edge of a square.
fn lies_in([left, top, right, bottom]: [f32; 4], area: [f32; 4]) -> bool {
    let edge = 6.0;
    left >= area[0] - edge && top >= area[1] - edge && right <= area[2] + edge && bottom <= area[3] + edge
}

/// Notes, stamps and fields that were added to a page, changed on it or taken from it.
fn notes(was: &Seen, now: &Seen, page: u32) -> Vec<Finding> {
    let told = |note: &Note| Some(format!("{} {:?}", note.kind, note.place));
    let mut found = Vec::new();
    let gone: Vec<_> = was.notes.iter().filter(|note| !now.notes.contains(note)).collect();
    let mut new: Vec<_> = now.notes.iter().filter(|note| !was.notes.contains(note)).collect();
    for note in gone {
        let same = new.iter().position(|other| other.kind == note.kind);
        let now = same.map(|at| new.remove(at));
        let finding = Finding::of(Reason::AnnotationChanged).on(page);
        found.push(Finding { was: told(note), now: now.and_then(told), ..finding });
    }
    for note in new {
        found.push(Finding { now: told(note), ..Finding::of(Reason::AnnotationAdded).on(page) });
    }
    found
}

/// Puts the name of what was done, as the findings show it, among the reasons. `appended` says that the report as issued
/// lies in the file unharmed, with something behind it; `others` is what [`pages`] told.
pub(super) fn name(looked: &mut Looked, appended: bool, others: bool) {
    let has = |reason| looked.findings.iter().any(|finding| finding.attack == reason);
    let of_pages = || looked.findings.iter().filter(|finding| finding.attack == Reason::PageTextChanged);
    let (lost, new) = (of_pages().any(|it| it.was.is_some()), of_pages().any(|it| it.now.is_some()));
    let mut names = Vec::new();
    let pages = [Reason::PagesSwapped, Reason::PageMissing, Reason::PageAdded];
    let notes = [Reason::AnnotationAdded, Reason::AnnotationChanged];
    names.extend(pages.into_iter().chain(notes).filter(|reason| has(*reason)));
    let added = has(Reason::AnnotationAdded);
    let looks = has(Reason::PageLookChanged);
    if appended {
        let moved = others || pages.into_iter().any(has);
        names.extend(match (lost, new, looks) {
            _ if moved && (lost || new) => Some(Reason::ShadowHideReplace),
            (true | false, true, _) => Some(Reason::ShadowReplace),
            (true, false, _) => Some(Reason::ShadowHide),
            // Words are still there for a reader, and cannot be seen: covered.
            (false, false, true) if !added => Some(Reason::ShadowHide),
            (false, false, _) => None,
        });
    }
    let rest =
        [Reason::FactsChanged, Reason::PageTextChanged, Reason::PageLookChanged, Reason::FactsNotOnPage];
    names.extend(rest.into_iter().filter(|reason| has(*reason)));
    if has(Reason::MetadataChanged) {
        names.push(Reason::MetadataChanged);
    }
    if appended && names.is_empty() && looked.reasons.contains(&Reason::AppendedRevision) {
        names.push(Reason::RevisionEmpty);
    }
    for name in names {
        if !looked.reasons.contains(&name) {
            looked.reasons.push(name);
        }
    }
}
