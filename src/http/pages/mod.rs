//! Pages for people. They work without scripts; Chinese first, English beside it.

mod problems;
mod verify;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::{Face, Problem};

/// Nothing but our own style sheet, and forms that lead to ourselves.
pub(super) const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/", get(verify::home))
        .route("/v", get(verify::typed))
        .route("/v/{code}", get(verify::by_code))
        .route("/problems/{kind}", get(problems::show))
        .route("/style.css", get(style))
}

async fn style() -> impl IntoResponse {
    let headers = [("content-type", "text/css; charset=utf-8"), ("cache-control", "max-age=3600")];
    (headers, include_str!("style.css"))
}

/// A rendered page; a template that cannot be rendered is our failure.
fn page(status: StatusCode, template: &impl askama::Template) -> Result<Response, Problem> {
    match template.render() {
        Ok(html) => Ok((status, Html(html)).into_response()),
        Err(error) => Err(Problem::internal(&error)),
    }
}
