//! Who looked at a subject's reports and one-codes.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Face, Holder, Problem, Turned, page};
use crate::flow::Listing;
use crate::flow::lookers::{self, Look, What};
use crate::http::extract::Query;
use crate::http::pages::frame::Pager;
use crate::rules::ShareKind;

/// Looks on a page.
const PER_PAGE: u32 = 20;

#[derive(Template)]
#[template(path = "my_looks.html", config = "src/http/pages/askama.toml")]
struct List {
    holder: Holder,
    looks: Vec<Look>,
    /// Whether they may open the pages of one-codes.
    may_share: bool,
    pager: Pager,
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
    let held = holder.chosen()?;
    let (id, may_share) = (held.id, held.scope.share);
    let of_page = |page: u32| Listing { offset: (page - 1).saturating_mul(PER_PAGE), limit: PER_PAGE };
    let wanted = asked.page.unwrap_or(1).max(1);
    let found = lookers::list(&face.app, holder.actor(), id, of_page(wanted)).await;
    let (mut looks, total) = found.map_err(Problem::from)?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    if pager.page != wanted {
        let found = lookers::list(&face.app, holder.actor(), id, of_page(pager.page)).await;
        looks = found.map_err(Problem::from)?.0;
    }
    Ok(page(StatusCode::OK, &List { holder, looks, may_share, pager })?)
}
