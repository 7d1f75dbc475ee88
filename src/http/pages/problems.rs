//! The pages that the `type` of a problem document leads to.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Problem, page};
use crate::http::extract::Path;

#[derive(Template)]
#[template(path = "problem.html", config = "src/http/pages/askama.toml")]
struct Shown {
    problem: Problem,
}

pub(super) async fn show(Path(kind): Path<String>) -> Result<Response, Problem> {
    let problem =
        Problem::ALL.iter().find(|problem| problem.kind().strip_prefix("/problems/") == Some(&kind));
    page(StatusCode::OK, &Shown { problem: problem.cloned().ok_or(Problem::NOT_FOUND)? })
}
