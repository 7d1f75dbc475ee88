//! How a file is to be read, as a form says it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Desk, Frame, day};
use crate::flow::drafts::Settings;
use crate::flow::upload::Declared;
use crate::rules::DomainId;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) domain: String,
    #[serde(default)]
    pub(super) layout: String,
    /// `strict`, or row by row.
    #[serde(default)]
    pub(super) rows: String,
    /// `store`, or check only.
    #[serde(default)]
    pub(super) act: String,
    #[serde(default)]
    pub(super) confirmed: String,
    #[serde(default)]
    pub(super) because: String,
    #[serde(default)]
    pub(super) data_from: String,
    #[serde(default)]
    pub(super) complete_through: String,
    #[serde(default)]
    pub(super) lag: String,
    #[serde(default)]
    pub(super) nothing: String,
}

/// What cannot be read, by its field, in Chinese and English.
pub(super) type Wrong = (&'static str, &'static str, &'static str);

impl Typed {
    pub(super) fn of(fields: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Self {
            domain: text("domain"),
            layout: text("layout"),
            rows: text("rows"),
            act: text("act"),
            confirmed: text("confirmed"),
            because: text("because"),
            data_from: text("data_from"),
            complete_through: text("complete_through"),
            lag: text("lag"),
            nothing: text("nothing"),
        }
    }

    pub(super) fn stores(&self) -> bool {
        self.act == "store"
    }

    pub(super) fn is_strict(&self) -> bool {
        self.rows == "strict"
    }

    /// The domain that was chosen: the only one, where there is but one.
    pub(super) fn domain(&self, desk: &Desk) -> Result<Option<DomainId>, Wrong> {
        match (self.domain.as_str(), &desk.authority.domains[..]) {
            ("", [only]) => Ok(Some(only.clone())),
            ("", _) if desk.whole => Ok(None),
            ("", _) => Err(("domain", "请选择领域", "choose the domain")),
            (id, _) => {
                let domain = desk.domain(id).cloned().map(Some);
                domain.ok_or(("domain", "没有这个领域", "there is no such domain"))
            }
        }
    }

    /// What is declared; nothing where nothing is.
    pub(super) fn declared(&self) -> Result<Declared, Wrong> {
        let bad = |field| move |()| (field, "日期写作 2026-01-31", "a day is written 2026-01-31");
        let lag = Some(self.lag.trim()).filter(|lag| !lag.is_empty());
        Ok(Declared {
            data_from: day(&self.data_from).map_err(bad("data_from"))?,
            complete_through: day(&self.complete_through).map_err(bad("complete_through"))?,
            lag_days: lag
                .map(|lag| lag.parse().map_err(|_| ("lag", "请填整数天数", "a whole number of days")))
                .transpose()?,
            nothing_to_report: !self.nothing.is_empty(),
        })
    }

    /// How the file is to be read.
    pub(super) fn settings(&self) -> Result<Settings, Wrong> {
        let codes = self.confirmed.split([',', '，', '\n']).map(str::trim).filter(|code| !code.is_empty());
        let declared = self.declared()?;
        Ok(Settings {
            layout: Some(self.layout.clone()).filter(|layout| !layout.is_empty()),
            strict: self.is_strict(),
            confirmed: codes.map(str::to_owned).collect(),
            confirmed_because: Some(self.because.clone()).filter(|because| !because.trim().is_empty()),
            declared: Some(declared).filter(|declared| *declared != Declared::default()),
        })
    }
}

/// The layouts to choose from: id, name, and whether it is the chosen one.
pub(super) fn layouts(frame: &Frame, chosen: &str) -> Vec<(String, String, bool)> {
    let layouts = frame.app.reference().layouts.iter();
    layouts.map(|it| (it.id.clone(), frame.say(&it.zh, &it.en).to_owned(), it.id == chosen)).collect()
}

/// The name of a layout.
pub(super) fn layout(frame: &Frame, id: &str) -> String {
    let known = frame.app.reference().layouts.iter().find(|it| it.id == id);
    known.map_or_else(|| id.to_owned(), |it| format!("{} ({id})", frame.say(&it.zh, &it.en)))
}
