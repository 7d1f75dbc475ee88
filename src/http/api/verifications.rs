//! Many things verified at once: brought, followed, fetched as a signed sheet. Whoever has a token may; each sees its own.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::uploads::broken;
use super::{Face, Problem, place};
use crate::flow::batch::{Sheet, Source};
use crate::flow::shelf::{self, Shown, State as Standing};
use crate::http::auth::SignedIn;
use crate::http::extract::Path;
use crate::rules::{Instant, Tally};

/// The form of a batch.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form")]
pub(super) struct BatchForm {
    /// A list of codes, QR texts or SHA-256 (one a line, or CSV with a column `code`), or a zip of PDFs; 10,000 at most.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A batch, as its client sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchShown {
    /// Its id.
    id: Uuid,
    /// `running`, `done` or `failed`.
    state: &'static str,
    /// How many things it holds.
    total: usize,
    /// How many are done.
    done: usize,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// When it was brought.
    #[schema(value_type = String, format = DateTime)]
    begun_at: Instant,
    /// Until when its sheet is kept; a restart of the server loses it earlier.
    #[schema(value_type = String, format = DateTime)]
    kept_until: Instant,
    /// What was found, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

/// How many things are what.
#[derive(Serialize, ToSchema)]
pub(super) struct Found {
    /// Genuine and valid.
    genuine_and_valid: usize,
    /// Proven not to be.
    not: usize,
    /// Neither.
    cannot_tell: usize,
}

/// Verifies many things at once: answers at once, and works on.
#[utoipa::path(
    post, path = "/api/v1/verifications", operation_id = "verify_batch", tag = "verification",
    request_body(content = BatchForm, content_type = "multipart/form-data"),
    security(("token" = [])),
    responses(
        (status = 202, description = "Taken; `Location` tells how far it is", body = BatchShown),
        (status = 400, description = "The form cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A batch of yours is running", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Neither a list nor a zip, or too many things", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many batches are running", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    actor.may_verify()?;
    let form =
        form.map_err(|_| Problem::UNSUPPORTED.with_detail("send a form: Content-Type: multipart/form-data"))?;
    let _place = place(&face.uploads).await?;
    let bytes = file(form).await?;
    let refused = |error: shelf::Refused| match error {
        shelf::Refused::Batch(error) => Problem::UNPROCESSABLE.with_detail(error.to_string()),
        shelf::Refused::Running => Problem::CONFLICT.with_detail(error.to_string()),
        shelf::Refused::Busy => Problem::BUSY.with_detail(error.to_string()),
    };
    // A zip of 256 MiB takes a moment to look through.
    let source = tokio::task::spawn_blocking(|| Source::read(bytes)).await;
    let source = source.map_err(|error| Problem::internal(&error))?.map_err(|error| refused(error.into()))?;
    let limits = Arc::clone(&face);
    let source = source.asking(move |code| limits.limits.code(code).is_ok());
    let id = shelf::begin(&face.app, &actor, source).map_err(refused)?;
    let shown = shelf::show(&face.app, &actor, id).ok_or(Problem::NOT_FOUND)?;
    let location = [(LOCATION, format!("/api/v1/verifications/{id}"))];
    Ok((StatusCode::ACCEPTED, location, axum::Json(BatchShown::from(shown))).into_response())
}

/// Tells how far a batch is.
#[utoipa::path(
    get, path = "/api/v1/verifications/{id}", operation_id = "show_batch", tag = "verification",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "How far it is", body = BatchShown),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No batch of yours, or no longer", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    actor.may_verify()?;
    let shown = shelf::show(&face.app, &actor, id).ok_or(Problem::NOT_FOUND)?;
    let wait = matches!(shown.state, Standing::Running);
    let mut response = axum::Json(BatchShown::from(shown)).into_response();
    if wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Ok(response)
}

/// Ends a batch and forgets it.
#[utoipa::path(
    delete, path = "/api/v1/verifications/{id}", operation_id = "end_batch", tag = "verification",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 204, description = "Ended and forgotten"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No batch of yours, or no longer", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn end(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    actor.may_verify()?;
    if shelf::end(&face.app, &actor, id) { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::NOT_FOUND) }
}

/// Fetches the sheet: `results.csv`, its detached signature `results.csv.sig`, or `results.pdf`.
#[utoipa::path(
    get, path = "/api/v1/verifications/{id}/{file}", operation_id = "batch_results", tag = "verification",
    params(("id" = Uuid, Path), ("file" = String, Path, description = "`results.csv`, `results.csv.sig` or `results.pdf`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No batch of yours, no such file, or no longer", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Not done yet, or failed", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn results(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path((id, file)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    type Part = fn(&Sheet) -> &[u8];
    actor.may_verify()?;
    let (kind, part): (&str, Part) = match file.as_str() {
        "results.csv" => ("text/csv; charset=utf-8", |sheet| &sheet.csv),
        "results.csv.sig" => ("application/cose; cose-type=\"cose-sign1\"", |sheet| &sheet.signature),
        "results.pdf" => ("application/pdf", |sheet| &sheet.pdf),
        _ => return Err(Problem::NOT_FOUND),
    };
    let shown = shelf::show(&face.app, &actor, id).ok_or(Problem::NOT_FOUND)?;
    let sheet = match shown.state {
        Standing::Done(sheet) => sheet,
        Standing::Running => return Err(Problem::CONFLICT.with_detail("the batch is not done yet")),
        Standing::Failed(why) => {
            return Err(Problem::CONFLICT.with_detail(format!("the batch failed: {why}")));
        }
    };
    let name = format!("attachment; filename=\"{file}\"");
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, &name)], part(&sheet).to_vec()).into_response())
}

/// The field `file` of the form, which has no other.
async fn file(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let missing = || Problem::BAD_REQUEST.with_detail("the form has no field `file`");
    let field = form.next_field().await.map_err(broken)?.ok_or_else(missing)?;
    if field.name() != Some("file") {
        return Err(missing());
    }
    Ok(field.bytes().await.map_err(broken)?.into())
}

impl From<Shown> for BatchShown {
    fn from(shown: Shown) -> Self {
        let (state, detail, found) = match shown.state {
            Standing::Running => ("running", None, None),
            Standing::Failed(why) => ("failed", Some(why), None),
            Standing::Done(sheet) => ("done", None, Some(Found::from(sheet.results.tally()))),
        };
        Self {
            id: shown.id,
            state,
            total: shown.total,
            done: shown.done,
            detail,
            begun_at: shown.begun,
            kept_until: shown.kept_until,
            found,
        }
    }
}

impl From<Tally> for Found {
    fn from(tally: Tally) -> Self {
        Self { genuine_and_valid: tally.good, not: tally.bad, cannot_tell: tally.open }
    }
}
