//! What was found in a file that was checked: how it was read, what is wrong, and what to do next.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::settings::{Typed, layout, layouts};
use super::upload::{Fault, leads, told};
use super::{AtDesk, Desk, Face, Frame, Pager, Problem, page};
use crate::flow::drafts::{self, Draft, Error, Found, Settings};
use crate::http::extract::{Path, Query};
use crate::http::pages::scripts::Asset;
use crate::http::visitor::Form;

/// Faults of a page.
pub(super) const FAULTS: u32 = 50;

#[derive(Deserialize)]
pub(super) struct Asked {
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "desk_draft.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    frame: Frame,
    desk: Desk,
    draft: Draft,
    pager: Pager,
    error: Option<Fault>,
    script: &'a Asset,
}

impl Page<'_> {
    fn found(&self) -> &Found {
        &self.draft.found
    }

    /// The faults of this page.
    fn faults(&self) -> &[drafts::Told] {
        window(&self.draft.found.faults, self.pager)
    }

    fn odd(&self) -> Vec<(u32, &str)> {
        odd(&self.frame, &self.draft.found.warnings)
    }

    fn odd_in_all(&self) -> usize {
        self.draft.found.warnings_in_all
    }

    /// The layout by which it was read.
    fn read_by(&self) -> String {
        layout(&self.frame, self.draft.found.layout.as_deref().unwrap_or_default())
    }

    fn layouts(&self) -> Vec<(String, String, bool)> {
        layouts(&self.frame, self.draft.found.layout.as_deref().unwrap_or_default())
    }

    fn domain(&self) -> &str {
        self.draft.domain.as_ref().map_or("", |domain| domain.as_str())
    }
}

/// The entries of a page of a list.
pub(super) fn window<T>(all: &[T], pager: Pager) -> &[T] {
    all.chunks(FAULTS as usize).nth(pager.page as usize - 1).unwrap_or_default()
}

/// The pages of so many entries.
pub(super) fn pages(asked: Option<u32>, entries: usize) -> Pager {
    Pager::new(asked, u32::try_from(entries).unwrap_or(u32::MAX), FAULTS)
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let draft = drafts::show(&face.app, &actor, id).await?;
    let pager = pages(asked.page, draft.found.faults.len());
    let script = &face.pages.scripts.of_desk;
    page(StatusCode::OK, &Page { frame, desk, draft, pager, error: None, script })
}

/// Reads the same file in another way, or has it stored.
pub(super) async fn again(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let draft = drafts::show(&face.app, &actor, id).await?;
    let settings = Settings {
        layout: Some(typed.layout.clone()).filter(|layout| !layout.is_empty()),
        strict: typed.is_strict(),
        ..draft.settings.clone()
    };
    let became = match typed.domain(&desk) {
        Ok(domain) => drafts::again(&face.app, &actor, id, domain, settings, !typed.stores()).await,
        Err((field, zh, en)) => {
            let text = frame.say(zh, en).to_owned();
            let error = Fault { field, text };
            return shown(&face, (frame, desk), draft, StatusCode::UNPROCESSABLE_ENTITY, error);
        }
    };
    match became {
        Ok(became) => Ok(leads(&frame, became)),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            shown(&face, (frame, desk), draft, status, error)
        }
    }
}

fn shown(
    face: &Face,
    (frame, desk): (Frame, Desk),
    draft: Draft,
    status: StatusCode,
    error: Fault,
) -> Result<Response, Problem> {
    let pager = pages(None, draft.found.faults.len());
    let script = &face.pages.scripts.of_desk;
    page(status, &Page { frame, desk, draft, pager, error: Some(error), script })
}

/// The rejected rows as a file like the one sent.
pub(super) async fn rejects(
    State(face): State<Arc<Face>>,
    AtDesk { actor, .. }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let file = drafts::rejects(&face.app, &actor, id).await?;
    let headers = [
        (CONTENT_TYPE, file.media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"rejects-{id}.{}\"", file.extension)),
    ];
    Ok((headers, file.bytes).into_response())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unknown => {
                Self::NOT_FOUND.with_detail(format!("没有这份已检查的文件，或已过期 / {error}"))
            }
            Error::NotKept => {
                Self::UNPROCESSABLE.with_detail(format!("文件太大，本页没有留存：请重新选择 / {error}"))
            }
            Error::Upload(error) => error.into(),
            Error::Store(error) => error.into(),
        }
    }
}

/// What is odd and was taken all the same: row and reason.
pub(super) fn odd<'t>(frame: &Frame, told: &'t [drafts::Told]) -> Vec<(u32, &'t str)> {
    told.iter().map(|it| (it.row, frame.say(&it.reason.0, &it.reason.1))).collect()
}
