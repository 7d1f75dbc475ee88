//! Anybody verifies: a code, the text of a QR, a hash, the PDF itself, or a photograph. No token.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::uploads::broken;
use super::{Face, Problem, place};
use crate::flow::check::{self, Answer, Brought, Told};
use crate::http::extract::Json;
use crate::http::visitor::Whence;
use crate::rules::facts::{Bilingual, Facts};
use crate::rules::{
    BadDigest, Became, CoverageBecame, Digest, DomainId, DomainSince, Finding, Findings, Instant,
    PageDifference, Png, Reason, StatusAt,
};

/// Room for an answer without its facts, in bytes.
const MEMBERS: usize = 4096;

/// What is brought, by exactly one name; a PDF or a picture (PNG, JPEG) comes as a body of its own type, or as the field `file` of a form.
/// A receipt for an upload, `{"receipt": …, "signature": …}`, comes as it is.
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
    pub(super) fn brought(self) -> Result<Brought, Problem> {
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
    /// `intact`, `altered`, `not-ours`, `unreadable` or `cannot-tell`; a picture is never `intact`.
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
    /// What came in since, by domain: only those in which something did. Counts, to whoever has shown to have the report.
    changes: Vec<ChangeShown>,
    /// What the report says, to compare with paper.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Box<Facts>>,
    /// What was brought: `as-issued`, `ours-changed`, `other-signer`, `unsigned-copy`, `pictured`, `result-sheet`, `upload-receipt`, `not-ours`, `unreadable` or
    /// `no-document`.
    kind: ReasonText,
    /// What differs from the report as issued, and what was done to the file.
    findings: Vec<FindingShown>,
    /// The pages that look different, of a file whose holder has shown to have the report.
    comparison: Vec<PageShown>,
}

/// What came in since about one domain.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeShown {
    /// The domain.
    #[schema(value_type = String)]
    domain: DomainId,
    /// Its short code, such as `D012`.
    code: String,
    /// Its name.
    #[schema(value_type = Object)]
    name: Bilingual,
    /// How many records, by what became of them; one that was changed twice counts for each.
    records: Vec<RecordsChanged>,
    /// `complete` where the data were not and are by now, `incomplete` where they were and are no more.
    #[schema(value_type = Option<String>)]
    coverage: Option<CoverageBecame>,
}

/// How many records had something happen to them.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordsChanged {
    /// `added`, `corrected`, `repaired`, `repair-revoked`, `disputed`, `settled`, `suspended`, `withdrawn` or `annulled`.
    #[schema(value_type = String)]
    became: Became,
    /// How many.
    count: u32,
}

/// One thing that differs, or that was done to the file.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingShown {
    /// What it is: one of the reasons.
    attack: ReasonText,
    /// The page of the brought file, from 1.
    page: Option<u32>,
    /// The field in Chinese, such as 领域 D012 结论.
    field: Option<String>,
    /// The same field in the facts, such as `domains/D012/conclusion`.
    path: Option<String>,
    /// What the report as issued says; only for whoever has shown to have it.
    was: Option<String>,
    /// What the brought file says.
    now: Option<String>,
}

/// A page beside the page as issued.
#[derive(Serialize, ToSchema)]
pub(super) struct PageShown {
    /// The page of the brought file, from 1.
    page: u32,
    /// The page of the report as issued, from 1.
    issued_page: u32,
    /// The share of the ink of both that differs, from 0 to 1.
    share: f32,
    /// Where: left, top, right, bottom in points from the upper left corner.
    boxes: Vec<[f32; 4]>,
    /// The brought page with these places framed: PNG in base 64; of the first pages that differ.
    #[schema(value_type = Option<String>)]
    brought: Option<Png>,
    /// The page as issued with these places framed.
    #[schema(value_type = Option<String>)]
    issued: Option<Png>,
}

