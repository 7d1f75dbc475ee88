//! Issued reports follow what becomes of the records that they show.
//!
//! A report is never changed: it is superseded, disputed, or valid again. Repair and suspension change the marks that a report
//! prints, so that it is superseded by them as by a correction.

use uuid::Uuid;

use super::{Actor, App, notices};
use crate::rules::{Instant, Operation, Status, Version};
use crate::store::reports::Report;
use crate::store::{self, Tx, records, reports, statuses, uploads};

/// What was done to a record that was known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) subject: Uuid,
    pub(super) record: Uuid,
    pub(super) operation: Operation,
    /// The upload with which it was done.
    pub(super) upload: Uuid,
}

impl From<&Version> for Changed {
    fn from(version: &Version) -> Self {
        let &Version { subject, record, operation, upload, .. } = version;
        Self { subject, record, operation, upload }
    }
}

/// What becomes of a live report that shows the record, and why; `None` where nothing does.
fn becomes(operation: Operation) -> Option<(Status, &'static str)> {
    let superseded = |why| Some((Status::Superseded, why));
    match operation {
        Operation::Insert => None,
        Operation::Correct => superseded("数据已更正 / data corrected"),
        Operation::Withdraw => superseded("所示记录已由数源单位撤回 / a record that it shows was withdrawn"),
        Operation::Annul => superseded("所示决定已被撤销 / a decision that it shows was annulled"),
        Operation::Repair => superseded("所示记录已完成信用修复 / a record that it shows was repaired"),
        Operation::RepairRevoked => {
            superseded("所示记录的信用修复已撤销 / the repair of a record that it shows was revoked")
        }
        Operation::Suspend => {
            superseded("所示决定已暂缓执行 / the execution of a decision that it shows was suspended")
        }
        Operation::ObjectionOpen => Some((
            Status::Disputed,
            "所示记录有未办结的异议、复议或诉讼 / an objection to a record that it shows is open",
        )),
        Operation::ObjectionClosed => {
            Some((Status::Valid, "异议已办结,所示内容未变 / the objection was closed; what it shows stands"))
        }
    }
}

/// A live report that a change gives another status.
pub(super) struct Moves {
    pub(super) report: Report,
    pub(super) current: statuses::Event,
    pub(super) status: Status,
    pub(super) why: &'static str,
}

/// The live reports that get another status by what is done to a record.
pub(super) async fn moves(tx: &mut Tx, changed: Changed) -> Result<Vec<Moves>, store::Error> {
    let Changed { subject, record, operation, .. } = changed;
    let Some((status, why)) = becomes(operation) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for report in reports::showing(tx, subject, record).await? {
        let Some(current) = statuses::current(tx, report.subject, &report.number).await? else {
            continue;
        };
        let moves = match (current.status, status) {
            (Status::Valid | Status::Disputed, Status::Superseded) | (Status::Valid, Status::Disputed) => {
                true
            }
            (Status::Disputed, Status::Valid) => !shows_disputed(tx, &report, record).await?,
            _ => false,
        };
        if moves {
            found.push(Moves { report, current, status, why });
        }
    }
    Ok(found)
}

/// Gives every live report that shows one of these records its new status, in the transaction that stored the versions; the files that
/// brought a record which was withdrawn can come again.
pub(super) async fn follow(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    changed: &[Changed],
    now: Instant,
) -> Result<(), store::Error> {
    let mut subjects: Vec<Uuid> = changed.iter().map(|changed| changed.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    for changed in changed.iter().filter(|changed| changed.operation == Operation::Withdraw) {
        uploads::undo(tx, changed.subject, changed.record, changed.upload, now).await?;
    }
    let shown = reports::shown_of(tx, &subjects).await?;
    for changed in changed.iter().filter(|changed| shown.contains(&changed.record)) {
        for Moves { report, current, status, why } in moves(tx, *changed).await? {
            let event = statuses::Event {
                place: current.place + 1,
                status,
                since: now,
                reason: Some(why.to_owned()),
                actor: actor.name.clone(),
            };
            statuses::add(tx, report.subject, &report.number, &event).await?;
            notices::status(app, tx, &report, &event).await?;
        }
    }
    Ok(())
}

/// Whether any other record that the report shows is disputed now.
async fn shows_disputed(tx: &mut Tx, report: &Report, but: Uuid) -> Result<bool, store::Error> {
    for shown in reports::shown(tx, report).await?.into_iter().filter(|shown| shown.record != but) {
        let newest = records::newest(tx, shown.subject, shown.record).await?;
        if newest.is_some_and(|kept| kept.version.standing.disputed) {
            return Ok(true);
        }
    }
    Ok(false)
}
