//! A report is looked at: its holder is told once an hour, with how often.
//!
//! Verifying stores nothing, and must not wait for a store that is busy: looks are counted in memory, and written down by the next
//! round of sending. A process that is killed loses the looks of its last second or two.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use uuid::Uuid;

use super::Telling;
use crate::flow::App;
use crate::rules::{Audience, Instant, NoticeKind};
use crate::store::{self, Tx, notices};

/// One notice for each hour.
const HOUR: i64 = 3_600_000;
/// Reports whose looks are counted at a time: beyond it, somebody plays with the service.
const MOST: usize = 10_000;

/// Looks that are not written down yet: by subject and what was looked at, since when and how many.
#[derive(Debug, Default)]
pub(in crate::flow) struct Looks(Mutex<HashMap<(Uuid, String), (Instant, u32)>>);

/// Counts a look at a report, or at anything else of a subject that others are shown. It is written down a little later.
pub fn note(app: &App, subject: Uuid, object: &str) {
    let mut looks = app.0.outward.looks.0.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (subject, object.to_owned());
    if looks.len() < MOST || looks.contains_key(&key) {
        looks.entry(key).or_insert((app.now(), 0)).1 += 1;
    }
}

/// Tells those who may see a subject that something of it was looked at, so many times, in the transaction that stores the
/// look. Within an hour the notice is one, with a count.
pub async fn looked(
    app: &App,
    tx: &mut Tx,
    (subject, object): (Uuid, &str),
    times: u32,
    at: Instant,
) -> Result<(), store::Error> {
    let telling = Telling {
        audience: Audience::Subject(subject),
        kind: NoticeKind::ReportLooked,
        object: object.to_owned(),
        slot: at.millis().div_euclid(HOUR),
        domain: None,
        details: json!({}),
    };
    notices::insert(tx, &[telling.notice(app, times, at)], true).await
}

/// Writes down what was counted. What cannot be stored stays counted.
pub(super) async fn write_down(app: &App) -> Result<(), store::Error> {
    let looks = &app.0.outward.looks.0;
    let counted = std::mem::take(&mut *looks.lock().unwrap_or_else(PoisonError::into_inner));
    if counted.is_empty() {
        return Ok(());
    }
    let stored = async {
        let mut tx = app.0.store.write().await?;
        for ((subject, object), (at, times)) in &counted {
            looked(app, &mut tx, (*subject, object), *times, *at).await?;
        }
        tx.commit().await
    };
    let outcome = stored.await;
    if outcome.is_err() {
        let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, (at, times)) in counted {
            let kept = looks.entry(key).or_insert((at, 0));
            kept.1 = kept.1.saturating_add(times);
        }
    }
    outcome
}
