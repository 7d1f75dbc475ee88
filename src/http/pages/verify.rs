//! The verification page: what a phone opens from the QR, and where people type the code.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::scripts::Asset;
use super::{Face, Problem, page};
use crate::flow::check::{self, Brought};
use crate::http::extract::{Path, Query};
use crate::rules::facts::{Conclusion, DomainFacts, Facts};
use crate::rules::{GapReason, Instant, Reason, Status, Verdict, VerificationCode};

#[derive(Template)]
#[template(path = "home.html", config = "src/http/pages/askama.toml")]
struct Home {
    origin: String,
    issuer_zh: String,
    issuer_en: String,
}

#[derive(Template)]
#[template(path = "verdict.html", config = "src/http/pages/askama.toml")]
struct Shown<'a> {
    origin: String,
    code: String,
    verdict: Verdict,
    changed: Option<bool>,
    now: Instant,
    script: &'a Asset,
}

/// What was typed into the form.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    code: String,
}

pub(super) async fn home(State(face): State<Arc<Face>>) -> Result<Response, Problem> {
    let issuer = face.app.issuer();
    page(
        StatusCode::OK,
        &Home {
            origin: issuer.origin.clone(),
            issuer_zh: issuer.name.zh.clone(),
            issuer_en: issuer.name.en.clone(),
        },
    )
}

/// Leads from the form to the page of the code. Only letters and digits go into the address.
pub(super) async fn typed(Query(Typed { code }): Query<Typed>) -> Response {
    let compact = code.parse::<VerificationCode>().map(|code| code.compact());
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    match compact.unwrap_or(plain) {
        code if code.is_empty() => Redirect::to("/").into_response(),
        code => Redirect::to(&format!("/v/{code}")).into_response(),
    }
}

pub(super) async fn by_code(
    State(face): State<Arc<Face>>,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let answer = check::check(&face.app, Brought::Code(code.clone())).await?;
    let verdict = answer.verdict;
    face.meters.verdict(verdict.integrity.word(), verdict.status.status.word());
    let printed = code.parse::<VerificationCode>().map(|code| code.to_string());
    let typed: String = code.chars().take(40).collect();
    let shown = Shown {
        origin: face.app.issuer().origin.clone(),
        code: printed.unwrap_or(typed),
        changed: answer.changed_since_issue,
        now: face.app.now(),
        script: &face.pages.scripts.of_code,
        verdict,
    };
    page(StatusCode::OK, &shown)
}

#[expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "a template calls methods of its own, and hands over references"
)]
impl Shown<'_> {
    /// The one line on top: a sign, and words in both languages.
    fn headline(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        if self.verdict.facts.is_none() {
            return match self.verdict.reasons.first() {
                Some(Reason::CodeNotFound) => ("✗", "bad", "没有这份报告", "There is no such report"),
                Some(Reason::CodeMistyped) => ("?", "unknown", "核验码输入有误", "The code was mistyped"),
                _ => ("?", "unknown", "没有核验结果", "No result"),
            };
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

    fn conclusion(&self, domain: &DomainFacts) -> (&'static str, &'static str, String, String) {
        match domain.conclusion {
            Conclusion::None => ("none", "○", "未归集到违法记录".into(), "no record held".into()),
            Conclusion::Found => {
                let n = domain.records;
                (
                    "found",
                    "●",
                    format!("归集到违法记录 {n} 条"),
                    if n == 1 { "1 record held".into() } else { format!("{n} records held") },
                )
            }
            Conclusion::NotCovered => ("gap", "△", "不作结论".into(), "no conclusion".into()),
        }
    }

    /// The days left open, in both languages.
    fn gaps(&self, domain: &DomainFacts) -> Vec<(String, String)> {
        let words = |reason| match reason {
            GapReason::NoAuthority => ("尚无数源单位", "no authority"),
            GapReason::NotDeclared => ("数源单位尚未申报数据范围", "coverage not declared"),
            GapReason::BeforeData => ("早于数据起始日", "before the data begin"),
            GapReason::LateFeed => ("数据尚未报齐", "data not complete yet"),
            GapReason::UnconfirmedCandidate => ("有待确认的记录", "an unconfirmed record"),
        };
        let line = |gap: &crate::rules::Gap| {
            let (zh, en) = words(gap.reason);
            (format!("{} 至 {}：{zh}", gap.from, gap.to), format!("{} to {}: {en}", gap.from, gap.to))
        };
        domain.gaps.iter().map(line).collect()
    }
}
