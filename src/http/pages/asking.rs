//! The form of a request: what was typed, what is wrong with it, and what may be chosen. Enterprises fill it in for themselves, clerks at a
//! counter for whoever stands there.

use crate::flow::issue::{Ask, Error, Issued};
use crate::flow::reports;
use crate::http::cookies;
use crate::http::pages::scripts::Asset;
use crate::http::pages::{Face, Problem};
use crate::rules::facts::Channel;
use crate::rules::{Domain, Preset, Purpose, Span, parse_day, years_before};

/// The word for a period by its days, in place of a ready-made length.
const DAYS: &str = "days";

/// What the form says, as it was typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) domains: Vec<String>,
    pub(super) purpose: String,
    pub(super) span: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) edition: String,
    pub(super) repaired: bool,
    /// The key under which this is issued once.
    pub(super) key: String,
}

/// What is wrong with a field.
pub(super) struct Fault {
    pub(super) field: &'static str,
    pub(super) zh: String,
    pub(super) en: String,
}

/// Domains that stand together.
pub(super) struct Group {
    pub(super) zh: String,
    pub(super) en: String,
    /// The domains, and whether each is chosen.
    pub(super) domains: Vec<(Domain, bool)>,
}

/// What a form of a request offers, and what is in it.
pub(super) struct Fields<'a> {
    pub(super) typed: Typed,
    pub(super) fault: Option<Fault>,
    pub(super) groups: Vec<Group>,
    pub(super) presets: &'a [Preset],
    pub(super) purposes: &'a [Purpose],
    pub(super) spans: &'a [Span],
    pub(super) today: String,
    pub(super) earliest: String,
    pub(super) script: &'a Asset,
}

impl<'a> Fields<'a> {
    /// The form with what was typed.
    pub(super) fn new(face: &'a Face, typed: Typed, fault: Option<Fault>) -> Self {
        let reference = face.app.reference();
        let today = face.app.now().local_day();
        Self {
            groups: groups(face, &typed),
            presets: &reference.presets.presets,
            purposes: &reference.presets.purposes,
            spans: &reference.presets.spans,
            today: today.to_string(),
            earliest: years_before(today, reference.policy.longest_years).to_string(),
            script: &face.pages.scripts.of_choice,
            typed,
            fault,
        }
    }

    /// Whether something is wrong with a field.
    pub(super) fn is_wrong(&self, field: &str) -> bool {
        self.fault.as_ref().is_some_and(|fault| fault.field == field)
    }
}

impl Typed {
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
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
    pub(super) fn preset(face: &Face, preset: &Preset) -> Self {
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

    /// A request that nobody has filled in: the last three years.
    pub(super) fn blank(face: &Face) -> Self {
        let spans = &face.app.reference().presets.spans;
        let span = spans.iter().find(|span| span.months == Some(36)).or(spans.first());
        let span = span.map(|span| span.id.clone()).unwrap_or_default();
        Self { span, edition: "zh".to_owned(), ..Self::default() }
    }

    /// What was asked before.
    pub(super) fn like(ask: &Ask) -> Self {
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
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
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

    pub(super) fn ask(&self, subject: &str) -> Result<Ask, Fault> {
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
            subject: subject.to_owned(),
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
pub(super) fn fault(error: Error) -> Result<Fault, Problem> {
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

/// The QR of a report that was issued just now, as the address of a picture.
pub(super) fn picture(issued: &Issued) -> Option<String> {
    let svg = issued.qr.as_deref().and_then(reports::drawing)?;
    Some(format!("data:image/svg+xml,{}", cookies::encoded(&svg)))
}
