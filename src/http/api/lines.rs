//! Regulators' systems send rows as they come: lines of JSON, some thousand a request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::uploads::{Receipt, answer, separated};
use super::{Face, Problem};
use crate::flow::lines;
use crate::flow::upload::Sent;
use crate::http::auth::SignedIn;
use crate::http::extract::Query;
use crate::rules::{CreditCode, DomainId};

/// Whose rows these are.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// The code of the authority that sends; the token's own where it is missing.
    #[param(value_type = Option<String>)]
    authority: Option<CreditCode>,
    /// The domain of all rows, where they do not name it.
    #[param(value_type = Option<String>)]
    domain: Option<DomainId>,
    /// The layout whose names the objects have, such as `national-2018`; the one that fits best where it is missing.
    layout: Option<String>,
    /// `true`: take nothing if any row is faulty.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    strict: bool,
    /// Codes whose check digits are wrong but which the register confirms, separated by commas.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    confirmed_codes: String,
    /// How it is known that the register confirms them; needed with them, and kept in the journal.
    confirmed_because: Option<String>,
}

/// The types of lines of JSON.
const LINES: [&str; 3] = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/// Takes rows in: 1 to 10,000 lines of JSON, each an object with the names of the columns. They are checked and answered
/// like a file; the same key with the same rows gives the same receipt.
#[utoipa::path(
    post, path = "/api/v1/records", operation_id = "send_records", tag = "regulators",
    params(Whose, ("Idempotency-Key" = String, Header, description = "1 to 200 characters, a fresh one for each request")),
    request_body(content = String, content_type = "application/x-ndjson"),
    security(("token" = [])),
    responses(
        (status = 201, description = "Stored; rows may have been rejected. `Location` has the receipt", body = Receipt),
        (status = 200, description = "Stored before, under the same key or as a file", body = Receipt),
        (status = 400, description = "No key, or the query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not this authority's", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another request had this key, or the same rows are being worked on", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not lines of JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No row, too many, or strict and faulty", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests at once: `Retry-After`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now: `Retry-After`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(whose): Query<Whose>,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
    if !LINES.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(Problem::UNSUPPORTED
            .with_detail("send lines of JSON, with the header Content-Type: application/x-ndjson"));
    }
    let key = header("idempotency-key").trim().to_owned();
    // The body is read only once there is a place to work on it.
    let _place = lines::place(&face.app).await?;
    let bytes = Bytes::from_request(request, &()).await?;
    let sent = Sent {
        file_name: "records.ndjson".to_owned(),
        bytes: bytes.into(),
        authority: whose.authority,
        domain: whose.domain,
        layout: whose.layout,
        strict: whose.strict,
        confirmed: separated(&whose.confirmed_codes),
        confirmed_because: whose.confirmed_because,
        ..Sent::default()
    };
    let done = lines::take(&face.app, &actor, &key, sent).await?;
    Ok(answer(&face, done))
}
