//! Authorities ask what is known of their records, and change them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Face, Problem};
use crate::flow::amend::{self, Amended};
use crate::flow::correct;
use crate::flow::records::{self, Place, Shown, State as RecordState, Wanted};
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::rules::{
    Act, Annulment, AnnulmentKind, Change, CreditCode, Details, DomainId, Instant, Operation, RecordKind,
    Repair, Standing,
};

/// Which records are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RecordQuery {
    /// Of this authority; one's own where it is missing, any for who acts for subjects.
    #[param(value_type = Option<String>)]
    authority: Option<CreditCode>,
    /// Of this domain.
    #[param(value_type = Option<String>)]
    domain: Option<DomainId>,
    /// Under this document number, however its brackets and widths are written.
    document_number: Option<String>,
    /// Of the subject with this code.
    subject: Option<String>,
    /// Of this kind, such as `penalty`.
    #[param(value_type = Option<String>)]
    kind: Option<RecordKind>,
    /// `in-force`, `disputed`, `suspended`, `repaired`, `annulled` or `withdrawn`.
    #[param(value_type = Option<String>)]
    state: Option<RecordState>,
    /// Decided from this day on.
    decided_from: Option<Date>,
    /// Decided up to this day.
    decided_to: Option<Date>,
    /// Their newest versions came from this instant on.
    #[param(value_type = Option<String>)]
    received_from: Option<Instant>,
    /// They came up to this instant.
    #[param(value_type = Option<String>)]
    received_to: Option<Instant>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many; 50 by default, 200 at most.
    limit: Option<u32>,
}

/// At which instant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOf {
    /// What was known at this instant; what is known now where it is missing.
    #[param(value_type = Option<String>)]
    as_of: Option<Instant>,
}

/// A version of a record: the whole of what was known from `received_at` until `superseded_at`.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordVersion {
    /// The record.
    record: Uuid,
    /// The number of the version, from 1.
    version: u32,
    /// What made it.
    #[schema(value_type = String)]
    operation: Operation,
    /// Where it stands, in one word.
    #[schema(value_type = String)]
    state: RecordState,
    /// The kind of record.
    #[schema(value_type = String)]
    kind: RecordKind,
    /// The domain.
    #[schema(value_type = String)]
    domain: DomainId,
    /// The subject's code, masked for persons.
    subject: String,
    /// The subject's name, masked for persons.
    name: String,
    /// The organ that decided.
    organ: String,
    /// The upload it came with, or the id of the single act.
    upload: Uuid,
    /// Its row there; 0 for a single act.
    row: u32,
    /// Known from then on.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
    /// Known until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    superseded_at: Option<Instant>,
    /// What it says.
    #[schema(value_type = Object)]
    details: Details,
    /// Where it stands, in full.
    #[schema(value_type = Object)]
    standing: Standing,
}

/// A part of the list of records.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordPage {
    /// The newest versions, in the order in which they came.
    records: Vec<RecordVersion>,
    /// Ask again with this as `after` for more; missing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What is done to a record. Each operation has fields of its own; others must be missing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OperationRequest {
    /// `correct`, `withdraw`, `annul`, `repair`, `repair-revoked`, `suspend`, `objection-open` or `objection-closed`.
    #[schema(value_type = String, example = "annul")]
    operation: Operation,
    /// Why; needed to withdraw, to annul and to revoke a repair.
    reason: Option<String>,
    /// The day: needed to annul, to repair, to revoke a repair and to suspend.
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Date>,
    /// To suspend: up to this day.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// To annul: `reconsideration`, `judgment`, `own-motion`, `confirmed-unlawful` or `confirmed-void`.
    #[schema(value_type = Option<String>)]
    kind: Option<AnnulmentKind>,
    /// To repair: on a commitment whose facts are still to be verified.
    on_commitment: Option<bool>,
    /// To correct: the whole new content, by the columns of a file (codes or Chinese names).
    columns: Option<BTreeMap<String, String>>,
}

/// Lists records by what is known of them: of one's own authority, or about the subjects that one acts for.
#[utoipa::path(
    get, path = "/api/v1/records", operation_id = "list-records", tag = "regulators",
    params(RecordQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A part of the list", body = RecordPage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Neither an authority's nor acting for a subject, or another authority's", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<RecordQuery>,
) -> Result<axum::Json<RecordPage>, Problem> {
    let after = query.after.as_deref().map(str::parse::<Place>).transpose()?;
    let wanted = Wanted {
        authority: query.authority,
        domain: query.domain,
        document_number: query.document_number,
        subject: query.subject,
        name: None,
        kind: query.kind,
        state: query.state,
        decided_from: query.decided_from,
        decided_to: query.decided_to,
        received_from: query.received_from,
        received_to: query.received_to,
        after,
        limit: query.limit,
    };
    let page = records::search(&face.app, &actor, &wanted).await?;
    let records = page.records.into_iter().map(RecordVersion::from).collect();
    Ok(axum::Json(RecordPage { records, next: page.next.map(|place| place.to_string()) }))
}

