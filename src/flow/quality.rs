//! How good the data of the authorities are, over a window of days: fresh, in time, right, and answered for.
//!
//! A regulator sees its own figures, the operator those of all. A feed that is late by its own declared delay is shown late here
//! by the same rule by which reports draw no conclusion for the days that it leaves open.

use std::collections::BTreeMap;

use serde::Serialize;
use time::Duration;

use super::{Actor, App, Forbidden, desk};
use crate::rules::facts::Bilingual;
use crate::rules::{
    Authority, CreditCode, Desk, DomainId, Freshness, Instant, Lags, Operation, Received, freshness, lags,
    share,
};
use crate::store::quality::{self, Came};
use crate::store::{self, Tx, authorities, declarations};

/// The days looked back at, where none are named.
pub const WINDOW: u16 = 90;
/// The longest window: more would read the index of everything received in years.
pub const LONGEST: u16 = 366;

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Subjects have no business here.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The window is empty or too long.
    #[error("the window has 1 to {LONGEST} days, not {0}")]
    Window(u16),
    /// No such authority, or not theirs: the two are not told apart.
    #[error("there is no authority {0}, or its figures are not yours to see")]
    Unknown(CreditCode),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The figures of authorities over a window.
#[derive(Clone, Debug, Serialize)]
pub struct Quality {
    /// The first moment looked at.
    pub from: Instant,
    /// The moment for which the figures are.
    pub as_of: Instant,
    /// Each authority.
    pub authorities: Vec<OfAuthority>,
}

/// The figures of one authority.
#[derive(Clone, Debug, Serialize)]
pub struct OfAuthority {
    /// Its code.
    pub code: CreditCode,
    /// Its name.
    pub name: Bilingual,
    /// Uploads within the window.
    pub uploads: u64,
    /// Rows sent.
    pub submitted: u64,
    /// Rows refused.
    pub rejected: u64,
    /// The share of rows refused, from 0 to 1; missing where none were sent.
    pub reject_rate: Option<f64>,
    /// Rows that wait for an answer: they name nobody for certain, or were rejected and may be missing here.
    pub quarantine_open: u64,
    /// Whole days since the oldest of them came.
    pub quarantine_oldest_days: Option<i64>,
    /// Each of its domains.
    pub domains: Vec<OfDomain>,
}

/// The figures of an authority on one domain.
#[derive(Clone, Debug, Serialize)]
pub struct OfDomain {
    /// The domain.
    pub domain: DomainId,
    /// Whether data still come in; missing where nothing was ever declared.
    pub freshness: Option<Freshness>,
    /// How many working days decisions took to arrive.
    pub lag: Lags,
    /// The share that took more than 7 working days, from 0 to 1; missing where none arrived.
    pub late_rate: Option<f64>,
    /// Versions that correct or withdraw what was sent before.
    pub corrections: u64,
    /// Their share of all that arrived or was put right, from 0 to 1; missing where nothing was.
    pub correction_rate: Option<f64>,
    /// Rows sent for this domain.
    pub submitted: u64,
    /// Of them refused.
    pub rejected: u64,
    /// The share of rows refused, from 0 to 1; missing where none were sent.
    pub reject_rate: Option<f64>,
    /// Rows that wait for an answer and may be about this domain.
    pub quarantine_open: u64,
    /// Cases that have not ended.
    pub cases_open: u64,
    /// Of them overdue.
    pub cases_overdue: u64,
}

/// The figures that are the actor's to see, over so many days up to now.
pub async fn quality(
    app: &App,
    actor: &Actor,
    days: u16,
    authority: Option<CreditCode>,
) -> Result<Quality, Error> {
    if days == 0 || days > LONGEST {
        return Err(Error::Window(days));
    }
    let desk = actor.may_ask_at_desk(authority).map_err(|forbidden| match forbidden {
        Forbidden::Authority { authority, .. } => Error::Unknown(authority),
        Forbidden::Records(actor) => Forbidden::Operator(actor).into(),
        other => other.into(),
    })?;
    let mut tx = app.0.store.read().await?;
    let seen = match desk {
        None => {
            let all = authorities::all(&mut tx).await?.into_iter();
            all.map(|authority| (Desk::whole(authority.code), authority)).collect()
        }
        Some(desk) => {
            let code = desk.authority;
            vec![desk::seat(&mut tx, desk).await?.ok_or(Error::Unknown(code))?]
        }
    };
    let as_of = app.now();
    let from = Instant::start_of(as_of.local_day() - Duration::days(i64::from(days) - 1));
    let mut figures = Quality { from, as_of, authorities: Vec::with_capacity(seen.len()) };
    for (desk, authority) in seen {
        figures.authorities.push(of_authority(app, &mut tx, (&desk, authority), from, as_of).await?);
    }
    Ok(figures)
}

