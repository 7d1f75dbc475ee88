//! What somebody sees who scans a one-code: a door first, and behind it the present conclusions.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, REFRESH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::conclusions::{conclusion, gaps};
use super::visitor::{Form, Member, Visitor, Whence};
use super::{Face, Frame, Problem, cookies, page};
use crate::flow::share::{self, Door, Error, Seen, Viewer, Wait};
use crate::http::extract::Path;
use crate::rules::facts::Channel;
use crate::rules::{ShareKind, Terms};

/// How long a browser keeps what it sees a look again by, in seconds: an hour.
const KEPT: i64 = 3600;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/c/{code}", get(door).post(open))
        .route("/c/{code}/ask", post(ask))
        .route("/looks/{id}", get(show))
        .route("/looks/{id}/report", post(report))
}

/// What stands at the door.
enum Sign {
    /// Somebody may go on, or waits.
    Door(Door),
    /// They must sign in first, for a reason in both languages.
    SignIn(String, String),
}

#[derive(Template)]
#[template(path = "door.html", config = "src/http/pages/askama.toml")]
struct AtDoor {
    frame: Frame,
    code: String,
    sign: Sign,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "look.html", config = "src/http/pages/askama.toml")]
struct Shown {
    frame: Frame,
    id: Uuid,
    seen: Seen,
    origin: String,
}

impl AtDoor {
    /// The path of this door, as an address to come back to.
    fn back(&self) -> String {
        cookies::encoded(&format!("/c/{}", self.code))
    }
}

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Stated {
    #[serde(default)]
    purpose: String,
}

fn viewer(visitor: &Visitor, whence: &Whence) -> Viewer {
    let signed = visitor.signed.as_ref();
    Viewer {
        actor: signed.map(|signed| signed.actor.clone()),
        shown: signed.map(|signed| signed.shown.clone()),
        knock: whence.0.clone(),
    }
}

async fn door(
    State(face): State<Arc<Face>>,
    visitor: Visitor,
    whence: Whence,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    at_door(&face, visitor, &whence, code, StatusCode::OK, None).await
}

async fn at_door(
    face: &Face,
    visitor: Visitor,
    whence: &Whence,
    code: String,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, Problem> {
    let sign = match share::knock(&face.app, &viewer(&visitor, whence), &code).await {
        Ok(door) => Sign::Door(door),
        Err(error @ (Error::AskFirst | Error::NotForYou)) => {
            let (zh, en) = error.said().unwrap_or_default();
            Sign::SignIn(zh, en)
        }
        Err(error) => return Err(error.into()),
    };
    let waits = matches!(sign, Sign::Door(Door { wait: Some(Wait::Waiting), .. }));
    let mut response = page(status, &AtDoor { frame: visitor.frame, code, sign, error })?;
    if waits {
        response.headers_mut().insert(REFRESH, HeaderValue::from_static("5"));
    }
    Ok(response)
}

async fn open(
    State(face): State<Arc<Face>>,
    visitor: Visitor,
    whence: Whence,
    Path(code): Path<String>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let jar = visitor.frame.jar.clone();
    let known = jar.get(&headers, cookies::VIEW).filter(|secret| secret.len() == 64);
    let secret = known.unwrap_or_else(|| face.app.secret());
    let id = share::open(&face.app, &viewer(&visitor, &whence), &code, &secret).await?;
    jar.set(cookies::VIEW, &secret, Some(KEPT));
    Ok(Redirect::to(&format!("/looks/{id}")).into_response())
}

async fn ask(
    State(face): State<Arc<Face>>,
    Member { signed, frame }: Member,
    whence: Whence,
    Path(code): Path<String>,
    Form(Stated { purpose }): Form<Stated>,
) -> Result<Response, Problem> {
    match share::ask(&face.app, &signed.actor, &signed.shown, &code, &purpose).await {
        Ok(()) => {
            let compact: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
            Ok(Redirect::to(&format!("/c/{compact}")).into_response())
        }
        Err(error @ (Error::Terms(_) | Error::Crowded)) => {
            let (zh, en) = error.said().unwrap_or_default();
            let text = frame.say(&zh, &en).to_owned();
            let visitor = Visitor { signed: Some(signed), frame };
            at_door(&face, visitor, &whence, code, StatusCode::UNPROCESSABLE_ENTITY, Some(text)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn secret(visitor: &Visitor, headers: &HeaderMap) -> Result<String, Problem> {
    let secret = visitor.frame.jar.get(headers, cookies::VIEW);
    secret.ok_or_else(|| Error::NotFound.into())
}

async fn show(
    State(face): State<Arc<Face>>,
    visitor: Visitor,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = share::seen(&face.app, id, &secret(&visitor, &headers)?).await?;
    let origin = face.app.issuer().origin.clone();
    page(StatusCode::OK, &Shown { frame: visitor.frame, id, seen, origin })
}

async fn report(
    State(face): State<Arc<Face>>,
    visitor: Visitor,
    whence: Whence,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let secret = secret(&visitor, &headers)?;
    let viewer = viewer(&visitor, &whence);
    let (number, pdf) = share::report(&face.app, &viewer, id, &secret, Channel::Portal).await?;
    face.meters.report();
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.pdf\"")),
    ];
    Ok((headers, pdf).into_response())
}
