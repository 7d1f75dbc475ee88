//! The journal: search, the check of its chain, and a file to take away.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::acts::ACTS;
use super::typed;
use crate::flow::console::journal::{self, Chain, LONGEST, Link, Wanted};
use crate::http::extract::Query;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::parse_day;

/// Entries on a page.
const PER_PAGE: u32 = 50;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/journal", get(search))
        .route("/console/journal/check", post(check))
        .route("/console/journal/export", post(export))
}

#[derive(Template)]
#[template(path = "console/journal.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    asked: Asked,
    links: Vec<Link>,
    /// The number below which the next page begins.
    older: Option<i64>,
    faults: Vec<&'static str>,
    chain: Option<Chain>,
}

/// What is searched for, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    actor: Option<String>,
    act: Option<String>,
    object: Option<String>,
    from: Option<String>,
    to: Option<String>,
    below: Option<i64>,
}

impl Asked {
    fn wanted(&self) -> (Wanted, Vec<&'static str>) {
        let mut faults = Vec::new();
        let mut day = |field: &'static str, text: Option<&String>| {
            let text = typed(text)?;
            let day = parse_day(text);
            if day.is_none() {
                faults.push(field);
            }
            day
        };
        let (from, to) = (day("from", self.from.as_ref()), day("to", self.to.as_ref()));
        let text = |text: &Option<String>| typed(text.as_ref()).map(str::to_owned);
        let wanted =
            Wanted { actor: text(&self.actor), act: text(&self.act), object: text(&self.object), from, to };
        (wanted, faults)
    }
}

impl Page {
    /// The acts to choose from: word, name, and whether it is chosen. One that has no name stays what was typed.
    fn acts(&self) -> Vec<(String, String, bool)> {
        let asked = self.asked.act.as_deref().unwrap_or_default();
        let named = |(word, zh, en): &(&str, &str, &str)| {
            ((*word).to_owned(), self.frame.say(zh, en).to_owned(), *word == asked)
        };
        let mut acts: Vec<_> = ACTS.iter().map(named).collect();
        if !asked.is_empty() && !acts.iter().any(|(_, _, chosen)| *chosen) {
            acts.push((asked.to_owned(), asked.to_owned(), true));
        }
        acts
    }

    fn fault(&self, field: &str) -> bool {
        self.faults.contains(&field)
    }

    /// The query of the newest entries.
    fn newest(&self) -> String {
        self.frame.query.split_inclusive('&').filter(|pair| !pair.starts_with("below=")).collect()
    }

    /// The link to what is older.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn further(&self, below: &i64) -> String {
        format!("?{}below={below}", self.newest())
    }
}

/// How an entry does not fit, as the check of the chain names it.
fn broken<'f>(frame: &'f Frame, fault: &'f str) -> &'f str {
    let zh = match fault {
        "missing" => "此条缺失",
        "missing at the end" => "末尾缺失",
        "changed" => "此条被改动",
        _ => "与前一条不衔接",
    };
    frame.say(zh, fault)
}

async fn search(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    shown(&face, member, asked, None).await
}

async fn shown(face: &Face, member: Member, asked: Asked, chain: Option<Chain>) -> Result<Response, Problem> {
    member.actor().may_audit()?;
    let (wanted, faults) = asked.wanted();
    let (links, more) = if faults.is_empty() {
        journal::search(&face.app, member.actor(), &wanted, asked.below, PER_PAGE).await?
    } else {
        (Vec::new(), false)
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let older = links.last().filter(|_| more).map(|link| link.seq);
    page(status, &Page { frame: member.frame, asked, links, older, faults, chain })
}

#[derive(Deserialize)]
struct Nothing {}

async fn check(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let chain = journal::check(&face.app, member.actor()).await?;
    shown(&face, member, Asked::default(), Some(chain)).await
}

async fn export(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(asked): Form<Asked>,
) -> Result<Response, Problem> {
    member.actor().may_audit()?;
    let (wanted, faults) = asked.wanted();
    if !faults.is_empty() {
        return shown(&face, member, asked, None).await;
    }
    let file = journal::export(&face.app, member.actor(), &wanted).await?;
    let name = if file.cut { format!("journal-newest-{LONGEST}.csv") } else { "journal.csv".to_owned() };
    let headers = [
        ("content-type", "text/csv; charset=utf-8".to_owned()),
        ("content-disposition", format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, file.csv).into_response())
}
