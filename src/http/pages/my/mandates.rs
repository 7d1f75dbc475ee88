//! Who else may act for a subject: given, seen and revoked.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{Face, Holder, Problem, Turned, page};
use crate::flow::mandates::{self, Error, Given, Wanted};
use crate::http::extract::Path;
use crate::http::visitor::Form;
use crate::rules::{RatingAct, months_after, parse_day};

#[derive(Template)]
#[template(path = "my_mandates.html", config = "src/http/pages/askama.toml")]
struct Mandates {
    holder: Holder,
    given: Vec<Given>,
    typed: Typed,
    /// What is wrong: the field, and how.
    fault: Option<(&'static str, String)>,
    today: String,
    latest: String,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    subject: Uuid,
    #[serde(default)]
    name: String,
    #[serde(default)]
    ask: String,
    #[serde(default)]
    share: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    until: String,
}

#[derive(Deserialize)]
pub(super) struct Of {
    #[serde(default)]
    subject: Uuid,
}

impl Mandates {
    fn fault(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(of, _)| *of == field).map(|(_, text)| text.as_str())
    }
}

pub(super) async fn list(State(face): State<Arc<Face>>, holder: Holder) -> Result<Response, Turned> {
    let id = holder.chosen()?.id;
    Ok(shown(&face, holder, id, Typed::default(), StatusCode::OK, None).await?)
}

async fn shown(
    face: &Face,
    holder: Holder,
    subject: Uuid,
    typed: Typed,
    status: StatusCode,
    fault: Option<(&'static str, String)>,
) -> Result<Response, Problem> {
    let owns = holder.chosen.as_ref().is_some_and(|held| held.scope.delegate);
    let given = if owns { mandates::list(&face.app, &holder.signed, subject).await? } else { Vec::new() };
    let today = face.app.now().local_day();
    let latest = months_after(today, mandates::LONGEST).to_string();
    page(status, &Mandates { holder, given, typed, fault, today: today.to_string(), latest })
}

pub(super) async fn give(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(typed.subject)?;
    let until = parse_day(&typed.until);
    let given = match until {
        None => {
            let text =
                holder.frame.say("请填写到期日，例如 2027-01-31", "give the last day, such as 2027-01-31");
            Err(("until", text.to_owned()))
        }
        Some(until) => {
            let wanted = Wanted {
                subject: held.id,
                to: typed.name.clone(),
                ask: typed.ask == "yes",
                share: typed.share == "yes",
                purpose: typed.purpose.clone(),
                until,
            };
            match mandates::give(&face.app, &holder.signed, &wanted).await {
                Ok(id) => Ok(id),
                Err(error) => {
                    let field = match &error {
                        Error::Nobody(_) | Error::Oneself | Error::Many => "name",
                        Error::TooFar => "scope",
                        Error::Purpose => "purpose",
                        Error::Until(_) => "until",
                        _ => return Err(error.into()),
                    };
                    Err((field, holder.frame.lang.half(&error.to_string()).to_owned()))
                }
            }
        }
    };
    match given {
        Ok(id) => Ok(holder.frame.done_to_rate(
            "/my/mandates",
            ("委托已生效，受托人下一次操作即可使用", "The mandate holds from its holder's next click on"),
            RatingAct::Mandate,
            &id,
        )),
        Err(fault) => {
            shown(&face, holder, held.id, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)).await
        }
    }
}

pub(super) async fn revoke(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Path(id): Path<Uuid>,
    Form(Of { subject }): Form<Of>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(subject)?;
    mandates::revoke(&face.app, &holder.signed, held.id, id).await?;
    let said = ("委托已撤销，立即失效", "The mandate is revoked at once");
    // That it was given may have been rated under its own id.
    Ok(holder.frame.done_to_rate("/my/mandates", said, RatingAct::Mandate, &format!("{id}.end")))
}
