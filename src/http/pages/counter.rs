//! The service counter: a clerk finds a subject, writes down who asks and by what they are known, sees the conclusions, and issues.
//!
//! What is typed about people travels in bodies of forms, never in addresses.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::asking::{Fault, Fields, Typed, fault, picture};
use super::frame::Pager;
use super::my::words;
use super::scripts::Asset;
use super::visitor::{Form, Member};
use super::{Face, Frame, Problem, Turned, page};
use crate::flow::counter::{self, Applicant, Error, IssuedHere, Lacks, Line};
use crate::flow::issue::{Ask, Issued};
use crate::flow::{Actor, Listing};
use crate::http::extract::{Path, Query};
use crate::rules::{ActsAs, Facts, ShownDocument};

/// Reports on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/counter", get(home).post(find))
        .route("/counter/request", get(form).post(act))
        .route("/counter/reports/{number}/pdf", get(pdf))
}

/// What a search found.
struct Found {
    words: String,
    lines: Vec<Line>,
    wrong: bool,
}

#[derive(Template)]
#[template(path = "counter.html", config = "src/http/pages/askama.toml")]
struct Home {
    frame: Frame,
    found: Option<Found>,
    issued: Vec<IssuedHere>,
    total: u32,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "counter_request.html", config = "src/http/pages/askama.toml")]
struct Request<'a> {
    frame: Frame,
    subject: Line,
    stands: Stands,
    /// What is missing of the applicant.
    lacks: Option<Lacks>,
    fields: Fields<'a>,
}

#[derive(Template)]
#[template(path = "counter_preview.html", config = "src/http/pages/askama.toml")]
struct Preview<'a> {
    frame: Frame,
    subject: Line,
    stands: Stands,
    typed: Typed,
    facts: Facts,
    script: &'a Asset,
}

#[derive(Template)]
#[template(path = "counter_issued.html", config = "src/http/pages/askama.toml")]
struct Outcome {
    frame: Frame,
    issued: Issued,
    picture: Option<String>,
}

/// Who stands at the counter, as it was typed.
struct Stands {
    applicant: String,
    acts_as: String,
    document: String,
    agreed: bool,
}

impl Stands {
    fn of(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| {
            let found = pairs.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.trim().chars().take(200).collect()).unwrap_or_default()
        };
        Self {
            applicant: one("applicant"),
            acts_as: one("acts_as"),
            document: one("document"),
            agreed: one("agreed") == "yes",
        }
    }

    fn read(&self) -> Applicant {
        Applicant {
            name: self.applicant.clone(),
            acts_as: self.acts_as.parse().ok(),
            document: self.document.parse().ok(),
            agreed: self.agreed,
        }
    }

    /// The parts that somebody can have who asks about this subject.
    fn parts(&self, subject: &Line) -> Vec<(ActsAs, bool)> {
        let one = if subject.person { ActsAs::Oneself } else { ActsAs::Head };
        [one, ActsAs::Proxy].map(|part| (part, part.word() == self.acts_as)).to_vec()
    }

    /// The documents that there are, and whether each is the chosen one.
    fn documents(&self) -> Vec<(ShownDocument, bool)> {
        ShownDocument::ALL.iter().map(|shown| (*shown, shown.word() == self.document)).collect()
    }

    /// What was shown, and by whom.
    fn shown(&self, frame: &Frame) -> String {
        let part = self.acts_as.parse::<ActsAs>().map(|it| frame.say(it.zh(), it.en())).unwrap_or_default();
        let document = self.document.parse::<ShownDocument>();
        let document = document.map(|it| frame.say(it.zh(), it.en())).unwrap_or_default();
        format!("{part}{}{document}", frame.say("，出示", ", who showed: "))
    }
}

impl Request<'_> {
    /// Whether this is missing of the applicant.
    fn lacks(&self, field: &str) -> bool {
        let named = match self.lacks {
            Some(Lacks::Name | Lacks::OtherName) => "applicant",
            Some(Lacks::Part) => "acts_as",
            Some(Lacks::Document) => "document",
            Some(Lacks::Consent) => "agreed",
            None => return false,
        };
        named == field
    }
}

