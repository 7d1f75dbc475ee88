//! A case is taken further: what a step would change is told before it is taken.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::cases::One;
use super::facets::{Change as Line, compare};
use super::{AtDesk, Desk, Face, Frame, Problem, day, labels, page};
use crate::flow::cases::{self, Error, Shown, Taken};
use crate::flow::foresee::{self, Affected};
use crate::http::extract::Path;
use crate::http::visitor::Form;
use crate::rules::{Act, Annulment, CaseStep, Change, RatingAct, Repair, WrongStep};

/// What was typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    step: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    on: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    sure: String,
}

#[derive(Template)]
#[template(path = "desk_step.html", config = "src/http/pages/askama.toml")]
struct Confirm {
    frame: Frame,
    desk: Desk,
    case: Uuid,
    step: CaseStep,
    typed: Typed,
    lines: Vec<Line>,
    reports: Vec<Affected>,
}

impl Confirm {
    fn status(&self, status: crate::rules::Status) -> &'static str {
        let (zh, en) = labels::status(status);
        self.frame.say(zh, en)
    }
}

pub(super) async fn step(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let shown = cases::show(&face.app, &actor, id).await?;
    let step: CaseStep = typed.step.parse().map_err(|_| Problem::NOT_FOUND)?;
    let now = face.app.now();
    let on = day(&typed.on);
    let kind = typed.kind.parse().ok();
    let wrong = match (step, &on, &kind) {
        _ if on.is_err() => Some(("日期写作 2026-01-31", "a day is written 2026-01-31")),
        (CaseStep::Annul, Ok(None), _) | (CaseStep::Annul, _, None) => {
            Some(("请填写撤销日期和撤销方式", "give the day and the kind of annulment"))
        }
        _ if step.needs_reason() && typed.reason.trim().is_empty() => Some((
            "请写明理由（1 至 500 字），申请人会看到",
            "give a reason of 1 to 500 characters: the applicant reads it",
        )),
        _ => None,
    };
    let again = |frame: Frame, desk: Desk, shown: Shown, text: String| {
        let one = One {
            frame,
            desk,
            shown,
            now,
            error: Some((step, text)),
            reason: typed.reason.clone(),
            fault: None,
        };
        page(StatusCode::UNPROCESSABLE_ENTITY, &one)
    };
    if let Some((zh, en)) = wrong {
        let text = frame.say(zh, en).to_owned();
        return again(frame, desk, shown, text);
    }
    let on = on.unwrap_or_default();
    let annulment = on.zip(kind).map(|(annulled_on, kind)| Annulment { annulled_on, kind });
    if typed.sure.is_empty() {
        let (mut lines, mut reports) = (Vec::new(), Vec::new());
        if let Some(act) = act(step, annulment.as_ref(), on.unwrap_or(now.local_day())) {
            let change = Change::new(act, Some(&typed.reason));
            // What cannot be foreseen is told when the step is taken.
            if let Ok(foreseen) = foresee::foresee(&face.app, &actor, shown.case.record, &change).await {
                lines = compare(&frame, &foreseen.before, &foreseen.after);
                reports = foreseen.reports;
            }
        }
        return page(StatusCode::OK, &Confirm { frame, desk, case: id, step, typed, lines, reports });
    }
    let reason = Some(typed.reason.clone()).filter(|reason| !reason.trim().is_empty());
    let taken = Taken { reason, annulment, repaired_on: on, ..Taken::plain(step) };
    match cases::step(&face.app, &actor, id, &taken).await {
        Ok(_) => Ok(done(&frame, id, step)),
        Err(error) => {
            let text = told(&frame, &error).ok_or_else(|| Problem::from(error))?;
            again(frame, desk, shown, text)
        }
    }
}

/// Leads back to a case, in which a step was taken.
pub(super) fn done(frame: &Frame, case: Uuid, step: CaseStep) -> Response {
    let to = format!("/desk/cases/{case}");
    let (zh, en) = (format!("已办理：{}", step.zh()), format!("Done: {}", step.en()));
    frame.done_to_rate(&to, (&zh, &en), RatingAct::Case, &format!("{case}.{step}"))
}

/// What a step does to the record, as far as it can be told before.
fn act(step: CaseStep, annulment: Option<&Annulment>, day: time::Date) -> Option<Act> {
    let repair = |on_commitment| Act::Repair(Repair { repaired_on: day, on_commitment });
    Some(match step {
        CaseStep::UpholdWithdrawn => Act::Withdraw { on: None },
        CaseStep::Annul => Act::Annul(annulment?.clone()),
        CaseStep::Grant => repair(false),
        CaseStep::GrantOnCommitment => repair(true),
        CaseStep::Revoke => Act::RevokeRepair { on: day },
        CaseStep::Reject => Act::CloseObjection { on: None },
        _ => return None,
    })
}

/// What is told beside the step; everything else is a refusal.
pub(super) fn told(frame: &Frame, error: &Error) -> Option<String> {
    let (zh, en) = match error {
        Error::Condition(condition, from) => {
            (format!("不能准予修复：未满足“{}”{from}", condition.zh()), error.to_string())
        }
        Error::Lacks(_) => (
            "这条记录在异议提出后还没有更正过：请用上方“填写更正内容并确认异议成立”，或先随文件报送更正"
                .to_owned(),
            error.to_string(),
        ),
        Error::Step(WrongStep::NotFromHere { .. } | WrongStep::ExtendedBefore) => {
            ("事项的状态已变，不能再这样办理".to_owned(), error.to_string())
        }
        Error::Step(WrongStep::Reason(_)) => ("理由须为 1 至 500 字".to_owned(), error.to_string()),
        Error::Amend(crate::flow::amend::Error::Refused(refused)) => {
            (refused.zh().to_owned(), refused.en().to_owned())
        }
        _ => return None,
    };
    Some(frame.say(&zh, &en).to_owned())
}
