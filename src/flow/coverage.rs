//! What an authority declared its data to cover, what that leaves open, and what another declaration would change.

use time::{Date, Duration};

use super::order::{Measured, Order};
use super::upload::{self, Declared, Sent};
use super::{Actor, App, declare, desk, moment};
use crate::rules::{
    Authority, CreditCode, Declaration, DomainId, Freshness, Gap, Period, freshness, gaps, years_before,
};
use crate::store::{self, Page, declarations};

/// Years that reports usually look back: the days that are looked at here.
const YEARS: u16 = 3;
/// So many days before conclusions stop, somebody is warned.
const SOON: i64 = 3;

/// Whether reports can conclude on a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing was ever declared: no report concludes.
    Nothing,
    /// The newest days are not covered: no report up to today concludes.
    Late,
    /// They still conclude, up to this day.
    Soon(Date),
    /// They conclude.
    Fine(Date),
}

/// One domain of a desk.
#[derive(Clone, Debug)]
pub struct OfDomain {
    /// The domain.
    pub domain: DomainId,
    /// What holds.
    pub declaration: Option<Declaration>,
    /// How fresh that is.
    pub freshness: Option<Freshness>,
    /// Whether reports conclude.
    pub outlook: Outlook,
    /// The days of the last three years that are left open.
    pub gaps: Vec<Gap>,
}

/// What a declaration would change.
#[derive(Clone, Debug)]
pub struct Foreseen {
    /// As it is.
    pub before: OfDomain,
    /// As it would be.
    pub after: OfDomain,
}

/// An authority at which the actor works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The authority, with those of its domains that are the actor's.
    pub authority: Authority,
    /// These are all of its domains.
    pub whole: bool,
}

/// The authorities at which the actor works.
pub async fn seats(app: &App, actor: &Actor) -> Result<Vec<Seat>, store::Error> {
    let seats = desk::seats(&mut app.0.store.read().await?, actor).await?.into_iter();
    Ok(seats.map(|(desk, authority)| Seat { whole: desk.domains.is_none(), authority }).collect())
}

/// The domains of a desk, and what is declared of each.
pub async fn of_desk(app: &App, actor: &Actor, code: CreditCode) -> Result<Vec<OfDomain>, store::Error> {
    let mut tx = app.0.store.read().await?;
    let seats = desk::seats(&mut tx, actor).await?;
    let Some((_, authority)) = seats.into_iter().find(|(_, authority)| authority.code == code) else {
        return Ok(Vec::new());
    };
    let today = app.now().local_day();
    let mut domains = Vec::with_capacity(authority.domains.len());
    for domain in authority.domains {
        let declaration = declarations::newest(&mut tx, code, &domain).await?;
        domains.push(of_domain(domain, declaration, today));
    }
    Ok(domains)
}

/// What was declared on a domain of a desk, newest first, and how often in all.
pub async fn history(
    app: &App,
    actor: &Actor,
    code: CreditCode,
    domain: &DomainId,
    page: Page,
) -> Result<(Vec<Declaration>, u32), store::Error> {
    let mut tx = app.0.store.read().await?;
    if !desk::reaches(&mut tx, actor, code, Some(domain)).await? {
        return Ok((Vec::new(), 0));
    }
    let made = declarations::made(&mut tx, code, domain).await?;
    Ok((declarations::history(&mut tx, code, domain, page).await?, made))
}

/// What a declaration would change. Nothing is declared.
pub async fn foresee(
    app: &App,
    actor: &Actor,
    code: CreditCode,
    domain: &DomainId,
    declared: Declared,
) -> Result<Foreseen, upload::Error> {
    let sent = sent(code, domain, declared);
    let order = Order::new(app, actor, &sent, Measured::of(&[])).await?;
    let mut tx = app.0.store.read().await?;
    let now = moment::present(app, &mut tx).await??;
    let today = now.local_day();
    let before = declarations::newest(&mut tx, code, domain).await?;
    let after = declare::with_upload(&mut tx, &order, false, now).await?.declaration;
    Ok(Foreseen {
        before: of_domain(domain.clone(), before, today),
        after: of_domain(domain.clone(), after, today),
    })
}

/// Declares.
pub async fn declare(
    app: &App,
    actor: &Actor,
    code: CreditCode,
    domain: &DomainId,
    declared: Declared,
) -> Result<(), upload::Error> {
    upload::upload(app, actor, sent(code, domain, declared)).await.map(drop)
}

fn sent(code: CreditCode, domain: &DomainId, declared: Declared) -> Sent {
    Sent { authority: Some(code), domain: Some(domain.clone()), declared: Some(declared), ..Sent::default() }
}

fn of_domain(domain: DomainId, declaration: Option<Declaration>, today: Date) -> OfDomain {
    let period = Period { from: years_before(today, YEARS), to: today };
    let freshness = declaration.as_ref().map(|declared| freshness(declared, today));
    let outlook = declaration.as_ref().map_or(Outlook::Nothing, |declared| outlook(declared, today));
    let gaps = gaps(period, today, declaration.as_ref());
    OfDomain { domain, declaration, freshness, outlook, gaps }
}

/// The same rule by which [`gaps`] leaves days open: complete through, or within the declared delay of it.
fn outlook(declared: &Declaration, today: Date) -> Outlook {
    let through = declared.complete_through.min(declared.received_at.local_day());
    let lag = Duration::days(i64::from(declared.declared_lag_days));
    let last = through.checked_add(lag).unwrap_or(Date::MAX);
    match (last - today).whole_days() {
        left if left < 0 => Outlook::Late,
        left if left < SOON => Outlook::Soon(last),
        _ => Outlook::Fine(last),
    }
}
