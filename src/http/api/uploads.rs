//! Regulators upload.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Face, Problem, place};
use crate::flow::upload::{self, Declared, Done, Sent};
use crate::http::auth::SignedIn;
use crate::rules::{Digest, Instant, parse_day};

/// What an upload is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form to readers of the OpenAPI document")]
pub(super) struct UploadForm {
    /// The file: CSV in UTF-8 or GB 18030, with the 30 national items by Chinese name or code. May be missing where
    /// coverage alone is declared.
    #[schema(value_type = Option<String>, format = Binary)]
    file: Option<Vec<u8>>,
    /// The code of the authority that sends.
    authority: String,
    /// The domain of all rows, where the file has no column for it.
    domain: Option<String>,
    /// `true`: take nothing if any row is faulty.
    strict: Option<bool>,
    /// `true`: check only, store nothing.
    dry_run: Option<bool>,
    /// Coverage: every decision from this day on has been loaded (`YYYY-MM-DD`).
    data_from: Option<String>,
    /// Coverage: every decision up to this day has been uploaded (`YYYY-MM-DD`).
    complete_through: Option<String>,
    /// Coverage: so many days after a decision it may still be on its way.
    declared_lag_days: Option<u16>,
    /// `true`: there was nothing to report for these days.
    nothing_to_report: Option<bool>,
    /// Codes whose check digits are wrong but which the register confirms, separated by commas.
    confirmed_codes: Option<String>,
    /// How it is known that the register confirms them; needed with them, and kept in the journal.
    confirmed_because: Option<String>,
}

/// The receipt: submitted = accepted + repeated + rejected.
#[derive(Serialize, ToSchema)]
pub(super) struct Receipt {
    /// The receipt as it was signed.
    #[serde(flatten)]
    #[schema(inline)]
    signed: Signed,
    /// The operator's detached signature (COSE, in hexadecimal) over the canonical JSON of the signed part.
    signature: Option<String>,
    /// This file was uploaded before; nothing was changed, and this is its receipt.
    replayed: bool,
    /// Nothing was stored: this was a check.
    dry_run: bool,
    /// Coverage was declared further than before, but rows were rejected: it stays where it was until it is declared
    /// with a file without faults, or by itself.
    coverage_held_back: bool,
    /// What is wrong, row by row; at most a thousand are listed.
    faults: Vec<Fault>,
    /// What is odd but was taken; at most a thousand are listed.
    warnings: Vec<Fault>,
    /// The rejected rows as a file like the one sent, with more columns (CSV, UTF-8).
    rejects_csv: Option<String>,
}

/// What the operator signs.
#[derive(Serialize, ToSchema)]
struct Signed {
    /// The upload.
    upload: Uuid,
    /// The authority.
    authority: String,
    /// The name of the file as sent.
    file_name: String,
    /// Digest of the file as sent.
    #[schema(value_type = String)]
    file_sha256: Digest,
    /// Data rows in the file.
    submitted: u64,
    /// Rows stored, new or as corrections.
    accepted: u64,
    /// Of the accepted, those that correct an earlier version.
    corrected: u64,
    /// Of the accepted, those that name somebody by name only: kept aside until somebody says whose they are. Missing
    /// where there are none.
    #[serde(skip_serializing_if = "upload::is_none")]
    set_aside: u64,
    /// Rows that say what is stored already.
    repeated: u64,
    /// Rows refused.
    rejected: u64,
    /// When they were stored.
    #[schema(value_type = String, format = DateTime)]
    received_at: Instant,
}

/// One fault of one cell or row.
#[derive(Serialize, ToSchema)]
pub(super) struct Fault {
    /// Data row, from 1.
    row: u32,
    /// Column; empty for the whole row.
    column: String,
    /// The kind of fault, from a closed list.
    code: &'static str,
    /// What stands there, shortened, personal data masked.
    value: String,
    /// The reason in Chinese.
    reason_zh: String,
    /// The reason in English.
    reason_en: String,
    /// What to do, in Chinese.
    remedy_zh: String,
    /// What to do, in English.
    remedy_en: String,
}

/// At most so many faults are listed in an answer; the file of rejects has them all.
const LISTED: usize = 1_000;

