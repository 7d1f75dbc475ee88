//! Cases about records: what is due first, and one of them with everything that belongs to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{AtDesk, Desk, Face, Frame, PER_PAGE, Pager, Problem, Way, labels, page, part};
use crate::flow::cases::{self, Case, Filter, Shown};
use crate::http::extract::{Path, Query};
use crate::http::filed::{BAD_EVIDENCE, Filed};
use crate::rules::{CaseKind, CaseStep, Instant, Met};

#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    kind: String,
    /// `all`: those that ended, too, latest first.
    #[serde(default)]
    show: String,
    page: Option<u32>,
    after: Option<Uuid>,
    /// Where one came from.
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "desk_cases.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    desk: Desk,
    asked: Asked,
    cases: Vec<Case>,
    pager: Pager,
    way: Way,
    now: Instant,
}

impl List {
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let one = |kind: &CaseKind| {
            (kind.word(), self.frame.say(kind.zh(), kind.en()), kind.word() == self.asked.kind)
        };
        CaseKind::ALL.iter().map(one).collect()
    }

    fn is_over(&self, case: &Case) -> bool {
        is_over(case.due_at, self.now)
    }

    fn all(&self) -> bool {
        self.asked.show == "all"
    }
}

/// Whether something was due before now.
pub(super) fn is_over(due: Option<Instant>, now: Instant) -> bool {
    due.is_some_and(|due| due < now)
}

#[derive(Template)]
#[template(path = "desk_case.html", config = "src/http/pages/askama.toml")]
pub(super) struct One {
    pub(super) frame: Frame,
    pub(super) desk: Desk,
    pub(super) shown: Shown,
    pub(super) now: Instant,
    pub(super) error: Option<(CaseStep, String)>,
    pub(super) reason: String,
    /// Why a file was not added.
    pub(super) fault: Option<String>,
}

impl One {
    fn is_over(&self) -> bool {
        is_over(self.shown.case.due_at, self.now)
    }

    fn outcome(&self) -> Option<&'static str> {
        let (zh, en) = labels::outcome(self.shown.case.progress.outcome?);
        Some(self.frame.say(zh, en))
    }

    fn party(&self, party: crate::rules::Party) -> &'static str {
        let (zh, en) = labels::party(party);
        self.frame.say(zh, en)
    }

    fn met(&self, met: Met) -> &'static str {
        match met {
            Met::Yes => self.frame.say("已满足", "met"),
            Met::No => self.frame.say("未满足", "not met"),
            Met::CannotTell => self.frame.say("数据无法判断，由贵单位核实", "the data do not tell: find out"),
        }
    }

    /// The steps that are allowed, without those that are done elsewhere.
    fn steps(&self) -> Vec<CaseStep> {
        self.shown.possible()
    }

    fn wrong(&self, step: CaseStep) -> Option<&str> {
        self.error.as_ref().filter(|(of, _)| *of == step).map(|(_, text)| text.as_str())
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        let one = |kind: &crate::rules::AnnulmentKind| {
            let (zh, en) = labels::annulment(*kind);
            (kind.word(), self.frame.say(zh, en))
        };
        crate::rules::AnnulmentKind::ALL.iter().map(one).collect()
    }

    fn today(&self) -> String {
        self.now.local_day().to_string()
    }
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let kind = asked.kind.parse().ok();
    let now = face.app.now();
    if asked.show == "all" {
        let authority = Some(desk.code());
        let filter =
            Filter { kind, after: asked.after, limit: Some(PER_PAGE), authority, ..Filter::default() };
        let cases::Listed { cases, next } = cases::list(&face.app, &actor, filter).await?;
        let pager = Pager::new(None, 0, PER_PAGE);
        let after = asked.after.map(|after| after.to_string()).unwrap_or_default();
        let way = Way::new(&frame, &after, &asked.back, next.map(|next| next.to_string()));
        return page(StatusCode::OK, &List { frame, desk, asked, cases, pager, way, now });
    }
    let listing = part(asked.page, PER_PAGE);
    let (cases, total) = cases::due_first(&face.app, &actor, desk.code(), kind, listing).await?;
    let pager = Pager::new(asked.page, total, PER_PAGE);
    let way = Way { previous: None, next: None };
    page(StatusCode::OK, &List { frame, desk, asked, cases, pager, way, now })
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let shown = cases::show(&face.app, &actor, id).await?;
    let now = face.app.now();
    page(StatusCode::OK, &One { frame, desk, shown, now, error: None, reason: String::new(), fault: None })
}

/// Adds what the authority has to the case.
pub(super) async fn add_evidence(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    filed: Filed,
) -> Result<Response, Problem> {
    cases::show(&face.app, &actor, id).await?;
    let mut fault = filed.files.is_empty().then(|| frame.say("请选择文件", "choose a file").to_owned());
    for file in &filed.files {
        match cases::add_evidence(&face.app, &actor, id, &file.name, &file.bytes).await {
            Ok(_) => (),
            Err(error @ cases::Error::Evidence(_)) => {
                fault = Some(frame.say(BAD_EVIDENCE, &error.to_string()).to_owned());
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if fault.is_none() {
        return Ok(frame.done(&format!("/desk/cases/{id}"), "材料已添加", "The evidence is added"));
    }
    let (shown, now) = (cases::show(&face.app, &actor, id).await?, face.app.now());
    let one = One { frame, desk, shown, now, error: None, reason: String::new(), fault };
    page(StatusCode::UNPROCESSABLE_ENTITY, &one)
}

/// A piece of evidence, to be saved and not shown.
pub(super) async fn evidence(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path((id, place)): Path<(Uuid, u32)>,
) -> Result<Response, Problem> {
    let (_, name, bytes) = cases::fetch_evidence(&face.app, &actor, id, place).await?;
    let headers = [
        // Whatever it claims to be, a browser saves it, and runs nothing of it should it open it all the same.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
