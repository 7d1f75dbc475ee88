//! What is found in the store about the rows of a part, before anything is decided about them.

use std::collections::{BTreeMap, HashMap};

use time::Date;
use uuid::Uuid;

use super::ahead::Ahead;
use super::plan::{Good, Sender};
use super::whom::{Line, Whom, new_subject, with_merged};
use crate::ingest::Row;
use crate::rules::{Digest, RecordKey, Subject};
use crate::seal;
use crate::store::records::Kept;
use crate::store::{self, Tx, records, subjects};

/// Rows whose digests are computed in one go: a fraction of a millisecond.
const A_FEW: usize = 16;

/// Whom rows are about, and what is known of their records.
pub(super) struct Found<'a> {
    /// The rows that tell for certain whom they are about, in their order, each with the key of its record.
    pub(super) lines: Vec<(Line<'a>, RecordKey)>,
    /// Rows about records that may be any of these subjects', or of somebody whom nobody here knows.
    pub(super) doubtful: BTreeMap<u32, Vec<Uuid>>,
    /// Subjects that nobody knew, by their ids.
    pub(super) fresh: HashMap<Uuid, Subject>,
    /// When the known ones were established, as far as it is known.
    pub(super) established: HashMap<Uuid, Date>,
    /// Who was merged into them.
    pub(super) merged: HashMap<Uuid, Vec<Uuid>>,
    /// The newest versions of records.
    pub(super) stored: HashMap<RecordKey, Kept>,
}

impl<'a> Found<'a> {
    /// Looks up what is stored and what lies ahead of these rows.
    pub(super) async fn of(
        from: Sender<'_>,
        tx: &mut Tx,
        good: Good<'a>,
        ahead: &Ahead,
    ) -> Result<Self, store::Error> {
        // Only the surest code tells whose a row is: the others are typed with less care, and a number that two
        // companies share by mistake must not lay one's record at the other's door. Where they lead elsewhere, it is kept aside.
        let whom = Whom::of(tx, good, ahead).await?;
        let lines = whom.lines(good);
        let Whom { mut ids, doubtful } = whom;
        let mut known: Vec<Uuid> = ids.values().copied().collect();
        known.sort_unstable();
        known.dedup();
        let established = subjects::established(tx, &known).await?;
        let merged = subjects::merged_into(tx, &known).await?;
        let mut fresh: HashMap<Uuid, Subject> = HashMap::new();
        let with_key = |line: Line<'a>| {
            let owner = *ids.entry(line.code().clone()).or_insert_with(|| {
                let mut subject = new_subject(from.app, line.subject(), line.code().clone());
                subject.id = ahead.id(line.code()).unwrap_or(subject.id);
                let id = subject.id;
                fresh.insert(id, subject);
                id
            });
            let key = line.key(owner);
            (line, key)
        };
        let lines: Vec<(Line<'a>, RecordKey)> = lines.into_iter().map(with_key).collect();
        // Who is new has no record yet. A record of a subject that was merged stays where it is: it is looked for there, too.
        let keys = || lines.iter().map(|(_, key)| key);
        let old = keys().filter(|key| !fresh.contains_key(&key.subject));
        let asked: Vec<RecordKey> = old.flat_map(|key| with_merged(key, &merged)).collect();
        let mut stored = records::newest_by_keys(tx, &asked).await?;
        stored.extend(keys().filter_map(|key| Some((key.clone(), ahead.versions(key).last()?.clone()))));
        Ok(Self { lines, doubtful, fresh, established, merged, stored })
    }
}

/// The digests of what rows say, by their numbers in the file. Computed a few at a time, so that what is waited for besides goes on.
pub(super) async fn contents(rows: &[Row]) -> HashMap<u32, Digest> {
    let mut contents = HashMap::with_capacity(rows.len());
    for rows in rows.chunks(A_FEW) {
        contents.extend(rows.iter().map(|row| (row.row, seal::digest(&row.content()))));
        tokio::task::yield_now().await;
    }
    contents
}
