//! The reports that a verifier watches.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Face, Problem};
use crate::flow::Listing;
use crate::flow::webhooks::{self, Watched};
use crate::http::api::verify::VerifyRequest;
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::http::visitor::Whence;
use crate::rules::{Instant, StatusAt};

/// Reports on a page.
const PER_PAGE: u32 = 50;

/// A report that is watched.
#[derive(Serialize, ToSchema)]
pub(super) struct WatchLine {
    /// Its number.
    report: String,
    /// Where it stands.
    #[schema(value_type = Object)]
    status: StatusAt,
    /// Since when it is watched.
    #[schema(value_type = String, format = DateTime)]
    watched_at: Instant,
}

/// A page of watched reports, latest first.
#[derive(Serialize, ToSchema)]
pub(super) struct WatchPage {
    reports: Vec<WatchLine>,
    /// How many there are.
    total: u32,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchQuery {
    /// The page, from 1.
    #[serde(default)]
    page: Option<u32>,
}

impl From<Watched> for WatchLine {
    fn from(watched: Watched) -> Self {
        Self { report: watched.number.to_string(), status: watched.status, watched_at: watched.at }
    }
}

/// Verifies a report under your own name and watches it: `report.status-changed` tells when its status changes.
#[utoipa::path(
    post, path = "/api/v1/watches", operation_id = "watch-report", tag = "webhooks",
    request_body = VerifyRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "It is watched from now on", body = WatchLine),
        (status = 200, description = "It was watched already", body = WatchLine),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "As many as one may have", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No report of ours that is intact", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Whence(knock): Whence,
    Json(request): Json<VerifyRequest>,
) -> Result<Response, Problem> {
    actor.may_verify()?;
    let brought = request.brought()?;
    face.limits.verify(&knock, &brought)?;
    let (watched, new) = webhooks::watch(&face.app, &actor, brought).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(WatchLine::from(watched))).into_response())
}

/// Lists the reports that you watch, latest first.
#[utoipa::path(
    get, path = "/api/v1/watches", operation_id = "list-watches", tag = "webhooks",
    params(WatchQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of reports", body = WatchPage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<WatchQuery>,
) -> Result<axum::Json<WatchPage>, Problem> {
    let page = query.page.unwrap_or(1).clamp(1, 10_000);
    let part = Listing { offset: (page - 1) * PER_PAGE, limit: PER_PAGE };
    let (watched, total) = webhooks::watched(&face.app, &actor, part).await?;
    let reports = watched.into_iter().map(WatchLine::from).collect();
    Ok(axum::Json(WatchPage { reports, total }))
}

/// Ends watching a report.
#[utoipa::path(
    delete, path = "/api/v1/watches/{number}", operation_id = "unwatch-report", tag = "webhooks",
    params(("number" = String, Path)),
    security(("token" = [])),
    responses(
        (status = 204, description = "It is not watched any more"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "It was not watched", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    webhooks::unwatch(&face.app, &actor, &number).await?;
    Ok(StatusCode::NO_CONTENT)
}
