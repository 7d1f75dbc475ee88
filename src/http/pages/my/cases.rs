//! The cases of a subject: where they stand, what is due, their evidence.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Face, Holder, Problem, Turned, page, words};
use crate::flow::cases::{self, Case, Filter, Shown, Taken};
use crate::http::extract::{Path, Query};
use crate::http::filed::{BAD_EVIDENCE, Filed};
use crate::http::visitor::Form;
use crate::rules::CaseStep;

#[derive(Template)]
#[template(path = "my_cases.html", config = "src/http/pages/askama.toml")]
struct List {
    holder: Holder,
    cases: Vec<Case>,
    next: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "my_case.html", config = "src/http/pages/askama.toml")]
struct One {
    holder: Holder,
    shown: Shown,
    fault: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    after: Option<Uuid>,
}

#[derive(Deserialize)]
pub(super) struct Confirmed {
    #[serde(default)]
    sure: String,
}

impl One {
    /// What is rated: the opening of the case, or what happened last.
    fn rated_object(&self) -> String {
        let case = self.shown.case.id;
        if self.shown.events.len() > 1 {
            format!("{case}.{}", self.shown.events.len())
        } else {
            case.to_string()
        }
    }

    /// Whether the case may be taken back now.
    fn may_take_back(&self) -> bool {
        self.shown.possible().contains(&CaseStep::TakeBack)
    }
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Query(asked): Query<Asked>,
) -> Result<Response, Turned> {
    let filter = Filter { subject: Some(holder.chosen()?.id), after: asked.after, ..Filter::default() };
    let listed = cases::list(&face.app, holder.actor(), filter).await.map_err(Problem::from)?;
    Ok(page(StatusCode::OK, &List { holder, cases: listed.cases, next: listed.next })?)
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    one(&face, holder, id, StatusCode::OK, None).await
}

async fn one(
    face: &Face,
    mut holder: Holder,
    id: Uuid,
    status: StatusCode,
    fault: Option<String>,
) -> Result<Response, Problem> {
    let shown = cases::show(&face.app, holder.actor(), id).await?;
    holder.lean_to(shown.case.subject);
    page(status, &One { holder, shown, fault })
}

pub(super) async fn evidence(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path((id, place)): Path<(Uuid, u32)>,
) -> Result<Response, Problem> {
    let (piece, name, bytes) = cases::fetch_evidence(&face.app, holder.actor(), id, place).await?;
    let headers = [
        // Whatever it claims to be, a browser saves it, and runs nothing of it.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (ETAG, format!("\"{}\"", piece.digest)),
    ];
    Ok((headers, bytes).into_response())
}

pub(super) async fn add_evidence(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path(id): Path<Uuid>,
    filed: Filed,
) -> Result<Response, Problem> {
    cases::show(&face.app, holder.actor(), id).await?;
    if filed.files.is_empty() {
        let text = holder.frame.say("请选择文件", "choose a file").to_owned();
        return one(&face, holder, id, StatusCode::UNPROCESSABLE_ENTITY, Some(text)).await;
    }
    for file in &filed.files {
        match cases::add_evidence(&face.app, holder.actor(), id, &file.name, &file.bytes).await {
            Ok(_) => (),
            Err(error @ cases::Error::Evidence(_)) => {
                let text = holder.frame.say(BAD_EVIDENCE, &error.to_string()).to_owned();
                return one(&face, holder, id, StatusCode::UNPROCESSABLE_ENTITY, Some(text)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(holder.frame.done(&format!("/my/cases/{id}"), "材料已添加", "The evidence is added"))
}

pub(super) async fn take_back(
    State(face): State<Arc<Face>>,
    holder: Holder,
    Path(id): Path<Uuid>,
    Form(Confirmed { sure }): Form<Confirmed>,
) -> Result<Response, Problem> {
    cases::show(&face.app, holder.actor(), id).await?;
    if sure != "yes" {
        let text =
            holder.frame.say("撤回后不能恢复：请先勾选确认", "it cannot be undone: tick the box first");
        let text = text.to_owned();
        return one(&face, holder, id, StatusCode::UNPROCESSABLE_ENTITY, Some(text)).await;
    }
    cases::step(&face.app, holder.actor(), id, &Taken::plain(CaseStep::TakeBack)).await?;
    Ok(holder.frame.done(&format!("/my/cases/{id}"), "已撤回", "It is taken back"))
}
