//! A case is opened from its record: an objection, a request for repair, or the news that the decision was annulled.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::{Face, Holder, Problem, page, words};
use crate::flow::cases::{self, Asked, Error};
use crate::flow::mine::{self, Whole};
use crate::http::extract::Path;
use crate::http::filed::Filed;
use crate::rules::{CaseKind, Promises};

#[derive(Template)]
#[template(path = "my_open.html", config = "src/http/pages/askama.toml")]
struct Form {
    holder: Holder,
    kind: CaseKind,
    whole: Whole,
    statement: String,
    promises: Promises,
    /// What is wrong: the field, and how.
    fault: Option<(&'static str, String)>,
}

impl Form {
    fn fault(&self, field: &str) -> Option<&str> {
        self.fault.as_ref().filter(|(of, _)| *of == field).map(|(_, text)| text.as_str())
    }
}

/// The record, for somebody who may ask something about it.
async fn begun(face: &Face, holder: &mut Holder, id: Uuid, act: &str) -> Result<(CaseKind, Whole), Problem> {
    let kind: CaseKind = act.parse().map_err(|_| Problem::NOT_FOUND)?;
    let whole = mine::record(&face.app, holder.actor(), id).await?;
    holder.lean_to(whole.subject);
    if !holder.chosen.as_ref().is_some_and(|held| held.scope.ask) {
        return Err(Problem::FORBIDDEN.with_detail(
            "您的委托只允许查看，不能提出申请 / your mandate lets you look only: it does not let you ask for anything",
        ));
    }
    Ok((kind, whole))
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Path((id, act)): Path<(Uuid, String)>,
) -> Result<Response, Problem> {
    let (kind, whole) = begun(&face, &mut holder, id, &act).await?;
    let (statement, promises) = (String::new(), Promises::default());
    page(StatusCode::OK, &Form { holder, kind, whole, statement, promises, fault: None })
}

pub(super) async fn open(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Path((id, act)): Path<(Uuid, String)>,
    filed: Filed,
) -> Result<Response, Problem> {
    let (kind, whole) = begun(&face, &mut holder, id, &act).await?;
    let held = holder.chosen.clone().ok_or(Problem::NOT_FOUND)?;
    let ticked = |name| filed.text(name) == "yes";
    let promises = Promises { duties_fulfilled: ticked("duties"), commitment: ticked("commitment") };
    let asked = Asked {
        kind,
        subject: Some(held.code),
        record: Some(id),
        document_number: None,
        statement: filed.text("statement").to_owned(),
        promises,
    };
    // What could not be kept is told before anything is opened for it.
    let bad = filed.files.iter().find_map(|file| cases::judge_evidence(&file.bytes).err());
    let opened = match bad {
        Some(bad) => Err(Error::Evidence(bad)),
        None => cases::open(&face.app, holder.actor(), &asked).await,
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let (field, zh) = match &error {
                Error::Statement => ("statement", "请用 1 至 2000 字说明情况"),
                Error::Evidence(_) => ("file", "材料应为 PDF、JPEG 或 PNG，每份不超过 10 MiB，且不能为空"),
                Error::Pointless(..) => ("statement", "该记录的现状不支持这项申请"),
                _ => return Err(error.into()),
            };
            let text = holder.frame.say(zh, &error.to_string()).to_owned();
            let fault = Some((field, text));
            let form = Form { holder, kind, whole, statement: asked.statement, promises, fault };
            return page(StatusCode::UNPROCESSABLE_ENTITY, &form);
        }
    };
    let case = opened.case.case.id;
    for file in &filed.files {
        cases::add_evidence(&face.app, holder.actor(), case, &file.name, &file.bytes).await?;
    }
    let path = format!("/my/cases/{case}");
    Ok(if opened.repeated {
        holder.frame.done(
            &path,
            "此前已提交过同样的申请，这就是那一件",
            "This had been opened before: here it is",
        )
    } else {
        holder.frame.done(&path, "已提交", "It is submitted")
    })
}
