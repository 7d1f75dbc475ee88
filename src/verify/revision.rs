//! Two readings of a report, page by page: what changed between them, and the name of the attack that does it.

use serde_json::Value;

use super::document::{Document, Note, Seen};
use super::look::Looked;
use super::raster::{self, matches, number};
use super::words;
use crate::rules::{Finding, Reason};

/// Compares the pages, notes and properties of the brought file with those of the report as issued. Tells whether a page
/// of the one is another object than the page of the other: of two revisions of one file, other pages are brought up.
pub(super) fn pages(
    looked: &mut Looked,
    issued: &Document,
    brought: &Document,
    facts: Option<&Value>,
) -> bool {
    if looked.picture {
        return false;
    }
    let matched = matches(&issued.pages, &brought.pages);
    let found = &mut looked.findings;
    for (at, other) in matched.iter().enumerate() {
        match other {
            None if issued.pages.get(at).is_some() && !matched.contains(&Some(at)) => {
                // A page of which hardly a word is left is still that page, replaced.
                found.extend(words::differences(&issued.pages[at], &brought.pages[at], number(at), facts));
            }
            None => found.push(Finding::of(Reason::PageAdded).on(number(at))),
            Some(other) => {
                let (was, now) = (&issued.pages[*other], &brought.pages[at]);
                found.extend(words::differences(was, now, number(at), facts));
            }
        }
    }
    let replaced = |at: usize| matched.get(at) == Some(&None);
    for at in (0..issued.pages.len()).filter(|at| !matched.contains(&Some(*at)) && !replaced(*at)) {
        let was = Some(format!("第 {} 页", at + 1));
        found.push(Finding { was, ..Finding::of(Reason::PageMissing) });
    }
    let order: Vec<usize> = matched.iter().filter_map(|it| *it).collect();
    if let Some(at) = order.windows(2).position(|pair| pair[0] > pair[1]) {
        found.push(Finding::of(Reason::PagesSwapped).on(number(at)));
    }
    let own_place =
        |at: usize| (replaced(at) && !matched.contains(&Some(at)) && at < issued.pages.len()).then_some(at);
    let pairs: Vec<Option<usize>> =
        (0..matched.len()).map(|at| matched[at].or_else(|| own_place(at))).collect();
    for (at, other) in pairs.iter().enumerate() {
        let was = other.and_then(|other| issued.pages.get(other));
        found.extend(was.map(|was| notes(was, &brought.pages[at], number(at))).unwrap_or_default());
    }
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
    looked.comparison = raster::differences(issued, brought, &pairs);
    for page in &looked.comparison {
        found.push(Finding::of(Reason::PageLookChanged).on(page.page));
    }
    issued.pages.iter().zip(&brought.pages).any(|(was, now)| was.object != now.object)
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
            (true, true, _) | (false, true, _) => Some(Reason::ShadowReplace),
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
