//! The reports of all subjects: which there are, and what was done to each.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use time::Date;

use super::{PER_PAGE, part, told, typed};
use crate::flow::console::issued::{self, Line, Wanted};
use crate::flow::console::proposal::{self, Plan};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::facts::Conclusion;
use crate::rules::{ReportNumber, Status, parse_day};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/reports", get(list))
        .route("/console/reports/{number}", get(show))
        .route("/console/reports/{number}/revocation", post(propose))
}

#[derive(Template)]
#[template(path = "console/reports.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    asked: Asked,
    lines: Vec<Line>,
    total: u32,
    pager: Pager,
    faults: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "console/report.html", config = "src/http/pages/askama.toml")]
struct Shown {
    frame: Frame,
    one: issued::One,
    reason: String,
    error: Option<String>,
}

/// What the list is asked for, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    page: Option<u32>,
    number: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
    status: Option<String>,
}

impl Asked {
    /// What is meant, and the fields that cannot be read.
    fn wanted(&self) -> (Wanted, Vec<&'static str>) {
        let mut faults = Vec::new();
        let mut day = |field: &'static str, text: Option<&String>| -> Option<Date> {
            let text = typed(text)?;
            let day = parse_day(text);
            if day.is_none() {
                faults.push(field);
            }
            day
        };
        let (from, to) = (day("from", self.from.as_ref()), day("to", self.to.as_ref()));
        let number = typed(self.number.as_ref()).map(str::parse::<ReportNumber>);
        if matches!(number, Some(Err(_))) {
            faults.push("number");
        }
        let wanted = Wanted {
            number: number.and_then(Result::ok),
            subject: typed(self.subject.as_ref()).map(str::to_owned),
            from,
            to,
            status: typed(self.status.as_ref()).and_then(|word| word.parse().ok()),
        };
        (wanted, faults)
    }

    /// The states there are, with whether each is the chosen one.
    fn states(&self) -> Vec<(Status, bool)> {
        let known = Status::ALL.iter().filter(|status| **status != Status::Unknown);
        known.map(|status| (*status, self.status.as_deref() == Some(status.word()))).collect()
    }
}

impl List {
    fn fault(&self, field: &str) -> bool {
        self.faults.contains(&field)
    }
}

impl Shown {
    /// A conclusion in both languages.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn conclusion(conclusion: &Conclusion) -> (&'static str, &'static str) {
        match conclusion {
            Conclusion::None => ("未归集到记录", "no record held"),
            Conclusion::Found => ("归集到记录", "records held"),
            Conclusion::NotCovered => ("不作结论", "no conclusion"),
        }
    }

    /// Where it stands now.
    fn status(&self) -> Status {
        self.one.history.last().map_or(Status::Unknown, |event| event.status)
    }
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    member.actor().may_inspect()?;
    let (wanted, faults) = asked.wanted();
    let (lines, total) = if faults.is_empty() {
        issued::list(&face.app, member.actor(), &wanted, part(asked.page, PER_PAGE)).await?
    } else {
        (Vec::new(), 0)
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(status, &List { frame: member.frame, asked, lines, total, pager, faults })
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let one = issued::one(&face.app, member.actor(), &number).await?;
    page(StatusCode::OK, &Shown { frame: member.frame, one, reason: String::new(), error: None })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Why {
    reason: String,
}

async fn propose(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(number): Path<String>,
    Form(why): Form<Why>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = issued::one(&face.app, member.actor(), &number).await?;
    let plan = Plan::RevokeReport { number: one.facts.number.clone() };
    match proposal::propose(&face.app, &member.signed, plan, &why.reason).await {
        Ok(id) => {
            let to = format!("/console/proposals/{id}");
            Ok(member.frame.done(&to, "已提出，等待另一人复核", "Proposed: somebody else decides"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Shown { frame: member.frame, one, reason: why.reason, error: Some(error) })
        }
    }
}
