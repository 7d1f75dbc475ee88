//! An authority asks what is known of its records, and what was known at any instant; and so does a subject, or whoever acts for it, about
//! its own.

use time::Date;
use uuid::Uuid;

use super::issue::find_subject;
use super::{Actor, App, Forbidden, Role, amend, cases, desk, mine};
use crate::rules::words::words;
use crate::rules::{
    CreditCode, DomainId, Instant, RecordKind, Standing, Subject, SubjectKind, Version, mask, normal,
};
use crate::store::records::{self as kept, Kept};
use crate::store::{self, Tx, authorities, subjects};

words! {
    /// Where a record stands, in one word: the first that fits.
    State {
        /// Taken back by its authority.
        Withdrawn = "withdrawn",
        /// The decision fell.
        Annulled = "annulled",
        /// Repaired.
        Repaired = "repaired",
        /// An objection is open.
        Disputed = "disputed",
        /// Execution is suspended.
        Suspended = "suspended",
        /// None of these.
        InForce = "in-force",
    }
}

impl From<&Standing> for State {
    fn from(standing: &Standing) -> Self {
        match standing {
            Standing { withdrawn: true, .. } => Self::Withdrawn,
            Standing { annulled: Some(_), .. } => Self::Annulled,
            Standing { repaired: Some(_), .. } => Self::Repaired,
            Standing { disputed: true, .. } => Self::Disputed,
            Standing { suspended_from: Some(_), .. } => Self::Suspended,
            _ => Self::InForce,
        }
    }
}

/// Which records are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this authority; a regulator's own where it is missing, any for a subject.
    pub authority: Option<CreditCode>,
    /// Of this domain.
    pub domain: Option<DomainId>,
    /// Under this document number, however it is written.
    pub document_number: Option<String>,
    /// Of the subject with this code.
    pub subject: Option<String>,
    /// Of the subjects that have or had this name.
    pub name: Option<String>,
    /// Of this kind.
    pub kind: Option<RecordKind>,
    /// Standing so.
    pub state: Option<State>,
    /// Decided from this day on.
    pub decided_from: Option<Date>,
    /// Decided up to this day.
    pub decided_to: Option<Date>,
    /// Their newest versions came from this instant on.
    pub received_from: Option<Instant>,
    /// They came up to this instant.
    pub received_to: Option<Instant>,
    /// The page after this one.
    pub after: Option<Place>,
    /// So many at most; 50 where it is missing.
    pub limit: Option<u32>,
}

/// A place in a list, to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub Instant, pub Uuid);

/// A version of a record as its authority sees it, personal data masked as in reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The version.
    pub version: Version,
    /// The subject's code.
    pub subject: String,
    /// The subject's name.
    pub name: String,
    /// When the next version came.
    pub superseded_at: Option<Instant>,
    /// Where it stands.
    pub state: State,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Shown>,
    /// Where the next part begins; `None` where there is none. A part may be short, or empty, and have a next one.
    pub next: Option<Place>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to ask.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No such record, or not theirs: the two are not told apart.
    #[error("there is no record {0}, or it is not yours to see")]
    Unknown(Uuid),
    /// The record was not known then.
    #[error("record {0} was not known at {1}")]
    NotYet(Uuid, Instant),
    /// Not a place in a list.
    #[error("{0:?} is no place in a list: take `next` from the page before")]
    BadPlace(String),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The most records of a page, and how many are looked through for it.
const LONGEST: u32 = 200;
const LOOKED_THROUGH: usize = 5_000;
/// Subjects of one name whose records are looked for.
const SAME_NAME: usize = 100;

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0.millis(), self.1.simple())
    }
}

impl std::str::FromStr for Place {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || Error::BadPlace(text.chars().take(60).collect());
        let (millis, id) = text.split_once('.').ok_or_else(bad)?;
        let millis = millis.parse::<i64>().map_err(|_| bad())?;
        Ok(Self(Instant::from_millis(millis), id.parse().map_err(|_| bad())?))
    }
}

/// Lists records: of the actor's own authority, about the subjects that the actor acts for, or for the operator of any.
pub async fn search(app: &App, actor: &Actor, wanted: &Wanted) -> Result<Page, Error> {
    let mut tx = app.0.store.read().await?;
    let nothing = Page { records: Vec::new(), next: None };
    let holds = actor.may_read_own().is_ok();
    let reached = if holds {
        of_any(&mut tx, wanted.authority).await?
    } else {
        reach(&mut tx, actor, wanted.authority).await?
    };
    let Some((mut domains, organs)) = reached else { return Ok(nothing) };
    if let Some(domain) = &wanted.domain {
        domains = Some(match domains {
            Some(own) if !own.contains(domain) => Vec::new(),
            _ => vec![domain.clone()],
        });
    }
    let mut subjects = match &wanted.subject {
        None => None,
        Some(code) => match find_subject(&mut tx, code).await? {
            Some(subject) if holds => Some(subjects::with_merged(&mut tx, subject.id).await?),
            Some(subject) => Some(vec![subject.id]),
            None => return Ok(nothing),
        },
    };
    if holds {
        // Whatever is asked for, nobody else's: what is not theirs is answered like what is not there.
        let mut own = cases::reached(&mut tx, actor).await?;
        own.retain(|id| subjects.as_ref().is_none_or(|asked| asked.contains(id)));
        subjects = Some(own);
    }
    if let Some(name) = &wanted.name {
        let named = subjects::ids_by_names(&mut tx, std::slice::from_ref(name)).await?;
        let named = named.into_values().flatten().take(SAME_NAME);
        let of_code = |id: &Uuid| subjects.as_ref().is_none_or(|of_code| of_code.contains(id));
        subjects = Some(named.filter(of_code).collect());
    }
    let limit = wanted.limit.unwrap_or(50).clamp(1, LONGEST);
    let mut asked = kept::Wanted {
        domains,
        organs,
        document_number: wanted.document_number.as_deref().map(normal::document_number),
        subjects,
        kind: wanted.kind,
        decided_from: wanted.decided_from,
        decided_to: wanted.decided_to,
        received_from: wanted.received_from,
        received_to: wanted.received_to,
        after: wanted.after.map(|place| (place.0, place.1)),
        limit: limit + 1,
    };
    let (mut records, mut looked) = (Vec::new(), 0);
    loop {
        let found = kept::search(&mut tx, &asked).await?;
        let more = found.len() > limit as usize;
        looked += found.len();
        for one in found.into_iter().take(limit as usize) {
            if records.len() == limit as usize {
                return Ok(Page { records, next: asked.after.map(|(at, id)| Place(at, id)) });
            }
            asked.after = Some((one.version.received_at, one.version.record));
            if wanted.state.is_none_or(|state| state == State::from(&one.version.standing)) {
                let shown = show_one(&mut tx, one).await?;
                records.push(shown);
            }
        }
        if !more || records.len() == limit as usize || looked > LOOKED_THROUGH {
            let next = asked.after.filter(|_| more).map(|(at, id)| Place(at, id));
            return Ok(Page { records, next });
        }
    }
}

