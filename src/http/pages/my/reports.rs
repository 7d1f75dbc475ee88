//! The reports of a subject: found again, fetched, and asked for anew.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Face, Holder, Problem, Turned, page, request, words};
use crate::flow::mine::{self, ReportLine};
use crate::flow::reports::{self, Shown};
use crate::flow::{Listing, again};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::visitor::Form;
use crate::rules::facts::Channel;

/// Reports on a page.
const PER_PAGE: u32 = 20;
/// Reports that one may be compared with.
const OTHERS: u32 = 50;

#[derive(Template)]
#[template(path = "my_reports.html", config = "src/http/pages/askama.toml")]
struct List {
    holder: Holder,
    reports: Vec<ReportLine>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "my_report.html", config = "src/http/pages/askama.toml")]
struct One {
    holder: Holder,
    shown: Shown,
    others: Vec<ReportLine>,
    /// The key under which it is asked for anew, once.
    key: String,
    may_ask: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct Once {
    #[serde(default)]
    key: String,
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Query(asked): Query<Asked>,
) -> Result<Response, Turned> {
    let id = holder.chosen()?.id;
    let of_page = |page: u32| Listing { offset: (page - 1).saturating_mul(PER_PAGE), limit: PER_PAGE };
    let wanted = asked.page.unwrap_or(1).max(1);
    let found = mine::reports(&face.app, holder.actor(), id, of_page(wanted)).await;
    let (mut reports, total) = found.map_err(Problem::from)?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    if pager.page != wanted {
        let found = mine::reports(&face.app, holder.actor(), id, of_page(pager.page)).await;
        reports = found.map_err(Problem::from)?.0;
    }
    Ok(page(StatusCode::OK, &List { holder, reports, pager })?)
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let shown = reports::show(&face.app, holder.actor(), &number).await?;
    let of_report = holder.subjects.iter().find(|held| held.shown_code == shown.facts.subject.code);
    let id = of_report.map(|held| held.id);
    if let Some(id) = id {
        holder.lean_to(id);
    }
    let others = match &holder.chosen {
        Some(held) => {
            let page = Listing { offset: 0, limit: OTHERS };
            let (mut lines, _) = mine::reports(&face.app, holder.actor(), held.id, page).await?;
            lines.retain(|line| line.report.number != shown.facts.number);
            lines
        }
        None => Vec::new(),
    };
    let may_ask = holder.chosen.as_ref().is_some_and(|held| held.scope.ask);
    let key = face.app.mint().to_string();
    page(StatusCode::OK, &One { holder, shown, others, key, may_ask })
}

pub(super) async fn pdf(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let (number, digest, bytes) = reports::pdf(&face.app, holder.actor(), &number).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.pdf\"")),
        (ETAG, format!("\"{digest}\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// Asks for a report anew, with the same settings.
pub(super) async fn renew(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path(number): Path<String>,
    Form(Once { key }): Form<Once>,
) -> Result<Response, Problem> {
    let issued = again::again(&face.app, holder.actor(), &number, Channel::Portal, Some(key)).await?;
    let before = reports::show(&face.app, holder.actor(), &number).await?.facts.number;
    request::result(holder, issued, Some(before.to_string()))
}
