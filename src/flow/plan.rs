//! What becomes of the rows of a file: new records, corrections, operations, repetitions, rows kept aside, refusals.
//!
//! A plan knows what is stored and nothing of other plans: a long file may be planned and stored part by part.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::ahead::Ahead;
use super::follow::{self, Changed};
use super::listed::Listed;
use super::withheld::made_known;
use super::{Actor, App, amend, notices};
use crate::ingest::{Batch, Fault, FaultCode, OperationRow, Row, SubjectRef};
use crate::rules::{
    Act, Authority, Change, Correction, Details, Digest, DomainId, Instant, Name, Operation, RecordKey,
    Registration, Standing, Subject, SubjectCode, Version, normal,
};
use crate::seal;
use crate::store::candidates::KeptAside;
use crate::store::records::{Kept, NewVersion};
use crate::store::{self, Tx, candidates, records, rejections, subjects};

/// What becomes of the rows.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) subjects: Vec<Subject>,
    pub(super) versions: Vec<NewVersion>,
    pub(super) repeated: u64,
    pub(super) corrected: u64,
    pub(super) changed: Vec<Changed>,
    /// Rows that name somebody by name only.
    pub(super) asides: Vec<KeptAside>,
    /// Rows that only the store could judge.
    pub(super) refused: BTreeMap<u32, Vec<Fault>>,
    /// What is odd and only the store could tell.
    pub(super) warnings: Vec<Fault>,
    /// Rows that met a record that was known before.
    pub(super) listed: Vec<Listed>,
    /// The records that good rows were about.
    said: Vec<RecordKey>,
}

/// The good rows that a plan is made for.
#[derive(Clone, Copy)]
pub(super) struct Good<'a> {
    pub(super) records: &'a [Row],
    pub(super) operations: &'a [OperationRow],
}

impl<'a> From<&'a Batch> for Good<'a> {
    fn from(batch: &'a Batch) -> Self {
        Self { records: &batch.accepted, operations: &batch.operations }
    }
}

/// From whom and when rows come.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) app: &'a App,
    pub(super) authority: &'a Authority,
    pub(super) upload: Uuid,
    pub(super) now: Instant,
}

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

enum Line<'a> {
    Record(&'a Row, SubjectCode),
    Operation(&'a OperationRow, SubjectCode),
}

impl Line<'_> {
    fn row(&self) -> u32 {
        match self {
            Self::Record(row, _) => row.row,
            Self::Operation(row, _) => row.row,
        }
    }

    fn code(&self) -> &SubjectCode {
        match self {
            Self::Record(_, code) | Self::Operation(_, code) => code,
        }
    }

    fn key(&self, subject: Uuid) -> RecordKey {
        let (organ, document_number, kind) = match self {
            Self::Record(row, _) => (row.organ, row.document_number.clone(), row.kind),
            Self::Operation(row, _) => (row.organ, row.document_number.clone(), row.kind),
        };
        RecordKey { subject, organ, document_number, kind }
    }
}

