//! A report is asked for: a form, what it would say, and the report.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::{Face, Held, Holder, Problem, Turned, page, words};
use crate::flow::issue::{self, Ask, Error, Issued};
use crate::flow::{again, preview as flow, reports};
use crate::http::cookies;
use crate::http::extract::Query;
use crate::http::pages::scripts::Asset;
use crate::http::visitor::Form;
use crate::rules::facts::{Channel, Facts};
use crate::rules::{Domain, Preset, Purpose, Span, parse_day, years_before};

/// The word for a period by its days, in place of a ready-made length.
const DAYS: &str = "days";

/// What the form says, as it was typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    domains: Vec<String>,
    purpose: String,
    span: String,
    from: String,
    to: String,
    edition: String,
    repaired: bool,
    /// The key under which this is issued once.
    key: String,
}

/// What is wrong with a field.
struct Fault {
    field: &'static str,
    zh: String,
    en: String,
}

/// Domains that stand together.
struct Group {
    zh: String,
    en: String,
    /// The domains, and whether each is chosen.
    domains: Vec<(Domain, bool)>,
}

#[derive(Template)]
#[template(path = "my_request.html", config = "src/http/pages/askama.toml")]
struct Request<'a> {
    holder: Holder,
    typed: Typed,
    fault: Option<Fault>,
    groups: Vec<Group>,
    presets: &'a [Preset],
    purposes: &'a [Purpose],
    spans: &'a [Span],
    today: String,
    earliest: String,
    script: &'a Asset,
}

#[derive(Template)]
#[template(path = "my_preview.html", config = "src/http/pages/askama.toml")]
struct Preview<'a> {
    holder: Holder,
    held: Held,
    typed: Typed,
    facts: Facts,
    script: &'a Asset,
}

#[derive(Template)]
#[template(path = "my_issued.html", config = "src/http/pages/askama.toml")]
struct Outcome {
    holder: Holder,
    issued: Issued,
    drawing: Option<String>,
    /// The report whose settings were used.
    before: Option<String>,
}

impl Typed {
    fn of(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| {
            let found = pairs.iter().find(|(field, _)| field == name);
            found.map(|(_, value)| value.trim().chars().take(200).collect()).unwrap_or_default()
        };
        let domains = pairs.iter().filter(|(field, _)| field == "domain").map(|(_, value)| value.clone());
        Self {
            domains: domains.collect(),
            purpose: one("purpose"),
            span: one("span"),
            from: one("from"),
            to: one("to"),
            edition: one("edition"),
            repaired: one("repaired") == "yes",
            key: one("key"),
        }
    }

    /// A ready-made request.
    fn preset(face: &Face, preset: &Preset) -> Self {
        let all = &face.app.reference().profile.domains;
        let domains = if preset.domains.is_empty() { all } else { &preset.domains };
        Self {
            domains: domains.iter().map(ToString::to_string).collect(),
            purpose: preset.purpose.clone(),
            span: preset.span.clone(),
            edition: "zh".to_owned(),
            ..Self::default()
        }
    }

