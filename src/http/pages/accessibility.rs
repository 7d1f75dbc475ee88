//! The page that says what there is for people who see, hear or handle things otherwise (无障碍说明).

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, Problem, page};
use crate::http::visitor::Visitor;

#[derive(Template)]
#[template(path = "accessibility.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    /// Who runs the service, in the language of the page.
    issuer: String,
}

pub(super) async fn show(Visitor { frame, .. }: Visitor) -> Result<Response, Problem> {
    let name = &frame.app.issuer().name;
    let issuer = frame.say(&name.zh, &name.en).to_owned();
    page(StatusCode::OK, &Page { frame, issuer })
}