/// Verifies. An answer is not an error: every verdict is a 200.
#[utoipa::path(
    post, path = "/api/v1/verify", tag = "verification",
    request_body(content(
        (VerifyRequest = "application/json"),
        (Vec<u8> = "application/pdf"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/jpeg"),
    )),
    responses(
        (status = 200, description = "A verdict", body = VerdictAnswer),
        (status = 400, description = "The request cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Neither JSON nor PDF nor a picture nor a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not exactly one of code, qr and sha256", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn verify(
    State(face): State<Arc<Face>>,
    Whence(knock): Whence,
    request: Request,
) -> Result<impl IntoResponse, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A file takes a place while it is read and judged; a code is looked up at once.
    let _place;
    let brought = match kind.as_str() {
        "application/pdf" | "application/octet-stream" | "image/png" | "image/jpeg" => {
            _place = place(&face.files).await?;
            Brought::Pdf(Bytes::from_request(request, &()).await?.into())
        }
        "multipart/form-data" => {
            _place = place(&face.files).await?;
            Brought::Pdf(file(request).await?)
        }
        _ => in_json(request).await?,
    };
    face.limits.verify(&knock, &brought)?;
    let told = check::tell(&face.app, brought).await?;
    let verdict = &told.answer.verdict;
    face.meters.verdict(verdict.integrity.word(), verdict.status.status.word());
    let json = json(told).map_err(|error| Problem::internal(&error))?;
    Ok(([(CONTENT_TYPE, "application/json")], json))
}

/// What a JSON body brings: a receipt as it is, or something by its name.
async fn in_json(request: Request) -> Result<Brought, Problem> {
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await?;
    if check::is_receipt(&bytes) {
        return Ok(Brought::Pdf(bytes.into()));
    }
    let request = Request::from_parts(parts, Body::from(bytes));
    Json::<VerifyRequest>::from_request(request, &()).await?.0.brought()
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

impl From<Reason> for ReasonText {
    fn from(reason: Reason) -> Self {
        Self { code: reason.word(), zh: reason.zh(), en: reason.en() }
    }
}

impl From<Finding> for FindingShown {
    fn from(finding: Finding) -> Self {
        let Finding { attack, page, field, path, was, now } = finding;
        Self { attack: attack.into(), page, field, path, was, now }
    }
}

impl From<PageDifference> for PageShown {
    fn from(page: PageDifference) -> Self {
        let PageDifference { page, issued_page, share, boxes, brought, issued } = page;
        Self { page, issued_page, share, boxes, brought, issued }
    }
}

impl From<&DomainSince> for ChangeShown {
    fn from(since: &DomainSince) -> Self {
        let DomainSince { id, code, name, records, coverage } = since.clone();
        let records = records.into_iter().map(|(became, count)| RecordsChanged { became, count }).collect();
        Self { domain: id, code, name, records, coverage }
    }
}

/// An answer as JSON. Canonical facts are JSON already, and become its last member.
fn json(told: Told) -> Result<Vec<u8>, serde_json::Error> {
    let Told { answer, facts } = told;
    let mut json = Vec::with_capacity(MEMBERS + facts.as_ref().map_or(0, Vec::len));
    serde_json::to_writer(&mut json, &VerdictAnswer::from(answer))?;
    if let Some(facts) = facts {
        json.pop();
        json.extend_from_slice(b",\"facts\":");
        json.extend_from_slice(&facts);
        json.push(b'}');
    }
    Ok(json)
}

impl From<Answer> for VerdictAnswer {
    fn from(answer: Answer) -> Self {
        let changed_since_issue = answer.is_changed();
        let changes = answer.changes().iter().map(ChangeShown::from).collect();
        let Answer { verdict, findings, .. } = answer;
        let Findings { kind, list, comparison } = findings;
        Self {
            integrity: verdict.integrity.word(),
            issuer: verdict.issuer.word(),
            genuine_and_valid: verdict.is_genuine_and_valid(),
            reasons: verdict.reasons.into_iter().map(ReasonText::from).collect(),
            status: verdict.status,
            signer: verdict.signer,
            signed_at: verdict.signed_at,
            timestamped_at: verdict.timestamped_at,
            facts_sha256: verdict.facts_digest,
            changed_since_issue,
            changes,
            facts: verdict.facts,
            kind: ReasonText { code: kind.word(), zh: kind.zh(), en: kind.en() },
            findings: list.into_iter().map(FindingShown::from).collect(),
            comparison: comparison.into_iter().map(PageShown::from).collect(),
        }
    }
}
