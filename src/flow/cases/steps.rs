//! A case goes on, step by step; what a step decides is done to the record in the same transaction.

use std::collections::BTreeMap;

use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::{Error, Shown, find_to_act, newest, shown, unmet};
use crate::flow::record::record as journal;
use crate::flow::{Actor, App, amend, correct, moment, notices};
use crate::rules::{
    Act, Annulment, CaseStep, Change, Instant, Operation, Party, Repair, Version, WrongStep, due, normal,
};
use crate::store::cases::{Case, Event};
use crate::store::{Tx, cases, records};

/// The longest reason, in characters.
const REASON: usize = 500;

/// What somebody does in a case.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What.
    pub step: CaseStep,
    /// Why; needed where the applicant is told no, or to wait longer, and where the record falls.
    pub reason: Option<String>,
    /// To uphold an objection by a correction: what the record says from now on, as cells by the names of their columns. Where
    /// it is missing, the authority must have corrected the record since the case was opened.
    pub correction: Option<BTreeMap<String, String>>,
    /// To annul: since when, and how.
    pub annulment: Option<Annulment>,
    /// To grant a repair: the day, today where it is missing.
    pub repaired_on: Option<Date>,
}

impl Taken {
    /// A step that needs nothing else.
    #[must_use]
    pub fn plain(step: CaseStep) -> Self {
        Self { step, reason: None, correction: None, annulment: None, repaired_on: None }
    }

    /// A step with its reason.
    #[must_use]
    pub fn because(step: CaseStep, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::plain(step) }
    }
}

/// Takes a step. Taken again as the last thing that happened, by the same account and for the same reason, it changes nothing.
pub async fn step(app: &App, actor: &Actor, id: Uuid, taken: &Taken) -> Result<Shown, Error> {
    let step = taken.step;
    let reason = taken.reason.as_deref().map(normal::free_text).filter(|reason| !reason.is_empty());
    let correction = correction(app, actor, id, taken).await?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let (mut case, part) = find_to_act(&mut tx, actor, id).await?;
    step.may(part.party, case.told_by)?;
    let last = cases::events(&mut tx, &case).await?.pop();
    if last.is_some_and(|it| (it.step, &it.actor, &it.reason) == (Some(step), &actor.name, &reason)) {
        return shown(app, &mut tx, case, part).await;
    }
    let before = case.progress;
    case.progress = before.after(step)?;
    let long = reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON);
    if long || (reason.is_none() && step.needs_reason()) {
        return Err(WrongStep::Reason(step).into());
    }
    if step == CaseStep::Grant || step == CaseStep::GrantOnCommitment {
        let record = newest(&mut tx, &case).await?;
        let conditions = app.reference().repair.check(&record, case.promises, now.local_day());
        if let Some(unmet) = unmet(&conditions) {
            return Err(unmet);
        }
    }
    let act = match correction {
        Some(act) => Some(act),
        None => act(&mut tx, &case, taken, now).await?,
    };
    if let Some(act) = act {
        let change = Change::new(act, reason.as_deref());
        amend::apply(&mut tx, app, actor, case.subject, case.record, &change, now).await?;
    }
    let decided = before.is_undecided() && !case.progress.is_undecided();
    if decided && case.marked && newest(&mut tx, &case).await?.standing.disputed {
        let change = Change::new(Act::CloseObjection { on: None }, reason.as_deref());
        amend::apply(&mut tx, app, actor, case.subject, case.record, &change, now).await?;
    }
    case.place += 1;
    if step.restarts_time() {
        case.counted_from = now;
    }
    case.set_due(due(&app.reference().calendar, &case.progress, case.counted_from));
    case.ended_at = case.progress.is_ended().then_some(now);
    let event = Event {
        place: case.place,
        step: Some(step),
        state: case.progress.state,
        party: part.party,
        actor: actor.name.clone(),
        at: now,
        reason,
    };
    cases::advance(&mut tx, &case, &event).await?;
    if part.party != Party::Applicant && (decided || case.ended_at.is_some()) {
        notices::decided(app, &mut tx, &case, now).await?;
    }
    let details = json!({ "step": step, "state": case.progress.state, "outcome": case.progress.outcome,
        "record": case.record, "party": part.party, "due_at": case.due_at });
    journal(&mut tx, now, actor, "case-step", case.id.to_string(), details).await?;
    let shown = shown(app, &mut tx, case, part).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What a step does to the record, if anything.
async fn act(tx: &mut Tx, case: &Case, taken: &Taken, now: Instant) -> Result<Option<Act>, Error> {
    let today = now.local_day();
    let stands = newest(tx, case).await?.standing;
    let (withdrawn, annulled) = (stands.withdrawn, stands.annulled.is_some());
    let repaired_on = taken.repaired_on.unwrap_or(today);
    let repair = |on_commitment| Act::Repair(Repair { repaired_on, on_commitment });
    Ok(match taken.step {
        // What happened to the record meanwhile needs not happen again, and settles what was still to be verified.
        CaseStep::UpholdWithdrawn if withdrawn => None,
        CaseStep::Annul | CaseStep::Confirm | CaseStep::Revoke if annulled || withdrawn => None,
        CaseStep::Confirm if stands.repaired.as_ref().is_some_and(|repair| !repair.on_commitment) => None,
        CaseStep::Revoke if stands.repaired.is_none() => None,
        CaseStep::UpholdCorrected => {
            was_corrected(tx, case).await?;
            None
        }
        CaseStep::UpholdWithdrawn => Some(Act::Withdraw { on: None }),
        CaseStep::Annul => {
            let lacks = Error::Lacks("to annul, give the day and the kind of annulment");
            Some(Act::Annul(taken.annulment.clone().ok_or(lacks)?))
        }
        CaseStep::Grant => Some(repair(false)),
        CaseStep::GrantOnCommitment => Some(repair(true)),
        CaseStep::Confirm => {
            let repaired_on = stands.repaired.map_or(today, |repair| repair.repaired_on);
            Some(Act::Repair(Repair { repaired_on, on_commitment: false }))
        }
        CaseStep::Revoke => Some(Act::RevokeRepair { on: today }),
        CaseStep::Accept
        | CaseStep::Send
        | CaseStep::Extend
        | CaseStep::Reject
        | CaseStep::Close
        | CaseStep::Refuse
        | CaseStep::TakeBack => None,
    })
}

/// The correction that upholds an objection was made by the authority since the case was opened.
async fn was_corrected(tx: &mut Tx, case: &Case) -> Result<(), Error> {
    let history = records::history(tx, case.subject, case.record).await?;
    let corrects = |it: &Version| it.operation == Operation::Correct && it.received_at > case.opened_at;
    if history.iter().any(|kept| corrects(&kept.version)) {
        Ok(())
    } else {
        Err(Error::Lacks(
            "give the new content in `correction`, or correct the record first: by an upload, or by itself",
        ))
    }
}

/// The new content of the record, read with the checks of an upload.
async fn correction(app: &App, actor: &Actor, id: Uuid, taken: &Taken) -> Result<Option<Act>, Error> {
    let (CaseStep::UpholdCorrected, Some(cells)) = (taken.step, &taken.correction) else { return Ok(None) };
    let mut tx = app.0.store.read().await?;
    let (case, part) = find_to_act(&mut tx, actor, id).await?;
    drop(tx);
    taken.step.may(part.party, case.told_by)?;
    Ok(Some(correct::correction(app, actor, case.record, cells).await?))
}
