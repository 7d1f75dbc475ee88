//! Evidence in cases: brought as a form, fetched as a file that no browser runs or shows in our name.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use utoipa::ToSchema;
use uuid::Uuid;

use super::case_shapes::EvidenceLine;
use super::uploads::broken;
use super::{Face, Problem, place};
use crate::flow::cases;
use crate::http::auth::SignedIn;
use crate::http::extract::Path;

/// The form of a piece of evidence.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
pub(super) struct EvidenceForm {
    /// A PDF, JPEG or PNG, 10 MiB at most.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Adds a piece of evidence to a case. The same bytes again are the same piece.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/evidence", operation_id = "add-evidence", tag = "cases",
    params(("id" = Uuid, Path)),
    request_body(content = EvidenceForm, content_type = "multipart/form-data"),
    security(("token" = [])),
    responses(
        (status = 201, description = "Added", body = EvidenceLine),
        (status = 200, description = "It was there already", body = EvidenceLine),
        (status = 400, description = "The form cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case, or not yours to see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The case has ended", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Neither PDF nor JPEG nor PNG by its content, empty, or one too many", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let mut form =
        form.map_err(|_| Problem::UNSUPPORTED.with_detail("send a form: Content-Type: multipart/form-data"))?;
    let _place = place(&face.uploads).await?;
    let missing = || Problem::BAD_REQUEST.with_detail("the form has no field `file`");
    let field = form.next_field().await.map_err(broken)?.ok_or_else(missing)?;
    if field.name() != Some("file") {
        return Err(missing());
    }
    let name = field.file_name().unwrap_or("evidence").to_owned();
    let bytes = field.bytes().await.map_err(broken)?;
    let attached = cases::add_evidence(&face.app, &actor, id, &name, &bytes).await?;
    let status = if attached.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(EvidenceLine::from(attached.piece))).into_response())
}

/// Fetches a piece of evidence, byte for byte, to be saved and not shown.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/evidence/{place}", operation_id = "fetch-evidence", tag = "cases",
    params(("id" = Uuid, Path), ("place" = u32, Path, description = "Its place in the case, from 1")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such case or piece, or not yours to see", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn fetch(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path((id, place)): Path<(Uuid, u32)>,
) -> Result<Response, Problem> {
    let (piece, name, bytes) = cases::fetch_evidence(&face.app, &actor, id, place).await?;
    let headers = [
        // Whatever it claims to be, a browser saves it, and runs nothing of it should it open it all the same.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (ETAG, format!("\"{}\"", piece.digest)),
    ];
    Ok((headers, bytes).into_response())
}
