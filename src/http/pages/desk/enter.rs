//! One new record is entered: its kind, the form of that kind, what a check finds odd, and then the receipt.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::upload::leads;
use super::{AtDesk, Desk, Face, Frame, Problem, by_column, labels, page};
use crate::flow::drafts::Became;
use crate::flow::enter::{self, Entered, Field};
use crate::flow::upload::{Error as UploadError, Receipt};
use crate::http::extract::Query;
use crate::http::visitor::Form;
use crate::rules::RecordKind;

/// What was typed; the cells have names that begin with `cell-`.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    domain: String,
    /// What is odd was seen.
    #[serde(default)]
    sure: String,
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

#[derive(Template)]
#[template(path = "desk_enter.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    desk: Desk,
    kind: Option<RecordKind>,
    typed: Typed,
    fields: Vec<Field>,
    /// What is wrong: the column, or none, and what.
    errors: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk_enter_confirm.html", config = "src/http/pages/askama.toml")]
struct Confirm {
    frame: Frame,
    desk: Desk,
    kind: RecordKind,
    typed: Typed,
    /// What was typed, by the names of the columns.
    said: Vec<(String, String)>,
    warnings: Vec<String>,
    receipt: Receipt,
}

/// A kind for people.
fn named(frame: &Frame, kind: RecordKind) -> &'static str {
    let (zh, en) = labels::kind(kind);
    frame.say(zh, en)
}

impl Page {
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let one = |kind: &RecordKind| (kind.word(), named(&self.frame, *kind), Some(*kind) == self.kind);
        RecordKind::ALL.iter().map(one).collect()
    }

    fn name(&self) -> &'static str {
        self.kind.map_or("", |kind| named(&self.frame, kind))
    }

    /// The domain that was chosen, for people.
    fn domain(&self) -> String {
        self.desk.domain(&self.typed.domain).map(|domain| self.frame.domain(domain)).unwrap_or_default()
    }

    fn label(&self, field: &Field) -> String {
        let (zh, en) = &field.name;
        self.frame.say(zh, en).to_owned()
    }

    /// When a cell may not be blank, and how it is written.
    fn hint(&self, field: &Field) -> String {
        field.hints.map(|hint| self.frame.lang.half(hint)).join(self.frame.say("；", "; "))
    }

    /// What is wrong with a field.
    fn wrong(&self, code: &str) -> Vec<&str> {
        self.errors.iter().filter(|(of, _)| of == code).map(|(_, text)| text.as_str()).collect()
    }

    /// What is wrong with no field that is shown.
    fn general(&self) -> Vec<&str> {
        let known = |code: &str| self.fields.iter().any(|field| field.code == code);
        self.errors.iter().filter(|(of, _)| !known(of)).map(|(_, text)| text.as_str()).collect()
    }
}

impl Confirm {
    fn name(&self) -> &'static str {
        named(&self.frame, self.kind)
    }
}

impl Typed {
    /// The cells, by the codes of their columns.
    fn cells(&self) -> BTreeMap<String, String> {
        let cells = self.others.iter().filter_map(|(name, value)| Some((name.strip_prefix("cell-")?, value)));
        cells.map(|(name, value)| (name.to_owned(), value.replace("\r\n", "\n"))).collect()
    }

    /// What to bring along to the deed.
    fn hidden(&self) -> Vec<(&str, &str)> {
        let cells = self.others.iter().filter(|(name, _)| name.starts_with("cell-"));
        let own = [("kind", self.kind.as_str()), ("domain", self.domain.as_str())];
        own.into_iter().chain(cells.map(|(name, value)| (name.as_str(), value.as_str()))).collect()
    }
}

