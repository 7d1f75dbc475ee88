//! The authorities: a list, one of them with its feeds, and the form that registers or alters one.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::{PER_PAGE, part, told, typed};
use crate::flow::console::Error;
use crate::flow::console::authorities::{self, One};
use crate::flow::console::proposal::{self, Plan};
use crate::http::extract::{Path, Query};
use crate::http::pages::frame::Pager;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::{Form, Member};
use crate::rules::{Authority, CreditCode, DomainId};

/// What the name of a domain's box begins with.
const BOX: &str = "domain-";

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/authorities", get(list))
        .route("/console/authorities/new", get(blank).post(register))
        .route("/console/authorities/{code}", get(show).post(alter))
        .route("/console/authorities/{code}/domains", post(take))
}

#[derive(Template)]
#[template(path = "console/authorities.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    words: String,
    authorities: Vec<Authority>,
    total: u32,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "console/authority.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    one: One,
    filled: Filled,
    /// The domains that it may be given.
    boxes: Vec<Choice>,
    error: Option<String>,
    /// The domains that may be taken from it.
    own: Vec<Choice>,
    reason: String,
    /// Why it was not proposed to take them.
    taking: Option<String>,
}

#[derive(Template)]
#[template(path = "console/authority_new.html", config = "src/http/pages/askama.toml")]
struct New {
    frame: Frame,
    filled: Filled,
    boxes: Vec<Choice>,
    error: Option<String>,
}

/// A domain to tick.
struct Choice {
    id: DomainId,
    zh: String,
    en: String,
    ticked: bool,
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
    words: Option<String>,
}

/// The form of an authority, as filled in; each ticked domain is a field of its own.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Filled {
    code: String,
    zh: String,
    en: String,
    contact: String,
    organs: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

/// Domains to take away, and why.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Taken {
    reason: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl Page {
    fn new(face: &Face, frame: Frame, one: One, filled: Filled, error: Option<String>) -> Self {
        let own = |choice: &Choice| one.authority.domains.contains(&choice.id);
        let boxes = filled.boxes(face).into_iter().filter(|choice| !own(choice)).collect();
        let named = one.feeds.iter().map(|feed| {
            let (zh, en) = feed.name.clone().unwrap_or((feed.domain.to_string(), feed.domain.to_string()));
            Choice { id: feed.domain.clone(), zh, en, ticked: false }
        });
        let own = named.collect();
        Self { frame, filled, boxes, error, own, reason: String::new(), taking: None, one }
    }

    fn legend(&self) -> &'static str {
        self.frame.lang.say("再负责的领域", "Further domains that it answers for")
    }
}

impl New {
    fn legend(&self) -> &'static str {
        self.frame.lang.say("负责的领域", "Domains that it answers for")
    }
}

/// The domains whose boxes are ticked.
fn ticked(fields: &BTreeMap<String, String>) -> Vec<DomainId> {
    fields.keys().filter_map(|name| name.strip_prefix(BOX)?.parse().ok()).collect()
}

impl Filled {
    fn of(authority: &Authority) -> Self {
        let organs: Vec<&str> = authority.organs.iter().map(CreditCode::as_str).collect();
        Self {
            code: authority.code.to_string(),
            zh: authority.zh.clone(),
            en: authority.en.clone(),
            contact: authority.contact.clone().unwrap_or_default(),
            organs: organs.join("\n"),
            rest: BTreeMap::new(),
        }
    }

    /// What is filled in, besides the domains that are there.
    fn read(&self, face: &Face, had: &[DomainId]) -> Result<Authority, Error> {
        let code = |text: &str| {
            let refused = || Error::Refused {
                zh: format!("{text} 不是有效的统一社会信用代码"),
                en: format!("{text} is no valid unified social credit code"),
            };
            text.trim().to_uppercase().parse::<CreditCode>().map_err(|_| refused())
        };
        let mut domains = ticked(&self.rest);
        domains.retain(|domain| !had.contains(domain));
        domains.extend_from_slice(had);
        domains.sort_by_key(|id| face.app.reference().catalogue.rank(id));
        Ok(Authority {
            code: code(&self.code)?,
            zh: self.zh.trim().to_owned(),
            en: self.en.trim().to_owned(),
            contact: Some(self.contact.trim().to_owned()).filter(|contact| !contact.is_empty()),
            domains,
            organs: self.organs.split_whitespace().map(code).collect::<Result<_, _>>()?,
        })
    }

