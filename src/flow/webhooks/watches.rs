//! A verifier watches the reports that it verified under its own name, and is told when their status changes.

use serde_json::json;

use super::Error;
use crate::flow::check::{self, Brought};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment};
use crate::rules::{Instant, Integrity, ReportNumber, StatusAt};
use crate::store::reports::Key;
use crate::store::{Page, reports, statuses, webhooks};

/// Reports that one verifier watches, at most.
const MOST: u32 = 10_000;

/// A report that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its number.
    pub number: ReportNumber,
    /// Since when it is watched.
    pub at: Instant,
    /// Where it stands.
    pub status: StatusAt,
}

/// Verifies, and watches the report from now on if it is ours and intact. Tells whether it was not watched before.
pub async fn watch(app: &App, actor: &Actor, brought: Brought) -> Result<(Watched, bool), Error> {
    actor.may_verify()?;
    let verdict = check::check(app, brought).await?.verdict;
    let ours = verdict.integrity == Integrity::Intact;
    let number = verdict.facts.filter(|_| ours).map(|facts| facts.number).ok_or(Error::NotOurs)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let report = reports::find(&mut tx, &Key::Number(number.clone())).await?.ok_or(Error::NotOurs)?;
    if webhooks::number_watched(&mut tx, &actor.name).await? >= MOST {
        return Err(Error::Many(MOST as usize));
    }
    let watch = webhooks::Watch {
        subject: report.subject,
        number: number.clone(),
        owner: actor.name.clone(),
        at: now,
    };
    let new = webhooks::watch(&mut tx, &watch).await?;
    if new {
        record(&mut tx, now, actor, "watch", number.to_string(), json!({})).await?;
        tx.commit().await?;
    }
    Ok((Watched { number, at: now, status: verdict.status }, new))
}

/// Ends watching a report.
pub async fn unwatch(app: &App, actor: &Actor, number: &str) -> Result<(), Error> {
    actor.may_verify()?;
    let number: ReportNumber = number.parse().map_err(|_| Error::NotFound)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !webhooks::unwatch(&mut tx, &actor.name, &number).await? {
        return Err(Error::NotFound);
    }
    record(&mut tx, now, actor, "unwatch", number.to_string(), json!({})).await?;
    Ok(tx.commit().await?)
}

/// A part of the reports that the actor watches, latest first; and how many there are.
pub async fn watched(app: &App, actor: &Actor, page: Page) -> Result<(Vec<Watched>, u32), Error> {
    actor.may_verify()?;
    let mut tx = app.0.store.read().await?;
    let known_at = Some(app.now());
    let mut found = Vec::new();
    for watch in webhooks::watched(&mut tx, &actor.name, page).await? {
        let event = statuses::current(&mut tx, watch.subject, &watch.number).await?;
        let status = event.map_or_else(StatusAt::unknown, |event| StatusAt {
            status: event.status,
            since: Some(event.since),
            note: event.reason,
            known_at,
        });
        found.push(Watched { number: watch.number, at: watch.at, status });
    }
    Ok((found, webhooks::number_watched(&mut tx, &actor.name).await?))
}
