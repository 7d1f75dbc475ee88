//! Subjects ask for reports and fetch them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::ToSchema;

use super::{Face, Problem};
use crate::flow::issue::{self, Ask, Issued};
use crate::flow::{renew, reports};
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path};
use crate::rules::facts::Channel;
use crate::rules::{Digest, DomainId, Facts, Instant, ReportNumber, SignatureLevel, StatusAt};

/// A request for a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportRequest {
    /// The subject, by any of its codes.
    #[schema(example = "91310115MATE5T017A")]
    subject: String,
    /// The domains; all of the place where neither these nor a preset is given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    domains: Option<Vec<DomainId>>,
    /// A ready-made choice of domains, period and purpose, such as `listing`.
    #[serde(default)]
    preset: Option<String>,
    /// First day asked about.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day asked about; today where it is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// A ready-made length in place of `from`, such as `36-months`.
    #[serde(default)]
    span: Option<String>,
    /// What for, such as `listing`.
    #[serde(default)]
    purpose: Option<String>,
    /// Show the subject's repaired records, with a mark.
    #[serde(default)]
    include_repaired: bool,
    /// `zh` (default), `en`, `zh-en` (Chinese with English) or `extract` (one page).
    #[serde(default)]
    edition: Option<String>,
}

/// An issued report. The code is shown here once; it stands on every page of the PDF.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedReport {
    /// The report's number.
    #[schema(value_type = String)]
    number: ReportNumber,
    /// The verification code; missing where a request is repeated.
    verification_code: Option<String>,
    /// The page that verifies it; missing where a request is repeated.
    verification_url: Option<String>,
    /// Where the PDF is.
    pdf: String,
    /// SHA-256 of the PDF.
    #[schema(value_type = String)]
    pdf_sha256: Digest,
    /// SHA-256 of the canonical facts.
    #[schema(value_type = String)]
    facts_sha256: Digest,
    /// What the signature brings along: `B-B` (no timestamp), `B-T` (with one), `B-LT` (and what verifies both later).
    #[schema(value_type = String)]
    level: SignatureLevel,
    /// The time that its timestamp says.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamped_at: Option<Instant>,
    /// `done`, `pending` (a later edition of the same document will have it) or `none`.
    timestamp: &'static str,
    /// When it was issued.
    #[schema(value_type = String, format = DateTime)]
    issued_at: Instant,
    /// The counts.
    #[schema(value_type = Object)]
    summary: crate::rules::facts::Summary,
    /// The same request had been made with the same key: this is its report.
    repeated: bool,
}

/// A report as its subject and the operator see it.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownReport {
    /// The report's number.
    #[schema(value_type = String)]
    number: ReportNumber,
    /// `zh`, `en`, `zh-en` or `extract`.
    edition: &'static str,
    /// Where it stands.
    #[schema(value_type = Object)]
    status: StatusAt,
    /// Where the PDF is.
    pdf: String,
    /// SHA-256 of the PDF.
    #[schema(value_type = String)]
    pdf_sha256: Digest,
    /// SHA-256 of the canonical facts.
    #[schema(value_type = String)]
    facts_sha256: Digest,
    /// What the signature brings along: `B-B` (no timestamp), `B-T` (with one), `B-LT` (and what verifies both later).
    #[schema(value_type = String)]
    level: SignatureLevel,
    /// The time that its timestamp says.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamped_at: Option<Instant>,
    /// `done`, `pending` (a later edition of the same document will have it) or `none`.
    timestamp: &'static str,
    /// Everything it says.
    #[schema(value_type = Object)]
    facts: Facts,
}