#[derive(Deserialize)]
struct Asked {
    page: Option<u32>,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    words: String,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Forbidden(error) => error.into(),
            Error::NotFound => Self::NOT_FOUND,
            Error::Words => {
                Self::UNPROCESSABLE.with_detail(format!("请输入完整代码，或名称中至少两个字 / {error}"))
            }
            Error::Applicant(lacks) => {
                let (zh, en) = lacks.said();
                Self::UNPROCESSABLE.with_detail(format!("{zh} / {en}"))
            }
            Error::Issue(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

async fn home(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    show(&face, &signed.actor, frame, asked.page, None).await
}

async fn find(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(Words { words }): Form<Words>,
) -> Result<Response, Problem> {
    let (lines, wrong) = match counter::find(&face.app, &signed.actor, &words).await {
        Ok(lines) => (lines, false),
        Err(Error::Words) => (Vec::new(), true),
        Err(error) => return Err(error.into()),
    };
    show(&face, &signed.actor, frame, None, Some(Found { words, lines, wrong })).await
}

async fn show(
    face: &Face,
    actor: &Actor,
    frame: Frame,
    asked: Option<u32>,
    found: Option<Found>,
) -> Result<Response, Problem> {
    let of_page = |page: u32| Listing { offset: (page - 1).saturating_mul(PER_PAGE), limit: PER_PAGE };
    let wanted = asked.unwrap_or(1).max(1);
    let (mut issued, total) = counter::today(&face.app, actor, of_page(wanted)).await?;
    let pager = Pager::new(asked, total, PER_PAGE);
    if pager.page != wanted {
        issued = counter::today(&face.app, actor, of_page(pager.page)).await?.0;
    }
    let wrong = found.as_ref().is_some_and(|found| found.wrong);
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(status, &Home { frame, found, issued, total, pager })
}

/// The subject that a form names.
fn named(pairs: &[(String, String)]) -> Option<Uuid> {
    pairs.iter().find(|(field, _)| field == "subject").and_then(|(_, id)| id.parse().ok())
}

async fn form(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    signed.actor.may_serve_counter().map_err(Problem::from)?;
    // A click for the other language on a page that a form led to comes without a subject.
    let Some(id) = named(&pairs) else { return Ok(Redirect::to("/counter").into_response()) };
    let subject = counter::subject(&face.app, &signed.actor, id).await.map_err(Problem::from)?;
    let preset = pairs.iter().find(|(field, _)| field == "preset");
    let typed = match preset {
        Some((_, id)) => {
            let preset = face.app.reference().presets.preset(id);
            Typed::preset(&face, preset.ok_or(Problem::NOT_FOUND)?)
        }
        None => Typed::blank(&face),
    };
    let (fields, stands) = (Fields::new(&face, typed, None), Stands::of(&[]));
    Ok(page(StatusCode::OK, &Request { frame, subject, stands, lacks: None, fields })?)
}

/// The next step: the conclusions, the report, or the form once more.
async fn act(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let actor = &signed.actor;
    actor.may_serve_counter()?;
    let id = named(&pairs).ok_or(Problem::NOT_FOUND)?;
    let subject = counter::subject(&face.app, actor, id).await?;
    let (mut typed, stands) = (Typed::of(&pairs), Stands::of(&pairs));
    let act = pairs.iter().find(|(field, _)| field == "act").map_or("preview", |(_, act)| act.as_str());
    let again = |frame, subject, stands, lacks: Option<Lacks>, typed, fault: Option<Fault>| {
        let wrong = fault.is_some() || lacks.is_some();
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let fields = Fields::new(&face, typed, fault);
        page(status, &Request { frame, subject, stands, lacks, fields })
    };
    if act == "change" {
        return again(frame, subject, stands, None, typed, None);
    }
    let ask = match typed.ask("") {
        Ok(ask) => ask,
        Err(fault) => return again(frame, subject, stands, None, typed, Some(fault)),
    };
    let applicant = stands.read();
    let done = if act == "issue" {
        let ask = Ask { idempotency_key: Some(typed.key.clone()), ..ask };
        counter::issue(&face.app, actor, id, &applicant, ask).await.map(|issued| {
            let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
            let picture = picture(&issued);
            page(status, &Outcome { frame: frame.clone(), issued, picture })
        })
    } else {
        counter::preview(&face.app, actor, id, &applicant, ask).await.map(|facts| {
            typed.key = face.app.mint().to_string();
            let script = &face.pages.scripts.of_choice;
            let (subject, frame) = (subject.clone(), frame.clone());
            let (typed, stands) = (typed.clone(), Stands::of(&pairs));
            page(StatusCode::OK, &Preview { frame, subject, stands, typed, facts, script })
        })
    };
    match done {
        Ok(page) => page,
        Err(Error::Applicant(lacks)) => again(frame, subject, stands, Some(lacks), typed, None),
        Err(Error::Issue(error)) => {
            let fault = fault(error)?;
            again(frame, subject, stands, None, typed, Some(fault))
        }
        Err(error) => Err(error.into()),
    }
}

async fn pdf(
    State(face): State<Arc<Face>>,
    Member { signed, .. }: Member,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let (number, digest, bytes) = counter::pdf(&face.app, &signed.actor, &number).await?;
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.pdf\"")),
        (ETAG, format!("\"{digest}\"")),
    ];
    Ok((headers, bytes).into_response())
}
