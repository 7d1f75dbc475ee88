//! Regulators upload.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError, MultipartRejection};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::jobs::JobShown;
use super::{Face, Problem, place};
use crate::flow::receive::{self, Taken};
use crate::flow::spool::{Spool, Spooled};
use crate::flow::upload::{self, Declared, Described, Done, Sent};
use crate::http::auth::SignedIn;
use crate::http::pages::base64;
use crate::rules::{Digest, Instant, parse_day};

/// What an upload is made of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form to readers of the OpenAPI document")]
pub(super) struct UploadForm {
    /// The file: XLSX, CSV or TSV in UTF-8 or GB 18030, NDJSON, JSON or Parquet, as it is, as gzip, or several in a ZIP
    /// archive, with columns by Chinese name or code; 4 GiB at most. May be missing where coverage alone is declared.
    #[schema(value_type = Option<String>, format = Binary)]
    file: Option<Vec<u8>>,
    /// The code of the authority that sends.
    authority: String,
    /// The domain of all rows, where the file has no column for it.
    domain: Option<String>,
    /// The layout of its columns, such as `national-2018`; the one that fits best where it is missing.
    layout: Option<String>,
    /// `true`: take nothing if any row is faulty.
    strict: Option<bool>,
    /// `true`: check only, store nothing. Of a large file the answer is a job, which ends with the same report.
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
    /// Coverage was declared further than before, but rows were rejected or another file waits: it stays where it was until it
    /// is declared with a file without faults, or by itself.
    coverage_held_back: bool,
    /// What is wrong, row by row; at most a thousand are listed.
    faults: Vec<Fault>,
    /// What is odd but was taken; at most a thousand are listed.
    warnings: Vec<Fault>,
    /// What the file was packed in, such as `gzip`.
    packed_in: Option<&'static str>,
    /// The encoding that was found, where the format has several.
    encoding: Option<&'static str>,
    /// The sheets or the files of an archive that were read, where there are several kinds of part.
    parts: Vec<String>,
    /// The sheets that were left out.
    skipped: Vec<String>,
    /// The rejected rows as a file like the one sent, with more columns, where that is CSV.
    rejects_csv: Option<String>,
    /// The rejected rows as a file in the format sent, with more columns (base64).
    rejects: Option<String>,
    /// The media type of `rejects`.
    rejects_media_type: Option<&'static str>,
}

