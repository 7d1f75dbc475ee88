//! What becomes of the rows of a file: new records, corrections, operations, repetitions, rows kept aside, refusals.
//!
//! A plan knows what is stored and nothing of other plans: a long file may be planned and stored part by part.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::future::join;
use uuid::Uuid;

use super::ahead::Ahead;
use super::amend::Newest;
use super::follow::{self, Changed};
use super::found::{Found, contents};
use super::listed::Listed;
use super::step::{self, Step};
use super::whom::{Line, with_merged};
use super::withheld::{awaited, made_known, stands};
use super::{Actor, App, notices};
use crate::ingest::{Batch, Fault, FaultCode, OperationRow, Row};
use crate::rules::{Authority, Digest, Instant, Operation, RecordKey, Subject, normal};
use crate::store::candidates::KeptAside;
use crate::store::records::NewVersion;
use crate::store::{self, Brought, Came, Tx, candidates, records, rejections, subjects};

/// What becomes of the rows.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) subjects: Vec<Subject>,
    /// How rows called organisations that were known before.
    called: Vec<(Uuid, String)>,
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
    /// What good rows brought.
    came: Vec<Came>,
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

impl Plan {
    /// Decides for each good row what becomes of it, after what is stored and what lies ahead of these rows.
    pub(super) async fn new(
        from: Sender<'_>,
        tx: &mut Tx,
        good: Good<'_>,
        ahead: &Ahead,
    ) -> Result<Self, store::Error> {
        let mut plan = Self::default();
        let (found, contents) = join(Found::of(from, tx, good, ahead), contents(good.records)).await;
        let Found { lines, doubtful, mut fresh, established, merged, stored } = found?;
        let doubt = |row| Fault::of_row(row, FaultCode::CodesInDoubt, "");
        plan.warnings.extend(doubtful.keys().copied().map(doubt));
        let mut founded: HashMap<Uuid, usize> = HashMap::new();
        // The newest version of a record that an earlier row gave it, by its place among the new ones.
        let mut made: HashMap<RecordKey, usize> = HashMap::with_capacity(lines.len());
        for (line, key) in lines {
            let same = with_merged(&key, &merged);
            let is_there = |key: &&RecordKey| made.contains_key(*key) || stored.contains_key(*key);
            let key = same.iter().find(is_there).cloned().unwrap_or(key);
            let before: Option<Newest<'_>> = match made.get(&key) {
                Some(place) => plan.versions.get(*place).map(Into::into),
                None => stored.get(&key).map(Into::into),
            };
            let step = match &line {
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
                    step::record(from, &key, before, ahead, row, contents[&row.row])
                }
                Line::Operation(row, _) => step::operate(from, tx, before, ahead.versions(&key), row).await?,
            };
            match step {
                Step::Repeated => {
                    plan.repeated += 1;
                    plan.listed.extend(
                        before.map(|newest| {
                            Listed::new(line.row(), "repeated", newest.version, newest.content)
                        }),
                    );
                    if let (Line::Record(..), Some(Newest { version, .. })) = (&line, before) {
                        let brought = Brought::Nothing(version.domain.clone(), version.details.decided_on);
                        plan.came.extend(same.into_iter().map(|key| Came { key, brought: brought.clone() }));
                    }
                }
                Step::Refused(code) => {
                    plan.refused.insert(line.row(), vec![Fault::of_row(line.row(), code, "")]);
                }
                Step::Next(new) => {
                    if let Some(subject) = fresh.remove(&key.subject) {
                        founded.insert(subject.id, plan.subjects.len());
                        plan.subjects.push(subject);
                    }
                    let own = founded.get(&key.subject).map(|at| &plan.subjects[*at]);
                    // Whoever is founded here bears the name of the first row.
                    let called = line
                        .calls()
                        .filter(|name| own.is_none_or(|it| it.names.iter().all(|own| own.name != *name)));
                    plan.called.extend(called.map(|name| (key.subject, name.to_owned())));
                    plan.corrected += u64::from(new.version.operation == Operation::Correct);
                    if before.is_some() {
                        plan.changed.push(Changed::from(&new.version));
                        plan.listed.push(Listed::new(line.row(), "superseding", &new.version, new.content));
                    }
                    made.insert(key, plan.versions.len());
                    let brought = match line {
                        Line::Record(..) => Brought::Content,
                        Line::Operation(..) => Brought::Operation,
                    };
                    // Nothing waits for whoever is founded here: nobody knew whom to link it to.
                    if !founded.contains_key(&new.version.subject) {
                        plan.came.extend(same.into_iter().map(|key| Came { key, brought: brought.clone() }));
                    }
                    plan.versions.push(*new);
                }
            }
        }
        plan.keep_aside(from, tx, good.records, &contents, &doubtful, ahead).await?;
        Ok(plan)
    }

    /// Keeps rows aside that name an organisation by its name alone, or by codes that lead to no one subject.
    async fn keep_aside(
        &mut self,
        from: Sender<'_>,
        tx: &mut Tx,
        rows: &[Row],
        contents: &HashMap<u32, Digest>,
        doubtful: &BTreeMap<u32, Vec<Uuid>>,
        ahead: &Ahead,
    ) -> Result<(), store::Error> {
        let is_aside = |row: &&Row| row.subject.codes.is_empty() || doubtful.contains_key(&row.row);
        let nameless: Vec<&Row> = rows.iter().filter(is_aside).collect();
        let names: Vec<String> = nameless.iter().map(|row| row.subject.name.clone()).collect();
        let possible = subjects::ids_by_names(tx, &names).await?;
        let mut seen = HashSet::new();
        for row in nameless {
            let name = normal::name(&row.subject.name);
            let by_code = doubtful.get(&row.row).into_iter().flatten();
            let mut possible: Vec<Uuid> =
                possible.get(&name).into_iter().flatten().chain(by_code).copied().collect();
            possible.sort_unstable();
            possible.dedup();
            let aside = KeptAside {
                id: from.app.mint(),
                upload: from.upload,
                row: row.row,
                authority: from.authority.code,
                kind: row.kind,
                organ: row.organ,
                document_number: row.document_number.clone(),
                domain: row.domain.clone(),
                content: contents[&row.row],
                details: row.details.clone(),
                codes: row.subject.codes.clone(),
                received_at: from.now,
                resolved_at: None,
                possible,
            };
            let twin = (row.organ, row.document_number.clone(), row.kind, name, aside.content);
            if !seen.insert(twin) || ahead.is_aside(aside.content) || stands(tx, &aside).await? {
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
        let called = subjects::call(tx, &self.called).await?;
        records::insert_versions(tx, &self.versions).await?;
        notices::records(from.app, tx, &self.versions, now).await?;
        follow::follow(from.app, tx, actor, &self.changed, now).await?;
        for (candidate, subject) in candidates::settled_by(tx, &self.came).await? {
            let reason = "同一文号的记录已按主体代码报送 / the same record came by the subject's code";
            candidates::resolve(tx, candidate, Some(subject), &actor.name, reason, now).await?;
        }
        rejections::close_for(tx, from.authority.code, &self.came, &actor.name, now).await?;
        for aside in &self.asides {
            candidates::insert(tx, aside, &awaited(aside.codes.iter())).await?;
        }
        made_known(tx, &self.subjects, &called, now).await
    }
}
