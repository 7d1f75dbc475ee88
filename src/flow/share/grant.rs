//! The holder fixes what is shown, sees who looked, and takes it back.

use serde::Serialize;
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::once::Once;
use super::{Error, address, after, giver, hash, look, of_holder, own, own_ids, read, subject_of, svg};
use crate::flow::record::record;
use crate::flow::{Actor, App, Forbidden, Listing, Role, issue, moment};
use crate::rules::{
    DomainId, Instant, OneCode, Period, Refusal, ShareKind, ShareState, Subject, Terms, normal,
};
use crate::store::Tx;
use crate::store::looks::{self, Look};
use crate::store::sharing::{self, Ask, Code, Share};

/// Looks that a holder sees at a time; the journal remembers all.
const LOOKS: u32 = 100;

/// What a holder asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// The subject, by any of its codes.
    pub subject: String,
    /// The domains; all of the place where there are none.
    pub domains: Vec<DomainId>,
    /// First day.
    pub from: Option<Date>,
    /// A ready-made length in place of the first day, counted back from today.
    pub span: Option<String>,
    /// Last day; the day of the look where it is missing.
    pub to: Option<Date>,
    /// How it is shown.
    pub kind: ShareKind,
    /// For whom.
    pub recipient: String,
    /// A signed report may be taken along.
    pub download: bool,
    /// The holder is asked first.
    pub consent: bool,
    /// Looks at most; a code on one's own screen has no limit but its time.
    pub uses: u32,
    /// How long, in minutes; for a code on one's own screen there is one length.
    pub minutes: u32,
    /// The same key and request make one share, with the same code each time.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A subject that somebody may show.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its code, by which it is named.
    pub code: String,
    /// Its code as it is shown.
    pub shown_code: String,
    /// Its name as it is shown.
    pub name: String,
}

/// Something that was made to be shown.
#[derive(Clone, Debug)]
pub struct Made {
    /// It.
    pub share: Share,
    /// The code and the address that open it, and the QR of the address; shown to this request only. None for a code on one's own
    /// screen, which is drawn when it is looked at.
    pub code: Option<(OneCode, String, String)>,
    /// The same request had made it before.
    pub repeated: bool,
}

/// A share in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// It.
    pub share: Share,
    /// The name of its subject.
    pub name: String,
    /// Where it stands.
    pub state: ShareState,
}

/// A share for its holder.
#[derive(Clone, Debug)]
pub struct Shown {
    /// It.
    pub share: Share,
    /// Its subject.
    pub holder: Holder,
    /// Where it stands.
    pub state: ShareState,
    /// The latest looks, newest first.
    pub looks: Vec<Look>,
    /// Who asked to look, newest first; who has waited too long is left out.
    pub asks: Vec<Ask>,
}

impl From<&Subject> for Holder {
    fn from(subject: &Subject) -> Self {
        Self {
            code: subject.code.value.clone(),
            shown_code: subject.code.shown(),
            name: subject.shown_name(),
        }
    }
}

/// The subjects that somebody may show.
pub async fn holders(app: &App, actor: &Actor) -> Result<Vec<Holder>, Error> {
    let mut tx = app.0.store.read().await?;
    Ok(own(&mut tx, actor).await?.iter().map(Holder::from).collect())
}

/// Makes something to be shown. Its facts are drawn up once to see that they can be. Sent again under its key, the same request
/// gets the same share and the same code, as long as its sender may show the subject.
pub async fn make(app: &App, actor: &Actor, asked: Asked) -> Result<Made, Error> {
    let once = Once::of(actor, &asked)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    actor.may_show_some()?;
    let subject = issue::find_subject(&mut tx, &asked.subject).await?;
    // Whether others exist is nobody else's business.
    let subject = subject.ok_or_else(|| Forbidden::Subject(actor.name.clone()))?;
    issue::reaches(&mut tx, actor, &subject, |scope| scope.share).await??;
    if let Some(once) = &once
        && let Some(share) = once.before(app, &mut tx, subject.id).await?
    {
        let code = (share.kind == ShareKind::Grant).then(|| once.code(app, share.id));
        let code = code.map(|code| addressed(app, code)).transpose()?;
        return Ok(Made { share, code, repeated: true });
    }
    let terms = terms(app, asked, now)?;
    terms.check()?;
    let share = Share {
        subject: subject.id,
        id: app.mint(),
        kind: terms.kind,
        domains: terms.domains,
        from: terms.from,
        to: terms.to,
        recipient: terms.recipient,
        download: terms.download,
        consent: terms.consent,
        made_by: actor.name.clone(),
        made_at: now,
        until: match last(&mut tx, actor, &subject).await? {
            Some(last) => last.min(after(now, i64::from(terms.minutes) * 60_000)),
            None => after(now, i64::from(terms.minutes) * 60_000),
        },
        uses: terms.uses,
        looks: 0,
        revoked_at: None,
    };
    if let Some(to) = share.to {
        let years = app.reference().policy.longest_years;
        Period::asked(share.from, to, now.local_day(), years).map_err(Refusal::from)?;
    }
    look::draw_up(app, &mut tx, &subject, &share, now).await?;
    sharing::insert(&mut tx, &share).await?;
    let code = match share.kind {
        ShareKind::Dynamic => None,
        ShareKind::Grant => {
            let drawn = || OneCode::from_random(app.0.chance.draw());
            let code = once.as_ref().map_or_else(drawn, |once| once.code(app, share.id));
            let row = Code {
                hash: hash(app, &code),
                subject: share.subject,
                share: share.id,
                drawn_at: now,
                until: share.until,
                uses: share.uses,
                used: 0,
            };
            sharing::draw(&mut tx, &row).await?;
            Some(addressed(app, code)?)
        }
    };
    if let Some(once) = &once {
        once.keep(app, &mut tx, share.id, now).await?;
    }
    let details = json!({ "kind": share.kind, "domains": share.domains, "from": share.from.to_string(),
        "to": share.to.map(|day| day.to_string()), "until": share.until, "uses": share.uses,
        "download": share.download, "consent": share.consent, "named": share.recipient.is_some() });
    record(&mut tx, now, actor, "share", share.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Made { share, code, repeated: false })
}