/// The figures of one authority.
async fn of_authority(
    app: &App,
    tx: &mut Tx,
    (desk, authority): (&Desk, Authority),
    from: Instant,
    now: Instant,
) -> Result<OfAuthority, store::Error> {
    let mut organs = authority.organs.clone();
    organs.push(authority.code);
    let mut came: BTreeMap<DomainId, Vec<Came>> = BTreeMap::new();
    for one in quality::came(tx, &organs, from).await? {
        came.entry(one.domain.clone()).or_default().push(one);
    }
    let mut rows = quality::rows(tx, authority.code, from).await?;
    rows.retain(|it| desk.covers(it.domain.as_ref()));
    let mut waiting = quality::waiting(tx, authority.code).await?;
    waiting.retain(|it| desk.covers_all(&it.domains));
    // What an authority with one domain sends is about that one.
    let only = desk.domains.is_none() && authority.domains.len() == 1;
    let cases = quality::cases(tx, authority.code, now).await?;
    let mut domains = Vec::with_capacity(authority.domains.len());
    for domain in &authority.domains {
        let declared = declarations::newest(tx, authority.code, domain).await?;
        let here = came.remove(domain).unwrap_or_default();
        let cases = cases.iter().find(|it| it.domain == *domain);
        let sent =
            rows.iter().filter(|it| it.domain.as_ref() == Some(domain) || (only && it.domain.is_none()));
        let (submitted, rejected) =
            sent.fold((0, 0), |sum, it| (sum.0 + count(it.submitted), sum.1 + count(it.rejected)));
        let waits = waiting.iter().filter(|it| it.domains.contains(domain));
        let received: Vec<Received> = here
            .iter()
            .filter(|one| one.operation == Operation::Insert)
            .map(|one| Received {
                decided_on: one.decided_on,
                received_on: one.received_at.local_day(),
                count: count(one.count),
            })
            .collect();
        let lag = lags(&app.reference().calendar, &received);
        let wrong = |one: &&Came| matches!(one.operation, Operation::Correct | Operation::Withdraw);
        let corrections: u64 = here.iter().filter(wrong).map(|one| count(one.count)).sum();
        domains.push(OfDomain {
            domain: domain.clone(),
            freshness: declared.map(|declared| freshness(&declared, now.local_day())),
            late_rate: share(lag.late, lag.received),
            correction_rate: share(corrections, lag.received + corrections),
            lag,
            corrections,
            submitted,
            rejected,
            reject_rate: share(rejected, submitted),
            quarantine_open: waits.map(|it| count(it.count)).sum(),
            cases_open: cases.map_or(0, |it| count(it.open)),
            cases_overdue: cases.map_or(0, |it| count(it.overdue)),
        });
    }
    let sum = |of: fn(&quality::Rows) -> i64| count(rows.iter().map(of).sum());
    let (submitted, rejected) = (sum(|it| it.submitted), sum(|it| it.rejected));
    let oldest = waiting.iter().map(|it| it.since).min();
    Ok(OfAuthority {
        code: authority.code,
        name: Bilingual { zh: authority.zh, en: authority.en },
        uploads: sum(|it| it.uploads),
        submitted,
        rejected,
        reject_rate: share(rejected, submitted),
        quarantine_open: waiting.iter().map(|it| count(it.count)).sum(),
        quarantine_oldest_days: oldest.map(|since| (now.millis() - since.millis()) / 86_400_000),
        domains,
    })
}

/// A count is never negative.
fn count(of: i64) -> u64 {
    u64::try_from(of).unwrap_or(0)
}