/// Draws up, signs and issues a report.
#[utoipa::path(
    post, path = "/api/v1/reports", operation_id = "issue-report", tag = "subjects",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request give the same report")),
    request_body = ReportRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "Issued", body = IssuedReport),
        (status = 200, description = "Issued before, under the same key", body = IssuedReport),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one's own subject", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Subject not known", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another request had this key", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Period, domains, preset or edition not acceptable", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    headers: HeaderMap,
    Json(request): Json<ReportRequest>,
) -> Result<(StatusCode, axum::Json<IssuedReport>), Problem> {
    let key = headers.get("idempotency-key").map(|value| value.to_str().map(str::to_owned));
    let key = key
        .transpose()
        .map_err(|_| Problem::BAD_REQUEST.with_detail("Idempotency-Key: visible ASCII only"))?;
    let ask = Ask {
        subject: request.subject,
        domains: request.domains,
        preset: request.preset,
        from: request.from,
        to: request.to,
        span: request.span,
        purpose: request.purpose,
        include_repaired: request.include_repaired,
        edition: request.edition,
        channel: Channel::Api,
        idempotency_key: key,
    };
    let issued = issue::issue(&face.app, &actor, ask).await?;
    let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
    if !issued.repeated {
        face.meters.report();
    }
    Ok((status, axum::Json(IssuedReport::from(issued))))
}

impl From<Issued> for IssuedReport {
    fn from(issued: Issued) -> Self {
        let timestamp = timestamp(issued.timestamped_at, issued.timestamp_pending);
        let Issued { facts, code, facts_sha256, pdf_sha256, repeated, level, timestamped_at, .. } = issued;
        let url = code.as_ref().map(|code| format!("{}/v/{}", facts.issuer.origin, code.compact()));
        Self {
            verification_code: code.map(|code| code.to_string()),
            verification_url: url,
            pdf: pdf_path(&facts.number),
            pdf_sha256,
            facts_sha256,
            level,
            timestamped_at,
            timestamp,
            issued_at: facts.issued_at,
            summary: facts.summary,
            repeated,
            number: facts.number,
        }
    }
}

/// Shows a report: its status and everything it says.
#[utoipa::path(
    get, path = "/api/v1/reports/{number}", operation_id = "show-report", tag = "subjects",
    params(("number" = String, Path, description = "The report's number")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The report", body = ShownReport),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report, or not one's own", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(number): Path<String>,
) -> Result<axum::Json<ShownReport>, Problem> {
    let report = reports::show(&face.app, &actor, &number).await?;
    Ok(axum::Json(ShownReport {
        edition: report.edition.word(),
        status: report.status,
        pdf: pdf_path(&report.facts.number),
        pdf_sha256: report.pdf_sha256,
        facts_sha256: report.facts_sha256,
        level: report.level,
        timestamped_at: report.timestamped_at,
        timestamp: timestamp(report.timestamped_at, report.timestamp_pending),
        number: report.facts.number.clone(),
        facts: report.facts,
    }))
}

/// The report's file, exactly as it was signed.
#[utoipa::path(
    get, path = "/api/v1/reports/{number}/pdf", operation_id = "fetch-report", tag = "subjects",
    params(("number" = String, Path, description = "The report's number")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The signed PDF", body = Vec<u8>, content_type = "application/pdf"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report, or not one's own", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn pdf(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let (number, digest, bytes) = reports::pdf(&face.app, &actor, &number).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.pdf\"")),
        (ETAG, format!("\"{digest}\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// Issues a fresh report in place of one that became disputed or superseded, with the same settings and free of charge.
#[utoipa::path(
    post, path = "/api/v1/reports/{number}/renewal", operation_id = "renew-report", tag = "subjects",
    params(("number" = String, Path, description = "The number of the report that is no longer valid")),
    security(("token" = [])),
    responses(
        (status = 201, description = "Issued", body = IssuedReport),
        (status = 200, description = "Issued before, for the same change of status", body = IssuedReport),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is valid, or was revoked", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Its settings are not acceptable any more", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn renew(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(number): Path<String>,
) -> Result<(StatusCode, axum::Json<IssuedReport>), Problem> {
    let issued = renew::renew(&face.app, &actor, &number, Channel::Api).await?;
    let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
    if !issued.repeated {
        face.meters.report();
    }
    Ok((status, axum::Json(IssuedReport::from(issued))))
}

/// How far the timestamp of a report is.
fn timestamp(stamped_at: Option<Instant>, pending: bool) -> &'static str {
    match (stamped_at, pending) {
        (Some(_), _) => "done",
        (None, true) => "pending",
        (None, false) => "none",
    }
}

fn pdf_path(number: &ReportNumber) -> String {
    format!("/api/v1/reports/{number}/pdf")
}