    /// What was asked before.
    fn like(ask: &Ask) -> Self {
        let day = |day: Option<time::Date>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            domains: ask.domains.iter().flatten().map(ToString::to_string).collect(),
            purpose: ask.purpose.clone().unwrap_or_default(),
            span: DAYS.to_owned(),
            from: day(ask.from),
            to: day(ask.to),
            edition: ask.edition.clone().unwrap_or_default(),
            repaired: ask.include_repaired,
            key: String::new(),
        }
    }

    /// Everything but the key, to be carried along.
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let mut pairs: Vec<(&str, &str)> = self.domains.iter().map(|it| ("domain", it.as_str())).collect();
        pairs.extend([
            ("purpose", self.purpose.as_str()),
            ("span", &self.span),
            ("from", &self.from),
            ("to", &self.to),
            ("edition", &self.edition),
        ]);
        if self.repaired {
            pairs.push(("repaired", "yes"));
        }
        pairs
    }

    fn ask(&self, held: &Held) -> Result<Ask, Fault> {
        let fault = |field, zh: &str, en: &str| Fault { field, zh: zh.to_owned(), en: en.to_owned() };
        if self.domains.is_empty() {
            return Err(fault("domain", "请至少选择一个领域", "choose at least one domain"));
        }
        let unknown =
            || fault("domain", "有不存在的领域，请重新选择", "a domain does not exist: choose again");
        let domains = self.domains.iter().map(|id| id.parse()).collect::<Result<Vec<_>, _>>();
        let day = |field, text: &str| {
            let bad = || fault(field, "请填写日期，例如 2026-01-31", "give a day, such as 2026-01-31");
            if text.is_empty() && field == "to" {
                return Ok(None);
            }
            parse_day(text).map(Some).ok_or_else(bad)
        };
        let by_days = self.span == DAYS || self.span.is_empty();
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Ask {
            subject: held.code.clone(),
            domains: Some(domains.map_err(|_| unknown())?),
            preset: None,
            from: if by_days { day("from", &self.from)? } else { None },
            to: if by_days { day("to", &self.to)? } else { None },
            span: (!by_days).then(|| self.span.clone()),
            purpose: text(&self.purpose),
            include_repaired: self.repaired,
            edition: text(&self.edition),
            channel: Channel::Portal,
            idempotency_key: None,
        })
    }
}

/// An error that belongs to a field of the form; others are refusals.
fn fault(error: Error) -> Result<Fault, Problem> {
    use crate::rules::{BadPeriod, Refusal};
    let en = error.to_string();
    let (field, zh) = match &error {
        Error::Refused(Refusal::NoDomain | Refusal::UnknownDomain(_)) => {
            ("domain", "有不存在的领域，请重新选择".to_owned())
        }
        Error::Refused(Refusal::Period(BadPeriod::UpsideDown(..))) => {
            ("from", "起始日晚于截止日，请对调".to_owned())
        }
        Error::Refused(Refusal::Period(BadPeriod::Future(_, today))) => {
            ("to", format!("截止日不能晚于今天（{today}）"))
        }
        Error::Refused(Refusal::Period(BadPeriod::TooLong(_, earliest))) => {
            ("from", format!("起始日过早，最早可查询 {earliest}"))
        }
        Error::NoPeriod => ("from", "请选择查询期间".to_owned()),
        Error::Edition(_) => ("edition", "请选择报告语言".to_owned()),
        Error::UnknownWord(..) => ("purpose", "选项不存在，请重新选择".to_owned()),
        _ => return Err(error.into()),
    };
    Ok(Fault { field, zh, en })
}

impl Request<'_> {
    /// What is wrong with a field.
    fn fault(&self, field: &str) -> Option<&str> {
        let fault = self.fault.as_ref().filter(|fault| fault.field == field)?;
        Some(self.holder.frame.say(&fault.zh, &fault.en))
    }
}

impl Outcome {
    fn picture(&self) -> Option<String> {
        self.drawing.as_ref().map(|svg| format!("data:image/svg+xml,{}", cookies::encoded(svg)))
    }
}

