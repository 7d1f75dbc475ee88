//! One record is changed by hand: a form, a page that tells what would follow, and then the deed.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::facets::{Change as Line, compare};
use super::{AtDesk, Desk, Face, Frame, Problem, by_column, day, labels, page, steps};
use crate::flow::cases::{self, Taken};
use crate::flow::cells::{self, Cell};
use crate::flow::foresee::{self, Affected, Foreseen};
use crate::flow::records::{self, Shown};
use crate::flow::{Actor, App, amend, correct};
use crate::http::extract::{Path, Query};
use crate::http::visitor::Form;
use crate::rules::{Act, Annulment, AnnulmentKind, CaseStep, Change, Operation, RatingAct, Repair};

/// The objection that is to be upheld.
#[derive(Deserialize)]
pub(super) struct Upheld {
    #[serde(default)]
    case: String,
}

/// What was typed; the cells of a correction have names that begin with `cell-`.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    on_commitment: String,
    /// The page that tells what follows was seen.
    #[serde(default)]
    sure: String,
    /// Sent twice, it is done once.
    #[serde(default)]
    once: String,
    /// The objection that a correction upholds.
    #[serde(default)]
    case: String,
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

#[derive(Template)]
#[template(path = "desk_operate.html", config = "src/http/pages/askama.toml")]
struct Ask {
    frame: Frame,
    desk: Desk,
    record: Shown,
    operation: Operation,
    typed: Typed,
    cells: Vec<Cell>,
    errors: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk_confirm.html", config = "src/http/pages/askama.toml")]
struct Confirm {
    frame: Frame,
    desk: Desk,
    operation: Operation,
    typed: Typed,
    record: Uuid,
    lines: Vec<Line>,
    reports: Vec<Affected>,
}

impl Ask {
    fn named(&self) -> &'static str {
        let (zh, en) = named(self.operation, &self.typed);
        self.frame.say(zh, en)
    }

    fn needs_day(&self) -> bool {
        matches!(
            self.operation,
            Operation::Annul | Operation::Repair | Operation::RepairRevoked | Operation::Suspend
        )
    }

    fn needs_reason(&self) -> bool {
        matches!(self.operation, Operation::Withdraw | Operation::Annul | Operation::RepairRevoked)
    }

    fn corrects(&self) -> bool {
        self.operation == Operation::Correct
    }

    fn annuls(&self) -> bool {
        self.operation == Operation::Annul
    }

    fn repairs(&self) -> bool {
        self.operation == Operation::Repair
    }

    fn suspends(&self) -> bool {
        self.operation == Operation::Suspend
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let one = |kind: &AnnulmentKind| {
            let (zh, en) = labels::annulment(*kind);
            (kind.word(), self.frame.say(zh, en), kind.word() == self.typed.kind)
        };
        AnnulmentKind::ALL.iter().map(one).collect()
    }

    /// What is wrong with a field.
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(of, _)| of == field).map(|(_, text)| text.as_str())
    }

    /// What is wrong with no field that is shown.
    fn general(&self) -> Vec<&str> {
        let known = |field: &str| {
            ["on", "until", "kind", "reason"].contains(&field) || self.cells.iter().any(|it| it.code == field)
        };
        self.errors.iter().filter(|(field, _)| !known(field)).map(|(_, text)| text.as_str()).collect()
    }
}

impl Confirm {
    fn named(&self) -> &'static str {
        let (zh, en) = named(self.operation, &self.typed);
        self.frame.say(zh, en)
    }

    fn status(&self, status: crate::rules::Status) -> &'static str {
        let (zh, en) = labels::status(status);
        self.frame.say(zh, en)
    }
}

/// An act of this kind on a day, to see whether a record could bear it; none of a correction.
pub(super) fn likely(operation: Operation, day: Date) -> Option<Act> {
    Some(match operation {
        Operation::Insert | Operation::Correct => return None,
        Operation::Withdraw => Act::Withdraw { on: None },
        Operation::Annul => Act::Annul(Annulment { annulled_on: day, kind: AnnulmentKind::OwnMotion }),
        Operation::Repair => Act::Repair(Repair { repaired_on: day, on_commitment: false }),
        Operation::RepairRevoked => Act::RevokeRepair { on: day },
        Operation::Suspend => Act::Suspend { from: day, until: None },
        Operation::ObjectionOpen => Act::OpenObjection { on: None },
        Operation::ObjectionClosed => Act::CloseObjection { on: None },
    })
}

