//! Catalogue, profile and policy: the text in force, its versions, what another text would change, and the proposal to use it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{told, typed};
use crate::flow::console::Error;
use crate::flow::console::proposal::{self, Plan};
use crate::flow::console::rules::{self, Fault, Kind, Preview};
use crate::flow::{Actor, App};
use crate::http::extract::Path;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::facts::Conclusion;
use crate::rules::{DiffLine, Instant, RuleKind, diff, parse_day};

/// Lines that are shown around a difference.
const AROUND: usize = 2;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/rules", get(list))
        .route("/console/rules/{kind}", get(show).post(propose))
        .route("/console/rules/{kind}/preview", post(check))
        .route("/console/rules/{kind}/{number}", get(version))
}

#[derive(Template)]
#[template(path = "console/rules.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    kinds: Vec<Kind>,
}

#[derive(Template)]
#[template(path = "console/rules_of.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    kind: Kind,
    filled: Filled,
    change: Option<Change>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "console/rules_text.html", config = "src/http/pages/askama.toml")]
struct Version {
    frame: Frame,
    kind: RuleKind,
    name: String,
    from: Instant,
    text: String,
}

/// The form, as filled in.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Filled {
    text: String,
    from: String,
    reason: String,
}

/// A line of a comparison, with its sign and its class; `None` where lines are passed over.
pub(super) struct Row {
    pub(super) sign: &'static str,
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// What a text would change.
pub(super) struct Change {
    pub(super) rows: Vec<Row>,
    pub(super) effects: Result<Preview, Fault>,
}

impl Change {
    /// What a text would change, beside the one in force.
    pub(super) async fn of(app: &App, actor: &Actor, kind: RuleKind, text: &str) -> Result<Self, Error> {
        let present = rules::kind(app, actor, kind).await?;
        let rows = rows(&present.text, text);
        Ok(Self { rows, effects: rules::preview(app, actor, kind, text).await? })
    }

    /// A conclusion and its records in both languages.
    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "templates hand over references"
    )]
    pub(super) fn conclusion(of: &Option<(Conclusion, u32)>) -> (String, String) {
        match of {
            None => ("不能申请".to_owned(), "cannot be asked for".to_owned()),
            Some((Conclusion::None, _)) => ("未归集到记录".to_owned(), "no record held".to_owned()),
            Some((Conclusion::Found, records)) => {
                (format!("归集到记录 {records} 条"), format!("{records} held"))
            }
            Some((Conclusion::NotCovered, _)) => ("不作结论".to_owned(), "no conclusion".to_owned()),
        }
    }
}

/// The lines that differ, with a few around them.
fn rows(old: &str, new: &str) -> Vec<Row> {
    let lines = diff(old, new);
    let differs: Vec<bool> = lines.iter().map(|line| !matches!(line, DiffLine::Same(_))).collect();
    let near = |at: usize| {
        let (from, to) = (at.saturating_sub(AROUND), (at + AROUND + 1).min(differs.len()));
        differs[from..to].contains(&true)
    };
    let mut rows = Vec::new();
    let mut passed = false;
    for (at, line) in lines.iter().enumerate() {
        if !near(at) {
            passed = true;
            continue;
        }
        if std::mem::take(&mut passed) {
            rows.push(Row { sign: "…", class: "aside", text: String::new() });
        }
        let (sign, class, text) = match line {
            DiffLine::Same(text) => (" ", "", text),
            DiffLine::Gone(text) => ("−", "bad", text),
            DiffLine::New(text) => ("+", "valid", text),
        };
        rows.push(Row { sign, class, text: (*text).to_owned() });
    }
    rows
}

fn read(kind: &str) -> Result<RuleKind, Problem> {
    kind.parse().map_err(|_| Problem::NOT_FOUND)
}

async fn list(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    let mut kinds = Vec::new();
    for kind in RuleKind::ALL {
        kinds.push(rules::kind(&face.app, member.actor(), *kind).await?);
    }
    page(StatusCode::OK, &List { frame: member.frame, kinds })
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    member.actor().may_inspect()?;
    let kind = rules::kind(&face.app, member.actor(), read(&kind)?).await?;
    let filled = Filled { text: kind.text.clone(), ..Filled::default() };
    page(StatusCode::OK, &Page { frame: member.frame, kind, filled, change: None, error: None })
}

async fn version(
    State(face): State<Arc<Face>>,
    member: Member,
    Path((kind, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    member.actor().may_inspect()?;
    let (kind, number) = (read(&kind)?, number.parse().map_err(|_| Problem::NOT_FOUND)?);
    let kept = rules::text(&face.app, member.actor(), kind, number).await?;
    let name = format!("{} {}", kept.id, kept.version);
    let shown = Version { frame: member.frame, kind, name, from: kept.effective_from, text: kept.body };
    page(StatusCode::OK, &shown)
}

async fn check(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(kind): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let kind = read(&kind)?;
    let filled = Filled { text: rules::plain(&filled.text), ..filled };
    let change = Change::of(&face.app, member.actor(), kind, &filled.text).await?;
    let status = if change.effects.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let kind = rules::kind(&face.app, member.actor(), kind).await?;
    page(status, &Page { frame: member.frame, kind, filled, change: Some(change), error: None })
}

async fn propose(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(kind): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let kind = read(&kind)?;
    let filled = Filled { text: rules::plain(&filled.text), ..filled };
    let proposed = async {
        let day = typed(Some(&filled.from)).map(parse_day);
        let from = match day {
            None => None,
            Some(Some(day)) => Some(Instant::start_of(day)),
            Some(None) => {
                let zh = "生效日期应写作 2026-12-01".to_owned();
                return Err(Error::Refused { zh, en: "write the day as 2026-12-01".to_owned() });
            }
        };
        let plan = Plan::ChangeRules { rules: kind, text: filled.text.clone(), from };
        proposal::propose(&face.app, &member.signed, plan, &filled.reason).await
    };
    match proposed.await {
        Ok(id) => {
            let to = format!("/console/proposals/{id}");
            Ok(member.frame.done(&to, "已提出，等待另一人复核", "Proposed: somebody else decides"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            let change = Change::of(&face.app, member.actor(), kind, &filled.text).await?;
            let kind = rules::kind(&face.app, member.actor(), kind).await?;
            let shown = Page { frame: member.frame, kind, filled, change: Some(change), error: Some(error) };
            page(status, &shown)
        }
    }
}
