//! Cases as they go over the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::flow::cases::{Case, Event, Evidence, Given, Shown};
use crate::rules::{
    AnnulmentKind, CaseKind, CaseState, CaseStep, CheckedCondition, CreditCode, Digest, DomainId, Instant,
    Met, Outcome, Party, Promises, RecordKind, Reminder, Severity, Standing,
};

/// A case to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseRequest {
    /// `objection`, `repair` or `annulment`.
    #[schema(value_type = String, example = "objection")]
    pub(super) kind: CaseKind,
    /// The subject, by any of its codes; one's own where it is missing.
    #[serde(default)]
    #[schema(example = "91310115MATE5T017A")]
    pub(super) subject: Option<String>,
    /// The record, by its id as a report shows it.
    #[serde(default)]
    pub(super) record: Option<Uuid>,
    /// The record, by its document number.
    #[serde(default)]
    pub(super) document_number: Option<String>,
    /// What is the case, in 1 to 2000 characters.
    pub(super) statement: String,
    /// For a repair: the act was put right and every duty fulfilled.
    #[serde(default)]
    pub(super) duties_fulfilled: bool,
    /// For a repair: a public commitment that everything stated is true.
    #[serde(default)]
    pub(super) commitment: bool,
}

/// A step to be taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepRequest {
    /// One of the case's `possible`.
    #[schema(value_type = String, example = "accept")]
    pub(super) step: CaseStep,
    /// Why; needed for `extend`, `reject`, `refuse`, `revoke`, `uphold-withdrawn` and `annul`.
    #[serde(default)]
    pub(super) reason: Option<String>,
    /// For `uphold-corrected`: what the record says from now on, as cells by the names of their columns (as in a file); missing
    /// where it was corrected since the case was opened.
    #[serde(default)]
    pub(super) correction: Option<BTreeMap<String, String>>,
    /// For `annul`: since when.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) annulled_on: Option<Date>,
    /// For `annul`: `reconsideration`, `judgment`, `own-motion`, `confirmed-unlawful` or `confirmed-void`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) annulment_kind: Option<AnnulmentKind>,
    /// For `grant` and `grant-on-commitment`: the day; today where it is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub(super) repaired_on: Option<Date>,
}

/// A case in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseLine {
    /// Its id.
    id: Uuid,
    /// `objection`, `repair` or `annulment`.
    #[schema(value_type = String)]
    kind: CaseKind,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CaseState,
    /// The same in Chinese and English.
    state_text: String,
    /// What became of the record, once it is decided.
    #[schema(value_type = Option<String>)]
    outcome: Option<Outcome>,
    /// The record.
    record: Uuid,
    /// Its document number in normal form.
    document_number: String,
    /// Its domain.
    #[schema(value_type = String)]
    domain: DomainId,
    /// The authority that decides; missing where none answers for the record, so that the operator does.
    #[schema(value_type = Option<String>)]
    authority: Option<CreditCode>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Instant,
    /// When its present part is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Instant>,
    /// It was given more time.
    extended: bool,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Instant>,
}

/// A page of cases.
#[derive(Serialize, ToSchema)]
pub(super) struct CasePage {
    /// The cases, latest first.
    pub(super) cases: Vec<CaseLine>,
    /// `after` of the next page, if there may be one.
    pub(super) next: Option<Uuid>,
}

/// A case with everything that belongs to it.
#[derive(Serialize, ToSchema)]
pub(super) struct CaseAnswer {
    #[serde(flatten)]
    line: CaseLine,
    /// As what you see it: `applicant`, `authority` or `operator`.
    #[schema(value_type = String)]
    party: Party,
    /// Whose case it is.
    #[schema(value_type = String)]
    told_by: Party,
    /// Whether the holidays that its time runs through are known; where not, only weekends were left out.
    calendar_known: Option<bool>,
    /// The kind of record.
    #[schema(value_type = String)]
    record_kind: RecordKind,
    /// Who decided, by name.
    organ_name: String,
    /// Day of the decision.
    #[schema(value_type = String, format = Date)]
    decided_on: Date,
    /// Where the record stands now.
    #[schema(value_type = Object)]
    standing: Standing,
    /// What the applicant promised, for a repair.
    #[schema(value_type = Object)]
    promises: Promises,
    /// For a repair: its conditions, as far as the data tell.
    conditions: Vec<ConditionLine>,
    /// What you can do now.
    #[schema(value_type = Vec<String>)]
    possible: Vec<CaseStep>,
    /// What happened, oldest first; the first is the applicant's statement.
    events: Vec<EventLine>,
    /// The evidence.
    evidence: Vec<EvidenceLine>,
    /// It had been opened before: nothing was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated: Option<bool>,
}

