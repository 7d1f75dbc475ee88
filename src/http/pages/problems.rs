//! The pages that the `type` of a problem document leads to.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, Problem, page};
use crate::http::extract::Path;
use crate::http::visitor::Visitor;

#[derive(Template)]
#[template(path = "problem.html", config = "src/http/pages/askama.toml")]
struct Shown {
    frame: Frame,
    problem: Problem,
}

pub(super) async fn show(
    Visitor { frame, .. }: Visitor,
    Path(kind): Path<String>,
) -> Result<Response, Problem> {
    let problem =
        Problem::ALL.iter().find(|problem| problem.kind().strip_prefix("/problems/") == Some(&kind));
    page(StatusCode::OK, &Shown { frame, problem: problem.cloned().ok_or(Problem::NOT_FOUND)? })
}
