//! The first page of a desk: what is due, what came in last, and where conclusions stop.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::cases::is_over;
use super::jobs::Line;
use super::{AtDesk, Desk, Face, Frame, Problem, declarations, page, part};
use crate::flow::cases::{self, Case, Given};
use crate::flow::coverage::{self, OfDomain, Outlook};
use crate::flow::jobs;
use crate::flow::quality::{self, OfAuthority};
use crate::flow::uploads::{self, Sent};
use crate::http::cookies;
use crate::http::visitor::Form;
use crate::rules::CreditCode;

/// Entries of each part.
const SHOWN: u32 = 5;

#[derive(Template)]
#[template(path = "desk_home.html", config = "src/http/pages/askama.toml")]
struct Home {
    frame: Frame,
    desk: Desk,
    domains: Vec<OfDomain>,
    cases: Vec<Case>,
    open: u32,
    reminders: Vec<Given>,
    uploads: Vec<Sent>,
    jobs: Vec<Line>,
    figures: Option<OfAuthority>,
}

impl Home {
    fn outlook(&self, domain: &OfDomain) -> (&'static str, &'static str, String) {
        declarations::outlook(&self.frame, domain.outlook)
    }

    fn is_over(&self, case: &Case) -> bool {
        is_over(case.due_at, self.frame.app.now())
    }

    fn overdue(&self) -> u64 {
        self.figures.iter().flat_map(|it| &it.domains).map(|it| it.cases_overdue).sum()
    }

    fn waiting(&self) -> u64 {
        self.figures.as_ref().map_or(0, |it| it.quarantine_open)
    }

    /// Domains of which reports do not conclude, or soon will not.
    fn warned(&self) -> Vec<&OfDomain> {
        self.domains.iter().filter(|it| !matches!(it.outlook, Outlook::Fine(_))).collect()
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
) -> Result<Response, Problem> {
    let (app, code) = (&face.app, desk.code());
    let (cases, open) = cases::due_first(app, &actor, code, None, part(None, SHOWN)).await?;
    let mut reminders = cases::reminders(app, &actor, None).await?.given;
    reminders.retain(|given| given.authority == Some(code));
    reminders.truncate(SHOWN as usize);
    let wanted = uploads::Wanted::default();
    let (uploads, _) = uploads::search(app, &actor, code, &wanted, part(None, SHOWN)).await?;
    let mut running = jobs::failed_at(app, &actor, code).await?;
    let latest = jobs::at_desk(app, &actor, code, None, 20).await?;
    running.extend(latest.into_iter().filter(|job| !job.state.is_final()));
    running.truncate(20);
    let jobs = Line::all(app, running).await?;
    let figures = quality::quality(app, &actor, quality::WINDOW, Some(code)).await?.authorities.pop();
    let domains = coverage::of_desk(app, &actor, code).await?;
    page(StatusCode::OK, &Home { frame, desk, domains, cases, open, reminders, uploads, jobs, figures })
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    authority: String,
}

/// Sits down at the desk of another authority.
pub(super) async fn go(
    AtDesk { frame, desk, .. }: AtDesk,
    Form(Chosen { authority }): Form<Chosen>,
) -> Result<Response, Problem> {
    let code = CreditCode::try_from(authority).map_err(|_| Problem::NOT_FOUND)?;
    let seat = desk.all.iter().find(|seat| seat.authority.code == code).ok_or(Problem::NOT_FOUND)?;
    frame.jar.set(cookies::DESK, code.as_str(), None);
    let name = &seat.authority;
    Ok(frame.done("/desk", &format!("已切换到{}", name.zh), &format!("You are at the desk of {}", name.en)))
}
