//! The pages of those who look after a subject: an enterprise's agent, or a natural person.
//!
//! Which subject is meant stands in the cookie of the last choice; every form says it again, so that a choice in another window
//! changes nothing that is under way. What is not theirs is answered like what is not there.

mod cases;
mod compare;
mod home;
mod looks;
mod mandates;
mod open;
mod records;
mod reports;
mod request;
pub(super) mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::{get, post};
use uuid::Uuid;

use super::simple::Entry;
use super::visitor::Member;
use super::{Face, Frame, Problem, Turned, cookies, page};
use crate::flow::Actor;
use crate::flow::mine::{self, Held};
use crate::flow::sessions::Signed;
use crate::http::filed::BYTES;

pub(super) fn routes() -> Router<Arc<Face>> {
    let with_files = Router::new()
        .route("/my/records/{id}/{act}", get(open::ask).post(open::open))
        .route("/my/cases/{id}/evidence", post(cases::add_evidence))
        .layer(DefaultBodyLimit::max(BYTES));
    Router::new()
        .route("/my", get(home::show))
        .route("/my/request", get(request::ask).post(request::issue))
        .route("/my/preview", post(request::preview))
        .route("/my/reports", get(reports::list))
        .route("/my/reports/{number}", get(reports::show))
        .route("/my/reports/{number}/pdf", get(reports::pdf))
        .route("/my/reports/{number}/renewal", post(reports::renew))
        .route("/my/compare", get(compare::show))
        .route("/my/records", get(records::list))
        .route("/my/records/{id}", get(records::show))
        .route("/my/cases", get(cases::list))
        .route("/my/cases/{id}", get(cases::show))
        .route("/my/cases/{id}/evidence/{place}", get(cases::evidence))
        .route("/my/cases/{id}/take-back", post(cases::take_back))
        .route("/my/looks", get(looks::list))
        .route("/my/mandates", get(mandates::list).post(mandates::give))
        .route("/my/mandates/{id}/revocation", post(mandates::revoke))
        .merge(with_files)
}

/// Somebody who looks after subjects, and the one that they chose.
#[derive(Clone, Debug)]
struct Holder {
    frame: Frame,
    signed: Signed,
    /// The subjects that they look after.
    subjects: Vec<Held>,
    /// The one that the page is about; none where they have none.
    chosen: Option<Held>,
}

impl Holder {
    fn actor(&self) -> &Actor {
        &self.signed.actor
    }

    /// The subject that the page is about. Whoever has none is led to the page that says so.
    fn chosen(&self) -> Result<&Held, Turned> {
        self.chosen.as_ref().ok_or_else(|| Turned::Elsewhere("/my".to_owned()))
    }

    /// The subject that a form names: the page is about it from here on.
    fn turn_to(&mut self, id: Uuid) -> Result<Held, Problem> {
        let held = self.subjects.iter().find(|held| held.id == id).cloned().ok_or(Problem::NOT_FOUND)?;
        self.chosen = Some(held.clone());
        Ok(held)
    }

    /// The same for what may belong to a subject that was merged into one of theirs: then the choice stays.
    fn lean_to(&mut self, id: Uuid) {
        if let Some(held) = self.subjects.iter().find(|held| held.id == id) {
            self.chosen = Some(held.clone());
        }
    }

    /// Whether a subject is the one that the page is about.
    fn is_chosen(&self, held: &Held) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.id == held.id)
    }

    /// Where somebody with this mandate may go, and what of it the simplified version folds.
    fn menus(&self, held: &Held) -> (Vec<Entry>, Vec<Entry>) {
        let all = [
            (true, ("/my", "概况", "Overview")),
            (held.scope.ask, ("/my/request", "申请报告", "Request a report")),
            (held.scope.see, ("/my/reports", "我的报告", "Reports")),
            (held.scope.see, ("/my/records", "违法记录", "Records")),
            (held.scope.see, ("/my/cases", "异议与修复", "Objections and repairs")),
            (held.scope.see, ("/my/looks", "谁查看过", "Who looked")),
            (true, ("/my/mandates", "委托", "Mandates")),
        ];
        let may = all.into_iter().filter(|(may, _)| *may).map(|(_, entry)| entry).collect();
        self.frame.parted(may, &["/my", "/my/request", "/my/reports"], |path| self.is_at(path))
    }

    /// Whether a path is where we are, for the menu of these pages.
    fn is_at(&self, path: &str) -> bool {
        let rest = self.frame.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || (path != "/my" && rest.starts_with('/')))
    }
}

impl FromRequestParts<Arc<Face>> for Holder {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Turned> {
        let Member { signed, frame } = Member::from_request_parts(parts, face).await?;
        signed.actor.may_hold().map_err(Problem::from)?;
        let subjects = mine::subjects(&face.app, &signed.actor).await.map_err(Problem::from)?;
        let query = parts.uri.query().unwrap_or_default();
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("subject="));
        let with = |text: &str| {
            let id = text.parse::<Uuid>().ok()?;
            subjects.iter().find(|held| held.id == id).cloned()
        };
        let chosen = if let Some(text) = asked {
            let held = with(text).ok_or(Problem::NOT_FOUND)?;
            frame.jar.set(cookies::SUBJECT, &held.id.to_string(), None);
            Some(held)
        } else {
            let kept = frame.jar.get(&parts.headers, cookies::SUBJECT);
            kept.and_then(|text| with(&text)).or_else(|| subjects.first().cloned())
        };
        Ok(Self { frame, signed, subjects, chosen })
    }
}
