//! The rules in force at an instant: the texts that were approved, or of a kind without any the files of the program.
//!
//! Versions are only ever added, and each holds from an instant that was in the future when it was stored. What was in force at an
//! instant is therefore known for good: facts that are drawn up again later are the same. Each combination that was ever in force is
//! parsed once and kept; whether there are new ones is asked within the transaction that needs to know.

use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use super::{App, Reference};
use crate::rules::{Instant, RuleKind};
use crate::store::rule_versions::{self, Head};
use crate::store::{self, Tx};

/// How often a process asks whether another one approved something.
const ASKS: Duration = Duration::from_secs(10);

/// The numbers of the catalogue, the profile and the policy; 0 for the files of the program.
type Numbers = [i64; 3];

/// Everything that was ever in force and was needed by this process.
#[derive(Default)]
pub(super) struct Rulebook {
    heads: RwLock<Vec<Head>>,
    first: OnceLock<Box<Parsed>>,
}

/// A combination, and the one that was parsed after it.
struct Parsed {
    numbers: Numbers,
    reference: Reference,
    next: OnceLock<Box<Parsed>>,
}

fn place(kind: RuleKind) -> usize {
    match kind {
        RuleKind::Catalogue => 0,
        RuleKind::Profile => 1,
        RuleKind::Policy => 2,
    }
}

/// What holds at an instant.
pub(super) fn numbers_at(heads: &[Head], at: Instant) -> Numbers {
    let mut numbers = [0; 3];
    // In order of their numbers, which is that of their instants.
    for head in heads.iter().filter(|head| head.effective_from <= at) {
        let number: &mut i64 = &mut numbers[place(head.kind)];
        *number = head.number.max(*number);
    }
    numbers
}

impl Rulebook {
    fn heads(&self) -> Vec<Head> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn find(&self, numbers: Numbers) -> Option<&Reference> {
        let mut link = self.first.get();
        while let Some(parsed) = link {
            if parsed.numbers == numbers {
                return Some(&parsed.reference);
            }
            link = parsed.next.get();
        }
        None
    }

    /// What is known here to be in force; nothing where that is the files of the program.
    pub(super) fn at(&self, at: Instant) -> Option<&Reference> {
        let heads = self.heads.read().unwrap_or_else(PoisonError::into_inner);
        if heads.is_empty() {
            return None;
        }
        let numbers = numbers_at(&heads, at);
        drop(heads);
        self.find(numbers)
    }

    fn keep(&self, numbers: Numbers, reference: Reference) {
        let mut new = Box::new(Parsed { numbers, reference, next: OnceLock::new() });
        let mut link = &self.first;
        // Whoever is quicker comes first.
        while let Err(back) = link.set(new) {
            let Some(parsed) = link.get() else { return };
            if parsed.numbers == numbers {
                return;
            }
            new = back;
            link = &parsed.next;
        }
    }
}

/// The rules in force at an instant, as this transaction knows them.
pub(super) async fn at<'a>(app: &'a App, tx: &mut Tx, at: Instant) -> Result<&'a Reference, store::Error> {
    refresh(app, tx).await?;
    Ok(app.reference_at(at))
}

/// Learns of versions that were added.
pub(super) async fn refresh(app: &App, tx: &mut Tx) -> Result<(), store::Error> {
    let book = &app.0.rulebook;
    let heads = rule_versions::heads(tx).await?;
    if heads.len() <= book.heads().len() {
        return Ok(()); // nothing is ever taken away; an older snapshot knows fewer
    }
    for head in &heads {
        let numbers = numbers_at(&heads, head.effective_from);
        if book.find(numbers).is_none() {
            let reference = combined(app, tx, numbers, None).await?;
            let damaged = |error: super::BadReference| store::Error::Corrupt(error.to_string().into());
            book.keep(numbers, reference.map_err(damaged)?);
        }
    }
    let mut known = book.heads.write().unwrap_or_else(PoisonError::into_inner);
    if heads.len() > known.len() {
        *known = heads;
    }
    Ok(())
}

/// A combination of texts; `instead` stands for a text that is not stored yet.
pub(super) async fn combined(
    app: &App,
    tx: &mut Tx,
    numbers: Numbers,
    instead: Option<(RuleKind, &str)>,
) -> Result<Result<Reference, super::BadReference>, store::Error> {
    let mut texts = [None, None, None];
    for kind in RuleKind::ALL {
        let at = place(*kind);
        texts[at] = match instead {
            Some((new, text)) if new == *kind => Some(text.to_owned()),
            _ => rule_versions::get(tx, *kind, numbers[at]).await?.map(|version| version.body),
        };
    }
    let [catalogue, profile, policy] = &texts;
    Ok(app.0.reference.with(catalogue.as_deref(), profile.as_deref(), policy.as_deref()))
}

/// Learns of what other processes approved, for as long as it is polled.
pub async fn keep_up(app: App) {
    loop {
        let learnt = async {
            let mut tx = app.0.store.read().await?;
            refresh(&app, &mut tx).await
        };
        if let Err(error) = learnt.await {
            tracing::warn!(%error, "the rules in force could not be read again");
        }
        tokio::time::sleep(ASKS).await;
    }
}