/// What the operator signs.
#[derive(Serialize, ToSchema)]
struct Signed {
    /// The upload.
    upload: Uuid,
    /// The authority.
    authority: String,
    /// `whole`, or `cancelled`: then it covers the rows that were worked off, and no others.
    extent: &'static str,
    /// The name of the file as sent.
    file_name: String,
    /// Digest of the file as sent.
    #[schema(value_type = String)]
    file_sha256: Digest,
    /// The format that the file was found to have; empty where there was no file.
    format: String,
    /// The layout by which its columns were read; empty where there was no file.
    layout: String,
    /// Rows of a part.
    part_rows: u32,
    /// Data rows worked off.
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
    /// Digest of the accepted rows: SHA-256 over the digests of the parts, each the SHA-256 over the content digests of its
    /// accepted rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    rows_sha256: Option<Digest>,
    /// Digest of the list of repeated and superseding rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    listed_sha256: Option<Digest>,
    /// Digest of the file of rejected rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    rejects_sha256: Option<Digest>,
    /// When the file was received.
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

/// A sender that says nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes of a field beside the file: some thousand confirmed codes.
const FIELD_BYTES: usize = 64 << 10;

/// Uploads violation records, a declaration of coverage, or both.
///
/// A file above 16 MiB, or any file with `Prefer: respond-async`, is stored in the background: the answer is a job to follow. So is a dry
/// run of such a file.
#[utoipa::path(
    post, path = "/api/v1/uploads", operation_id = "upload", tag = "regulators",
    params(("Prefer" = Option<String>, Header, description = "`respond-async`: answer at once, and work on")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    security(("token" = [])),
    responses(
        (status = 201, description = "Stored; rows may have been rejected. `Location` has the receipt", body = Receipt),
        (status = 200, description = "Nothing was stored: a check, or a file uploaded before", body = Receipt),
        (status = 202, description = "Received; `Location` tells how far it is", body = JobShown),
        (status = 400, description = "The form cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not this authority's", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a form", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The file cannot be read, or strict and faulty", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too much at once, or no room", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let form =
        form.map_err(|_| Problem::UNSUPPORTED.with_detail("send a form: Content-Type: multipart/form-data"))?;
    // A large file takes as long as its sender needs; everything else about it has the time of any request.
    let late = |_| Problem::TIMEOUT;
    let _place =
        tokio::time::timeout(face.timeout, place(&face.uploads)).await.map_err(|_| Problem::BUSY)??;
    let (sent, file) = read(&face, form).await?;
    let time = face.timeout + Duration::from_secs(file.bytes() >> 24); // a second for 16 MiB to be kept
    let received = receive::receive(&face.app, &actor, sent, file, prefers_async(&headers));
    match tokio::time::timeout(time, received).await.map_err(late)?? {
        Taken::Done(done) => Ok(answer(&face, *done)),
        Taken::Job(job) => {
            let headers = [
                (LOCATION, format!("/api/v1/jobs/{}", job.id)),
                (HeaderName::from_static("preference-applied"), "respond-async".to_owned()),
            ];
            Ok((StatusCode::ACCEPTED, headers, axum::Json(JobShown::from(*job))).into_response())
        }
    }
}

/// The answer to what was stored while its sender waited.
pub(super) fn answer(face: &Face, done: Done) -> Response {
    let fresh = !done.replayed && !done.dry_run;
    if fresh {
        face.meters.rows("accepted", done.receipt.accepted);
        face.meters.rows("repeated", done.receipt.repeated);
        face.meters.rows("rejected", done.receipt.rejected);
    }
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    let location = [(LOCATION, format!("/api/v1/uploads/{}", done.receipt.upload))];
    let kept = done.signature.is_some() && !done.receipt.format.is_empty();
    let answer = (status, axum::Json(Receipt::from(done)));
    if kept { (location, answer).into_response() } else { answer.into_response() }
}

/// Whether the client would rather not wait (RFC 7240, 4.1).
fn prefers_async(headers: &HeaderMap) -> bool {
    let wishes = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
    let mut words = wishes.flat_map(|value| value.split([',', ';'])).map(str::trim);
    words.any(|word| word.eq_ignore_ascii_case("respond-async"))
}

impl From<Done> for Receipt {
    fn from(done: Done) -> Self {
        let Done { receipt, signature, replayed, dry_run, faults, warnings, rejects, .. } = done;
        let described = done.described;
        let encoding = described.as_ref().and_then(Described::encoding_name);
        let packed_in = described.as_ref().and_then(Described::container_name);
        let (parts, skipped) = described.map(|found| (found.parts, found.skipped)).unwrap_or_default();
        Self {
            signed: Signed {
                upload: receipt.upload,
                authority: receipt.authority.to_string(),
                extent: receipt.extent.word(),
                file_name: receipt.file_name,
                file_sha256: receipt.file_sha256,
                format: receipt.format,
                layout: receipt.layout,
                part_rows: receipt.part_rows,
                submitted: receipt.submitted,
                accepted: receipt.accepted,
                corrected: receipt.corrected,
                set_aside: receipt.set_aside,
                repeated: receipt.repeated,
                rejected: receipt.rejected,
                rows_sha256: receipt.rows_sha256,
                listed_sha256: receipt.listed_sha256,
                rejects_sha256: receipt.rejects_sha256,
                received_at: receipt.received_at,
            },
            signature,
            replayed,
            dry_run,
            coverage_held_back: done.coverage_held_back,
            faults: faults.into_iter().take(LISTED).map(Fault::from).collect(),
            warnings: warnings.into_iter().take(LISTED).map(Fault::from).collect(),
            packed_in,
            encoding,
            parts,
            skipped,
            rejects: rejects.as_ref().map(|file| base64(&file.bytes)),
            rejects_media_type: rejects.as_ref().map(|file| file.media_type),
            rejects_csv: rejects.and_then(|file| file.csv),
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

/// The parts of a list with commas between them.
pub(super) fn separated(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Reads the form, field by field; the file goes to the disk.
async fn read(face: &Face, mut form: Multipart) -> Result<(Sent, Spooled), Problem> {
    let mut sent = Sent::default();
    let mut declared = Declared::default();
    let mut file = Spool::new(&face.app).await?;
    while let Some(field) = in_time(form.next_field()).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if file.bytes() > 0 {
                return Err(
                    Problem::BAD_REQUEST.with_detail("the form has two fields `file`: send one at a time")
                );
            }
            field.file_name().unwrap_or("upload.csv").clone_into(&mut sent.file_name);
            let mut field = field;
            while let Some(chunk) = in_time(field.chunk()).await? {
                file.write(&chunk).await?;
            }
            continue;
        }
        let value = text(field, &name).await?;
        let bad =
            |why: &dyn std::fmt::Display| Problem::BAD_REQUEST.with_detail(format!("field `{name}`: {why}"));
        let day = || parse_day(&value).map(Some).ok_or_else(|| bad(&"a day is written YYYY-MM-DD"));
        let flag = || value.parse::<bool>().map_err(|_| bad(&"write true or false"));
        match name.as_str() {
            "authority" => sent.authority = Some(value.parse().map_err(|e| bad(&e))?),
            "domain" => sent.domain = Some(value.parse().map_err(|e| bad(&e))?),
            "layout" => sent.layout = Some(value).filter(|layout| !layout.is_empty()),
            "strict" => sent.strict = flag()?,
            "dry_run" => sent.dry_run = flag()?,
            "data_from" => declared.data_from = day()?,
            "complete_through" => declared.complete_through = day()?,
            "declared_lag_days" => declared.lag_days = Some(value.parse().map_err(|e| bad(&e))?),
            "nothing_to_report" => declared.nothing_to_report = flag()?,
            "confirmed_because" => sent.confirmed_because = Some(value),
            "confirmed_codes" => sent.confirmed = separated(&value),
            _ => return Err(bad(&"there is no such field; see /api/v1/openapi.json")),
        }
    }
    sent.declared = (declared != Declared::default()).then_some(declared);
    Ok((sent, file.finish().await?))
}

/// The text of a field.
pub(in crate::http) async fn text(mut field: Field<'_>, name: &str) -> Result<String, Problem> {
    let bad = |why: &str| Problem::BAD_REQUEST.with_detail(format!("field `{name}`: {why}"));
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(field.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES {
            return Err(bad("longer than 64 KiB"));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| bad("not UTF-8"))?;
    Ok(text.trim().to_owned())
}

/// The next piece of a form, from a sender who is still there.
pub(in crate::http) async fn in_time<T>(
    piece: impl Future<Output = Result<T, MultipartError>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(SILENCE, piece).await {
        Ok(piece) => piece.map_err(broken),
        Err(_) => Err(Problem::TIMEOUT),
    }
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