/// What is done, in both languages.
fn named(operation: Operation, typed: &Typed) -> (&'static str, &'static str) {
    if typed.case.is_empty() {
        labels::operation(operation)
    } else {
        (CaseStep::UpholdCorrected.zh(), CaseStep::UpholdCorrected.en())
    }
}

/// The operation that a path names; new records come by files.
fn of_path(act: &str) -> Result<Operation, Problem> {
    let operation: Operation = act.parse().map_err(|_| Problem::NOT_FOUND)?;
    if operation == Operation::Insert { Err(Problem::NOT_FOUND) } else { Ok(operation) }
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path((id, act)): Path<(Uuid, String)>,
    Query(Upheld { case }): Query<Upheld>,
) -> Result<Response, Problem> {
    let operation = of_path(&act)?;
    let record = records::show(&face.app, &actor, id, None).await?;
    let corrects = operation == Operation::Correct;
    let cells = if corrects { cells::cells(&face.app, &actor, id).await? } else { Vec::new() };
    let once = face.app.mint().to_string();
    let on = if corrects { String::new() } else { face.app.now().local_day().to_string() };
    let typed = Typed { on, once, case, ..Typed::default() };
    upheld(&face.app, &actor, (id, operation), &typed).await?;
    page(StatusCode::OK, &Ask { frame, desk, record, operation, typed, cells, errors: Vec::new() })
}

/// The objection that is upheld by a correction, where one is named: it must be about this record.
async fn upheld(
    app: &App,
    actor: &Actor,
    (record, operation): (Uuid, Operation),
    typed: &Typed,
) -> Result<Option<Uuid>, Problem> {
    if typed.case.is_empty() {
        return Ok(None);
    }
    let id = typed.case.parse().map_err(|_| Problem::NOT_FOUND)?;
    let shown = cases::show(app, actor, id).await?;
    let fits = operation == Operation::Correct && shown.case.record == record;
    if fits { Ok(Some(id)) } else { Err(Problem::NOT_FOUND) }
}