/// Until when the actor may show a subject, by the mandate that holds longest; for good where it is missing.
async fn last(tx: &mut Tx, actor: &Actor, subject: &Subject) -> Result<Option<Instant>, Error> {
    let mut last = None;
    for mandate in actor.mandates() {
        let until = mandate.until;
        let by_it = Actor { name: actor.name.clone(), role: Role::Agent(vec![mandate]) };
        if issue::reaches(tx, &by_it, subject, |scope| scope.share).await?.is_ok() {
            let Some(until) = until else { return Ok(None) };
            last = last.max(Some(until));
        }
    }
    Ok(last)
}

/// A code with the address that opens it, and the QR of that.
fn addressed(app: &App, code: OneCode) -> Result<(OneCode, String, String), Error> {
    let address = address(app, &code);
    let svg = svg(&address)?;
    Ok((code, address, svg))
}

/// The terms that a wish comes to.
fn terms(app: &App, asked: Asked, now: Instant) -> Result<Terms, Error> {
    let reference = app.reference();
    let to = asked.to.unwrap_or_else(|| now.local_day());
    let span = asked.span.as_deref().and_then(|id| reference.presets.span(id));
    let from = asked.from.or_else(|| span.map(|span| span.ending(to).from)).ok_or(Error::NoPeriod)?;
    let recipient = normal::free_text(&asked.recipient).replace('\n', " ");
    let domains = if asked.domains.is_empty() { reference.profile.domains.clone() } else { asked.domains };
    let (uses, minutes) = match asked.kind {
        ShareKind::Dynamic => (Terms::MOST_USES, Terms::SHOWING),
        ShareKind::Grant => (asked.uses, asked.minutes),
    };
    Ok(Terms {
        kind: asked.kind,
        domains,
        from,
        to: asked.to,
        recipient: (!recipient.is_empty()).then_some(recipient),
        download: asked.download,
        consent: asked.consent,
        uses,
        minutes,
    })
}

/// What somebody shows, newest first, and how many there are.
pub async fn list(app: &App, actor: &Actor, page: Listing) -> Result<(Vec<Listed>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    let own = own_ids(&mut tx, actor).await?;
    let ids: Vec<Uuid> = own.keys().copied().collect();
    let (shares, total) = sharing::list(&mut tx, &ids, page).await?;
    let now = app.now();
    let mut listed = Vec::with_capacity(shares.len());
    for share in shares {
        let name = own.get(&share.subject).cloned().unwrap_or_default();
        let state = giver::standing(app, &mut tx, &share, now).await?;
        listed.push(Listed { share, name, state });
    }
    Ok((listed, total))
}

/// One of them, with who looked and who asks to.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Shown, Error> {
    let mut tx = app.0.store.read().await?;
    let share = of_holder(&mut tx, actor, id).await?;
    let (subject, now) = (subject_of(&mut tx, &share).await?, app.now());
    let mut asks = sharing::asks(&mut tx, &share).await?;
    asks.retain(|ask| !super::ask::lapsed(ask, now));
    Ok(Shown {
        holder: Holder::from(&subject),
        state: giver::standing(app, &mut tx, &share, now).await?,
        looks: looks::of(&mut tx, &share, LOOKS).await?,
        asks,
        share,
    })
}

/// Takes one back: from now on it opens nothing, and what was opened is closed.
pub async fn revoke(app: &App, actor: &Actor, id: Uuid) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let share = of_holder(&mut tx, actor, id).await?;
    if sharing::revoke(&mut tx, &share, &actor.name, now).await? {
        let details = json!({ "looks": share.looks });
        record(&mut tx, now, actor, "share-revoke", share.id.to_string(), details).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The part of a text that may be a code: what stands behind the last `/c/` of an address, or all of it.
#[must_use]
pub fn part_of(text: &str) -> &str {
    text.trim().rsplit("/c/").next().unwrap_or_default()
}

/// Whether a text is a one-code, or an address with one.
#[must_use]
pub fn is_code(text: &str) -> bool {
    read(text).is_ok()
}
