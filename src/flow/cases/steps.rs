//! A case goes on, step by step; what a step decides is done to the record in the same transaction.

use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::{Error, Shown, find, newest, shown, unmet};
use crate::flow::record::record as journal;
use crate::flow::{Actor, App, amend, moment};
use crate::rules::{
    Act, Annulment, CaseStep, Change, Correction, Details, Instant, Operation, Repair, Version, WrongStep,
    due, normal,
};
use crate::seal;
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
    /// To uphold an objection by a correction: what the record says from now on. Where it is missing, the authority must have
    /// corrected the record since the case was opened.
    pub details: Option<Details>,
    /// To annul: since when, and how.
    pub annulment: Option<Annulment>,
    /// To grant a repair: the day, today where it is missing.
    pub repaired_on: Option<Date>,
}

impl Taken {
    /// A step that needs nothing else.
    #[must_use]
    pub fn plain(step: CaseStep) -> Self {
        Self { step, reason: None, details: None, annulment: None, repaired_on: None }
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
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let (mut case, party) = find(&mut tx, actor, id).await?;
    step.may(party, case.told_by)?;
    let last = cases::events(&mut tx, &case).await?.pop();
    if last.is_some_and(|it| (it.step, &it.actor, &it.reason) == (Some(step), &actor.name, &reason)) {
        return shown(app, &mut tx, case, party).await;
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
    if let Some(act) = act(&mut tx, &case, taken, now).await? {
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
        party,
        actor: actor.name.clone(),
        at: now,
        reason,
    };
    cases::advance(&mut tx, &case, &event).await?;
    let details = json!({ "step": step, "state": case.progress.state, "outcome": case.progress.outcome,
        "record": case.record, "party": party, "due_at": case.due_at });
    journal(&mut tx, now, actor, "case-step", case.id.to_string(), details).await?;
    let shown = shown(app, &mut tx, case, party).await?;
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
        CaseStep::UpholdCorrected => return corrected(tx, case, taken, today).await,
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

/// The correction that upholds an objection: given here, or made by the authority since the case was opened.
async fn corrected(tx: &mut Tx, case: &Case, taken: &Taken, today: Date) -> Result<Option<Act>, Error> {
    let version = newest(tx, case).await?;
    let Some(details) = &taken.details else {
        let history = records::history(tx, case.subject, case.record).await?;
        let since = |version: &Version| {
            version.operation == Operation::Correct && version.received_at > case.opened_at
        };
        return if history.iter().any(|kept| since(&kept.version)) {
            Ok(None)
        } else {
            Err(Error::Lacks(
                "give the corrected content in `details`, or correct the record first: by an upload, or by itself",
            ))
        };
    };
    if normal::document_number(&details.document_number) != version.document_number {
        return Err(Error::Lacks(
            "a correction keeps the document number, which is what the record is known by",
        ));
    }
    if details.decided_on > today {
        return Err(Error::Lacks("the day of the decision lies in the future"));
    }
    // Plain values always serialise.
    let content = seal::digest(&serde_json_canonicalizer::to_vec(details).unwrap_or_default());
    let correction = Correction { domain: version.domain, details: details.clone(), content };
    Ok(Some(Act::Correct(Box::new(correction))))
}