/// Tells what would follow; and does it where that was seen.
pub(super) async fn operate(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path((id, act)): Path<(Uuid, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let operation = of_path(&act)?;
    let record = records::show(&face.app, &actor, id, None).await?;
    let corrects = operation == Operation::Correct;
    let cells = if corrects { cells::cells(&face.app, &actor, id).await? } else { Vec::new() };
    let case = upheld(&face.app, &actor, (id, operation), &typed).await?;
    let mut errors = Vec::new();
    let act = if corrects {
        match correct::correction(&face.app, &actor, id, &typed.cells()).await {
            Ok(act) => Some(act),
            Err(error) => {
                errors = faulty(&frame, error)?;
                None
            }
        }
    } else {
        match typed.act(operation) {
            Ok(act) => Some(act),
            Err((field, zh, en)) => {
                errors.push((field.to_owned(), frame.say(zh, en).to_owned()));
                None
            }
        }
    };
    if let Some(act) = act {
        let change = Change::new(act, Some(&typed.reason));
        let done = if typed.sure.is_empty() {
            foresee::foresee(&face.app, &actor, id, &change).await.map(Some)
        } else if let Some(case) = case {
            match uphold(&face.app, &actor, case, &typed).await {
                Ok(()) => return Ok(steps::done(&frame, case, CaseStep::UpholdCorrected)),
                Err(cases::Error::Amend(error)) => Err(error),
                Err(error) => {
                    let told = steps::told(&frame, &error).ok_or_else(|| Problem::from(error))?;
                    errors.push((String::new(), told));
                    Ok(None)
                }
            }
        } else {
            let key = Some(format!("desk {}", typed.once)).filter(|_| !typed.once.is_empty());
            amend::amend(&face.app, &actor, id, &change, key.as_deref()).await.map(|_| None)
        };
        match done {
            Ok(Some(Foreseen { before, after, reports })) => {
                let lines = compare(&frame, &before, &after);
                let confirm = Confirm { frame, desk, operation, typed, record: id, lines, reports };
                return page(StatusCode::OK, &confirm);
            }
            Ok(None) if !errors.is_empty() => (),
            Ok(None) => {
                let (zh, en) = labels::operation(operation);
                let to = format!("/desk/records/{id}");
                let said = (format!("已办理：{zh}"), format!("Done: {en}"));
                let object = format!("{id}.{}", face.app.now().millis());
                return Ok(frame.done_to_rate(&to, (&said.0, &said.1), RatingAct::Record, &object));
            }
            Err(amend::Error::Refused(refused)) => {
                let field = match refused.word() {
                    "no-reason" => "reason",
                    "upside-down" => "until",
                    "before-decision" | "before-repair" | "in-future" => "on",
                    _ => "",
                };
                errors.push((field.to_owned(), frame.say(refused.zh(), refused.en()).to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let cells = cells.into_iter().map(|cell| typed.again(cell)).collect();
    let ask = Ask { frame, desk, record, operation, typed, cells, errors };
    page(StatusCode::UNPROCESSABLE_ENTITY, &ask)
}

/// Upholds an objection by the correction that was typed: one transaction for both.
async fn uphold(app: &App, actor: &Actor, case: Uuid, typed: &Typed) -> Result<(), cases::Error> {
    let reason = Some(typed.reason.clone()).filter(|reason| !reason.trim().is_empty());
    let correction = Some(typed.cells());
    let taken = Taken { reason, correction, ..Taken::plain(CaseStep::UpholdCorrected) };
    cases::step(app, actor, case, &taken).await.map(|_| ())
}

/// What is wrong with a correction, by the columns that it is wrong in.
fn faulty(frame: &Frame, error: correct::Error) -> Result<Vec<(String, String)>, Problem> {
    match error {
        correct::Error::Faulty(faults) => Ok(by_column(frame, &faults)),
        correct::Error::OtherRecord => {
            let zh = "主体、机关、文号和记录种类不能更改：那会是另一条记录";
            Ok(vec![(String::new(), frame.say(zh, &error.to_string()).to_owned())])
        }
        error => Err(error.into()),
    }
}

impl Typed {
    /// The cells of a correction, by the codes of their columns.
    fn cells(&self) -> BTreeMap<String, String> {
        let cells = self.others.iter().filter_map(|(name, value)| Some((name.strip_prefix("cell-")?, value)));
        cells.map(|(name, value)| (name.to_owned(), value.replace("\r\n", "\n"))).collect()
    }

    /// A cell as it was typed.
    fn again(&self, cell: Cell) -> Cell {
        let value = self.others.get(&format!("cell-{}", cell.code)).cloned().unwrap_or_default();
        Cell { value, ..cell }
    }

    /// What to bring along to the deed.
    fn hidden(&self) -> Vec<(String, String)> {
        let own = [
            ("reason", &self.reason),
            ("on", &self.on),
            ("until", &self.until),
            ("kind", &self.kind),
            ("on_commitment", &self.on_commitment),
            ("once", &self.once),
            ("case", &self.case),
        ];
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
        let cells = self.others.iter().filter(|(name, _)| name.starts_with("cell-"));
        own.chain(cells.map(|(name, value)| (name.clone(), value.clone()))).collect()
    }

    fn act(&self, operation: Operation) -> Result<Act, super::settings::Wrong> {
        let bad = |field| move |()| (field, "日期写作 2026-01-31", "a day is written 2026-01-31");
        let on = day(&self.on).map_err(bad("on"))?;
        let needed = || on.ok_or(("on", "请填写日期", "give the day"));
        Ok(match operation {
            Operation::Annul => {
                let kind = self.kind.parse();
                let kind = kind.map_err(|_| ("kind", "请选择撤销方式", "choose how the decision fell"))?;
                Act::Annul(Annulment { annulled_on: needed()?, kind })
            }
            Operation::Repair => {
                Act::Repair(Repair { repaired_on: needed()?, on_commitment: !self.on_commitment.is_empty() })
            }
            Operation::RepairRevoked => Act::RevokeRepair { on: needed()? },
            Operation::Suspend => {
                Act::Suspend { from: needed()?, until: day(&self.until).map_err(bad("until"))? }
            }
            Operation::ObjectionOpen => Act::OpenObjection { on },
            Operation::ObjectionClosed => Act::CloseObjection { on },
            Operation::Withdraw | Operation::Insert | Operation::Correct => Act::Withdraw { on },
        })
    }
}
