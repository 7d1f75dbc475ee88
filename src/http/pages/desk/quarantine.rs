//! Rows that hold somebody's conclusion back: whose they are, or that they are nobody's.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{AtDesk, Desk, Face, Frame, PER_PAGE, Problem, Way, labels, page};
use crate::flow::candidates::{self, Cause, Error, Open};
use crate::http::extract::{Path, Query};
use crate::http::visitor::Form;
use crate::rules::{RatingAct, Scheme};

#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    after: String,
    /// Where one came from.
    #[serde(default)]
    back: String,
}

/// What was decided, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    /// A code that the page offered, `other`, or `nobody`.
    #[serde(default)]
    to: String,
    /// Another code.
    #[serde(default)]
    code: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
}

#[derive(Template)]
#[template(path = "desk_quarantine.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    desk: Desk,
    asked: Asked,
    rows: Vec<Open>,
    way: Way,
}

#[derive(Template)]
#[template(path = "desk_row.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    desk: Desk,
    row: Open,
    typed: Typed,
    error: Option<String>,
    /// The page that tells what follows, rather than the form.
    confirm: bool,
}

/// Why a row is here, for people.
fn cause(frame: &Frame, cause: Cause) -> &'static str {
    match cause {
        Cause::NameOnly => frame.say("只有名称，没有代码", "a name without a code"),
        Cause::CodesInDoubt => frame.say("代码不能确定主体", "codes that lead to no one subject"),
        Cause::Rejected => frame.say("被退回的行", "a rejected row"),
    }
}

impl List {
    fn cause(&self, row: &Open) -> &'static str {
        cause(&self.frame, row.cause)
    }
}

impl One {
    fn cause(&self) -> &'static str {
        cause(&self.frame, self.row.cause)
    }

    /// The register of a code, for people.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn scheme(&self, scheme: &Scheme) -> &'static str {
        let (zh, en) = labels::scheme(*scheme);
        self.frame.say(zh, en)
    }

    fn is_rejected(&self) -> bool {
        self.row.cause == Cause::Rejected
    }

    fn matches(&self, how: &str) -> &'static str {
        match how {
            "code" => self.frame.say("代码一致", "the code matches"),
            "name" => self.frame.say("现名一致", "the present name matches"),
            _ => self.frame.say("曾用名一致", "a former name matches"),
        }
    }

    /// To whom the row goes, as it is said again.
    fn to(&self) -> String {
        match self.typed.to.as_str() {
            "nobody" => self.frame.say("不属于任何主体", "nobody's").to_owned(),
            "other" => self.typed.code.clone(),
            code => code.to_owned(),
        }
    }
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let after = Some(asked.after.as_str()).filter(|after| !after.is_empty());
    let after = after.map(str::parse).transpose()?;
    let domain = desk.domain(&asked.domain).cloned();
    let found = candidates::open(&face.app, &actor, Some(desk.code()), domain, after, Some(PER_PAGE)).await?;
    let way = Way::new(&frame, &asked.after, &asked.back, found.next.map(|place| place.to_string()));
    page(StatusCode::OK, &List { frame, desk, asked, rows: found.rows, way })
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let row = candidates::show(&face.app, &actor, id).await?;
    let one = One { frame, desk, row, typed: Typed::default(), error: None, confirm: false };
    page(StatusCode::OK, &one)
}

/// Tells what would follow; and resolves where that was seen.
pub(super) async fn resolve(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let row = candidates::show(&face.app, &actor, id).await?;
    let to = if typed.to == "other" { typed.code.trim() } else { typed.to.as_str() };
    let reason = typed.reason.trim();
    let wrong = if to.is_empty() {
        Some(("请选择这一行属于谁", "choose whose the row is"))
    } else if reason.is_empty() || reason.chars().count() > 500 {
        Some(("请写明理由（1 至 500 字），理由留存备查", "give a reason of 1 to 500 characters: it is kept"))
    } else {
        None
    };
    if let Some((zh, en)) = wrong {
        let error = Some(frame.say(zh, en).to_owned());
        let one = One { frame, desk, row, typed, error, confirm: false };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &one);
    }
    if typed.sure.is_empty() {
        return page(StatusCode::OK, &One { frame, desk, row, typed, error: None, confirm: true });
    }
    let error = match candidates::resolve(&face.app, &actor, id, to, reason).await {
        Ok(done) => {
            let to =
                done.record.map_or_else(|| "/desk/quarantine".to_owned(), |id| format!("/desk/records/{id}"));
            let said = ("已处理，理由已留存", "Resolved; the reason is kept");
            return Ok(frame.done_to_rate(&to, said, RatingAct::Quarantine, &id));
        }
        Err(Error::UnknownSubject(code)) => {
            let zh = format!("没有代码为 {code} 的主体");
            frame.say(&zh, &format!("no subject has the code {code}")).to_owned()
        }
        Err(Error::Refused(fault)) => frame.say(&fault.zh(), &fault.en()).to_owned(),
        Err(Error::Rejected) => {
            let zh = "被退回的行不能直接成为记录：请改正后重新报送，或说明它不属于任何主体";
            frame.say(zh, "a rejected row becomes no record: send it again in good order, or say that it is nobody's")
                .to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    let one = One { frame, desk, row, typed, error: Some(error), confirm: false };
    page(StatusCode::UNPROCESSABLE_ENTITY, &one)
}
