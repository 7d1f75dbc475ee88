//! One record is changed: corrected, withdrawn, annulled, repaired, suspended, disputed.
//!
//! Every change goes through `apply`, whoever asks for it: the next version is stored, the reports that show the record
//! follow, and the journal tells. Files go the same way row by row (`plan`).

use serde_json::json;
use uuid::Uuid;

use super::follow::{self, Changed};
use super::record::record as journal;
use super::{Actor, App, Role, SetBack, desk, moment, notices};
use crate::rules::{Act, Authority, Change, ChangeRefused, Digest, Instant, Version};
use crate::seal;
use crate::store::records::{Kept, NewVersion};
use crate::store::{self, Tx, idempotency, records};

/// A record that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amended {
    /// Its new version.
    pub version: Version,
    /// The same request was answered before: nothing was changed now.
    pub repeated: bool,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such record, or not theirs: the two are not told apart.
    #[error("there is no record {0}, or it is not yours to change")]
    Unknown(Uuid),
    /// It cannot be done to a record that stands so.
    #[error("{} / {}", .0.zh(), .0.en())]
    Refused(ChangeRefused),
    /// The idempotency key has no usable form.
    #[error("an idempotency key has 1 to 200 characters")]
    BadKey,
    /// The key was used for another request.
    #[error("this idempotency key was used for another request: take a new one")]
    KeyReused,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<ChangeRefused> for Error {
    fn from(refused: ChangeRefused) -> Self {
        Self::Refused(refused)
    }
}

/// Changes one record. The same idempotency key brings the same answer.
pub async fn amend(
    app: &App,
    actor: &Actor,
    record: Uuid,
    change: &Change,
    idempotency_key: Option<&str>,
) -> Result<Amended, Error> {
    if idempotency_key.is_some_and(|key| key.is_empty() || key.len() > 200) {
        return Err(Error::BadKey);
    }
    // Plain values always serialise.
    let request = seal::digest(&serde_json_canonicalizer::to_vec(&(record, change)).unwrap_or_default());
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let newest = own(&mut tx, actor, record).await?.ok_or(Error::Unknown(record))?;
    let subject = newest.version.subject;
    if let Some(key) = idempotency_key
        && let Some(before) = idempotency::find(&mut tx, &actor.name, key).await?
    {
        let version = answered(&mut tx, &before, request, (subject, record)).await?;
        return Ok(Amended { version, repeated: true });
    }
    let version = apply(&mut tx, app, actor, subject, record, change, now).await?;
    if let Some(key) = idempotency_key {
        let answer = idempotency::Answered {
            client: actor.name.clone(),
            request_key: key.to_owned(),
            request,
            answer: format!("{record}/{}", version.number),
            created_at: now,
        };
        if !idempotency::keep(&mut tx, &answer).await? {
            return Err(store::Error::Conflict.into());
        }
    }
    tx.commit().await?;
    Ok(Amended { version, repeated: false })
}

/// Makes the next version of a record, lets the reports that show it follow, and tells the journal. The caller has
/// asked for the moment with [`moment::hold`], and commits.
pub(super) async fn apply(
    tx: &mut Tx,
    app: &App,
    actor: &Actor,
    subject: Uuid,
    record: Uuid,
    change: &Change,
    now: Instant,
) -> Result<Version, Error> {
    let before = records::newest(tx, subject, record).await?.ok_or(Error::Unknown(record))?;
    let new = next((&before).into(), change, app.mint(), 0, now)?;
    records::insert_versions(tx, std::slice::from_ref(&new)).await?;
    notices::records(app, tx, std::slice::from_ref(&new), now).await?;
    let version = new.version;
    follow::follow(app, tx, actor, &[Changed::from(&version)], now).await?;
    let details = json!({ "version": version.number, "change": change, "act": version.upload });
    journal(tx, now, actor, "amend", record.to_string(), details).await?;
    Ok(version)
}

/// The newest version of a record, stored or about to be, and the digest of its content.
#[derive(Clone, Copy)]
pub(super) struct Newest<'a> {
    pub(super) version: &'a Version,
    pub(super) content: Digest,
}

impl<'a> From<&'a Kept> for Newest<'a> {
    fn from(kept: &'a Kept) -> Self {
        Self { version: &kept.version, content: kept.content }
    }
}

impl<'a> From<&'a NewVersion> for Newest<'a> {
    fn from(new: &'a NewVersion) -> Self {
        Self { version: &new.version, content: new.content }
    }
}

/// The next version of a record after a change that came with an upload, or by itself (row 0).
pub(super) fn next(
    before: Newest<'_>,
    change: &Change,
    upload: Uuid,
    row: u32,
    now: Instant,
) -> Result<NewVersion, ChangeRefused> {
    let Newest { version, content } = before;
    let standing = change.after(&version.standing, version.details.decided_on, now.local_day())?;
    let (domain, details, content) = match &change.act {
        Act::Correct(new) if (&new.domain, &new.details) == (&version.domain, &version.details) => {
            return Err(ChangeRefused::NothingChanges);
        }
        Act::Correct(new) => (&new.domain, &new.details, new.content),
        _ => (&version.domain, &version.details, content),
    };
    let next = Version {
        number: version.number + 1,
        operation: change.act.operation(),
        domain: domain.clone(),
        upload,
        row,
        received_at: now,
        details: details.clone(),
        standing,
        ..version.clone()
    };
    Ok(NewVersion { version: next, content })
}

/// The newest version of a record that the actor may change: the operator any, authorities and their clerks their own.
pub(super) async fn own(tx: &mut Tx, actor: &Actor, record: Uuid) -> Result<Option<Kept>, store::Error> {
    let seats = desk::seats(tx, actor).await?;
    let operator = actor.role == Role::Operator;
    if seats.is_empty() && !operator {
        return Ok(None);
    }
    let Some(subject) = records::subject_of(tx, record).await? else { return Ok(None) };
    let newest = records::newest(tx, subject, record).await?;
    Ok(newest.filter(|kept| operator || seats.iter().any(|(_, authority)| is_of(authority, &kept.version))))
}

/// Whether a record is this authority's: of an organ it speaks for, in one of its domains.
pub(super) fn is_of(authority: &Authority, version: &Version) -> bool {
    authority.speaks_for(version.organ) && authority.domains.contains(&version.domain)
}

/// The version that a key's request made.
async fn answered(
    tx: &mut Tx,
    before: &idempotency::Answered,
    request: Digest,
    (subject, record): (Uuid, Uuid),
) -> Result<Version, Error> {
    let number =
        before.answer.strip_prefix(&format!("{record}/")).and_then(|number| number.parse::<u32>().ok());
    let (Some(number), true) = (number, before.request == request) else { return Err(Error::KeyReused) };
    let history = records::history(tx, subject, record).await?;
    let made = history.into_iter().find(|kept| kept.version.number == number);
    let lost = || store::Error::Corrupt(format!("version {number} of record {record} is missing").into());
    Ok(made.ok_or_else(lost)?.version)
}
