//! What changed since a report was issued, as far as whoever verifies it may know.

use super::{App, known, moment};
use crate::rules::{Asked, DomainSince, Facts, draw_up, since};
use crate::store::reports::Report;
use crate::store::{self, Tx, subjects};

/// What is different if the same question is asked now, by domain; `None` where there is no present answer.
pub(super) async fn changed(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    facts: &Facts,
) -> Result<Option<Vec<DomainSince>>, store::Error> {
    let Some(subject) = subjects::by_id(tx, report.subject).await? else { return Ok(None) };
    let Ok(now) = moment::present(app, tx).await? else { return Ok(None) };
    let known = known::known(tx, subject, &report.domains, report.period, now).await?;
    let asked = Asked {
        number: facts.number.clone(),
        issued_at: facts.issued_at,
        as_of: now,
        domains: report.domains.clone(),
        period: report.period,
        include_repaired: facts.request.include_repaired,
        purpose: None,
        applicant: String::new(),
        capacity: facts.request.capacity,
        channel: facts.request.channel,
    };
    // By the rules of then: what changed since is what became known. A period that cannot be asked for has no present answer.
    let rules = app.in_force(tx, facts.as_of).await?;
    let Ok(present) = draw_up(&known, rules, asked) else { return Ok(None) };
    Ok(Some(since(facts, &present, &known.versions)))
}
