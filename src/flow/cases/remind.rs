//! Reminders: somebody is told once when a part of a case is due soon, and once when it is overdue.

use serde_json::json;
use uuid::Uuid;

use super::{Error, PAGE};
use crate::flow::record::record as journal;
use crate::flow::{Actor, App, Forbidden, Role, desk, moment, notices};
use crate::rules::{CaseKind, CaseState, CreditCode, Desk, Instant, Reminder, due};
use crate::store::cases::Case;
use crate::store::reminders::{self, Given};
use crate::store::{Tx, cases};

/// Cases looked at in one transaction.
const AT_ONCE: u32 = 100;

/// A reminder that is given now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminded {
    /// The case.
    pub case: Uuid,
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands.
    pub state: CaseState,
    /// Who is to act; the operator where no authority answers for the record.
    pub authority: Option<CreditCode>,
    /// Of what.
    pub reminder: Reminder,
    /// When that part of the case is or was due.
    pub due_at: Instant,
}

/// A page of reminders that were given.
#[derive(Clone, Debug)]
pub struct Reminders {
    /// The reminders, latest first.
    pub given: Vec<Given>,
    /// There may be more.
    pub more: bool,
}

/// Gives every reminder that is due, each once, and tells them. Several processes may do this at once.
pub async fn remind(app: &App) -> Result<Vec<Reminded>, Error> {
    let mut given = Vec::new();
    loop {
        let mut tx = app.0.store.read().await?;
        let waiting = cases::to_remind(&mut tx, app.now(), 1).await?;
        drop(tx);
        if waiting.is_empty() {
            return Ok(given);
        }
        let mut tx = app.0.store.write().await?;
        let now = moment::hold(app, &mut tx).await??;
        let due_now = cases::to_remind(&mut tx, now, AT_ONCE).await?;
        for case in &due_now {
            given.extend(one(app, &mut tx, case, now).await?);
        }
        tx.commit().await?;
    }
}

/// Gives the reminder of one case. Where the calendar was edited meanwhile and it is not due yet, it is put off.
async fn one(app: &App, tx: &mut Tx, case: &Case, now: Instant) -> Result<Option<Reminded>, Error> {
    let Some(due) = due(&app.reference().calendar, &case.progress, case.counted_from) else {
        reminders::put_off(tx, case, case.due_at, None).await?; // this part waits for nobody any more
        return Ok(None);
    };
    let Some(reminder) = due.reminder(now) else {
        reminders::put_off(tx, case, Some(due.at), due.next_reminder(None)).await?;
        return Ok(None);
    };
    let entry = Given { case_id: case.id, reminder, authority: case.authority, due_at: due.at, at: now };
    if !reminders::give(tx, case, &entry, due.next_reminder(Some(reminder))).await? {
        return Ok(None);
    }
    notices::deadline(app, tx, case, reminder, now).await?;
    let service = Actor { name: "mingzheng".to_owned(), role: Role::Operator };
    let details = json!({ "reminder": reminder, "state": case.progress.state, "due_at": due.at });
    journal(tx, now, &service, "remind-case", case.id.to_string(), details).await?;
    Ok(Some(Reminded {
        case: case.id,
        kind: case.progress.kind,
        state: case.progress.state,
        authority: case.authority,
        reminder,
        due_at: due.at,
    }))
}

/// The reminders given to an authority, or all of them for the operator; latest first.
pub async fn reminders(
    app: &App,
    actor: &Actor,
    before: Option<(Instant, Uuid)>,
) -> Result<Reminders, Error> {
    let mut tx = app.0.store.read().await?;
    let desks: Option<Vec<Desk>> = match actor.role {
        Role::Operator => None,
        Role::Regulator(_) | Role::Clerk(_) => {
            Some(desk::seats(&mut tx, actor).await?.into_iter().map(|(desk, _)| desk).collect())
        }
        _ => return Err(Forbidden::Operator(actor.name.clone()).into()),
    };
    let given = reminders::list(&mut tx, desks.as_deref(), before, PAGE).await?;
    Ok(Reminders { more: u32::try_from(given.len()).is_ok_and(|found| found == PAGE), given })
}
