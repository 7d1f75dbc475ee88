//! The verification page: what a phone opens from the QR, and where people type the code.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::conclusions::{conclusion, gaps, since};
use super::scripts::Scripts;
use super::{Face, Frame, Problem, page};
use crate::flow::check::{self, Answer, Brought};
use crate::flow::share;
use crate::http::api::broken;
use crate::http::extract::{Path, Query};
use crate::http::place;
use crate::http::visitor::{Visitor, Whence};
use crate::rules::facts::Facts;
use crate::rules::{
    BadDigest, Digest, DomainSince, Findings, Instant, Integrity, IssuerTrust, Kind, RatingAct, Reason,
    Status, Verdict, VerificationCode,
};

/// The line on top of what a key signed that is not trusted, wherever the report stands.
const DISTRUSTED: (&str, &str, &str, &str) = ("✗", "bad", "签发单位不可信", "The issuer is not trusted");

#[derive(Template)]
#[template(path = "home.html", config = "src/http/pages/askama.toml")]
struct Home<'a> {
    frame: Frame,
    scripts: &'a Scripts,
    origin: String,
    issuer_zh: String,
    issuer_en: String,
}

#[derive(Template)]
#[template(path = "verdict.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    frame: Frame,
    origin: String,
    /// As printed; empty where something else was brought.
    code: String,
    verdict: Verdict,
    findings: Findings,
    /// What came in since the report was issued, by domain; not known where it is missing.
    changed: Option<Vec<DomainSince>>,
    now: Instant,
    scripts: &'a Scripts,
}

/// What was typed into the form, or the fingerprint of a file.
#[derive(Deserialize)]
pub(super) struct Typed {
    code: Option<String>,
    sha256: Option<String>,
}

pub(super) async fn home(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
) -> Result<Response, Problem> {
    let issuer = face.app.issuer();
    page(
        StatusCode::OK,
        &Home {
            frame,
            scripts: &face.pages.scripts,
            origin: issuer.origin.clone(),
            issuer_zh: issuer.name.zh.clone(),
            issuer_en: issuer.name.en.clone(),
        },
    )
}

/// Leads from the form to the page of the code, or answers about a fingerprint; the box itself where nothing was typed.
pub(super) async fn typed(
    face: State<Arc<Face>>,
    visitor: Visitor,
    Whence(knock): Whence,
    Query(Typed { code, sha256 }): Query<Typed>,
) -> Result<Response, Problem> {
    match (code, sha256) {
        (Some(code), _) => Ok(leads(&code)),
        (None, Some(digest)) => {
            let digest = digest.trim().parse().map_err(|error: BadDigest| {
                Problem::UNPROCESSABLE.with_detail(format!("这不是 SHA-256 指纹 / {error}"))
            })?;
            let brought = Brought::Hash(digest);
            face.limits.verify(&knock, &brought)?;
            let answer = check::check(&face.app, brought).await?;
            show(&face, visitor.frame, String::new(), answer)
        }
        (None, None) => home(face, visitor).await,
    }
}

/// To the page of what was typed: a one-code, a fingerprint, or a verification code. Only letters and digits go into the address.
fn leads(typed: &str) -> Response {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).take(64).collect::<String>();
    if share::is_code(typed) {
        return Redirect::to(&format!("/c/{}", plain(share::part_of(typed)))).into_response();
    }
    if typed.trim().parse::<Digest>().is_ok() {
        return Redirect::to(&format!("/v?sha256={}", plain(typed))).into_response();
    }
    let compact = typed.parse::<VerificationCode>().map(|code| code.compact());
    match compact.unwrap_or_else(|_| plain(typed).chars().take(40).collect()) {
        code if code.is_empty() => Redirect::to("/").into_response(),
        code => Redirect::to(&format!("/v/{code}")).into_response(),
    }
}

pub(super) async fn by_code(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Whence(knock): Whence,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let brought = Brought::Code(code.clone());
    face.limits.verify(&knock, &brought)?;
    let answer = check::check(&face.app, brought).await?;
    let printed = code.parse::<VerificationCode>().map(|code| code.to_string());
    let typed: String = code.chars().take(40).collect();
    show(&face, frame, printed.unwrap_or(typed), answer)
}

/// What the form brings: a file, the text of a QR, or a code, which has a page of its own.
pub(super) async fn brought(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Whence(knock): Whence,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let form = form.map_err(|_| {
        Problem::UNSUPPORTED.with_detail("请以表单提交 / send a form: Content-Type: multipart/form-data")
    })?;
    let _place = place(&face.files).await?;
    let Form { text, file } = read(form).await?;
    let brought = match (file.is_empty(), text.contains("://")) {
        (false, _) => Brought::Pdf(file),
        (true, true) if !share::is_code(&text) => Brought::Qr(text),
        (true, _) => return Ok(leads(&text)),
    };
    face.limits.verify(&knock, &brought)?;
    let answer = check::check(&face.app, brought).await?;
    show(&face, frame, String::new(), answer)
}