/// Uploads violation records, a declaration of coverage, or both.
#[utoipa::path(
    post, path = "/api/v1/uploads", operation_id = "upload", tag = "regulators",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    security(("token" = [])),
    responses(
        (status = 201, description = "Stored; rows may have been rejected", body = Receipt),
        (status = 200, description = "Nothing was stored: a check, or a file uploaded before", body = Receipt),
        (status = 400, description = "The form cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not this authority's", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file cannot be read, or strict and faulty", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, axum::Json<Receipt>), Problem> {
    let form =
        form.map_err(|_| Problem::UNSUPPORTED.with_detail("send a form: Content-Type: multipart/form-data"))?;
    let _place = place(&face.uploads).await?;
    let sent = read(form).await?;
    let done = upload::upload(&face.app, &actor, sent).await?;
    let fresh = !done.replayed && !done.dry_run;
    if fresh {
        face.meters.rows("accepted", done.receipt.accepted);
        face.meters.rows("repeated", done.receipt.repeated);
        face.meters.rows("rejected", done.receipt.rejected);
    }
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(Receipt::from(done))))
}

impl From<Done> for Receipt {
    fn from(done: Done) -> Self {
        let Done { receipt, signature, replayed, dry_run, faults, warnings, rejects, coverage_held_back } =
            done;
        Self {
            signed: Signed {
                upload: receipt.upload,
                authority: receipt.authority.to_string(),
                file_name: receipt.file_name,
                file_sha256: receipt.file_sha256,
                submitted: receipt.submitted,
                accepted: receipt.accepted,
                corrected: receipt.corrected,
                set_aside: receipt.set_aside,
                repeated: receipt.repeated,
                rejected: receipt.rejected,
                received_at: receipt.received_at,
            },
            signature,
            replayed,
            dry_run,
            coverage_held_back,
            faults: faults.into_iter().take(LISTED).map(Fault::from).collect(),
            warnings: warnings.into_iter().take(LISTED).map(Fault::from).collect(),
            rejects_csv: rejects.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

impl From<upload::Fault> for Fault {
    fn from(fault: upload::Fault) -> Self {
        Self {
            row: fault.row,
            column: fault.column.as_ref().map(|column| column.code.clone()).unwrap_or_default(),
            code: fault.code.word(),
            reason_zh: fault.zh(),
            reason_en: fault.en(),
            remedy_zh: fault.remedy_zh(),
            remedy_en: fault.remedy_en(),
            value: fault.value,
        }
    }
}

/// Reads the form, field by field.
async fn read(mut form: Multipart) -> Result<Sent, Problem> {
    let mut sent = Sent::default();
    let mut declared = Declared::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            field.file_name().unwrap_or("upload.csv").clone_into(&mut sent.file_name);
            sent.bytes = field.bytes().await.map_err(broken)?.to_vec();
            continue;
        }
        let value = text(field).await?;
        let bad =
            |why: &dyn std::fmt::Display| Problem::BAD_REQUEST.with_detail(format!("field `{name}`: {why}"));
        let day = || parse_day(&value).map(Some).ok_or_else(|| bad(&"a day is written YYYY-MM-DD"));
        let flag = || value.parse::<bool>().map_err(|_| bad(&"write true or false"));
        match name.as_str() {
            "authority" => sent.authority = Some(value.parse().map_err(|e| bad(&e))?),
            "domain" => sent.domain = Some(value.parse().map_err(|e| bad(&e))?),
            "strict" => sent.strict = flag()?,
            "dry_run" => sent.dry_run = flag()?,
            "data_from" => declared.data_from = day()?,
            "complete_through" => declared.complete_through = day()?,
            "declared_lag_days" => declared.lag_days = Some(value.parse().map_err(|e| bad(&e))?),
            "nothing_to_report" => declared.nothing_to_report = flag()?,
            "confirmed_because" => sent.confirmed_because = Some(value),
            "confirmed_codes" => {
                let codes = value.split(',').map(str::trim).filter(|code| !code.is_empty());
                sent.confirmed = codes.map(str::to_owned).collect();
            }
            _ => return Err(bad(&"there is no such field; see /api/v1/openapi.json")),
        }
    }
    sent.declared = (declared != Declared::default()).then_some(declared);
    Ok(sent)
}

async fn text(field: Field<'_>) -> Result<String, Problem> {
    field.text().await.map(|text| text.trim().to_owned()).map_err(broken)
}

/// What is wrong with a form.
#[expect(clippy::needless_pass_by_value, reason = "maps errors")]
pub(in crate::http) fn broken(error: MultipartError) -> Problem {
    let problem = match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::TOO_LARGE,
        _ => Problem::BAD_REQUEST,
    };
    problem.with_detail(error.body_text())
}