impl Plan {
    /// Decides for each good row what becomes of it, after what is stored and what lies ahead of these rows.
    pub(super) async fn new(
        from: Sender<'_>,
        tx: &mut Tx,
        good: Good<'_>,
        ahead: &Ahead,
    ) -> Result<Self, store::Error> {
        let mut plan = Self::default();
        // Only the surest code tells whose a row is: the others are typed with less care, and a number that two
        // companies share by mistake must not lay one's record at the other's door.
        let records = good.records.iter().filter_map(|row| Some(Line::Record(row, surest(&row.subject)?)));
        let changes =
            good.operations.iter().filter_map(|row| Some(Line::Operation(row, surest(&row.subject)?)));
        let mut lines: Vec<Line<'_>> = records.chain(changes).collect();
        lines.sort_by_key(Line::row);
        let codes: Vec<SubjectCode> = lines.iter().map(|line| line.code().clone()).collect();
        let mut ids: HashMap<SubjectCode, Uuid> = subjects::ids_by_codes(tx, &codes).await?;
        ids.extend(codes.iter().filter_map(|code| Some((code.clone(), ahead.subject(code)?))));
        let mut known: Vec<Uuid> = ids.values().copied().collect();
        known.sort_unstable();
        known.dedup();
        let established = subjects::established(tx, &known).await?;
        let mut fresh: HashMap<Uuid, Subject> = HashMap::new();
        let mut keys = Vec::with_capacity(lines.len());
        for line in &lines {
            let owner = *ids.entry(line.code().clone()).or_insert_with(|| {
                let named = match line {
                    Line::Record(row, _) => &row.subject,
                    Line::Operation(row, _) => &row.subject,
                };
                let subject = new_subject(from.app, named, line.code().clone());
                let id = subject.id;
                fresh.insert(id, subject);
                id
            });
            keys.push(line.key(owner));
        }
        // Who is new has no record yet.
        let asked: Vec<RecordKey> =
            keys.iter().filter(|key| !fresh.contains_key(&key.subject)).cloned().collect();
        let mut newest: HashMap<RecordKey, Kept> = records::newest_by_keys(tx, &asked).await?;
        let later = keys.iter().filter_map(|key| Some((key.clone(), ahead.versions(key).last()?.clone())));
        newest.extend(later);
        for (line, key) in lines.iter().zip(keys) {
            let before = newest.get(&key);
            let step = match line {
                Line::Record(row, _) => {
                    if let Some(day) =
                        established.get(&key.subject).filter(|day| row.details.decided_on < **day)
                    {
                        plan.warnings.push(Fault::of_row(
                            row.row,
                            FaultCode::BeforeEstablished,
                            day.to_string(),
                        ));
                    }
                    settle(from, &key, before, &said(row))
                }
                Line::Operation(row, _) => operate(from, tx, before, ahead.versions(&key), row).await?,
            };
            match step {
                Step::Repeated => {
                    plan.repeated += 1;
                    plan.listed.extend(
                        before.map(|kept| Listed::new(line.row(), "repeated", &kept.version, kept.content)),
                    );
                    plan.said.push(key);
                }
                Step::Refused(code) => {
                    plan.refused.insert(line.row(), vec![Fault::of_row(line.row(), code, "")]);
                }
                Step::Next(new) => {
                    plan.subjects.extend(fresh.remove(&key.subject));
                    plan.corrected += u64::from(new.version.operation == Operation::Correct);
                    if before.is_some() {
                        plan.changed.push(Changed::from(&new.version));
                        plan.listed.push(Listed::new(line.row(), "superseding", &new.version, new.content));
                    }
                    let kept =
                        Kept { version: new.version.clone(), content: new.content, superseded_at: None };
                    newest.insert(key.clone(), kept);
                    plan.said.push(key);
                    plan.versions.push(*new);
                }
            }
        }
        plan.keep_aside(from, tx, good.records).await?;
        Ok(plan)
    }

    /// Keeps rows aside that name an organisation by its name alone.
    async fn keep_aside(&mut self, from: Sender<'_>, tx: &mut Tx, rows: &[Row]) -> Result<(), store::Error> {
        let nameless: Vec<&Row> = rows.iter().filter(|row| row.subject.codes.is_empty()).collect();
        let names: Vec<String> = nameless.iter().map(|row| row.subject.name.clone()).collect();
        let possible = subjects::ids_by_names(tx, &names).await?;
        let mut seen = HashSet::new();
        for row in nameless {
            let name = normal::name(&row.subject.name);
            let aside = KeptAside {
                id: from.app.mint(),
                upload: from.upload,
                row: row.row,
                authority: from.authority.code,
                kind: row.kind,
                organ: row.organ,
                document_number: row.document_number.clone(),
                domain: row.domain.clone(),
                content: seal::digest(&row.content()),
                details: row.details.clone(),
                received_at: from.now,
                resolved_at: None,
                possible: possible.get(&name).cloned().unwrap_or_default(),
            };
            let twin = (row.organ, row.document_number.clone(), row.kind, name, aside.content);
            if !seen.insert(twin) || candidates::is_known(tx, &aside).await? {
                self.repeated += 1;
            } else {
                self.asides.push(aside);
            }
        }
        Ok(())
    }

    /// The content digests of the rows that are stored or kept aside, in the order of the rows.
    pub(super) fn contents(&self) -> Vec<Digest> {
        let stored = self.versions.iter().map(|new| (new.version.row, new.content));
        let aside = self.asides.iter().map(|aside| (aside.row, aside.content));
        let mut rows: Vec<(u32, Digest)> = stored.chain(aside).collect();
        rows.sort_by_key(|(row, _)| *row);
        rows.into_iter().map(|(_, content)| content).collect()
    }

