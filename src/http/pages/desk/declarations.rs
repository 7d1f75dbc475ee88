//! What the authority declares its data to cover: what holds, what was declared before, and what another declaration would change.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::settings::Typed;
use super::upload::Fault;
use super::{AtDesk, Desk, Face, Frame, Pager, Problem, labels, page, part};
use crate::flow::coverage::{self, Foreseen, OfDomain, Outlook};
use crate::flow::upload::Error as UploadError;
use crate::http::extract::Query;
use crate::http::visitor::Form;
use crate::rules::{Declaration, DomainId, Gap, RatingAct};

/// Declarations of a page.
const DECLARED: u32 = 10;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    domain: String,
    page: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct Declared {
    #[serde(flatten)]
    typed: Typed,
    #[serde(default)]
    sure: String,
}

#[derive(Template)]
#[template(path = "desk_coverage.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    desk: Desk,
    domains: Vec<OfDomain>,
    /// The domain whose declarations are shown.
    chosen: Option<DomainId>,
    history: Vec<Declaration>,
    pager: Pager,
    typed: Typed,
    error: Option<Fault>,
}

#[derive(Template)]
#[template(path = "desk_declare.html", config = "src/http/pages/askama.toml")]
struct Confirm {
    frame: Frame,
    desk: Desk,
    domain: DomainId,
    typed: Typed,
    foreseen: Foreseen,
}

/// Whether reports conclude, for people.
pub(super) fn outlook(frame: &Frame, outlook: Outlook) -> (&'static str, &'static str, String) {
    let (class, mark, zh, en) = match outlook {
        Outlook::Nothing => (
            "bad",
            "✗",
            "从未声明：报告对本领域一律“不作结论”".to_owned(),
            "nothing was declared: no report concludes".to_owned(),
        ),
        Outlook::Late => (
            "bad",
            "✗",
            "数据已迟到：报告对最近的日期“不作结论”".to_owned(),
            "the data are late: reports draw no conclusion for the newest days".to_owned(),
        ),
        Outlook::Soon(day) => (
            "warn",
            "!",
            format!("{day} 之后报告将“不作结论”：请尽快报送或声明"),
            format!("after {day} reports will draw no conclusion: send or declare soon"),
        ),
        Outlook::Fine(day) => {
            ("valid", "✓", format!("报告可作结论，至 {day}"), format!("reports conclude until {day}"))
        }
    };
    (class, mark, frame.say(&zh, &en).to_owned())
}

/// Days that are left open, for people.
fn gaps(frame: &Frame, gaps: &[Gap]) -> Vec<String> {
    let one = |gap: &Gap| {
        let (zh, en) = labels::gap(gap.reason);
        format!("{} – {}：{}", gap.from, gap.to, frame.say(zh, en))
    };
    gaps.iter().map(one).collect()
}

impl Page {
    fn outlook(&self, domain: &OfDomain) -> (&'static str, &'static str, String) {
        outlook(&self.frame, domain.outlook)
    }

    fn gaps(&self, domain: &OfDomain) -> Vec<String> {
        gaps(&self.frame, &domain.gaps)
    }

    fn wrong(&self, field: &str) -> bool {
        self.error.as_ref().is_some_and(|error| error.field == field)
    }
}

impl Confirm {
    fn outlook(&self, domain: &OfDomain) -> (&'static str, &'static str, String) {
        outlook(&self.frame, domain.outlook)
    }

    fn gaps(&self, domain: &OfDomain) -> Vec<String> {
        gaps(&self.frame, &domain.gaps)
    }

    /// What is brought along to the deed.
    fn hidden(&self) -> [(&'static str, &str); 5] {
        [
            ("domain", self.domain.as_str()),
            ("data_from", &self.typed.data_from),
            ("complete_through", &self.typed.complete_through),
            ("lag", &self.typed.lag),
            ("nothing", &self.typed.nothing),
        ]
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    at: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let typed = Typed { domain: asked.domain.clone(), ..Typed::default() };
    shown(&face, at, &asked, typed, None).await
}

async fn shown(
    face: &Face,
    AtDesk { frame, actor, desk }: AtDesk,
    asked: &Asked,
    typed: Typed,
    error: Option<Fault>,
) -> Result<Response, Problem> {
    let (app, code) = (&face.app, desk.code());
    let domains = coverage::of_desk(app, &actor, code).await?;
    let chosen = desk.domain(&asked.domain).or(desk.authority.domains.first()).cloned();
    let (history, made) = match &chosen {
        Some(domain) => coverage::history(app, &actor, code, domain, part(asked.page, DECLARED)).await?,
        None => (Vec::new(), 0),
    };
    let pager = Pager::new(asked.page, made, DECLARED);
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, &Page { frame, desk, domains, chosen, history, pager, typed, error })
}

/// Tells what a declaration would change; and declares where that was seen.
pub(super) async fn declare(
    State(face): State<Arc<Face>>,
    at: AtDesk,
    Form(Declared { typed, sure }): Form<Declared>,
) -> Result<Response, Problem> {
    let asked = Asked { domain: typed.domain.clone(), page: None };
    let read = || {
        let domain = typed.domain(&at.desk)?;
        let domain = domain.ok_or(("domain", "请选择领域", "choose the domain"))?;
        Ok((domain, typed.declared()?))
    };
    let (domain, declared) = match read() {
        Ok(read) => read,
        Err((field, zh, en)) => {
            let error = Fault { field, text: at.frame.say(zh, en).to_owned() };
            return shown(&face, at, &asked, typed, Some(error)).await;
        }
    };
    let (app, code) = (&face.app, at.desk.code());
    let done = if sure.is_empty() {
        coverage::foresee(app, &at.actor, code, &domain, declared).await.map(Some)
    } else {
        coverage::declare(app, &at.actor, code, &domain, declared).await.map(|()| None)
    };
    match done {
        Ok(Some(foreseen)) => {
            let AtDesk { frame, desk, .. } = at;
            page(StatusCode::OK, &Confirm { frame, desk, domain, typed, foreseen })
        }
        Ok(None) => {
            let to = format!("/desk/coverage?domain={domain}");
            let object = format!("{domain}.{}", app.now().millis());
            Ok(at.frame.done_to_rate(&to, ("已声明", "Declared"), RatingAct::Declare, &object))
        }
        Err(UploadError::Declaration(bad)) => {
            let (zh, en) = bad.said();
            let error = Fault { field: "complete_through", text: at.frame.say(&zh, &en).to_owned() };
            shown(&face, at, &asked, typed, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}