pub(super) async fn ask(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Turned> {
    holder.chosen()?;
    let one = |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let presets = &face.app.reference().presets;
    let typed = if let Some(number) = one("like") {
        let ask = again::settings(&face.app, holder.actor(), number).await.map_err(Problem::from)?;
        let id = holder.subjects.iter().find(|held| held.code == ask.subject).map(|held| held.id);
        holder.lean_to(id.unwrap_or_default());
        Typed::like(&ask)
    } else if let Some(id) = one("preset") {
        Typed::preset(&face, presets.preset(id).ok_or(Problem::NOT_FOUND)?)
    } else if one("span").is_some() || one("domain").is_some() {
        Typed::of(&pairs)
    } else {
        let span = presets.spans.iter().find(|span| span.months == Some(36)).or(presets.spans.first());
        let span = span.map(|span| span.id.clone()).unwrap_or_default();
        Typed { span, edition: "zh".to_owned(), ..Typed::default() }
    };
    Ok(form(&face, holder, typed, StatusCode::OK, None)?)
}

fn form(
    face: &Face,
    holder: Holder,
    typed: Typed,
    status: StatusCode,
    fault: Option<Fault>,
) -> Result<Response, Problem> {
    let reference = face.app.reference();
    let today = face.app.now().local_day();
    let request = Request {
        groups: groups(face, &typed),
        presets: &reference.presets.presets,
        purposes: &reference.presets.purposes,
        spans: &reference.presets.spans,
        today: today.to_string(),
        earliest: years_before(today, reference.policy.longest_years).to_string(),
        script: &face.pages.scripts.of_choice,
        holder,
        typed,
        fault,
    };
    page(status, &request)
}

/// The domains of the place, and others that were chosen before, as the catalogue groups them.
fn groups(face: &Face, typed: &Typed) -> Vec<Group> {
    let reference = face.app.reference();
    let is_chosen = |domain: &Domain| typed.domains.iter().any(|id| *id == domain.id.as_str());
    let offered = |domain: &&Domain| reference.profile.domains.contains(&domain.id) || is_chosen(domain);
    let domains: Vec<&Domain> = reference.catalogue.domains.iter().filter(offered).collect();
    let with = |zh: &str, en: &str, belongs: &dyn Fn(&Domain) -> bool| Group {
        zh: zh.to_owned(),
        en: en.to_owned(),
        domains: domains
            .iter()
            .filter(|domain| belongs(domain))
            .map(|domain| ((*domain).clone(), is_chosen(domain)))
            .collect(),
    };
    let kept = &reference.catalogue.groups;
    let mut groups: Vec<Group> = kept
        .iter()
        .map(|group| with(&group.zh, &group.en, &|domain| group.domains.contains(&domain.id)))
        .collect();
    let grouped = |domain: &Domain| kept.iter().any(|group| group.domains.contains(&domain.id));
    groups.push(with("其他领域", "Other domains", &|domain| !grouped(domain)));
    groups.retain(|group| !group.domains.is_empty());
    groups
}

/// The subject that a form names.
fn named(pairs: &[(String, String)]) -> Result<Uuid, Problem> {
    let found = pairs.iter().find(|(field, _)| field == "subject").and_then(|(_, id)| id.parse().ok());
    found.ok_or(Problem::NOT_FOUND)
}

pub(super) async fn preview(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(named(&pairs)?)?;
    let mut typed = Typed::of(&pairs);
    let ask = match typed.ask(&held) {
        Ok(ask) => ask,
        Err(fault) => return form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)),
    };
    match flow::preview(&face.app, holder.actor(), &ask).await {
        Ok(facts) => {
            typed.key = face.app.mint().to_string();
            let script = &face.pages.scripts.of_choice;
            page(StatusCode::OK, &Preview { holder, held, typed, facts, script })
        }
        Err(error) => {
            let fault = fault(error)?;
            form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault))
        }
    }
}

pub(super) async fn issue(
    State(face): State<Arc<Face>>,
    mut holder: Holder,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let held = holder.turn_to(named(&pairs)?)?;
    let typed = Typed::of(&pairs);
    let ask = match typed.ask(&held) {
        Ok(ask) => Ask { idempotency_key: Some(typed.key.clone()), ..ask },
        Err(fault) => return form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault)),
    };
    match issue::issue(&face.app, holder.actor(), ask).await {
        Ok(issued) => result(holder, issued, None),
        Err(error) => {
            let fault = fault(error)?;
            form(&face, holder, typed, StatusCode::UNPROCESSABLE_ENTITY, Some(fault))
        }
    }
}

/// The page of a report that was issued just now.
pub(super) fn result(holder: Holder, issued: Issued, before: Option<String>) -> Result<Response, Problem> {
    let status = if issued.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let drawing = issued.qr.as_deref().and_then(reports::drawing);
    Ok(page(status, &Outcome { holder, issued, drawing, before })?.into_response())
}
