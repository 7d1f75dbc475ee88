//! What was sent before: the list, the receipts, and the files that go with them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::drafts::{odd, pages, window};
use super::settings::layout;
use super::{AtDesk, Desk, Face, Frame, PER_PAGE, Pager, Problem, day, page, part};
use crate::flow::drafts::{self, Found};
use crate::flow::upload::Extent;
use crate::flow::uploads::{self, Sent, Wanted};
use crate::http::api::sent;
use crate::http::extract::{Path, Query};
use crate::http::pages::scripts::Asset;

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    rejected: String,
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "desk_uploads.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    desk: Desk,
    asked: Asked,
    error: bool,
    uploads: Vec<Sent>,
    total: u32,
    pager: Pager,
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let days = (day(&asked.from), day(&asked.to));
    let error = days.0.is_err() || days.1.is_err();
    let wanted = Wanted {
        domain: desk.domain(&asked.domain).cloned(),
        from: days.0.unwrap_or_default(),
        to: days.1.unwrap_or_default(),
        rejected: !asked.rejected.is_empty(),
    };
    let listing = part(asked.page, PER_PAGE);
    let (uploads, total) = uploads::search(&face.app, &actor, desk.code(), &wanted, listing).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    let status = if error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, &List { frame, desk, asked, error, uploads, total, pager })
}

#[derive(Deserialize)]
pub(super) struct Which {
    page: Option<u32>,
    /// The same file was sent again.
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "desk_receipt.html", config = "src/http/pages/askama.toml")]
struct Receipt<'a> {
    frame: Frame,
    desk: Desk,
    sent: Sent,
    found: Option<Found>,
    pager: Pager,
    /// The same file was sent again.
    again: bool,
    script: &'a Asset,
}

impl Receipt<'_> {
    fn faults(&self) -> &[drafts::Told] {
        self.found.as_ref().map_or(&[], |found| window(&found.faults, self.pager))
    }

    fn odd(&self) -> Vec<(u32, &str)> {
        self.found.as_ref().map(|found| odd(&self.frame, &found.warnings)).unwrap_or_default()
    }

    fn odd_in_all(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.warnings_in_all)
    }

    fn is_whole(&self) -> bool {
        self.sent.receipt.extent == Extent::Whole
    }

    fn layout(&self) -> String {
        layout(&self.frame, &self.sent.receipt.layout)
    }

    fn domain(&self) -> &str {
        self.sent.domain.as_ref().map_or("", |domain| domain.as_str())
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let sent = uploads::show(&face.app, &actor, id).await?;
    let found = drafts::found(&face.app, &actor, id).await?;
    let pager = pages(which.page, found.as_ref().map_or(0, |found| found.faults.len()));
    let again = !which.before.is_empty();
    let script = &face.pages.scripts.of_desk;
    page(StatusCode::OK, &Receipt { frame, desk, sent, found, pager, again, script })
}

/// A file that goes with a receipt.
pub(super) async fn file(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path((id, file)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    match file.as_str() {
        "receipt.json" => {
            let receipt = uploads::receipt(&face.app, &actor, id).await?;
            let name = format!("attachment; filename=\"receipt-{id}.json\"");
            let headers = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)];
            Ok((headers, receipt).into_response())
        }
        "rejects" => {
            let (file, extension, kind) = uploads::rejects(&face.app, &actor, id).await?;
            Ok(sent(file, &format!("rejects-{id}.{extension}"), kind))
        }
        "rows.csv" => {
            let file = uploads::rows(&face.app, &actor, id).await?;
            Ok(sent(file, &format!("rows-{id}.csv"), "text/csv; charset=utf-8"))
        }
        _ => Err(Problem::NOT_FOUND),
    }
}
