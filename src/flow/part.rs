//! Some rows of a file become records: one part, in the transaction of whoever works on the file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ahead::Ahead;
use super::listed::Listed;
use super::order::Order;
use super::plan::{Good, Plan, Sender};
use super::{App, withheld};
use crate::ingest::{Batch, Fault, FaultCode, OperationRow, Row};
use crate::rules::Instant;
use crate::seal::Hasher;
use crate::store::upload_parts::{self, Part};
use crate::store::{self, Tx, rejections};

/// Stores the good rows of a batch, and what became of each row: the part after `before` of the upload. With it comes the batch with what the
/// store told of it: rows that what is stored refuses are among the rejected ones.
pub(super) async fn store<'b>(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    before: Option<&Part>,
    batch: &'b Batch,
    now: Instant,
) -> Result<(Part, Cow<'b, Batch>), store::Error> {
    let from = Sender { app, authority: &order.authority, upload: order.upload, now };
    let mut plan = Plan::new(from, tx, batch.into(), &Ahead::default()).await?;
    let refused = match Refused::of(&plan.refused) {
        refused if refused.0.is_empty() => None,
        refused => Some(app.0.objects.put(serde_json::to_vec(&refused).unwrap_or_default()).await?),
    };
    let mut batch = Cow::Borrowed(batch);
    if !plan.refused.is_empty() || !plan.warnings.is_empty() {
        judge(&mut plan, batch.to_mut());
    }
    plan.store(from, tx, &order.actor()).await?;
    let held = withheld::held_back(from, tx, &batch.rejected, order.domain.as_ref()).await?;
    rejections::insert(tx, &held).await?;
    let listed = if plan.listed.is_empty() {
        None
    } else {
        let lines: String = plan.listed.iter().map(Listed::line).collect();
        Some(app.0.objects.put(lines).await?)
    };
    let part = Part { listed, refused, ..part(order, before, batch.rows, batch.rejected.len(), &plan, now) };
    upload_parts::insert(tx, &part).await?;
    Ok((part, batch))
}

/// What would become of all rows of a file, in one part. Nothing is stored.
pub(super) async fn check<'b>(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    batches: &'b [Batch],
    now: Instant,
) -> Result<(Part, Vec<Cow<'b, Batch>>), store::Error> {
    let records: Vec<Row> = batches.iter().flat_map(|batch| batch.accepted.iter().cloned()).collect();
    let operations: Vec<OperationRow> =
        batches.iter().flat_map(|batch| batch.operations.iter().cloned()).collect();
    let from = Sender { app, authority: &order.authority, upload: order.upload, now };
    let good = Good { records: &records, operations: &operations };
    let mut plan = Plan::new(from, tx, good, &Ahead::default()).await?;
    let mut batches = batches.to_vec();
    for batch in &mut batches {
        batch.refuse_all(plan.refused.clone());
    }
    if let Some(batch) = batches.last_mut() {
        batch.warnings.append(&mut plan.warnings);
    }
    let rows = batches.iter().map(|batch| batch.rows).sum();
    let rejected = batches.iter().map(|batch| batch.rejected.len()).sum();
    let part = part(order, None, rows, rejected, &plan, now);
    Ok((part, batches.into_iter().map(Cow::Owned).collect()))
}

/// What would become of a batch if it were stored now: the part after `before`. What is stored, and what lies ahead of it in the file,
/// refuses rows of it. Nothing is stored; what would be is remembered.
pub(super) async fn check_one(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    before: Option<&Part>,
    batch: &mut Batch,
    ahead: &mut Ahead,
    now: Instant,
) -> Result<Part, store::Error> {
    let from = Sender { app, authority: &order.authority, upload: order.upload, now };
    let mut plan = Plan::new(from, tx, (&*batch).into(), ahead).await?;
    ahead.take(&plan);
    judge(&mut plan, batch);
    Ok(part(order, before, batch.rows, batch.rejected.len(), &plan, now))
}

/// Rows of a batch move to the rejected ones that were refused when its part was stored.
pub(super) async fn refuse_again(app: &App, part: &Part, batch: &mut Batch) -> Result<(), store::Error> {
    let Some(digest) = part.refused else { return Ok(()) };
    let lost = || store::Error::Corrupt(format!("object {digest} cannot be read").into());
    let bytes = app.0.objects.get(digest).await?.ok_or_else(lost)?;
    let Refused(rows) = serde_json::from_slice(&bytes).map_err(|_| lost())?;
    batch.refuse_all(rows.into_iter().map(|(row, code)| (row, vec![Fault::of_row(row, code, "")])).collect());
    Ok(())
}

/// Rows that what is stored refused, and why.
#[derive(Serialize, Deserialize)]
struct Refused(Vec<(u32, FaultCode)>);

impl Refused {
    fn of(refused: &BTreeMap<u32, Vec<Fault>>) -> Self {
        let row = |(row, faults): (&u32, &Vec<Fault>)| Some((*row, faults.first()?.code));
        Self(refused.iter().filter_map(row).collect())
    }
}

/// What only the store could tell of the rows of a batch is told there.
fn judge(plan: &mut Plan, batch: &mut Batch) {
    batch.refuse_all(std::mem::take(&mut plan.refused));
    batch.warnings.append(&mut plan.warnings);
    batch.warnings.sort_by_key(|fault| fault.row);
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
    for content in plan.contents() {
        digest.update(&content.0);
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let last = before.map_or(0, |part| part.last_row);
    Part {
        upload: order.upload,
        part: before.map_or(0, |part| part.part) + 1,
        first_row: last + 1,
        last_row: last + count(rows),
        submitted: count(rows),
        accepted: count(plan.accepted()),
        corrected: u32::try_from(plan.corrected).unwrap_or(u32::MAX),
        set_aside: count(plan.asides.len()),
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