/// A condition of a repair.
#[derive(Serialize, ToSchema)]
pub(super) struct ConditionLine {
    /// `minimum-period`, `duties-fulfilled` or `commitment`.
    condition: &'static str,
    /// In Chinese.
    zh: &'static str,
    /// In English.
    en: &'static str,
    /// `yes`, `no` or `cannot-tell`: then the authority finds out.
    #[schema(value_type = String)]
    met: Met,
    /// The first day on which it is met, where it is a matter of time.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// How grave the penalty is taken to be.
    #[schema(value_type = Option<String>)]
    severity: Option<Severity>,
    /// The rules that say so.
    rules: Option<String>,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct EventLine {
    /// Its place, from 1.
    place: u32,
    /// What was done; missing where the case was opened.
    #[schema(value_type = Option<String>)]
    step: Option<CaseStep>,
    /// Where the case stood then.
    #[schema(value_type = String)]
    state: CaseState,
    /// As what somebody did it.
    #[schema(value_type = String)]
    by: Party,
    /// The account; for authorities and the operator only.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// Why, in their words.
    reason: Option<String>,
}

/// A piece of evidence.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceLine {
    /// Its place, from 1.
    place: u32,
    /// Its name as it was brought.
    name: String,
    /// What its content shows it to be.
    media_type: String,
    /// Its length in bytes.
    bytes: u64,
    /// SHA-256 of its bytes.
    #[schema(value_type = String)]
    sha256: Digest,
    /// As what somebody brought it.
    #[schema(value_type = String)]
    by: Party,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

/// A reminder that was given.
#[derive(Serialize, ToSchema)]
pub(super) struct ReminderLine {
    /// The case.
    case: Uuid,
    /// `near` or `overdue`.
    #[schema(value_type = String)]
    reminder: Reminder,
    /// The same in Chinese and English.
    text: String,
    /// Who is to act; the operator where it is missing.
    #[schema(value_type = Option<String>)]
    authority: Option<CreditCode>,
    /// When that part of the case is or was due.
    #[schema(value_type = String, format = DateTime)]
    due_at: Instant,
    /// When the reminder was given.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

/// A page of reminders.
#[derive(Serialize, ToSchema)]
pub(super) struct ReminderPage {
    /// The reminders, latest first.
    pub(super) reminders: Vec<ReminderLine>,
    /// `after` of the next page, if there may be one.
    pub(super) next: Option<String>,
}

impl From<Case> for CaseLine {
    fn from(case: Case) -> Self {
        let state = case.progress.state;
        Self {
            id: case.id,
            kind: case.progress.kind,
            state,
            state_text: format!("{} / {}", state.zh(), state.en()),
            outcome: case.progress.outcome,
            record: case.record,
            document_number: case.document_number,
            domain: case.domain,
            authority: case.authority,
            opened_at: case.opened_at,
            due_at: case.due_at,
            extended: case.progress.extended,
            ended_at: case.ended_at,
        }
    }
}

impl CaseAnswer {
    /// A case as its asker sees it.
    pub(super) fn of(shown: Shown, repeated: Option<bool>) -> Self {
        let possible = shown.possible();
        let Shown { case, calendar_known, record, events, evidence, conditions, party, .. } = shown;
        let office = party != Party::Applicant;
        let mut standing = record.standing;
        if !office {
            // A record's reason is written for those who keep it.
            standing.reason = None;
        }
        Self {
            party,
            told_by: case.told_by,
            calendar_known,
            record_kind: record.kind,
            organ_name: record.details.organ_name,
            decided_on: record.details.decided_on,
            standing,
            promises: case.promises,
            conditions: conditions.into_iter().map(ConditionLine::from).collect(),
            possible,
            events: events.into_iter().map(|event| EventLine::of(event, office)).collect(),
            evidence: evidence.into_iter().map(EvidenceLine::from).collect(),
            repeated,
            line: case.into(),
        }
    }
}

impl EventLine {
    fn of(event: Event, office: bool) -> Self {
        Self {
            place: event.place,
            step: event.step,
            state: event.state,
            by: event.party,
            account: office.then_some(event.actor),
            at: event.at,
            reason: event.reason,
        }
    }
}

impl From<CheckedCondition> for ConditionLine {
    fn from(checked: CheckedCondition) -> Self {
        let condition = checked.condition;
        Self {
            condition: condition.word(),
            zh: condition.zh(),
            en: condition.en(),
            met: checked.met,
            from: checked.from,
            severity: checked.severity,
            rules: checked.rules,
        }
    }
}

impl From<Evidence> for EvidenceLine {
    fn from(piece: Evidence) -> Self {
        Self {
            place: piece.place,
            name: piece.name,
            media_type: piece.media_type,
            bytes: piece.bytes,
            sha256: piece.digest,
            by: piece.party,
            at: piece.at,
        }
    }
}

impl From<Given> for ReminderLine {
    fn from(given: Given) -> Self {
        Self {
            case: given.case_id,
            reminder: given.reminder,
            text: format!("{} / {}", given.reminder.zh(), given.reminder.en()),
            authority: given.authority,
            due_at: given.due_at,
            at: given.at,
        }
    }
}
