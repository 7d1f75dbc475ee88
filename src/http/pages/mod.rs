//! Pages for people; Chinese first, English beside it or at a click. All but the one for use without a network work without scripts.

mod accessibility;
mod account;
mod accounts;
mod asking;
mod batches;
mod clients;
mod codes;
mod conclusions;
mod console;
mod counter;
mod desk;
mod frame;
mod identity;
mod looks;
mod manner;
mod my;
mod notices;
mod offline;
mod packed;
mod problems;
mod ratings;
mod scripts;
mod sign_in;
mod simple;
mod verify;
mod watches;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

pub(super) use frame::{Frame, Lang, Look};
pub(super) use manner::{Turned, manner};
pub(super) use offline::AtHand;
pub(super) use scripts::base64;

use super::{BODY_BYTES, Face, Problem, UPLOAD_BYTES, VERIFY_BYTES, cookies, visitor};
use crate::flow::account::Error as AccountError;

/// Nothing but our own style sheet, scripts and trust bundle, and forms that lead to ourselves.
pub(super) const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/", get(verify::home))
        .route(
            "/v",
            post(verify::brought).layer(DefaultBodyLimit::max(VERIFY_BYTES + BODY_BYTES)).get(verify::typed),
        )
        .route("/v/{code}", get(verify::by_code))
        .route("/problems/{kind}", get(problems::show))
        .route("/accessibility", get(accessibility::show))
        .route("/offline", get(offline::show))
        .route("/s", get(offline::show))
        .route("/trust.json", get(offline::bundle_file))
        .route("/assets/{name}", get(offline::asset))
        .route("/style.css", get(offline::style))
        .merge(sign_in::routes())
        .merge(identity::routes())
        .merge(account::routes())
        .merge(accounts::routes())
        .merge(batches::routes())
        .merge(codes::routes())
        .merge(looks::routes())
        .merge(desk::routes())
        .merge(clients::routes())
        .merge(my::routes())
        .merge(notices::routes())
        .merge(watches::routes())
        .merge(webhooks::routes())
        .merge(console::routes())
        .merge(ratings::routes())
        .merge(counter::routes())
}

/// What went wrong, to be told in the form that it went wrong in; trouble of ours is a refusal.
fn told(frame: &Frame, error: AccountError) -> Result<(StatusCode, String), Problem> {
    let Some((zh, en)) = error.said() else { return Err(error.into()) };
    let text = frame.say(&zh, &en).to_owned();
    let problem = Problem::from(error);
    Ok((StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), text))
}

/// A rendered page; a template that cannot be rendered is our failure.
fn page(status: StatusCode, template: &impl askama::Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => Err(Problem::internal(&error)),
    }
}