    /// The domains there are.
    fn boxes(&self, face: &Face) -> Vec<Choice> {
        let ticked = ticked(&self.rest);
        let known = face.app.reference().catalogue.domains.iter();
        known
            .map(|domain| Choice {
                ticked: ticked.contains(&domain.id),
                id: domain.id.clone(),
                zh: domain.zh.clone(),
                en: domain.en.clone(),
            })
            .collect()
    }
}

async fn list(
    State(face): State<Arc<Face>>,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let words = typed(asked.words.as_ref());
    let found = authorities::list(&face.app, member.actor(), words).await?;
    let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let part = part(asked.page, PER_PAGE);
    let (skip, take) = (part.offset as usize, part.limit as usize);
    let authorities = found.into_iter().skip(skip).take(take).collect();
    let words = words.unwrap_or_default().to_owned();
    let pager = Pager::new(asked.page, total, PER_PAGE);
    page(StatusCode::OK, &List { frame: member.frame, words, authorities, total, pager })
}

async fn show(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let one = authorities::one(&face.app, member.actor(), &code).await?;
    let filled = Filled::of(&one.authority);
    page(StatusCode::OK, &Page::new(&face, member.frame, one, filled, None))
}

async fn alter(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(code): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = authorities::one(&face.app, member.actor(), &code).await?;
    let filled = Filled { code: one.authority.code.to_string(), ..filled };
    let saved = async {
        let authority = filled.read(&face, &one.authority.domains)?;
        authorities::save(&face.app, member.actor(), authority, false).await
    };
    match saved.await {
        Ok(()) => {
            let to = format!("/console/authorities/{}", one.authority.code);
            Ok(member.frame.done(&to, "已保存", "Saved"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            page(status, &Page::new(&face, member.frame, one, filled, Some(error)))
        }
    }
}

/// Proposes to take domains away; somebody else decides.
async fn take(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(code): Path<String>,
    Form(taken): Form<Taken>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let one = authorities::one(&face.app, member.actor(), &code).await?;
    let domains = ticked(&taken.rest);
    let plan = Plan::TakeDomains { authority: one.authority.code, domains: domains.clone() };
    match proposal::propose(&face.app, &member.signed, plan, &taken.reason).await {
        Ok(id) => {
            let to = format!("/console/proposals/{id}");
            Ok(member.frame.done(&to, "已提出，等待另一人复核", "Proposed: somebody else decides"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            let filled = Filled::of(&one.authority);
            let mut shown = Page::new(&face, member.frame, one, filled, None);
            for choice in &mut shown.own {
                choice.ticked = domains.contains(&choice.id);
            }
            page(status, &Page { reason: taken.reason, taking: Some(error), ..shown })
        }
    }
}

async fn blank(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let filled = Filled::default();
    let boxes = filled.boxes(&face);
    page(StatusCode::OK, &New { frame: member.frame, filled, boxes, error: None })
}

async fn register(
    State(face): State<Arc<Face>>,
    member: Member,
    Form(filled): Form<Filled>,
) -> Result<Response, Problem> {
    member.actor().may_operate()?;
    let saved = async {
        let authority = filled.read(&face, &[])?;
        let code = authority.code;
        authorities::save(&face.app, member.actor(), authority, true).await?;
        Ok(code)
    };
    match saved.await {
        Ok(code) => Ok(member.frame.done(&format!("/console/authorities/{code}"), "已登记", "Registered")),
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            let boxes = filled.boxes(&face);
            page(status, &New { frame: member.frame, filled, boxes, error: Some(error) })
        }
    }
}
