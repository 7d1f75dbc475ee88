//! The authorities: a list, one of them with its feeds, and the form that registers or alters one.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::{PER_PAGE, part, told, typed};
use crate::flow::console::Error;
use crate::flow::console::authorities::{self, One};
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
    boxes: Vec<Choice>,
    error: Option<String>,
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

impl Filled {
    fn of(authority: &Authority) -> Self {
        let organs: Vec<&str> = authority.organs.iter().map(CreditCode::as_str).collect();
        Self {
            code: authority.code.to_string(),
            zh: authority.zh.clone(),
            en: authority.en.clone(),
            contact: authority.contact.clone().unwrap_or_default(),
            organs: organs.join("\n"),
            rest: authority.domains.iter().map(|id| (format!("{BOX}{id}"), "on".to_owned())).collect(),
        }
    }

    fn domains(&self) -> Vec<DomainId> {
        self.rest.keys().filter_map(|name| name.strip_prefix(BOX)?.parse().ok()).collect()
    }

    fn read(&self, face: &Face) -> Result<Authority, Error> {
        let code = |text: &str| {
            let refused = || Error::Refused {
                zh: format!("{text} 不是有效的统一社会信用代码"),
                en: format!("{text} is no valid unified social credit code"),
            };
            text.trim().to_uppercase().parse::<CreditCode>().map_err(|_| refused())
        };
        let mut domains = self.domains();
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

    /// The domains there are, and those that are ticked though the catalogue has them no more.
    fn boxes(&self, face: &Face) -> Vec<Choice> {
        let ticked = self.domains();
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
    let boxes = filled.boxes(&face);
    page(StatusCode::OK, &Page { frame: member.frame, one, filled, boxes, error: None })
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
        let authority = filled.read(&face)?;
        authorities::save(&face.app, member.actor(), authority, false).await
    };
    match saved.await {
        Ok(()) => {
            let to = format!("/console/authorities/{}", one.authority.code);
            Ok(member.frame.done(&to, "已保存", "Saved"))
        }
        Err(error) => {
            let (status, error) = told(&member.frame, error)?;
            let boxes = filled.boxes(&face);
            page(status, &Page { frame: member.frame, one, filled, boxes, error: Some(error) })
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
        let authority = filled.read(&face)?;
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
