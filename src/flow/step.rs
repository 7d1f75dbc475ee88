//! What follows from what one row says about one record.

use super::ahead::Ahead;
use super::amend::{self, Newest};
use super::plan::Sender;
use super::repeats::Before;
use crate::ingest::{FaultCode, OperationRow, Row};
use crate::rules::{
    Act, Change, Correction, Details, Digest, DomainId, Operation, RecordKey, Standing, Version, normal,
};
use crate::store::records::{Kept, NewVersion};
use crate::store::{self, Tx, records};

/// What is said about one record, wherever it stands.
pub(super) struct Said<'a> {
    pub(super) domain: &'a DomainId,
    pub(super) details: &'a Details,
    pub(super) content: Digest,
    pub(super) operation: Option<Operation>,
    pub(super) reason: Option<&'a str>,
    pub(super) row: u32,
}

/// What follows from it.
pub(super) enum Step {
    /// It was said before.
    Repeated,
    /// A version is to be stored.
    Next(Box<NewVersion>),
    /// It cannot be.
    Refused(FaultCode),
}

/// What follows from the row of a record, after what is stored and what earlier parts of a file that is only checked say of it.
pub(super) fn record(
    from: Sender<'_>,
    key: &RecordKey,
    before: Option<Newest<'_>>,
    ahead: &Ahead,
    row: &Row,
    content: Digest,
) -> Step {
    let of_this_part = before.is_some_and(|newest| newest.version.upload == from.upload);
    let earlier = ahead.before(key, row).filter(|_| !of_this_part);
    match (earlier, row.operation) {
        (Some(Before::Same), _) => Step::Repeated,
        (Some(Before::Other), Some(Operation::Insert)) => Step::Refused(FaultCode::RecordExists),
        (Some(Before::Other), _) => match settle(from, key, before, &said(row, content)) {
            Step::Next(mut new) => {
                new.version.operation = Operation::Correct;
                Step::Next(new)
            }
            step => step,
        },
        (None, _) => settle(from, key, before, &said(row, content)),
    }
}

/// What follows from what is said about a record.
pub(super) fn settle(from: Sender<'_>, key: &RecordKey, before: Option<Newest<'_>>, said: &Said<'_>) -> Step {
    let Some(newest) = before.filter(|newest| !newest.version.standing.withdrawn) else {
        return match (said.operation, before) {
            (Some(Operation::Correct), None) => Step::Refused(FaultCode::UnknownRecord),
            (Some(Operation::Correct), Some(_)) => Step::Refused(FaultCode::RecordWithdrawn),
            _ => Step::Next(Box::new(fresh(from, key, before.map(|newest| newest.version), said))),
        };
    };
    if !amend::is_of(from.authority, newest.version) {
        return Step::Refused(FaultCode::RecordNotYours);
    }
    if (said.domain, said.details) == (&newest.version.domain, &newest.version.details) {
        return Step::Repeated;
    }
    if said.operation == Some(Operation::Insert) {
        return Step::Refused(FaultCode::RecordExists);
    }
    let correction =
        Correction { domain: said.domain.clone(), details: said.details.clone(), content: said.content };
    let change = Change::new(Act::Correct(Box::new(correction)), said.reason);
    match amend::next(newest, &change, from.upload, said.row, from.now) {
        Ok(new) => Step::Next(Box::new(new)),
        Err(refused) => Step::Refused(refused.into()),
    }
}

/// What follows from what a row does to a record.
pub(super) async fn operate(
    from: Sender<'_>,
    tx: &mut Tx,
    before: Option<Newest<'_>>,
    ahead: &[Kept],
    row: &OperationRow,
) -> Result<Step, store::Error> {
    let Some(newest) = before else { return Ok(Step::Refused(FaultCode::UnknownRecord)) };
    if !amend::is_of(from.authority, newest.version) {
        return Ok(Step::Refused(FaultCode::RecordNotYours));
    }
    // A longer file repeats what a shorter one did; the newest version may come with this very file. What was done before the record
    // was withdrawn and came again was done to another.
    let history = records::history(tx, newest.version.subject, newest.version.record).await?;
    let versions = || history.iter().chain(ahead).map(|kept| &kept.version).chain([newest.version]);
    let came = versions().filter(|it| it.operation == Operation::Insert).map(|it| it.number).max();
    if versions().filter(|it| Some(it.number) >= came).any(|it| row.change.act.made(it)) {
        return Ok(Step::Repeated);
    }
    Ok(match amend::next(newest, &row.change, from.upload, row.row, from.now) {
        Ok(new) => Step::Next(Box::new(new)),
        Err(refused) => Step::Refused(refused.into()),
    })
}

/// The first version of a record, or the first after its withdrawal: it stands afresh.
fn fresh(from: Sender<'_>, key: &RecordKey, before: Option<&Version>, said: &Said<'_>) -> NewVersion {
    let reason = said.reason.map(normal::free_text).filter(|reason| !reason.is_empty());
    let version = Version {
        record: before.map_or_else(|| from.app.mint(), |version| version.record),
        number: before.map_or(1, |version| version.number + 1),
        operation: Operation::Insert,
        kind: key.kind,
        domain: said.domain.clone(),
        subject: key.subject,
        organ: key.organ,
        document_number: key.document_number.clone(),
        upload: from.upload,
        row: said.row,
        received_at: from.now,
        details: said.details.clone(),
        standing: Standing { reason, ..Standing::default() },
    };
    NewVersion { version, content: said.content }
}

fn said(row: &Row, content: Digest) -> Said<'_> {
    Said {
        domain: &row.domain,
        details: &row.details,
        content,
        operation: row.operation,
        reason: row.reason.as_deref(),
        row: row.row,
    }
}
