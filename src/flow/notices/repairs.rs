//! The day comes from which a repair of credit may be asked for: whoever stands for the subject is told, once.
//!
//! Once a day the records of all whom somebody stands for are gone over, a few subjects in each step.

use serde_json::json;

use super::Telling;
use crate::flow::{App, issue};
use crate::rules::{Audience, Instant, Met, NoticeKind, Promises, RepairCondition, Version};
use crate::store::records::Wanted;
use crate::store::{self, notices, records, subjects};

/// The name of the round.
const ROUND: &str = "repairs";
/// Subjects of one step, which is one transaction.
const STEP: u32 = 20;
/// Records of a subject that are looked at.
const RECORDS: u32 = 1_000;

/// Goes over whoever is left for today, and tells of how many repairs it told.
pub async fn look(app: &App) -> Result<u32, store::Error> {
    let mut told = 0;
    while let Some(found) = step(app).await? {
        told += found;
    }
    Ok(told)
}

/// A few subjects; `None` once the round of today is through.
async fn step(app: &App) -> Result<Option<u32>, store::Error> {
    let now = app.now();
    let today = now.local_day().to_string();
    let mut tx = app.0.store.read().await?;
    let round = notices::round(&mut tx, ROUND).await?;
    let upto = match round {
        Some((day, None)) if day == today => return Ok(None),
        Some((day, Some(upto))) if day == today => upto,
        _ => String::new(),
    };
    let codes = notices::stood_for(&mut tx, &upto, STEP).await?;
    let mut found = Vec::new();
    for code in &codes {
        let Some(subject) = issue::find_subject(&mut tx, code).await? else { continue };
        for id in subjects::with_merged(&mut tx, subject.id).await? {
            let wanted = Wanted { subjects: Some(vec![id]), limit: RECORDS, ..Wanted::default() };
            let kept = records::search(&mut tx, &wanted).await?;
            found.extend(kept.into_iter().filter_map(|kept| possible(app, &kept.version, now)));
        }
    }
    drop(tx);
    let notices: Vec<_> = found.into_iter().map(|telling| telling.notice(app, 1, now)).collect();
    let mut tx = app.0.store.write().await?;
    notices::insert(&mut tx, &notices, false).await?;
    notices::set_round(&mut tx, ROUND, &today, codes.last().map(String::as_str)).await?;
    tx.commit().await?;
    Ok(Some(u32::try_from(notices.len()).unwrap_or(u32::MAX)))
}

/// What is told of a record whose shortest time of publicity has passed, and which nothing else settled.
fn possible(app: &App, version: &Version, now: Instant) -> Option<Telling> {
    let standing = &version.standing;
    if standing.withdrawn || standing.annulled.is_some() || standing.repaired.is_some() {
        return None;
    }
    let conditions = app.reference().repair.check(version, Promises::default(), now.local_day());
    let period = conditions.into_iter().find(|it| it.condition == RepairCondition::MinimumPeriod)?;
    let from = period.from.filter(|_| period.met == Met::Yes)?;
    Some(Telling {
        audience: Audience::Subject(version.subject),
        kind: NoticeKind::RepairPossible,
        object: version.record.to_string(),
        slot: 0,
        domain: None,
        details: json!({ "from": from.to_string() }),
    })
}
