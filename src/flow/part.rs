//! Some rows of a file become records: one part, in the transaction of whoever works on the file.

use serde_json::{Value, json};

use super::order::Order;
use super::plan::{Listed, Plan};
use super::{App, follow};
use crate::ingest::{Batch, Fault, Row};
use crate::rules::Instant;
use crate::seal::Hasher;
use crate::store::upload_parts::{self, Part};
use crate::store::{self, Tx, records, subjects};

/// Stores the good rows of a batch, and what became of each row: the part after `before` of the upload.
pub(super) async fn store(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    before: Option<&Part>,
    batch: &mut Batch,
    now: Instant,
) -> Result<Part, store::Error> {
    let plan = Plan::new(app, tx, &batch.accepted, order.upload, now).await?;
    subjects::insert(tx, &plan.subjects, now).await?;
    records::insert_versions(tx, &plan.versions).await?;
    follow::follow(tx, &order.actor(), &plan.changed, now).await?;
    let listed = if plan.listed.is_empty() {
        None
    } else {
        let lines: String = plan.listed.iter().map(Listed::line).collect();
        Some(app.0.objects.put(lines).await?)
    };
    let part = Part { listed, ..part(order, before, batch.rows, batch.rejected.len(), &plan, now) };
    upload_parts::insert(tx, &part).await?;
    Ok(part)
}

/// What would become of all rows of a file, in one part. Nothing is stored.
pub(super) async fn check(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    batches: &mut [Batch],
    now: Instant,
) -> Result<Vec<Part>, store::Error> {
    let good: Vec<Row> = batches.iter().flat_map(|batch| batch.accepted.iter().cloned()).collect();
    let plan = Plan::new(app, tx, &good, order.upload, now).await?;
    let rows = batches.iter().map(|batch| batch.rows).sum();
    let rejected = batches.iter().map(|batch| batch.rejected.len()).sum();
    Ok(vec![part(order, None, rows, rejected, &plan, now)])
}

fn part(
    order: &Order,
    before: Option<&Part>,
    rows: usize,
    rejected: usize,
    plan: &Plan,
    now: Instant,
) -> Part {
    let mut digest = Hasher::new();
    for new in &plan.versions {
        digest.update(&new.content.0);
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let last = before.map_or(0, |part| part.last_row);
    Part {
        upload: order.upload,
        part: before.map_or(0, |part| part.part) + 1,
        first_row: last + 1,
        last_row: last + count(rows),
        submitted: count(rows),
        accepted: count(plan.versions.len()),
        corrected: u32::try_from(plan.corrected).unwrap_or(u32::MAX),
        repeated: u32::try_from(plan.repeated).unwrap_or(u32::MAX),
        rejected: count(rejected),
        rows_digest: digest.finish(),
        listed: None,
        refused: None,
        received_at: now,
    }
}

/// A fault as it is told to machines.
#[must_use]
pub fn told(fault: &Fault) -> Value {
    json!({ "row": fault.row, "column": fault.column.as_ref().map(|it| it.code.clone()), "code": fault.code.word(),
        "value": fault.value, "reason_zh": fault.zh(), "reason_en": fault.en(),
        "remedy_zh": fault.remedy_zh(), "remedy_en": fault.remedy_en() })
}
