//! How a subject stands: its records and what can be repaired, what the data cover, its reports, and what is due.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Face, Held, Holder, Problem, page, words};
use crate::flow::Listing;
use crate::flow::cases::{self, Case, Filter};
use crate::flow::lookers::{self, Look, What};
use crate::flow::mine::{self, Line, Repairable, ReportLine};
use crate::rules::{Facts, ShareKind};

/// Records, reports and looks shown here; the rest is a click away.
const SHOWN: u32 = 5;

#[derive(Template)]
#[template(path = "my_home.html", config = "src/http/pages/askama.toml")]
struct Home {
    holder: Holder,
    seen: Option<Seen>,
}

/// What somebody sees who may look.
struct Seen {
    facts: Facts,
    records: Vec<Line>,
    /// How many records there are.
    total: usize,
    /// How many of them one may ask to be repaired now.
    ready: usize,
    reports: Vec<ReportLine>,
    /// How many reports there are.
    issued: u32,
    cases: Vec<Case>,
    looks: Vec<Look>,
    /// How many looks there were.
    looked: u32,
    /// Whether they may open the pages of one-codes.
    may_share: bool,
}

pub(super) async fn show(State(face): State<Arc<Face>>, holder: Holder) -> Result<Response, Problem> {
    let seen = match holder.chosen.as_ref().filter(|held| held.scope.see) {
        Some(held) => Some(seen(&face, &holder, held).await?),
        None => None,
    };
    page(StatusCode::OK, &Home { holder, seen })
}

async fn seen(face: &Face, holder: &Holder, held: &Held) -> Result<Seen, Problem> {
    let (app, actor) = (&face.app, holder.actor());
    let mut records = mine::records(app, actor, held.id).await?;
    let total = records.len();
    let ready = records.iter().filter(|line| line.repair == Repairable::Now).count();
    records.truncate(SHOWN as usize);
    let page = Listing { offset: 0, limit: SHOWN };
    let (reports, issued) = mine::reports(app, actor, held.id, page).await?;
    let filter = Filter { subject: Some(held.id), ..Filter::default() };
    let mut cases = cases::list(app, actor, filter).await?.cases;
    cases.retain(|case| case.ended_at.is_none());
    cases.sort_by_key(|case| (case.due_at.is_none(), case.due_at));
    let facts = mine::coverage(app, actor, held.id).await?;
    let (looks, looked) = lookers::list(app, actor, held.id, page).await?;
    let may_share = held.scope.share;
    Ok(Seen { facts, records, total, ready, reports, issued, cases, looks, looked, may_share })
}