    /// Rows that are stored or kept aside.
    pub(super) fn accepted(&self) -> usize {
        self.versions.len() + self.asides.len()
    }

    /// Stores what was planned, and everything that follows from it at once.
    pub(super) async fn store(
        &self,
        from: Sender<'_>,
        tx: &mut Tx,
        actor: &Actor,
    ) -> Result<(), store::Error> {
        let now = from.now;
        subjects::insert(tx, &self.subjects, now).await?;
        records::insert_versions(tx, &self.versions).await?;
        notices::records(from.app, tx, &self.versions, now).await?;
        follow::follow(from.app, tx, actor, &self.changed, now).await?;
        for (candidate, subject) in candidates::settled_by(tx, &self.said).await? {
            let reason = "同一文号的记录已按主体代码报送 / the same record came by the subject's code";
            candidates::resolve(tx, candidate, Some(subject), &actor.name, reason, now).await?;
        }
        rejections::close_for(tx, from.authority.code, &self.said, &actor.name, now).await?;
        for aside in &self.asides {
            candidates::insert(tx, aside).await?;
        }
        made_known(tx, &self.subjects).await
    }
}

/// What follows from what is said about a record.
pub(super) fn settle(from: Sender<'_>, key: &RecordKey, before: Option<&Kept>, said: &Said<'_>) -> Step {
    let stands = before.filter(|kept| !kept.version.standing.withdrawn);
    let Some(kept) = stands else {
        return match (said.operation, before) {
            (Some(Operation::Correct), None) => Step::Refused(FaultCode::UnknownRecord),
            (Some(Operation::Correct), Some(_)) => Step::Refused(FaultCode::RecordWithdrawn),
            _ => Step::Next(Box::new(fresh(from, key, before.map(|kept| &kept.version), said))),
        };
    };
    if !amend::is_of(from.authority, &kept.version) {
        return Step::Refused(FaultCode::RecordNotYours);
    }
    if (said.domain, said.details) == (&kept.version.domain, &kept.version.details) {
        return Step::Repeated;
    }
    if said.operation == Some(Operation::Insert) {
        return Step::Refused(FaultCode::RecordExists);
    }
    let correction =
        Correction { domain: said.domain.clone(), details: said.details.clone(), content: said.content };
    let change = Change::new(Act::Correct(Box::new(correction)), said.reason);
    match amend::next(kept, &change, from.upload, said.row, from.now) {
        Ok(new) => Step::Next(Box::new(new)),
        Err(refused) => Step::Refused(refused.into()),
    }
}

/// What follows from what a row does to a record.
async fn operate(
    from: Sender<'_>,
    tx: &mut Tx,
    before: Option<&Kept>,
    ahead: &[Kept],
    row: &OperationRow,
) -> Result<Step, store::Error> {
    let Some(kept) = before else { return Ok(Step::Refused(FaultCode::UnknownRecord)) };
    if !amend::is_of(from.authority, &kept.version) {
        return Ok(Step::Refused(FaultCode::RecordNotYours));
    }
    // A longer file repeats what a shorter one did; the newest version may come with this very file.
    let history = records::history(tx, kept.version.subject, kept.version.record).await?;
    let act = &row.change.act;
    if act.made(&kept.version) || history.iter().chain(ahead).any(|kept| act.made(&kept.version)) {
        return Ok(Step::Repeated);
    }
    Ok(match amend::next(kept, &row.change, from.upload, row.row, from.now) {
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

fn said(row: &Row) -> Said<'_> {
    Said {
        domain: &row.domain,
        details: &row.details,
        content: seal::digest(&row.content()),
        operation: row.operation,
        reason: row.reason.as_deref(),
        row: row.row,
    }
}

fn surest(subject: &SubjectRef) -> Option<SubjectCode> {
    subject.codes.first().cloned()
}

fn new_subject(app: &App, named: &SubjectRef, code: SubjectCode) -> Subject {
    Subject {
        id: app.mint(),
        kind: named.kind,
        code,
        names: vec![Name { name: named.name.clone(), from: None, to: None }],
        aliases: Vec::new(),
        registration: Registration::default(),
        relations: Vec::new(),
    }
}