/// The form of what was chosen; the choice where nothing was, or where the domain is open.
fn shown(
    face: &Face,
    frame: Frame,
    desk: Desk,
    mut typed: Typed,
    mut errors: Vec<(String, String)>,
) -> Result<Response, Problem> {
    if let [only] = &desk.authority.domains[..] {
        typed.domain = only.to_string();
    }
    let mut kind: Option<RecordKind> = typed.kind.parse().ok();
    let mut status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    if kind.is_some() && desk.domain(&typed.domain).is_none() {
        kind = None;
        status = StatusCode::UNPROCESSABLE_ENTITY;
        errors.push((String::new(), frame.say("请选择领域", "choose the domain").to_owned()));
    }
    let mut fields = kind.map(|kind| enter::form(&face.app, &desk.authority, kind)).unwrap_or_default();
    for field in &mut fields {
        if let Some(value) = typed.others.get(&format!("cell-{}", field.code)) {
            field.value.clone_from(value);
        }
    }
    page(status, &Page { frame, desk, kind, typed, fields, errors })
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    AtDesk { frame, desk, .. }: AtDesk,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    // Whatever else stands in an address is no cell: names of people travel in forms.
    let typed = Typed { others: BTreeMap::new(), ..typed };
    shown(&face, frame, desk, typed, Vec::new())
}

/// Checks what was typed, and stores it where nothing is wrong and what is odd was seen.
pub(super) async fn enter(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (kind, domain) = (typed.kind.parse::<RecordKind>().ok(), desk.domain(&typed.domain).cloned());
    let domain = match &desk.authority.domains[..] {
        [only] => Some(only.clone()),
        _ => domain,
    };
    let (Some(kind), Some(domain)) = (kind, domain) else {
        let text = frame.say("请选择记录种类和领域", "choose the kind of record and the domain").to_owned();
        return shown(&face, frame, desk, typed, vec![(String::new(), text)]);
    };
    let entered = Entered { authority: desk.code(), domain: Some(domain), kind, cells: typed.cells() };
    let checked = match enter::enter(&face.app, &actor, &entered, true).await {
        Ok(checked) => checked,
        Err(error) => return refused(&face, frame, desk, typed, error),
    };
    if checked.receipt.rejected > 0 {
        let errors = by_column(&frame, &checked.faults);
        return shown(&face, frame, desk, typed, errors);
    }
    let receipt = checked.receipt;
    let is_plain = checked.warnings.is_empty() && receipt.repeated == 0 && receipt.set_aside == 0;
    if typed.sure.is_empty() && !is_plain {
        let warnings = by_column(&frame, &checked.warnings).into_iter().map(|(_, text)| text).collect();
        let fields = enter::form(&face.app, &desk.authority, kind);
        let cells = entered.cells;
        let line = |field: Field| {
            let value = cells.get(&field.code).filter(|value| !value.is_empty())?.clone();
            let (zh, en) = &field.name;
            Some((frame.say(zh, en).to_owned(), value))
        };
        let said = fields.into_iter().filter_map(line).collect();
        return page(StatusCode::OK, &Confirm { frame, desk, kind, typed, said, warnings, receipt });
    }
    match enter::enter(&face.app, &actor, &entered, false).await {
        Ok(done) if done.replayed => Ok(leads(&frame, Became::Before(done.receipt.upload))),
        Ok(done) => Ok(leads(&frame, Became::Upload(done.receipt.upload))),
        Err(error) => refused(&face, frame, desk, typed, error),
    }
}

/// What is told in the form; trouble of ours, and what is not theirs, is a refusal.
fn refused(
    face: &Face,
    frame: Frame,
    desk: Desk,
    typed: Typed,
    error: UploadError,
) -> Result<Response, Problem> {
    let errors = match &error {
        UploadError::Strict { faults, .. } => by_column(&frame, faults),
        UploadError::Unreadable(fault) => {
            let (zh, en) = fault.with_remedy();
            vec![(String::new(), frame.say(&zh, &en).to_owned())]
        }
        _ => return Err(error.into()),
    };
    shown(face, frame, desk, typed, errors)
}
