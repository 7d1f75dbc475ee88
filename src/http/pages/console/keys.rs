//! The keys, and what the templates make of the samples: both to be looked at.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::flow::console::keys::{self, Key, Use};
use crate::flow::console::templates::{self, Rendering};
use crate::http::extract::Path;
use crate::http::pages::{Face, Frame, Problem, page};
use crate::http::visitor::Member;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new()
        .route("/console/keys", get(list))
        .route("/console/templates", get(renderings))
        .route("/console/templates/{name}", get(drawn))
}

#[derive(Template)]
#[template(path = "console/keys.html", config = "src/http/pages/askama.toml")]
struct Keys {
    frame: Frame,
    keys: Vec<Key>,
}

#[derive(Template)]
#[template(path = "console/templates.html", config = "src/http/pages/askama.toml")]
struct Templates {
    frame: Frame,
    renderings: Vec<Rendering>,
}

impl Keys {
    /// What a certificate is for, in both languages.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn used(used: &Use) -> (&'static str, &'static str) {
        match used {
            Use::InForce => ("签名，使用中", "signing, in force"),
            Use::Retired => ("签名，已停用，仍可核验", "signing, retired; still verified"),
            Use::Root => ("根证书", "root"),
            Use::Timestamps => ("时间戳", "timestamps"),
        }
    }
}

async fn list(State(face): State<Arc<Face>>, member: Member) -> Result<Response, Problem> {
    let keys = keys::list(&face.app, member.actor()).await?;
    page(StatusCode::OK, &Keys { frame: member.frame, keys })
}

async fn renderings(member: Member) -> Result<Response, Problem> {
    let renderings = templates::list(member.actor())?;
    page(StatusCode::OK, &Templates { frame: member.frame, renderings })
}

/// A rendering by `sample.edition.pdf`.
async fn drawn(
    State(face): State<Arc<Face>>,
    member: Member,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    member.actor().may_inspect()?;
    let parts = name.strip_suffix(".pdf").and_then(|name| name.split_once('.'));
    let (sample, edition) = parts.ok_or(Problem::NOT_FOUND)?;
    let (pdf, faults) = templates::draw(&face.app, member.actor(), sample, edition)?;
    if pdf.is_empty() {
        let faults = faults.join("; ");
        return Err(Problem::UNPROCESSABLE.with_detail(format!(
            "模板无法绘制此样例：{faults} / the templates cannot draw this sample: {faults}"
        )));
    }
    let headers = [
        ("content-type", "application/pdf".to_owned()),
        ("content-disposition", format!("inline; filename=\"{name}\"")),
    ];
    Ok((headers, pdf).into_response())
}
