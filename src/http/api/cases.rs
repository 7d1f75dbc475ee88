//! Cases about records: opened, listed, shown, and taken further.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::case_shapes::{
    CaseAnswer, CaseLine, CasePage, CaseRequest, ReminderLine, ReminderPage, StepRequest,
};
use super::{Face, Problem};
use crate::flow::cases::{self, Asked, Filter, Given, Taken};
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::rules::{Annulment, CaseKind, CaseState, Instant, Promises, parse_day};

/// Which cases to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseQuery {
    /// Of this kind.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    kind: Option<CaseKind>,
    /// In this state.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    state: Option<CaseState>,
    /// `overdue`, or a day `YYYY-MM-DD`: not ended, and due by its end.
    #[serde(default)]
    due: Option<String>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<Uuid>,
    /// So many at most, 50 or fewer.
    #[serde(default)]
    limit: Option<u32>,
}

/// Which reminders to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ReminderQuery {
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<String>,
}

/// Opens a case about a record: an objection, a request for repair, or the news that a decision was annulled.
#[utoipa::path(
    post, path = "/api/v1/cases", operation_id = "open-case", tag = "cases",
    request_body = CaseRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "Opened", body = CaseAnswer),
        (status = 200, description = "It was open already", body = CaseAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such record of this subject, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A case would come to nothing: the record is withdrawn, annulled or repaired", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The record is not named, or several have the number; or nothing is stated", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn open(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Json(request): Json<CaseRequest>,
) -> Result<Response, Problem> {
    let asked = Asked {
        kind: request.kind,
        subject: request.subject,
        record: request.record,
        document_number: request.document_number,
        statement: request.statement,
        promises: Promises { duties_fulfilled: request.duties_fulfilled, commitment: request.commitment },
    };
    let opened = cases::open(&face.app, &actor, &asked).await?;
    let status = if opened.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let location = [(LOCATION, format!("/api/v1/cases/{}", opened.case.case.id))];
    let answer = CaseAnswer::of(opened.case, Some(opened.repeated));
    Ok((status, location, axum::Json(answer)).into_response())
}

/// Lists the cases that are yours to see, latest first.
#[utoipa::path(
    get, path = "/api/v1/cases", operation_id = "list-cases", tag = "cases",
    params(CaseQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of cases", body = CasePage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<CaseQuery>,
) -> Result<axum::Json<CasePage>, Problem> {
    let overdue = query.due.as_deref() == Some("overdue");
    let due_by = match query.due.as_deref().filter(|_| !overdue) {
        None => None,
        Some(day) => Some(Instant::end_of(parse_day(day).ok_or_else(|| {
            Problem::BAD_REQUEST.with_detail("due: write `overdue`, or a day as YYYY-MM-DD")
        })?)),
    };
    let filter = Filter {
        kind: query.kind,
        state: query.state,
        due_by,
        overdue,
        after: query.after,
        limit: query.limit,
        subject: None,
        authority: None,
    };
    let listed = cases::list(&face.app, &actor, filter).await?;
    let lines = listed.cases.into_iter().map(CaseLine::from).collect();
    Ok(axum::Json(CasePage { cases: lines, next: listed.next }))
}

/// Shows a case with everything that belongs to it.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", operation_id = "show-case", tag = "cases",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The case", body = CaseAnswer),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or not yours to see", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<CaseAnswer>, Problem> {
    let shown = cases::show(&face.app, &actor, id).await?;
    Ok(axum::Json(CaseAnswer::of(shown, None)))
}

/// Takes a case further: one of its `possible` steps. The record changes with it.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/steps", operation_id = "step-case", tag = "cases",
    params(("id" = Uuid, Path)),
    request_body = StepRequest,
    security(("token" = [])),
    responses(
        (status = 200, description = "The case as it is now", body = CaseAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not for you to do", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or not yours to see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not possible from where the case or its record stands", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A reason or something else that the step needs is missing; or a condition of the repair is not met", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    Json(request): Json<StepRequest>,
) -> Result<axum::Json<CaseAnswer>, Problem> {
    let annulment = request.annulled_on.zip(request.annulment_kind);
    let taken = Taken {
        step: request.step,
        reason: request.reason,
        correction: request.correction,
        annulment: annulment.map(|(annulled_on, kind)| Annulment { annulled_on, kind }),
        repaired_on: request.repaired_on,
    };
    let shown = cases::step(&face.app, &actor, id, &taken).await?;
    Ok(axum::Json(CaseAnswer::of(shown, None)))
}

/// Lists the reminders that were given to your authority, or to all of them; latest first.
#[utoipa::path(
    get, path = "/api/v1/cases/reminders", operation_id = "list-reminders", tag = "cases",
    params(ReminderQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of reminders", body = ReminderPage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Reminders are for authorities and the operator", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reminders(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<ReminderQuery>,
) -> Result<axum::Json<ReminderPage>, Problem> {
    let bad = || Problem::BAD_REQUEST.with_detail("after: give the `next` of the page before as it is");
    let cursor = |text: &str| {
        let (at, id) = text.split_once(',')?;
        Some((at.parse().ok()?, id.parse().ok()?))
    };
    let after = query.after.as_deref().map(|text| cursor(text).ok_or_else(bad)).transpose()?;
    let page = cases::reminders(&face.app, &actor, after).await?;
    let next = |last: &Given| format!("{},{}", last.at, last.case_id);
    let next = page.given.last().filter(|_| page.more).map(next);
    let reminders = page.given.into_iter().map(ReminderLine::from).collect();
    Ok(axum::Json(ReminderPage { reminders, next }))
}