/// Shows a record as it is known, or as it was known at an instant.
#[utoipa::path(
    get, path = "/api/v1/records/{id}", operation_id = "show-record", tag = "regulators",
    params(("id" = Uuid, Path, description = "The record"), AsOf),
    security(("token" = [])),
    responses(
        (status = 200, description = "The version that held", body = RecordVersion),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, not one's own, or not known then", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<AsOf>,
) -> Result<axum::Json<RecordVersion>, Problem> {
    let shown = records::show(&face.app, &actor, id, query.as_of).await?;
    Ok(axum::Json(shown.into()))
}

/// Every version of a record, oldest first.
#[utoipa::path(
    get, path = "/api/v1/records/{id}/versions", operation_id = "record-history", tag = "regulators",
    params(("id" = Uuid, Path, description = "The record")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The versions", body = Vec<RecordVersion>),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or not one's own", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn versions(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Vec<RecordVersion>>, Problem> {
    let history = records::history(&face.app, &actor, id).await?;
    Ok(axum::Json(history.into_iter().map(RecordVersion::from).collect()))
}

/// Corrects, withdraws, annuls, repairs, suspends or disputes a record.
#[utoipa::path(
    post, path = "/api/v1/records/{id}/operations", operation_id = "change-record", tag = "regulators",
    params(
        ("id" = Uuid, Path, description = "The record"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request are done once"),
    ),
    request_body = OperationRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "Done: the new version", body = RecordVersion),
        (status = 200, description = "Done before, under the same key: the version it made", body = RecordVersion),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot be done to a record that stands so, or another request had this key", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is missing, or the new content is faulty", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn operate(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(request): Json<OperationRequest>,
) -> Result<(StatusCode, axum::Json<RecordVersion>), Problem> {
    let key = headers.get("idempotency-key").map(|value| value.to_str());
    let key = key.transpose();
    let key = key.map_err(|_| Problem::BAD_REQUEST.with_detail("Idempotency-Key: visible ASCII only"))?;
    let act = match (request.operation, &request.columns) {
        (Operation::Correct, Some(columns)) => correct::correction(&face.app, &actor, id, columns).await?,
        _ => request.act()?,
    };
    let change = Change::new(act, request.reason.as_deref());
    let Amended { version, repeated } = amend::amend(&face.app, &actor, id, &change, key).await?;
    let history = records::history(&face.app, &actor, id).await?;
    let made = history.into_iter().find(|shown| shown.version.number == version.number);
    let made = made.ok_or(Problem::INTERNAL)?;
    let status = if repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(made.into())))
}

impl OperationRequest {
    /// What is done, from the fields that the operation has.
    fn act(&self) -> Result<Act, Problem> {
        let Self { operation, on, until, kind, on_commitment, columns, .. } = self;
        let missing = |field: &str| {
            Problem::UNPROCESSABLE.with_detail(format!("operation `{operation}` needs the field `{field}`"))
        };
        let day = || on.ok_or_else(|| missing("on"));
        let taken: &[&str] = match operation {
            Operation::Annul => &["on", "kind"],
            Operation::Repair => &["on", "on_commitment"],
            Operation::Suspend => &["on", "until"],
            Operation::Correct => &["columns"],
            _ => &["on"],
        };
        let given = [
            ("on", on.is_some()),
            ("until", until.is_some()),
            ("kind", kind.is_some()),
            ("on_commitment", on_commitment.is_some()),
            ("columns", columns.is_some()),
        ];
        if let Some((field, _)) = given.iter().find(|(field, given)| *given && !taken.contains(field)) {
            let detail = format!("operation `{operation}` has no field `{field}`");
            return Err(Problem::UNPROCESSABLE.with_detail(detail));
        }
        Ok(match operation {
            Operation::Insert => {
                return Err(Problem::UNPROCESSABLE.with_detail("new records come by POST /api/v1/uploads"));
            }
            Operation::Correct => return Err(missing("columns")),
            Operation::Withdraw => Act::Withdraw { on: *on },
            Operation::Annul => {
                let kind = kind.ok_or_else(|| missing("kind"))?;
                Act::Annul(Annulment { annulled_on: day()?, kind })
            }
            Operation::Repair => {
                Act::Repair(Repair { repaired_on: day()?, on_commitment: on_commitment.unwrap_or_default() })
            }
            Operation::RepairRevoked => Act::RevokeRepair { on: day()? },
            Operation::Suspend => Act::Suspend { from: day()?, until: *until },
            Operation::ObjectionOpen => Act::OpenObjection { on: *on },
            Operation::ObjectionClosed => Act::CloseObjection { on: *on },
        })
    }
}

impl From<Shown> for RecordVersion {
    fn from(shown: Shown) -> Self {
        let Shown { version, subject, name, superseded_at, state } = shown;
        Self {
            record: version.record,
            version: version.number,
            operation: version.operation,
            state,
            kind: version.kind,
            domain: version.domain,
            subject,
            name,
            organ: version.organ.to_string(),
            upload: version.upload,
            row: version.row,
            received_at: version.received_at,
            superseded_at,
            details: version.details,
            standing: version.standing,
        }
    }
}
