//! Somebody opens a code: one look is taken, and the present facts are drawn up.
//!
//! Programs that show a preview of a link fetch it before anybody has looked: to knock takes nothing and tells no name. To open takes
//! one look. Whoever looked sees it again for a quarter of an hour, as of the moment of the look, by a secret that they alone hold.

use std::net::IpAddr;

use serde_json::json;
use uuid::Uuid;

use super::ask::{self, Wait};
use super::{Error, after, find, giver, holds, read, subject_of};
use crate::flow::account::sign_in::Knock;
use crate::flow::issue::{self, Ask};
use crate::flow::known;
use crate::flow::record::record;
use crate::flow::{Actor, App, Consent, Role, moment};
use crate::rules::facts::{Bilingual, Capacity, Channel, DomainFacts, Summary};
use crate::rules::{
    AskState, Asked, Facts, Instant, Period, ReportNumber, ShareKind, Subject, draw_up as by_rules,
    years_before,
};
use crate::store::Tx;
use crate::store::looks::{self, Look, View};
use crate::store::sharing::{self, Share};

/// How long a look is seen again, in milliseconds: a quarter of an hour.
const SEEN: i64 = 15 * 60 * 1000;

/// Who looks.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    /// Who is signed in.
    pub actor: Option<Actor>,
    /// Their name.
    pub shown: Option<String>,
    /// From where they come.
    pub knock: Knock,
}

/// What stands before a look: nothing of whom it is about.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// How it is shown.
    pub kind: ShareKind,
    /// How many domains.
    pub domains: usize,
    /// A signed report may be taken along.
    pub download: bool,
    /// How the wish of a verifier stands, where the holder is asked first and a verifier is signed in; `None` where the holder need not
    /// be asked.
    pub wait: Option<Wait>,
}

/// What a look shows: conclusions within the grant, and no records.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The name of the subject.
    pub name: String,
    /// Its code, masked where it is a person's.
    pub code: String,
    /// The place whose authorities' data are meant.
    pub territory: Bilingual,
    /// The days.
    pub period: Period,
    /// The domains with their conclusions.
    pub domains: Vec<DomainFacts>,
    /// The counts.
    pub summary: Summary,
    /// What was known then is shown: the moment of the look.
    pub as_of: Instant,
    /// Until when it is seen again.
    pub until: Instant,
    /// For whom the holder made it.
    pub recipient: Option<String>,
    /// What the viewer said it is for.
    pub purpose: Option<String>,
    /// A signed report may be taken along.
    pub download: bool,
}

/// Is a share for this viewer? One for an account is for that account alone.
pub(super) fn is_for(share: &Share, viewer: Option<&Actor>) -> Result<(), Error> {
    let named = share.recipient.as_deref().filter(|name| name.starts_with('@'));
    let fits = |name: &str| viewer.is_some_and(|viewer| viewer.name.eq_ignore_ascii_case(name));
    if named.is_none_or(fits) { Ok(()) } else { Err(Error::NotForYou) }
}

/// Facts within a share, as of an instant. Days that lie too far back by then are left out.
pub(super) async fn draw_up(
    app: &App,
    tx: &mut Tx,
    subject: &Subject,
    share: &Share,
    as_of: Instant,
) -> Result<Facts, Error> {
    let today = as_of.local_day();
    let earliest = years_before(today, app.reference().policy.longest_years);
    let period = Period { from: share.from.max(earliest), to: share.to.unwrap_or(today) };
    let known = known::known(tx, subject.clone(), &share.domains, period, as_of).await?;
    let asked = Asked {
        // Nothing is issued: the number is nobody's.
        number: ReportNumber::new(&app.0.prefix, today, [0; 8]),
        issued_at: as_of,
        as_of,
        domains: share.domains.clone(),
        period,
        include_repaired: false,
        purpose: None,
        applicant: String::new(),
        capacity: Capacity::Consent,
        channel: Channel::Portal,
    };
    Ok(by_rules(&known, app.in_force(tx, as_of).await?, asked)?)
}

/// Looks at a code without opening it: takes nothing, tells no name.
pub async fn knock(app: &App, viewer: &Viewer, text: &str) -> Result<Door, Error> {
    let code = read(text)?;
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let (code, share) = find(app, &mut tx, &code, now).await?;
    let verifier = viewer.actor.as_ref().filter(|actor| actor.may_verify().is_ok());
    let asked = match verifier.filter(|_| share.consent) {
        Some(verifier) => ask::newest(&mut tx, &share, &code, verifier, now).await?,
        None => None,
    };
    let until = if asked.is_some() { share.until } else { code.until };
    holds(&code, &share, until, now)?;
    is_for(&share, viewer.actor.as_ref())?;
    let wait = match (share.consent, verifier, asked.map(|ask| ask.state)) {
        (false, _, _) => None,
        (true, None, _) => return Err(Error::AskFirst),
        (true, Some(_), None | Some(AskState::Used)) => Some(Wait::Say),
        (true, Some(_), Some(AskState::Waiting)) => Some(Wait::Waiting),
        (true, Some(_), Some(AskState::Agreed)) => Some(Wait::Agreed),
        (true, Some(_), Some(AskState::Declined)) => Some(Wait::Declined),
    };
    Ok(Door { kind: share.kind, domains: share.domains.len(), download: share.download, wait })
}

