//! Rows that hold subjects back, and who says whose they are.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Face, Problem};
use crate::flow::candidates::{self, Cause, Open, Possible, Says};
use crate::flow::records::Place;
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::rules::{CreditCode, DomainId, Instant, RecordKind};

/// Which rows are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CandidateQuery {
    /// Of this authority; one's own where it is missing.
    #[param(value_type = Option<String>)]
    authority: Option<CreditCode>,
    /// Of this domain.
    #[param(value_type = Option<String>)]
    domain: Option<DomainId>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many; 50 by default, 200 at most.
    limit: Option<u32>,
}

/// A row that holds subjects back: while it is open, no report says of them that nothing is known in its domain.
#[derive(Serialize, ToSchema)]
pub(super) struct CandidateRow {
    /// The row's id.
    id: Uuid,
    /// `name-only`: kept aside, since it has no code; `codes-in-doubt`: kept aside, since its codes lead to no one subject; `rejected`: it
    /// was faulty.
    #[schema(value_type = String)]
    cause: Cause,
    /// Who sent it.
    authority: String,
    /// The domains it may be about.
    #[schema(value_type = Vec<String>)]
    domains: Vec<DomainId>,
    /// The kind of record.
    #[schema(value_type = Option<String>)]
    kind: Option<RecordKind>,
    /// The organ that decided, if it can be read.
    organ: Option<String>,
    /// The document number, if it can be read.
    document_number: Option<String>,
    /// The day of the decision, if it can be read.
    #[schema(value_type = Option<String>, format = Date)]
    decided_on: Option<Date>,
    /// The name as sent, where no code tells for certain whom it names.
    name: Option<String>,
    /// What was wrong with it: words from a closed list.
    faults: Vec<String>,
    /// The same in sentences, in Chinese and in English.
    reasons: Vec<[String; 2]>,
    /// What it says, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<RowSays>,
    /// The codes that it gives, of persons masked; those of a rejected row are not kept.
    codes: Vec<RowCode>,
    /// The upload it came with.
    upload: Uuid,
    /// Its row there.
    row: u32,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
    /// Whom it may be about.
    possible: Vec<PossibleSubject>,
}

/// What a row says, by which somebody who knows the case tells whose it is.
#[derive(Serialize, ToSchema)]
pub(super) struct RowSays {
    /// The kind of violation.
    violation: String,
    /// What happened.
    facts: String,
    /// The penalty in words.
    content: String,
}

/// A code that a row gives.
#[derive(Serialize, ToSchema)]
pub(super) struct RowCode {
    /// The register, such as `credit-code` or `registration-number`.
    scheme: &'static str,
    /// The code.
    code: String,
}

/// A subject that a row may be about.
#[derive(Serialize, ToSchema)]
pub(super) struct PossibleSubject {
    /// Its code, masked for persons.
    code: String,
    /// Its name, masked for persons.
    name: String,
    /// What matches: `code`, `name` or `former-name`.
    matches: &'static str,
}

/// A part of the list of rows.
#[derive(Serialize, ToSchema)]
pub(super) struct CandidatePage {
    /// The rows, oldest first.
    candidates: Vec<CandidateRow>,
    /// Ask again with this as `after` for more; missing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whose a row is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResolutionRequest {
    /// A code of the subject, or `nobody`. A rejected row can only be dismissed: `nobody`.
    #[schema(example = "91310115MATE5T017A")]
    subject: String,
    /// How it is known; kept in the journal.
    reason: String,
}

/// A row that was resolved.
#[derive(Serialize, ToSchema)]
pub(super) struct ResolvedRow {
    /// The row.
    id: Uuid,
    /// The record that it became; missing where it is nobody's.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Uuid>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    resolved_at: Instant,
}

/// Lists the rows that nobody has resolved.
#[utoipa::path(
    get, path = "/api/v1/candidates", operation_id = "list-candidates", tag = "regulators",
    params(CandidateQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A part of the list", body = CandidatePage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not this authority's", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<CandidateQuery>,
) -> Result<axum::Json<CandidatePage>, Problem> {
    let after = query.after.as_deref().map(str::parse::<Place>).transpose()?;
    let page = candidates::open(&face.app, &actor, query.authority, query.domain, after, query.limit).await?;
    let candidates = page.rows.into_iter().map(CandidateRow::from).collect();
    Ok(axum::Json(CandidatePage { candidates, next: page.next.map(|place| place.to_string()) }))
}

/// Tells of one row that nobody has resolved, with the subjects that it may be about.
#[utoipa::path(
    get, path = "/api/v1/candidates/{id}", operation_id = "show-candidate", tag = "regulators",
    params(("id" = Uuid, Path, description = "The row")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The row", body = CandidateRow),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No authority's token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such row, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Resolved before", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<CandidateRow>, Problem> {
    Ok(axum::Json(candidates::show(&face.app, &actor, id).await?.into()))
}

/// Says whose a row is, or that it is nobody's here.
#[utoipa::path(
    post, path = "/api/v1/candidates/{id}/resolution", operation_id = "resolve-candidate", tag = "regulators",
    params(("id" = Uuid, Path, description = "The row")),
    request_body = ResolutionRequest,
    security(("token" = [])),
    responses(
        (status = 200, description = "Resolved", body = ResolvedRow),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such row, or not one's own; or no such subject", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Resolved before, or it contradicts what is stored", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No reason, or a rejected row that should become a record", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn resolve(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    Json(request): Json<ResolutionRequest>,
) -> Result<axum::Json<ResolvedRow>, Problem> {
    let done = candidates::resolve(&face.app, &actor, id, &request.subject, &request.reason).await?;
    Ok(axum::Json(ResolvedRow { id: done.id, record: done.record, resolved_at: done.at }))
}

impl From<Open> for CandidateRow {
    fn from(open: Open) -> Self {
        let reasons = open.wrong().collect();
        Self {
            id: open.id,
            cause: open.cause,
            authority: open.authority.to_string(),
            domains: open.domains,
            kind: open.kind,
            organ: open.organ.map(|organ| organ.to_string()),
            document_number: open.document_number,
            decided_on: open.decided_on,
            name: open.name,
            reasons,
            faults: open.faults,
            says: open.says.map(|Says { violation, facts, content }| RowSays { violation, facts, content }),
            codes: open
                .codes
                .into_iter()
                .map(|(scheme, code)| RowCode { scheme: scheme.word(), code })
                .collect(),
            upload: open.upload,
            row: open.row,
            received_at: open.received_at,
            possible: open.possible.into_iter().map(PossibleSubject::from).collect(),
        }
    }
}

impl From<Possible> for PossibleSubject {
    fn from(possible: Possible) -> Self {
        let Possible { code, name, matches } = possible;
        Self { code, name, matches }
    }
}
