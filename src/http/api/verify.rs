//! Anybody verifies: a code, the text of a QR, a hash, or the PDF itself. No token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::uploads::broken;
use super::{Face, Problem, place};
use crate::flow::check::{self, Answer, Brought};
use crate::http::extract::Json;
use crate::rules::facts::Facts;
use crate::rules::{BadDigest, Digest, Instant, StatusAt};

/// What is brought, by exactly one name; a PDF comes as a body of its own type, or as the field `file` of a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyRequest {
    /// A verification code, as typed.
    code: Option<String>,
    /// The text of a QR.
    qr: Option<String>,
    /// The SHA-256 of a PDF, in hexadecimal.
    sha256: Option<String>,
}

impl VerifyRequest {
    fn brought(self) -> Result<Brought, Problem> {
        match self {
            Self { code: Some(code), qr: None, sha256: None } => Ok(Brought::Code(code)),
            Self { code: None, qr: Some(text), sha256: None } => Ok(Brought::Qr(text)),
            Self { code: None, qr: None, sha256: Some(hex) } => {
                let digest = hex.trim().parse().map_err(|e: BadDigest| e.to_string());
                digest.map(Brought::Hash).map_err(|detail| Problem::UNPROCESSABLE.with_detail(detail))
            }
            _ => Err(Problem::UNPROCESSABLE.with_detail("send exactly one of `code`, `qr` and `sha256`")),
        }
    }
}

/// A reason, with its words.
#[derive(Serialize, ToSchema)]
pub(super) struct ReasonText {
    /// From a closed list.
    code: &'static str,
    /// In Chinese.
    zh: &'static str,
    /// In English.
    en: &'static str,
}

/// The verdict in three parts.
#[derive(Serialize, ToSchema)]
pub(super) struct VerdictAnswer {
    /// `intact`, `altered`, `not-ours`, `unreadable` or `cannot-tell`.
    integrity: &'static str,
    /// `trusted`, `unknown` or `key-revoked`.
    issuer: &'static str,
    /// Where the report stands: `valid`, `superseded`, `disputed`, `revoked` or `unknown`; since when, why, and as of when.
    #[schema(value_type = Object)]
    status: StatusAt,
    /// Genuine and valid: all three parts say so.
    genuine_and_valid: bool,
    /// Why, most important first.
    reasons: Vec<ReasonText>,
    /// The name of the signer.
    signer: Option<String>,
    /// When it was signed, as the document says.
    #[schema(value_type = Option<String>, format = DateTime)]
    signed_at: Option<Instant>,
    /// When it existed, by a timestamp of an authority that is trusted.
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamped_at: Option<Instant>,
    /// The digest of the facts.
    #[schema(value_type = Option<String>)]
    facts_sha256: Option<Digest>,
    /// Whether anything about this subject, these domains and this period came in since; unknown where it is missing.
    changed_since_issue: Option<bool>,
    /// What the report says, to compare with paper.
    #[schema(value_type = Option<Object>)]
    facts: Option<Box<Facts>>,
}

/// Verifies. An answer is not an error: every verdict is a 200.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "verification",
    request_body(content(
        (VerifyRequest = "application/json"),
        (Vec<u8> = "application/pdf"),
    )),
    responses(
        (status = 200, description = "A verdict", body = VerdictAnswer),
        (status = 400, description = "The request cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor PDF nor a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not exactly one of code, qr and sha256", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify(
    State(face): State<Arc<Face>>,
    request: Request,
) -> Result<axum::Json<VerdictAnswer>, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A file takes a place while it is read and judged; a code is looked up at once.
    let _place;
    let brought = match kind.as_str() {
        "application/pdf" | "application/octet-stream" => {
            _place = place(&face.files).await?;
            Brought::Pdf(Bytes::from_request(request, &()).await?.into())
        }
        "multipart/form-data" => {
            _place = place(&face.files).await?;
            Brought::Pdf(file(request).await?)
        }
        _ => Json::<VerifyRequest>::from_request(request, &()).await?.0.brought()?,
    };
    let answer = check::check(&face.app, brought).await?;
    face.meters.verdict(answer.verdict.integrity.word(), answer.verdict.status.status.word());
    Ok(axum::Json(VerdictAnswer::from(answer)))
}

/// The field `file` of a form.
async fn file(request: Request) -> Result<Vec<u8>, Problem> {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|e| Problem::BAD_REQUEST.with_detail(e.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            return Ok(field.bytes().await.map_err(broken)?.into());
        }
    }
    Err(Problem::BAD_REQUEST.with_detail("the form has no field `file`"))
}

impl From<Answer> for VerdictAnswer {
    fn from(answer: Answer) -> Self {
        let Answer { verdict, changed_since_issue } = answer;
        let text = |reason: &crate::rules::Reason| ReasonText {
            code: reason.word(),
            zh: reason.zh(),
            en: reason.en(),
        };
        Self {
            integrity: verdict.integrity.word(),
            issuer: verdict.issuer.word(),
            genuine_and_valid: verdict.is_genuine_and_valid(),
            reasons: verdict.reasons.iter().map(text).collect(),
            status: verdict.status,
            signer: verdict.signer,
            signed_at: verdict.signed_at,
            timestamped_at: verdict.timestamped_at,
            facts_sha256: verdict.facts_digest,
            changed_since_issue,
            facts: verdict.facts,
        }
    }
}
