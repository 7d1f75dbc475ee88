//! The desk of an authority's clerks: everything that they do with its data.
//!
//! The pages call the same flows as the interface for machines; what is not the clerk's is answered there, and like something that
//! does not exist.

mod cases;
mod declarations;
mod drafts;
mod enter;
mod facets;
mod home;
mod jobs;
mod labels;
mod operate;
mod quality;
mod quarantine;
mod records;
mod settings;
mod steps;
mod upload;
mod uploads;

pub(super) use jobs::Line as JobLine;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::{get, post};
use time::Date;

use super::frame::Pager;
use super::simple::Entry;
use super::{BODY_BYTES, Face, Frame, Problem, Turned, cookies, page};
use crate::flow::coverage::{self, Seat};
use crate::flow::upload::Fault;
use crate::flow::{Actor, Listing, receive};
use crate::http::cookies::encoded;
use crate::http::filed::BYTES;
use crate::http::visitor::Member;
use crate::rules::{Authority, CreditCode, DomainId, parse_day};

/// Entries of a page of a list.
const PER_PAGE: u32 = 25;
/// The largest file, and a little for the fields beside it.
const FORM_BYTES: u64 = receive::LARGEST + (1 << 20);

pub(super) fn routes() -> Router<Arc<Face>> {
    let most = usize::try_from(FORM_BYTES).unwrap_or(BODY_BYTES);
    let with_files = Router::new()
        .route("/desk/cases/{id}/evidence", post(cases::add_evidence))
        .layer(DefaultBodyLimit::max(BYTES));
    Router::new()
        .route("/desk", get(home::show))
        .route("/desk/at", post(home::go))
        .route("/desk/upload", get(upload::ask).post(upload::bring).layer(DefaultBodyLimit::max(most)))
        .route("/desk/drafts/{id}", get(drafts::show).post(drafts::again))
        .route("/desk/drafts/{id}/rejects", get(drafts::rejects))
        .route("/desk/jobs", get(jobs::list))
        .route("/desk/jobs/{id}", get(jobs::show).post(jobs::act))
        .route("/desk/jobs/{id}/rejects", get(jobs::rejects))
        .route("/desk/jobs/{id}/state", get(jobs::state))
        .route("/desk/jobs/{id}/events", get(jobs::events))
        .route("/desk/uploads", get(uploads::list))
        .route("/desk/uploads/{id}", get(uploads::show))
        .route("/desk/uploads/{id}/{file}", get(uploads::file))
        .route("/desk/records", get(records::list))
        .route("/desk/records/new", get(enter::ask).post(enter::enter))
        .route("/desk/records/{id}", get(records::show))
        .route("/desk/records/{id}/{act}", get(operate::ask).post(operate::operate))
        .route("/desk/coverage", get(declarations::show).post(declarations::declare))
        .route("/desk/quarantine", get(quarantine::list))
        .route("/desk/quarantine/{id}", get(quarantine::show).post(quarantine::resolve))
        .route("/desk/cases", get(cases::list))
        .route("/desk/cases/{id}", get(cases::show).post(steps::step))
        .route("/desk/cases/{id}/evidence/{place}", get(cases::evidence))
        .merge(with_files)
        .route("/desk/quality", get(quality::show))
}

/// A desk: the authority of which one sees the data, and the others where one works.
#[derive(Clone, Debug)]
struct Desk {
    authority: Authority,
    /// All of its domains are the clerk's.
    whole: bool,
    all: Vec<Seat>,
}

/// A clerk at a desk; everybody else is turned away.
struct AtDesk {
    frame: Frame,
    actor: Actor,
    desk: Desk,
}

impl FromRequestParts<Arc<Face>> for AtDesk {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Turned> {
        let Member { signed, frame } = Member::from_request_parts(parts, face).await?;
        let actor = signed.actor;
        actor.may_work_at_desk().map_err(Problem::from)?;
        let all = coverage::seats(&face.app, &actor).await.map_err(Problem::from)?;
        let chosen = frame.jar.get(&parts.headers, cookies::DESK).unwrap_or_default();
        let at = all.iter().find(|seat| seat.authority.code.as_str() == chosen).or(all.first());
        let Seat { authority, whole } = at.cloned().ok_or(Problem::NOT_FOUND)?;
        Ok(Self { frame, actor, desk: Desk { authority, whole, all } })
    }
}