/// A record as it was known at an instant, or as it is known now.
pub async fn show(app: &App, actor: &Actor, record: Uuid, as_of: Option<Instant>) -> Result<Shown, Error> {
    let mut tx = app.0.store.read().await?;
    let versions = own_history(&mut tx, actor, record).await?;
    let held = |kept: &Kept| match as_of {
        None => kept.superseded_at.is_none(),
        Some(at) => {
            kept.version.received_at <= at && kept.superseded_at.is_none_or(|superseded| superseded > at)
        }
    };
    let kept = versions.into_iter().find(held);
    let kept = kept.ok_or_else(|| Error::NotYet(record, as_of.unwrap_or_else(|| app.now())))?;
    Ok(show_one(&mut tx, kept).await?)
}

/// Every version of a record, oldest first.
pub async fn history(app: &App, actor: &Actor, record: Uuid) -> Result<Vec<Shown>, Error> {
    let mut tx = app.0.store.read().await?;
    let mut shown = Vec::new();
    for kept in own_history(&mut tx, actor, record).await? {
        shown.push(show_one(&mut tx, kept).await?);
    }
    Ok(shown)
}

async fn own_history(tx: &mut Tx, actor: &Actor, record: Uuid) -> Result<Vec<Kept>, Error> {
    if actor.may_read_own().is_ok() {
        let owner = kept::subject_of(tx, record).await?.ok_or(Error::Unknown(record))?;
        match mine::subject(tx, actor, owner, |scope| scope.see).await {
            Ok(_) => return Ok(kept::history(tx, owner, record).await?),
            Err(mine::Error::Store(error)) => return Err(error.into()),
            Err(_) => return Err(Error::Unknown(record)),
        }
    }
    let newest = amend::own(tx, actor, record).await?.ok_or(Error::Unknown(record))?;
    let mut history = kept::history(tx, newest.version.subject, record).await?;
    if actor.role != Role::Operator {
        // A record that came from a domain of others shows from then on only.
        let seats = desk::seats(tx, actor).await?;
        let own = |domain: &DomainId| seats.iter().any(|(desk, _)| desk.covers(Some(domain)));
        history.retain(|kept| own(&kept.version.domain));
    }
    Ok(history)
}

type Reach = (Option<Vec<DomainId>>, Option<Vec<CreditCode>>);

/// The domains and organs whose records the actor sees; `None` where there is no such authority.
async fn reach(tx: &mut Tx, actor: &Actor, asked: Option<CreditCode>) -> Result<Option<Reach>, Error> {
    let Some(desk) = actor.may_ask_at_desk(asked)? else { return Ok(Some((None, None))) };
    let seat = desk::seat(tx, desk).await?;
    Ok(seat.map(|(_, authority)| {
        let organs = std::iter::once(authority.code).chain(authority.organs).collect();
        (Some(authority.domains), Some(organs))
    }))
}

/// No bounds but those of an authority, where one is named; `None` where there is no such authority.
async fn of_any(tx: &mut Tx, asked: Option<CreditCode>) -> Result<Option<Reach>, Error> {
    let Some(code) = asked else { return Ok(Some((None, None))) };
    let authority = authorities::by_code(tx, code).await?;
    Ok(authority.map(|it| (None, Some(std::iter::once(it.code).chain(it.organs).collect()))))
}

/// A version with its subject, personal data masked.
pub(super) async fn show_one(tx: &mut Tx, kept: Kept) -> Result<Shown, store::Error> {
    let Kept { mut version, superseded_at, .. } = kept;
    let subject = subjects::by_id(tx, version.subject).await?;
    if subject.as_ref().is_none_or(|subject| subject.kind == SubjectKind::NaturalPerson) {
        version.details.subject_name = mask::person_name(&version.details.subject_name);
    }
    Ok(Shown {
        state: State::from(&version.standing),
        subject: subject.as_ref().map(|subject| subject.code.shown()).unwrap_or_default(),
        name: subject.as_ref().map(Subject::shown_name).unwrap_or_default(),
        superseded_at,
        version,
    })
}
