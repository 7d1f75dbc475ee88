//! Cases in words, and as JSON.

use serde_json::{Value, json};

use crate::flow::cases::{Case, Shown};

/// One line about a case.
pub(super) fn line(case: &Case) -> String {
    let (kind, state) = (case.progress.kind, case.progress.state);
    let due = case.due_at.map(|at| format!(", 期限 due {}", at.local_day())).unwrap_or_default();
    format!("{} {} {kind} {} — {} {state}{due}", case.id, kind.zh(), case.document_number, state.zh())
}

/// A case with everything that belongs to it.
pub(super) fn shown(shown: &Shown) -> String {
    let Shown { case, record, events, evidence, conditions, .. } = shown;
    let mut lines = vec![line(case)];
    if shown.calendar_known == Some(false) {
        lines.push("  ! 日历未录入有关年份的节假日,期限仅扣除周末 / the calendar lacks the holidays of a year: only weekends were left out".to_owned());
    }
    let authority =
        case.authority.map_or_else(|| "运营机构 the operator".to_owned(), |code| code.to_string());
    lines.push(format!("  记录 record {} {} {}", record.record, record.details.organ_name, record.domain));
    lines.push(format!("  办理 with {authority}"));
    for it in conditions {
        let from = it.from.map(|day| format!(" ({day})")).unwrap_or_default();
        lines.push(format!("  条件 condition {} {}: {}{from}", it.condition.zh(), it.condition, it.met));
    }
    for event in events {
        let step = event.step.map_or_else(|| "提交 open".to_owned(), |step| format!("{} {step}", step.zh()));
        let reason = event.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        lines.push(format!("  {} {} {step}{reason}", event.at, event.party));
    }
    for piece in evidence {
        lines.push(format!("  证据 evidence {} {} ({} bytes)", piece.place, piece.name, piece.bytes));
    }
    let possible: Vec<&str> = shown.possible().iter().map(|step| step.word()).collect();
    if !possible.is_empty() {
        lines.push(format!("  可办 possible: {}", possible.join(", ")));
    }
    lines.join("\n")
}

/// A case in a list, for machines.
pub(super) fn json_line(case: &Case) -> Value {
    json!({ "id": case.id, "kind": case.progress.kind, "state": case.progress.state,
        "outcome": case.progress.outcome, "record": case.record, "document_number": case.document_number,
        "domain": case.domain, "authority": case.authority, "opened_at": case.opened_at, "due_at": case.due_at,
        "extended": case.progress.extended, "ended_at": case.ended_at })
}

/// A case with everything that belongs to it, for machines.
pub(super) fn json_shown(shown: &Shown) -> Value {
    let event = |event: &crate::flow::cases::Event| {
        json!({ "place": event.place, "step": event.step, "state": event.state, "by": event.party,
            "account": event.actor, "at": event.at, "reason": event.reason })
    };
    let piece = |piece: &crate::flow::cases::Evidence| {
        json!({ "place": piece.place, "name": piece.name, "media_type": piece.media_type,
            "bytes": piece.bytes, "sha256": piece.digest, "by": piece.party, "at": piece.at })
    };
    let mut value = json_line(&shown.case);
    value["calendar_known"] = json!(shown.calendar_known);
    value["standing"] = json!(shown.record.standing);
    value["conditions"] = json!(shown.conditions);
    value["possible"] = json!(shown.possible());
    value["events"] = shown.events.iter().map(event).collect();
    value["evidence"] = shown.evidence.iter().map(piece).collect();
    value
}