impl Desk {
    /// The authority's code.
    fn code(&self) -> CreditCode {
        self.authority.code
    }

    /// The authority's name.
    fn name<'d>(&'d self, frame: &'d Frame) -> &'d str {
        frame.say(&self.authority.zh, &self.authority.en)
    }

    /// The places of the desk, and those of them that the simplified version folds.
    fn menus(&self, frame: &Frame) -> (Vec<Entry>, Vec<Entry>) {
        let places = vec![
            ("/desk", "概览", "Overview"),
            ("/desk/upload", "报送", "Send a file"),
            ("/desk/uploads", "报送记录", "Sent before"),
            ("/desk/records", "记录", "Records"),
            ("/desk/coverage", "数据范围", "Coverage"),
            ("/desk/quarantine", "待确认数据", "Waiting rows"),
            ("/desk/cases", "异议与修复", "Cases"),
            ("/desk/quality", "数据质量", "Quality"),
        ];
        frame.parted(places, &["/desk", "/desk/upload", "/desk/cases"], |path| self.is_at(frame, path))
    }

    /// Whether a place is where we are.
    #[expect(clippy::unused_self, reason = "templates call it on the desk")]
    fn is_at(&self, frame: &Frame, path: &str) -> bool {
        let rest = frame.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && path != "/desk"))
    }

    /// The domains to choose from: id, name, and whether it is the chosen one.
    fn domains(&self, frame: &Frame, chosen: &str) -> Vec<(String, String, bool)> {
        let domains = self.authority.domains.iter();
        domains.map(|id| (id.to_string(), frame.domain(id), id.as_str() == chosen)).collect()
    }

    /// A domain of this desk; one that is not is like one that does not exist.
    fn domain(&self, id: &str) -> Option<&DomainId> {
        self.authority.domains.iter().find(|domain| domain.as_str() == id)
    }
}

/// The way through a list that goes on behind a place: on, and back by the places that one came from, which stand in the address with
/// `~` between them.
struct Way {
    /// The page before; none on the first.
    previous: Option<String>,
    /// The page behind.
    next: Option<String>,
}

/// Places of an address: one who went further comes back to the first page at once.
const PLACES: usize = 20;

impl Way {
    /// The way at a place, where `next` is what the list goes on behind.
    fn new(frame: &Frame, after: &str, back: &str, next: Option<String>) -> Self {
        let own = |pair: &&str| !["after=", "back="].iter().any(|name| pair.starts_with(name));
        let kept: String = frame.query.split_inclusive('&').filter(own).collect();
        let link = |after: &str, back: &[&str]| {
            let back = &back[back.len().saturating_sub(PLACES)..];
            format!("?{kept}after={}&back={}", encoded(after), encoded(&back.join("~")))
        };
        let before: Vec<&str> = back.split('~').filter(|place| !place.is_empty()).collect();
        let here: Vec<&str> = before.iter().copied().chain([after]).filter(|it| !it.is_empty()).collect();
        let previous = (!after.is_empty()).then(|| match before.split_last() {
            Some((last, rest)) => link(last, rest),
            None => format!("?{kept}"),
        });
        Self { previous, next: next.map(|next| link(&next, &here)) }
    }
}

/// The part of a list that a page shows.
fn part(asked: Option<u32>, per_page: u32) -> Listing {
    let page = asked.unwrap_or(1).clamp(1, 1_000_000);
    Listing { offset: (page - 1) * per_page, limit: per_page }
}

/// A day as typed; nothing where nothing was.
fn day(typed: &str) -> Result<Option<Date>, ()> {
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { parse_day(typed).map(Some).ok_or(()) }
}

/// What is wrong or odd in rows that were typed, by the codes of the columns; the whole row has none.
fn by_column(frame: &Frame, faults: &[Fault]) -> Vec<(String, String)> {
    let one = |fault: &Fault| {
        let column = fault.column.as_ref().map(|column| column.code.clone()).unwrap_or_default();
        let (zh, en) = fault.with_remedy();
        (column, frame.say(&zh, &en).to_owned())
    };
    faults.iter().map(one).collect()
}