/// The form, read.
#[derive(Default)]
struct Form {
    text: String,
    file: Vec<u8>,
}

async fn read(mut form: Multipart) -> Result<Form, Problem> {
    let mut found = Form::default();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("code") => field.text().await.map_err(broken)?.trim().clone_into(&mut found.text),
            Some("file") => found.file = field.bytes().await.map_err(broken)?.into(),
            _ => {
                return Err(Problem::BAD_REQUEST.with_detail(
                    "表单只有“核验码”和“文件”两项 / the form has the fields `code` and `file`",
                ));
            }
        }
    }
    Ok(found)
}

fn show(face: &Face, frame: Frame, code: String, answer: Answer) -> Result<Response, Problem> {
    let Answer { verdict, changed_since_issue, findings } = answer;
    face.meters.verdict(verdict.integrity.word(), verdict.status.status.word());
    let shown = Shown {
        frame,
        origin: face.app.issuer().origin.clone(),
        code,
        changed: changed_since_issue,
        now: face.app.now(),
        scripts: &face.pages.scripts,
        verdict,
        findings,
    };
    page(StatusCode::OK, &shown)
}

#[expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "a template calls methods of its own, and hands over references"
)]
impl Shown<'_> {
    fn rated(&self) -> RatingAct {
        if self.code.is_empty() { RatingAct::File } else { RatingAct::Verify }
    }

    /// The one line on top: a sign, and words in both languages.
    fn headline(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        if self.code.is_empty() {
            return self.headline_of_thing();
        }
        if self.verdict.facts.is_none() {
            return match self.verdict.reasons.first() {
                Some(Reason::CodeNotFound) => ("✗", "bad", "没有这份报告", "There is no such report"),
                Some(Reason::CodeMistyped) => ("?", "unknown", "核验码输入有误", "The code was mistyped"),
                _ => ("?", "unknown", "没有核验结果", "No result"),
            };
        }
        if self.verdict.issuer != IssuerTrust::Trusted {
            return DISTRUSTED;
        }
        // A code tells that a report was issued; whether this paper is that report, people see by comparing.
        match self.verdict.status.status {
            Status::Valid => ("✓", "valid", "已签发，目前有效", "Issued by us, and it stands"),
            Status::Superseded => {
                ("!", "warn", "已签发，但数据已更正", "Issued by us, but its data were corrected")
            }
            Status::Disputed => {
                ("!", "warn", "已签发，但有记录在异议中", "Issued by us, but a record is disputed")
            }
            Status::Revoked => ("✗", "bad", "已被撤销，不得使用", "Revoked: do not use it"),
            Status::Unknown => ("?", "unknown", "状态未知", "Its status is not known"),
        }
    }

    /// The line on top of what was brought itself: a file, a photograph, or the text of a QR.
    fn headline_of_thing(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        let verdict = &self.verdict;
        if verdict.reasons.first() == Some(&Reason::ResultSheet) {
            return (
                "?",
                "unknown",
                "这是核验结果清单，不是信用报告",
                "A sheet of results, and no credit report",
            );
        }
        if verdict.reasons.first() == Some(&Reason::UploadReceipt) {
            return (
                "?",
                "unknown",
                "这是上传回执，不是信用报告",
                "A receipt for an upload, and no credit report",
            );
        }
        if self.shows_a_claim() {
            return self.headline_of_picture();
        }
        match (verdict.integrity, verdict.issuer, verdict.status.status) {
            (Integrity::Intact, IssuerTrust::Trusted, status) => match status {
                Status::Valid if verdict.reasons.contains(&Reason::HashFound) => (
                    "✓",
                    "valid",
                    "指纹相符：文件真实，报告有效",
                    "The fingerprint is that of a genuine file, and the report stands",
                ),
                Status::Valid if self.findings.kind == Kind::NoDocument => {
                    ("✓", "valid", "二维码真实，报告有效", "The QR is genuine, and the report stands")
                }
                Status::Valid => {
                    ("✓", "valid", "文件真实，报告有效", "The file is genuine, and the report stands")
                }
                Status::Superseded => {
                    ("!", "warn", "真实，但数据已更正", "Genuine, but its data were corrected")
                }
                Status::Disputed => {
                    ("!", "warn", "真实，但有记录在异议中", "Genuine, but a record is disputed")
                }
                Status::Revoked => {
                    ("✗", "bad", "报告已被撤销，不得使用", "The report was revoked: do not use it")
                }
                Status::Unknown => ("?", "unknown", "状态未知", "Its status is not known"),
            },
            (Integrity::Intact, _, _) => DISTRUSTED,
            (Integrity::Altered, _, _) => {
                ("✗", "bad", "不可信：已被改动", "Not to be trusted: it was changed")
            }
            (Integrity::NotOurs, _, _) => ("✗", "bad", "不是本平台签发的报告", "Not a report of ours"),
            (Integrity::Unreadable, _, _) => ("?", "unknown", "文件无法读取", "The file cannot be read"),
            (Integrity::CannotTell, _, _) => ("?", "unknown", "不能判断", "Cannot tell"),
        }
    }

    /// Whether a picture was brought with a QR that is ours. What else the picture shows, nothing proves.
    fn shows_a_claim(&self) -> bool {
        self.verdict.integrity == Integrity::CannotTell
            && self.findings.kind == Kind::Pictured
            && self.verdict.signed_at.is_some()
    }

    /// The line on top of such a picture: about the QR alone.
    fn headline_of_picture(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        if self.verdict.issuer != IssuerTrust::Trusted {
            return DISTRUSTED;
        }
        match self.verdict.status.status {
            Status::Valid => (
                "?",
                "unknown",
                "二维码真实，报告有效；图像可能被改动，请逐项核对",
                "The QR is genuine, and its report stands; a picture can be changed, so compare the facts",
            ),
            Status::Superseded => (
                "!",
                "warn",
                "二维码真实，但报告数据已更正",
                "The QR is genuine, but the data of its report were corrected",
            ),
            Status::Disputed => (
                "!",
                "warn",
                "二维码真实，但报告有记录在异议中",
                "The QR is genuine, but a record of its report is disputed",
            ),
            Status::Revoked => {
                ("✗", "bad", "报告已被撤销，不得使用", "The report was revoked: do not use it")
            }
            Status::Unknown => (
                "?",
                "unknown",
                "二维码真实，报告现状未知；图像可能被改动",
                "The QR is genuine; how its report stands is not known, and a picture can be changed",
            ),
        }
    }

    fn integrity(&self) -> (&'static str, &'static str) {
        match self.verdict.integrity {
            Integrity::Intact => ("与签发时完全一致", "Exactly as issued"),
            Integrity::Altered => ("已被改动", "Altered"),
            Integrity::NotOurs => ("不是本平台的", "Not ours"),
            Integrity::Unreadable => ("无法读取", "It cannot be read"),
            Integrity::CannotTell => ("不能判断", "Cannot tell"),
        }
    }

    fn issuer(&self) -> (&'static str, &'static str) {
        match self.verdict.issuer {
            IssuerTrust::Trusted => ("可信", "Trusted"),
            IssuerTrust::Unknown => ("未能确认", "Not established"),
            IssuerTrust::KeyRevoked => ("签名密钥已被吊销或失密", "Its key was revoked or compromised"),
        }
    }

    fn status(&self) -> (&'static str, &'static str) {
        match self.verdict.status.status {
            Status::Valid => ("有效", "It stands"),
            Status::Superseded => ("数据已更正", "Its data were corrected"),
            Status::Disputed => ("有记录在异议中", "A record is disputed"),
            Status::Revoked => ("已被撤销，不得使用", "Revoked: do not use it"),
            Status::Unknown => ("未知", "Not known"),
        }
    }

    /// What somebody may do where there is no verdict.
    fn what_next(&self) -> (&'static str, &'static str) {
        let reasons = &self.verdict.reasons;
        if reasons.contains(&Reason::CodeMistyped) {
            (
                "请对照报告逐字核对后再输入一次。",
                "Compare the code with the report, character by character, and type it again.",
            )
        } else if reasons.contains(&Reason::HashNotFound) {
            (
                "指纹只认得签发时的原文件：重新保存、打印再扫描都会改变它。请上传文件本身，可以看出改了什么。",
                "A fingerprint knows the file as issued only: saving it anew or scanning a print changes it. Upload the file itself, and what differs is told.",
            )
        } else if self.shows_a_claim() {
            (
                "请将下列内容与画面或纸面逐项核对；要知道有没有被改动，请上传签发的 PDF 文件本身。",
                "Compare what follows with the picture or the paper; whether anything was changed, only the issued PDF itself can tell.",
            )
        } else {
            (
                "请换一种方式再试：上传报告的 PDF 文件，输入核验码，或向签发单位询问。",
                "Try another way: upload the report's PDF, type its code, or ask the issuer.",
            )
        }
    }

    /// How long ago the report was issued, in both languages.
    fn age(&self, facts: &Facts) -> (String, String) {
        match (self.now.local_day() - facts.issued_at.local_day()).whole_days() {
            ..=0 => ("今天".into(), "today".into()),
            1 => ("1 天前".into(), "1 day ago".into()),
            days => (format!("{days} 天前"), format!("{days} days ago")),
        }
    }

    /// An instant as people in China read it.
    fn local(&self, at: &Instant) -> String {
        let at = at.local();
        let (y, m, d) = (at.year(), u8::from(at.month()), at.day());
        format!("{y:04}-{m:02}-{d:02} {:02}:{:02}:{:02} (+08:00)", at.hour(), at.minute(), at.second())
    }
}