/// Opens a code: takes one look, and gives the id by which `secret` sees it again.
pub async fn open(app: &App, viewer: &Viewer, text: &str, secret: &str) -> Result<Uuid, Error> {
    let code = read(text)?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let (code, share) = find(app, &mut tx, &code, now).await?;
    is_for(&share, viewer.actor.as_ref())?;
    let asked = if share.consent {
        let verifier = viewer.actor.as_ref().filter(|actor| actor.may_verify().is_ok());
        let verifier = verifier.ok_or(Error::AskFirst)?;
        let asked = ask::newest(&mut tx, &share, &code, verifier, now).await?;
        match asked.as_ref().map(|ask| ask.state) {
            Some(AskState::Agreed) => asked,
            Some(AskState::Waiting) => return Err(Error::Waiting),
            Some(AskState::Declined) => return Err(Error::Declined),
            None | Some(AskState::Used) => return Err(Error::AskFirst),
        }
    } else {
        None
    };
    let until = if asked.is_some() { share.until } else { code.until };
    holds(&code, &share, until, now)?;
    let guest = guest(&share, viewer, "");
    if let Some(asked) = &asked
        && !sharing::decide(&mut tx, asked, (AskState::Agreed, AskState::Used), &guest.name, now).await?
    {
        return Err(Error::UsedUp);
    }
    let place = sharing::take(&mut tx, &code).await?.ok_or(Error::UsedUp)?;
    let address = shortened(&viewer.knock.address);
    let look = Look {
        subject: share.subject,
        share: share.id,
        place,
        at: now,
        address: address.clone(),
        viewer: viewer.actor.as_ref().map(|actor| actor.name.clone()),
        shown: viewer.shown.clone(),
        purpose: asked.map(|ask| ask.purpose),
    };
    let view = View {
        id: app.mint(),
        secret: app.0.keyring.codes.hash(format!("look {secret}").as_bytes()),
        subject: share.subject,
        share: share.id,
        place: i64::from(place),
        until: after(now, SEEN),
    };
    looks::insert(&mut tx, &look, &view, now).await?;
    let details = json!({ "place": place, "address": address, "kind": share.kind });
    record(&mut tx, now, &guest, "share-look", share.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(view.id)
}

/// What a look showed, seen again by who holds its secret, while it is not taken back.
pub async fn seen(app: &App, id: Uuid, secret: &str) -> Result<Seen, Error> {
    let mut tx = app.0.store.read().await?;
    let (view, look, share) = held(app, &mut tx, id, secret).await?;
    let subject = subject_of(&mut tx, &share).await?;
    let facts = draw_up(app, &mut tx, &subject, &share, look.at).await?;
    Ok(Seen {
        name: facts.subject.name,
        code: facts.subject.code,
        territory: facts.issuer.territory,
        period: facts.request.period,
        domains: facts.domains,
        summary: facts.summary,
        as_of: facts.as_of,
        until: view.until,
        recipient: share.recipient,
        purpose: look.purpose,
        download: share.download,
    })
}

async fn held(app: &App, tx: &mut Tx, id: Uuid, secret: &str) -> Result<(View, Look, Share), Error> {
    let (view, look) = looks::view(tx, id).await?.ok_or(Error::NotFound)?;
    if !app.0.keyring.codes.matches(format!("look {secret}").as_bytes(), &view.secret) {
        return Err(Error::NotFound);
    }
    let share = sharing::find(tx, &[view.subject], view.share).await?.ok_or(Error::NotFound)?;
    let now = app.now();
    if share.revoked_at.is_some() {
        return Err(Error::Revoked);
    }
    giver::still(app, tx, &share, now).await?;
    if now >= view.until {
        return Err(Error::Over);
    }
    Ok((view, look, share))
}

/// Issues the report that the holder allowed to be taken along: one for each look, about the same domains and days.
pub async fn report(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    secret: &str,
    channel: Channel,
) -> Result<(ReportNumber, Vec<u8>), Error> {
    let mut tx = app.0.store.read().await?;
    let (_, look, share) = held(app, &mut tx, id, secret).await?;
    if !share.download {
        return Err(Error::NotGranted);
    }
    let subject = subject_of(&mut tx, &share).await?;
    let period = draw_up(app, &mut tx, &subject, &share, look.at).await?.request.period;
    drop(tx);
    let ask = Ask {
        subject: subject.code.value.clone(),
        domains: Some(share.domains.clone()),
        preset: None,
        from: Some(period.from),
        to: Some(period.to),
        span: None,
        purpose: None,
        include_repaired: false,
        edition: None,
        channel,
        idempotency_key: Some(format!("look {id}")),
    };
    let issued = issue::issue(app, &guest(&share, viewer, &subject.code.value), ask).await?;
    Ok((issued.facts.number, issued.pdf))
}

/// Whoever looks, as the journal names them and as the holder's consent lets them act.
fn guest(share: &Share, viewer: &Viewer, subject: &str) -> Actor {
    let name = viewer.actor.as_ref().map_or_else(|| format!("guest of {}", share.id), |it| it.name.clone());
    let named = share.recipient.clone().filter(|name| !name.starts_with('@'));
    let applicant = viewer.shown.clone().or(named).unwrap_or_else(|| "经主体授权的查看人".to_owned());
    let document = format!("one-code {}", share.id);
    let consent = Consent { subject: subject.to_owned(), applicant, document, acts_as: None };
    Actor { name, role: Role::Guest(consent) }
}

/// An address without its last part: enough for a holder to tell places apart, and not to find a person by.
fn shortened(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.*")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
        Err(_) => "-".to_owned(),
    }
}
