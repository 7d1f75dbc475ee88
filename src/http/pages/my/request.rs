//! A report is asked for: a form, what it would say, and the report.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::{Face, Held, Holder, Problem, Turned, page, words};
use crate::flow::issue::{self, Ask, Issued};
use crate::flow::{again, preview as flow};
use crate::http::extract::Query;
use crate::http::pages::asking::{Fault, Fields, Typed, fault, picture};
use crate::http::pages::scripts::Asset;
use crate::http::visitor::Form;
use crate::rules::facts::Facts;

#[derive(Template)]
#[template(path = "my_request.html", config = "src/http/pages/askama.toml")]
struct Request<'a> {
    holder: Holder,
    fields: Fields<'a>,
}

#[derive(Template)]
#[template(path = "my_preview.html", config = "src/http/pages/askama.toml")]
struct Preview<'a> {
    holder: Holder,
    held: Held,
    typed: Typed,
    facts: Facts,
    script: &'a Asset,
}

#[derive(Template)]
#[template(path = "my_issued.html", config = "src/http/pages/askama.toml")]
struct Outcome {
    holder: Holder,
    issued: Issued,
    picture: Option<String>,
    /// The report whose settings were used.
    before: Option<String>,
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    holder.chosen()?;
    let one = |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let presets = &face.app.reference().presets;
    let mut fault = None;
    let typed = if let Some(number) = one("like") {
        let settings = again::settings(&face.app, holder.actor(), number).await.map_err(Problem::from)?;
        let again::Settings { ask, purpose } = settings;
        if let Some(gone) = purpose.filter(|_| ask.purpose.is_none()) {
            let zh = format!(
                "原报告的用途“{}”已不再提供，请另选用途；需要保留原用途时，请在原报告页面重新出具",
                gone.zh
            );
            let en = format!(
                "the report's purpose, {}, is not offered any more: choose another, or ask for the report anew on its own page, which keeps it",
                gone.en
            );
            fault = Some(Fault { field: "purpose", zh, en });
        }
        let id = holder.subjects.iter().find(|held| held.code == ask.subject).map(|held| held.id);
        holder.lean_to(id.unwrap_or_default());
        Typed::like(&ask)
    } else if let Some(id) = one("preset") {
        Typed::preset(&face, presets.preset(id).ok_or(Problem::NOT_FOUND)?)
    } else if one("span").is_some() || one("domain").is_some() {
        Typed::of(&pairs)
    } else {
        Typed::blank(&face)
    };
    Ok(form(&face, holder, typed, StatusCode::OK, fault)?)
}

fn form(
    face: &Face,
    holder: Holder,
    typed: Typed,
    status: StatusCode,
    fault: Option<Fault>,
) -> Result<Response, Problem> {
    page(status, &Request { holder, fields: Fields::new(face, typed, fault) })
}

/// The subject that a form names.
fn named(pairs: &[(String, String)]) -> Result<Uuid, Problem> {
    let found = pairs.iter().find(|(field, _)| field == "subject").and_then(|(_, id)| id.parse().ok());
    found.ok_or(Problem::NOT_FOUND)
}

pub(super) async fn preview(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(named(&pairs)?)?;
    let mut typed = Typed::of(&pairs);
    let ask = match typed.ask(&held.code) {
        Ok(ask) => ask,
        Err(fault) => return form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)),
    };
    match flow::preview(&face.app, holder.actor(), &ask).await {
        Ok(facts) => {
            typed.key = face.app.mint().to_string();
            let script = &face.pages.scripts.of_choice;
            page(StatusCode::OK, &Preview { holder, held, typed, facts, script })
        }
        Err(error) => {
            let fault = fault(error)?;
            form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault))
        }
    }
}

pub(super) async fn issue(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(named(&pairs)?)?;
    let typed = Typed::of(&pairs);
    let ask = match typed.ask(&held.code) {
        Ok(ask) => Ask { idempotency_key: Some(typed.key.clone()), ..ask },
        Err(fault) => return form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)),
    };
    match issue::issue(&face.app, holder.actor(), ask).await {
        Ok(issued) => result(holder, issued, None),
        Err(error) => {
            let fault = fault(error)?;
            form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault))
        }
    }
}

/// The page of a report that was issued just now.
pub(super) fn result(holder: Holder, issued: Issued, before: Option<String>) -> Result<Response, Problem> {
    let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let picture = picture(&issued);
    Ok(page(status, &Outcome { holder, issued, picture, before })?.into_response())
}
