//! A file is brought: dropped or chosen, checked first, or stored.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::settings::{Typed, layouts};
use super::{AtDesk, Desk, Face, Frame, Problem, labels, page};
use crate::flow::drafts::{self, Became, Error};
use crate::flow::upload::{Error as UploadError, Sent};
use crate::http::multipart::Multipart;
use crate::http::pages::scripts::Asset;
use crate::http::place;
use crate::rules::{RatingAct, RecordKind};

#[derive(Template)]
#[template(path = "desk_upload.html", config = "src/http/pages/askama.toml")]
struct Page<'a> {
    frame: Frame,
    desk: Desk,
    typed: Typed,
    error: Option<Fault>,
    script: &'a Asset,
}

/// What is wrong, and in which field.
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) text: String,
}

impl Page<'_> {
    fn layouts(&self) -> Vec<(String, String, bool)> {
        layouts(&self.frame, &self.typed.layout)
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        let name = |kind: RecordKind| {
            let (zh, en) = labels::kind(kind);
            self.frame.say(zh, en)
        };
        RecordKind::ALL.iter().map(|kind| (kind.word(), name(*kind))).collect()
    }

    /// Whether the error is about this field.
    fn wrong(&self, field: &str) -> bool {
        self.error.as_ref().is_some_and(|error| error.field == field)
    }
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    AtDesk { frame, desk, .. }: AtDesk,
) -> Result<Response, Problem> {
    let script = &face.pages.scripts.of_desk;
    page(StatusCode::OK, &Page { frame, desk, typed: Typed::default(), error: None, script })
}

pub(super) async fn bring(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    form: Multipart,
) -> Result<Response, Problem> {
    let _place =
        tokio::time::timeout(face.timeout, place(&face.uploads)).await.map_err(|_| Problem::BUSY)??;
    let brought = form.read(&face).await?;
    let typed = Typed::of(&brought.fields);
    let read = || Ok((typed.domain(&desk)?, typed.settings()?));
    let refused = |frame: Frame, desk: Desk, typed: Typed, status, error: Fault| {
        let script = &face.pages.scripts.of_desk;
        page(status, &Page { frame, desk, typed, error: Some(error), script })
    };
    let (domain, settings) = match read() {
        Ok(read) => read,
        Err((field, zh, en)) => {
            let error = Fault { field, text: frame.say(zh, en).to_owned() };
            return refused(frame, desk, typed, StatusCode::UNPROCESSABLE_ENTITY, error);
        }
    };
    let sent = Sent {
        file_name: brought.file_name,
        bytes: Vec::new(),
        authority: Some(desk.code()),
        domain,
        layout: settings.layout,
        strict: settings.strict,
        dry_run: !typed.stores(),
        declared: settings.declared,
        confirmed: settings.confirmed,
        confirmed_because: settings.confirmed_because,
    };
    let time = face.timeout + Duration::from_secs(brought.file.bytes() >> 24); // a second for 16 MiB to be kept
    let brought = drafts::bring(&face.app, &actor, sent, brought.file);
    match tokio::time::timeout(time, brought).await.map_err(|_| Problem::TIMEOUT)? {
        Ok(became) => Ok(leads(&frame, became)),
        Err(error) => {
            let (status, error) = told(&frame, error)?;
            refused(frame, desk, typed, status, error)
        }
    }
}

/// The page of what a file became.
pub(super) fn leads(frame: &Frame, became: Became) -> Response {
    let to = match became {
        Became::Draft(id) => format!("/desk/drafts/{id}"),
        Became::Upload(id) => format!("/desk/uploads/{id}"),
        Became::Before(id) => format!("/desk/uploads/{id}?before=yes"),
        Became::Job(id) => format!("/desk/jobs/{id}"),
        Became::Declaration => {
            let object = frame.app.now().millis();
            return frame.done_to_rate("/desk/coverage", ("已声明", "Declared"), RatingAct::Declare, &object);
        }
    };
    Redirect::to(&to).into_response()
}

/// What is told beside the form; trouble of ours, and what is not theirs, is a refusal.
pub(super) fn told(frame: &Frame, error: Error) -> Result<(StatusCode, Fault), Problem> {
    let say = |zh: &str, en: &str| frame.say(zh, en).to_owned();
    let (field, text) = match &error {
        Error::Upload(UploadError::Unreadable(fault)) => {
            let (zh, en) = fault.with_remedy();
            ("file", say(&zh, &en))
        }
        Error::Upload(UploadError::Nothing) => (
            "file",
            say(
                "请先选择文件，或声明这段时间没有数据",
                "choose a file, or declare that there is nothing to report",
            ),
        ),
        Error::Upload(UploadError::NoReason) => (
            "because",
            say(
                "请写明登记机关如何确认这些代码",
                "say how it is known that the register confirms these codes",
            ),
        ),
        Error::Upload(UploadError::Declaration(bad)) => {
            let (zh, en) = bad.said();
            ("complete_through", say(&zh, &en))
        }
        Error::NotKept => ("file", say("文件太大，本页没有留存：请重新选择", &error.to_string())),
        _ => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Fault { field, text }))
}
