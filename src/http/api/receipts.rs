//! What became of uploads: receipts, and the files that go with them.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::jobs::Part;
use super::{Face, Problem};
use crate::flow::spool::Spooled;
use crate::flow::upload::Receipt;
use crate::flow::uploads;
use crate::http::auth::SignedIn;
use crate::http::extract::{Path, Query};

/// Some receipts, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptList {
    /// The receipts, as they were signed.
    #[schema(value_type = Vec<Object>)]
    uploads: Vec<Receipt>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists what one has uploaded, newest first.
#[utoipa::path(
    get, path = "/api/v1/uploads", operation_id = "list_uploads", tag = "regulators",
    params(Part),
    security(("token" = [])),
    responses(
        (status = 200, description = "The receipts", body = ReceiptList),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(part): Query<Part>,
) -> Result<axum::Json<ReceiptList>, Problem> {
    let found = uploads::list(&face.app, &actor, part.before()?, part.limit()).await?;
    let last = found.last().map(|receipt| (receipt.received_at, receipt.upload));
    let next = part.next("/api/v1/uploads", found.len(), last);
    Ok(axum::Json(ReceiptList { uploads: found, next }))
}

/// The receipt as one file, `{"receipt": …, "signature": …}`: keep it. Anybody can have it verified.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}", operation_id = "receipt", tag = "regulators",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The receipt", body = Object, content_type = "application/json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No upload of yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let receipt = uploads::receipt(&face.app, &actor, id).await?;
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"receipt-{id}.json\"")),
    ];
    Ok((headers, receipt).into_response())
}

/// The rejected rows as a file like the one sent, with their faults beside them.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}/rejects", operation_id = "rejects", tag = "regulators",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The rejected rows", content_type = "application/octet-stream"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No upload of yours, or no row was rejected", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rejects(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let (file, extension, kind) = uploads::rejects(&face.app, &actor, id).await?;
    Ok(sent(file, &format!("rejects-{id}.{extension}"), kind))
}

/// Each row that repeated a record or superseded a version, as CSV.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}/rows.csv", operation_id = "listed_rows", tag = "regulators",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The rows", content_type = "text/csv"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No upload of yours, or no such row", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rows(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let file = uploads::rows(&face.app, &actor, id).await?;
    Ok(sent(file, &format!("rows-{id}.csv"), "text/csv; charset=utf-8"))
}

/// A file, a piece at a time.
pub(in crate::http) fn sent(file: Spooled, name: &str, kind: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_LENGTH, file.bytes().to_string()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(file.pieces())).into_response()
}
