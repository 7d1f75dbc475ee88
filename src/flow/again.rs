//! A report is asked for again, with the settings of an earlier one.

use time::Date;

use super::issue::{self, Ask, Issued};
use super::renew::{self, Earlier, Error};
use super::{Actor, App, reports};
use crate::rules::facts::{Bilingual, Channel};
use crate::rules::{Facts, Period, Span, Status, years_before};
use crate::store::{statuses, subjects};

/// Issues a report with the settings of an earlier one. Where that one is disputed or superseded, this is its renewal; where it
/// stands or was revoked, its days end today if they ended on the day of its issue. Either is for what the earlier one was for, in the same
/// words, even where that purpose is not offered any more.
pub async fn again(
    app: &App,
    actor: &Actor,
    number: &str,
    channel: Channel,
    idempotency_key: Option<String>,
) -> Result<Issued, Error> {
    let (mut tx, stored) = reports::find(app, actor, number).await?;
    let current = statuses::current(&mut tx, stored.report.subject, &stored.report.number).await?;
    drop(tx);
    if let Some(Status::Disputed | Status::Superseded) = current.map(|event| event.status) {
        return renew::renew(app, actor, number, channel).await;
    }
    let Settings { ask, purpose } = settings(app, actor, number).await?;
    let ask = Ask { channel, idempotency_key, ..ask };
    Ok(issue::after(app, actor, ask, Some(Earlier { purpose, replaced: None })).await?)
}

/// What one would ask for today to get the same report.
#[derive(Clone, Debug)]
pub struct Settings {
    /// It, without a purpose where that is not offered any more.
    pub ask: Ask,
    /// What the report was for, in the words of then.
    pub purpose: Option<Bilingual>,
}

/// What one would ask for today to get the same report as an earlier one.
pub async fn settings(app: &App, actor: &Actor, number: &str) -> Result<Settings, Error> {
    let (mut tx, stored) = reports::find(app, actor, number).await?;
    let (report, facts) = (stored.report, stored.facts);
    let subject = subjects::by_id(&mut tx, report.subject).await?.ok_or(reports::Error::NotFound)?;
    let today = app.now().local_day();
    let presets = &app.reference().presets;
    let Period { from, to } = days(&facts, &presets.spans, today);
    let earliest = years_before(today, app.reference().policy.longest_years);
    let purpose = facts.request.purpose;
    let offered = purpose.as_ref().and_then(|was| presets.purposes.iter().find(|it| it.zh == was.zh));
    let ask = Ask {
        subject: subject.code.value,
        domains: Some(report.domains),
        preset: None,
        from: Some(from.max(earliest)),
        to: Some(to.max(earliest)),
        span: None,
        purpose: offered.map(|purpose| purpose.id.clone()),
        include_repaired: facts.request.include_repaired,
        edition: Some(report.edition),
        channel: Channel::Portal,
        idempotency_key: None,
    };
    Ok(Settings { ask, purpose })
}

/// The days to ask about today: the same, or those that lie as far back as they did on the day of issue.
fn days(facts: &Facts, spans: &[Span], today: Date) -> Period {
    let was = facts.request.period;
    if was.to != facts.issued_at.local_day() {
        return was;
    }
    match spans.iter().find(|span| span.ending(was.to) == was) {
        Some(span) => span.ending(today),
        None => Period { from: was.from + (today - was.to), to: today },
    }
}
