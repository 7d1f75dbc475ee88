//! Registered verifiers bring many things at once, and fetch the signed sheet.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, REFRESH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::frame::Pager;
use super::visitor::{Form, Member, from_our_pages};
use super::{BODY_BYTES, Face, Frame, Problem, UPLOAD_BYTES, page};
use crate::flow::batch::{Sheet, Source};
use crate::flow::shelf::{self, Refused, Shown, State as Standing};
use crate::http::api::broken;
use crate::http::extract::{Path, Query};
use crate::http::place;
use crate::rules::{Integrity, IssuerTrust, ResultRow, Status};

/// Rows of a page; the sheet has all.
const ROWS: u32 = 200;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route(
            "/verifications",
            post(bring).layer(DefaultBodyLimit::max(UPLOAD_BYTES + BODY_BYTES)).get(list),
        )
        .route("/verifications/{id}", get(show))
        .route("/verifications/{id}/end", post(end))
        .route("/verifications/{id}/{file}", get(file))
}

#[derive(Template)]
#[template(path = "batches.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    batches: Vec<Shown>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "batch.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    batch: Shown,
    sheet: Option<Arc<Sheet>>,
    pager: Pager,
    failed: Option<String>,
}

impl One {
    /// The rows of this page.
    fn rows(&self) -> &[ResultRow] {
        let rows = self.sheet.as_ref().map_or(&[][..], |sheet| &sheet.results.rows);
        rows.chunks(ROWS as usize).nth(self.pager.page as usize - 1).unwrap_or_default()
    }

    /// A sign, a class and words for what was found about one thing.
    fn found(&self, row: &ResultRow) -> (&'static str, &'static str, &'static str) {
        let say = |zh, en| self.frame.say(zh, en);
        match (row.genuine_and_valid, row.cannot_tell, row.integrity, row.issuer, row.status) {
            (true, ..) => ("✓", "valid", say("真实有效", "genuine and valid")),
            (_, true, ..) => ("?", "unknown", say("不能判断", "cannot tell")),
            (_, _, Integrity::Altered, ..) => ("✗", "bad", say("已被改动", "altered")),
            (_, _, Integrity::NotOurs, ..) => ("✗", "bad", say("不是本平台的", "not ours")),
            (_, _, _, IssuerTrust::KeyRevoked, _) => {
                ("✗", "bad", say("密钥不可信", "its key is not trusted"))
            }
            (.., Status::Revoked) => ("✗", "bad", say("已撤销", "revoked")),
            (.., Status::Superseded) => ("!", "warn", say("数据已更正", "its data were corrected")),
            (.., Status::Disputed) => ("!", "warn", say("有记录在异议中", "a record is disputed")),
            _ => ("?", "unknown", say("未能确认", "not established")),
        }
    }

    /// Why, in the chosen language.
    /// What was brought: a file by its name, a line of a list by its number.
    fn item(&self, row: &ResultRow) -> String {
        let line = row.item.strip_prefix("line ").filter(|line| line.bytes().all(|c| c.is_ascii_digit()));
        line.map_or_else(
            || row.item.clone(),
            |line| self.frame.say("第 {} 行", "line {}").replace("{}", line),
        )
    }

    fn why(&self, row: &ResultRow) -> String {
        let first = row.reasons.first();
        first.map(|reason| self.frame.say(reason.zh(), reason.en()).to_owned()).unwrap_or_default()
    }
}

/// How a batch stands, in words.
fn standing(frame: &Frame, batch: &Shown) -> &'static str {
    match batch.state {
        Standing::Running => frame.say("正在核验", "running"),
        Standing::Done(_) => frame.say("已完成", "done"),
        Standing::Failed(_) => frame.say("未成功", "failed"),
    }
}

async fn list(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    all(&face, member, StatusCode::OK, None)
}

fn all(face: &Face, member: Member, status: StatusCode, error: Option<String>) -> Result<Response, Problem> {
    let batches = shelf::list(&face.app, member.actor());
    page(status, &List { batches, error, frame: member.frame })
}

async fn bring(
    State(face): State<Arc<Face>>,
    member: Member,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    from_our_pages(&headers, &face.app.issuer().origin)?;
    let form =
        form.map_err(|_| Problem::UNSUPPORTED.with_detail("请提交本页的表单 / send the form of the page"))?;
    let _place = place(&face.uploads).await?;
    let bytes = read(&member.frame, form).await?;
    // A zip of 256 MiB takes a moment to look through.
    let source = tokio::task::spawn_blocking(|| Source::read(bytes)).await;
    let source = source.map_err(|error| Problem::internal(&error))?;
    let limits = Arc::clone(&face);
    let asking = |it: Source| it.asking(move |code| limits.limits.code(code).is_ok());
    let begun = source.map(asking).map_err(Refused::from);
    let begun = begun.and_then(|it| shelf::begin(&face.app, member.actor(), it));
    let error = match begun {
        Ok(id) => return Ok(Redirect::to(&format!("/verifications/{id}")).into_response()),
        Err(error) => error,
    };
    let (zh, en) = error.said();
    let text = member.frame.say(zh, &en).to_owned();
    all(&face, member, StatusCode::UNPROCESSABLE_ENTITY, Some(text))
}

/// The file of the form, after the token that shows that the form is ours.
async fn read(frame: &Frame, mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let mut permitted = false;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("csrf") => {
                frame.permits(&field.text().await.map_err(broken)?)?;
                permitted = true;
            }
            Some("file") if permitted => return Ok(field.bytes().await.map_err(broken)?.into()),
            _ => break,
        }
    }
    frame.permits("").and(Err(Problem::BAD_REQUEST.with_detail("请选择文件 / choose a file")))
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    let batch = shelf::show(&face.app, member.actor(), id).ok_or(Problem::NOT_FOUND)?;
    let (sheet, failed, runs) = match &batch.state {
        Standing::Running => (None, None, true),
        Standing::Done(sheet) => (Some(Arc::clone(sheet)), None, false),
        Standing::Failed(why) => (None, Some(member.frame.lang.half(why).to_owned()), false),
    };
    let rows = sheet.as_ref().map_or(0, |sheet| sheet.results.rows.len());
    let pager = Pager::new(asked.page, u32::try_from(rows).unwrap_or(u32::MAX), ROWS);
    let mut response = page(StatusCode::OK, &One { frame: member.frame, batch, sheet, pager, failed })?;
    if runs {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("2"));
    }
    Ok(response)
}

#[derive(Deserialize)]
struct Nothing {}

async fn end(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(id): Path<Uuid>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    if !shelf::end(&face.app, member.actor(), id) {
        return Err(Problem::NOT_FOUND);
    }
    Ok(member.frame.done("/verifications", "已结束并删除", "Ended and forgotten"))
}

async fn file(
    State(face): State<Arc<Face>>,
    member: Member,
    Path((id, file)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    member.actor().may_verify()?;
    let shown = shelf::show(&face.app, member.actor(), id).ok_or(Problem::NOT_FOUND)?;
    let Standing::Done(sheet) = shown.state else { return Err(Problem::NOT_FOUND) };
    let (kind, part) = match file.as_str() {
        "results.csv" => ("text/csv; charset=utf-8", &sheet.csv),
        "results.csv.sig" => ("application/cose; cose-type=\"cose-sign1\"", &sheet.signature),
        "results.pdf" => ("application/pdf", &sheet.pdf),
        _ => return Err(Problem::NOT_FOUND),
    };
    let name = format!("attachment; filename=\"{file}\"");
    Ok(([(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, &name)], part.clone()).into_response())
}
