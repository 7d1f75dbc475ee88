//! Records are looked for, and one of them is shown with everything that was known of it, and when.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::facets::{Change, Facet, compare, facets};
use super::{AtDesk, Desk, Face, Frame, PER_PAGE, Problem, Way, day, labels, page};
use crate::flow::records::{self, Shown, State as Stands, Wanted};
use crate::http::extract::{Path, Query};
use crate::rules::{Change as Doing, Operation, RecordKind};

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    number: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    domain: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    after: String,
    /// Where one came from.
    #[serde(default)]
    back: String,
}

#[derive(Template)]
#[template(path = "desk_records.html", config = "src/http/pages/askama.toml")]
struct List {
    frame: Frame,
    desk: Desk,
    asked: Asked,
    error: bool,
    records: Vec<Shown>,
    way: Way,
}

impl List {
    fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let one = |kind: &RecordKind| {
            let (zh, en) = labels::kind(*kind);
            (kind.word(), self.frame.say(zh, en), kind.word() == self.asked.kind)
        };
        RecordKind::ALL.iter().map(one).collect()
    }

    fn states(&self) -> Vec<(&'static str, &'static str, bool)> {
        let one = |state: &Stands| {
            let (zh, en) = labels::state(*state);
            (state.word(), self.frame.say(zh, en), state.word() == self.asked.state)
        };
        Stands::ALL.iter().map(one).collect()
    }

    fn state(&self, shown: &Shown) -> &'static str {
        let (zh, en) = labels::state(shown.state);
        self.frame.say(zh, en)
    }
}

pub(super) async fn list(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let days = (day(&asked.from), day(&asked.to));
    let error = days.0.is_err() || days.1.is_err();
    // Codes are letters and digits; anything else is a name.
    let (subject, name) = match text(&asked.subject) {
        Some(code) if code.is_ascii() => (Some(code.to_uppercase()), None),
        name => (None, name),
    };
    let wanted = Wanted {
        authority: Some(desk.code()),
        domain: desk.domain(&asked.domain).cloned(),
        document_number: text(&asked.number),
        subject,
        name,
        kind: asked.kind.parse().ok(),
        state: asked.state.parse().ok(),
        decided_from: days.0.unwrap_or_default(),
        decided_to: days.1.unwrap_or_default(),
        after: text(&asked.after).map(|after| after.parse()).transpose()?,
        limit: Some(PER_PAGE),
        ..Wanted::default()
    };
    let found = records::search(&face.app, &actor, &wanted).await?;
    let status = if error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let way = Way::new(&frame, &asked.after, &asked.back, found.next.map(|place| place.to_string()));
    page(status, &List { frame, desk, asked, error, records: found.records, way })
}

#[derive(Template)]
#[template(path = "desk_record.html", config = "src/http/pages/askama.toml")]
struct One {
    frame: Frame,
    desk: Desk,
    now: Shown,
    versions: Vec<Shown>,
}

impl One {
    fn facets(&self) -> Vec<Facet> {
        facets(&self.frame, &self.now).into_iter().filter(|facet| !facet.value.is_empty()).collect()
    }

    /// What a version changed in the one before it.
    fn changed(&self, at: usize) -> Vec<Change> {
        let pair = at.checked_sub(1).and_then(|before| self.versions.get(before)).zip(self.versions.get(at));
        let changes = pair.map(|(before, after)| compare(&self.frame, before, after)).unwrap_or_default();
        changes.into_iter().filter(Change::differs).collect()
    }

    fn operation(&self, shown: &Shown) -> &'static str {
        let (zh, en) = labels::operation(shown.version.operation);
        self.frame.say(zh, en)
    }

    fn state(&self, shown: &Shown) -> &'static str {
        let (zh, en) = labels::state(shown.state);
        self.frame.say(zh, en)
    }

    fn came_by_hand(shown: &Shown) -> bool {
        shown.version.row == 0
    }

    /// What can be done to the record as it stands: the word, and its name.
    fn possible(&self) -> Vec<(&'static str, &'static str)> {
        let day = self.frame.app.now().local_day();
        let (standing, decided) = (&self.now.version.standing, self.now.version.details.decided_on);
        let can = |operation: &Operation| {
            let act = super::operate::likely(*operation, day)?;
            let doing = Doing::new(act, Some("-"));
            doing.after(standing, decided, day).is_ok().then_some(*operation)
        };
        let correct = (!standing.withdrawn).then_some(Operation::Correct);
        let all = correct.into_iter().chain(Operation::ALL.iter().filter_map(can));
        all.map(|operation| {
            let (zh, en) = labels::operation(operation);
            (operation.word(), self.frame.say(zh, en))
        })
        .collect()
    }
}

pub(super) async fn show(
    State(face): State<Arc<Face>>,
    AtDesk { frame, actor, desk }: AtDesk,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let now = records::show(&face.app, &actor, id, None).await?;
    let versions = records::history(&face.app, &actor, id).await?;
    page(StatusCode::OK, &One { frame, desk, now, versions })
}
