//! The records of a subject, as regulators sent them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{Face, Holder, Problem, Turned, page, words};
use crate::flow::mine::{self, Line, Whole};
use crate::flow::records::State as Standing;
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::rules::CaseKind;

/// Records on a page.
const PER_PAGE: u32 = 25;

#[derive(Template)]
#[template(path = "my_records.html", config = "src/http/pages/askama.toml")]
struct List {
    holder: Holder,
    records: Vec<Line>,
    total: u32,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "my_record.html", config = "src/http/pages/askama.toml")]
struct One {
    holder: Holder,
    whole: Whole,
    /// What may be asked for about it now.
    possible: Vec<CaseKind>,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    page: Option<u32>,
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Query(asked): Query<Asked>,
) -> Result<Response, Turned> {
    let id = holder.chosen()?.id;
    let all = mine::records(&face.app, holder.actor(), id).await.map_err(Problem::from)?;
    let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let pager = Pager::new(asked.page, total, PER_PAGE);
    let begin = ((pager.page - 1) * PER_PAGE) as usize;
    let records = all.into_iter().skip(begin).take(PER_PAGE as usize).collect();
    Ok(page(StatusCode::OK, &List { holder, records, total, pager })?)
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let whole = mine::record(&face.app, holder.actor(), id).await?;
    holder.lean_to(whole.subject);
    let may_ask = holder.chosen.as_ref().is_some_and(|held| held.scope.ask);
    let is_open = |kind: CaseKind| whole.cases.iter().any(|case| case.progress.kind == kind);
    let possible = CaseKind::ALL.iter().copied().filter(|kind| {
        may_ask && !is_open(*kind) && whole.versions.last().is_some_and(|it| makes_sense(*kind, it.state))
    });
    let possible = possible.collect();
    page(StatusCode::OK, &One { holder, whole, possible })
}

/// Whether a case of a kind could come to something for a record that stands so.
fn makes_sense(kind: CaseKind, state: Standing) -> bool {
    match state {
        Standing::Withdrawn | Standing::Annulled => false,
        Standing::Repaired => kind != CaseKind::Repair,
        Standing::Disputed | Standing::Suspended | Standing::InForce => true,
    }
}
