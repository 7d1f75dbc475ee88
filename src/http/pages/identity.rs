//! Signing in by another service: the way there, and what it sends back.
//!
//! A form may not lead to another service (`form-action` of our policy), so where one has to be sent first, its page has a link.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sign_in::{Invitation, Next, SignIn, entered};
use super::visitor::{Form, Member, Visitor, Whence};
use super::{Face, Frame, Problem, cookies, page};
use crate::flow::account::invite;
use crate::flow::account::link::{self, Stranger};
use crate::flow::account::provider::{self, Brought, Named, Trouble};
use crate::flow::sessions;
use crate::http::extract::{Path, Query};

/// How long the way there and back may take, in seconds.
const LIFE: i64 = 10 * 60;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/sign-in/with/{provider}", get(begin))
        .route("/sign-in/from/{provider}", get(come_back))
        .route("/account/links/{provider}", post(begin_link))
        .route("/account/links/{provider}/end", post(unlink))
        .route("/invitation/{secret}/with/{provider}", post(begin_account))
}

/// What somebody goes to a provider for.
#[derive(Deserialize, Serialize)]
enum Errand {
    SignIn {
        next: String,
    },
    Account {
        secret: String,
        name: String,
    },
    /// Linking the account of who went: nobody else's, whoever is signed in by then.
    Link {
        account: Uuid,
    },
}

#[derive(Template)]
#[template(path = "way.html", config = "src/http/pages/askama.toml")]
struct Way {
    frame: Frame,
    provider: Named,
    address: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Nothing {}

/// Goes to a provider on an errand: the browser keeps what the answer must belong to.
async fn set_out(face: &Face, frame: &Frame, name: &str, errand: &Errand) -> Result<String, Stranger> {
    let errand = serde_json::to_string(errand).unwrap_or_default();
    let way = provider::begin(&face.app, name, &errand).await?;
    frame.jar.set(cookies::WAY, &way.kept, Some(LIFE));
    Ok(way.address)
}

async fn begin(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Path(name): Path<String>,
    Query(Next { next }): Query<Next>,
) -> Result<Response, Problem> {
    match set_out(&face, &frame, &name, &Errand::SignIn { next: next.clone() }).await {
        Ok(address) => Ok(Redirect::to(&address).into_response()),
        Err(error) => turned_away(frame, next, error),
    }
}

async fn begin_link(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(name): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    let errand = Errand::Link { account: member.signed.account };
    let address = set_out(&face, &member.frame, &name, &errand).await?;
    way(&face, member.frame, &name, address)
}

async fn begin_account(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Path((secret, provider)): Path<(String, String)>,
    Form(Typed { name }): Form<Typed>,
) -> Result<Response, Problem> {
    if let Err(error) = invite::may_be_named(&face.app, &secret, &name).await {
        let (status, error) = super::told(&frame, error)?;
        let seen = invite::look(&face.app, &secret).await?;
        return page(status, &Invitation { frame, secret, seen, name, error: Some(error) });
    }
    let address = set_out(&face, &frame, &provider, &Errand::Account { secret, name }).await?;
    way(&face, frame, &provider, address)
}

fn way(face: &Face, frame: Frame, name: &str, address: String) -> Result<Response, Problem> {
    let provider = provider::named(&face.app).into_iter().find(|it| it.name == name);
    page(StatusCode::OK, &Way { frame, provider: provider.ok_or(Problem::NOT_FOUND)?, address })
}

/// Where a provider sends somebody back to.
async fn come_back(
    State(face): State<Arc<Face>>,
    Visitor { signed, frame }: Visitor,
    headers: HeaderMap,
    Whence(knock): Whence,
    Path(name): Path<String>,
    Query(brought): Query<Brought>,
) -> Result<Response, Problem> {
    let kept = frame.jar.get(&headers, cookies::WAY).unwrap_or_default();
    // An answer counts once.
    frame.jar.forget(cookies::WAY);
    let (identity, errand) = match provider::finish(&face.app, &name, &kept, brought).await {
        Ok(found) => found,
        Err(error) => return turned_away(frame, String::new(), error.into()),
    };
    let errand = serde_json::from_str(&errand).map_err(|_| Stranger::from(Trouble::Stale))?;
    let (opened, next) = match (errand, signed) {
        (Errand::Link { account }, Some(signed)) if signed.account == account => {
            link::link(&face.app, &signed, &identity).await?;
            return Ok(frame.done(
                "/account",
                "已关联，今后可用该服务登录",
                "Linked: you may sign in by it from now on",
            ));
        }
        (Errand::Link { .. }, _) => return turned_away(frame, String::new(), Trouble::Stale.into()),
        (Errand::SignIn { next }, _) => (link::enter(&face.app, &knock, &identity).await, next),
        (Errand::Account { secret, name }, _) => {
            (link::accept(&face.app, &knock, &secret, &name, &identity).await, String::new())
        }
    };
    match opened {
        Ok(opened) => {
            // A session that the browser had before is not carried on.
            if let Some(before) = frame.jar.get(&headers, cookies::SESSION) {
                sessions::leave(&face.app, &before).await?;
            }
            Ok(entered(&frame, &opened, &next))
        }
        Err(error) => turned_away(frame, next, error),
    }
}

/// The page where one signs in, which goes on working whatever happens elsewhere, with what went wrong.
fn turned_away(frame: Frame, next: String, error: Stranger) -> Result<Response, Problem> {
    let Some((zh, en)) = error.said() else { return Err(error.into()) };
    if matches!(error, Stranger::Provider(Trouble::Unknown)) {
        return Err(error.into());
    }
    let text = frame.say(&zh, &en).to_owned();
    let status = StatusCode::from_u16(Problem::from(error).status()).unwrap_or(StatusCode::FORBIDDEN);
    page(status, &SignIn { frame, name: String::new(), next, error: Some(text) })
}

async fn unlink(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(name): Path<String>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    link::unlink(&face.app, &member.signed, &name).await?;
    Ok(member.frame.done("/account", "已解除关联", "The link is taken away"))
}
