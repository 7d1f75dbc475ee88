//! Ready-made choices: what a report is for, which domains, how long.

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use super::catalogue::{Catalogue, DomainId};
use super::period::{Period, months_before};

/// What a report is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its name for machines.
    pub id: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A ready-made length of a period, counted back from its last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Its name for machines.
    pub id: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// So many months back.
    #[serde(default)]
    pub months: Option<u32>,
    /// So many full calendar years and the current one.
    #[serde(default)]
    pub full_years: Option<u16>,
}

/// A ready-made request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name for machines.
    pub id: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The purpose it is for.
    pub purpose: String,
    /// The usual length.
    pub span: String,
    /// The domains; empty means all domains of the place.
    pub domains: Vec<DomainId>,
}

/// The presets of an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presets {
    /// Purposes.
    #[serde(rename = "purpose")]
    pub purposes: Vec<Purpose>,
    /// Lengths.
    #[serde(rename = "span")]
    pub spans: Vec<Span>,
    /// Requests.
    #[serde(rename = "preset")]
    pub presets: Vec<Preset>,
}

/// What is wrong with the presets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPresets {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// A name that nothing bears.
    #[error("preset {preset} names {name:?}, which does not exist")]
    Unknown {
        /// The preset.
        preset: String,
        /// The name.
        name: String,
    },
    /// A span needs exactly one of months and full years.
    #[error("span {0} needs either months or full_years")]
    Span(String),
}

impl Presets {
    /// Reads presets from TOML and checks every name they use.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, BadPresets> {
        let presets: Self = toml::from_str(text).map_err(|e| BadPresets::Shape(e.to_string()))?;
        for span in &presets.spans {
            if span.months.is_some() == span.full_years.is_some() {
                return Err(BadPresets::Span(span.id.clone()));
            }
        }
        for preset in &presets.presets {
            let unknown =
                |name: &str| BadPresets::Unknown { preset: preset.id.clone(), name: name.to_owned() };
            if !presets.purposes.iter().any(|purpose| purpose.id == preset.purpose) {
                return Err(unknown(&preset.purpose));
            }
            if !presets.spans.iter().any(|span| span.id == preset.span) {
                return Err(unknown(&preset.span));
            }
            if let Some(id) = preset.domains.iter().find(|id| catalogue.get(id).is_none()) {
                return Err(unknown(id.as_str()));
            }
        }
        Ok(presets)
    }

    /// The same requests without the domains that a catalogue does not have; one that has none left is left out, since a request
    /// without domains is one for all.
    #[must_use]
    pub fn within(&self, catalogue: &Catalogue) -> Self {
        let mut within = self.clone();
        within.presets.retain_mut(|preset| {
            let all = preset.domains.is_empty();
            preset.domains.retain(|id| catalogue.get(id).is_some());
            all || !preset.domains.is_empty()
        });
        within
    }

    /// The purpose of this id.
    #[must_use]
    pub fn purpose(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id == id)
    }

    /// The preset of this id.
    #[must_use]
    pub fn preset(&self, id: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.id == id)
    }

    /// The length of this id.
    #[must_use]
    pub fn span(&self, id: &str) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }
}

impl Span {
    /// The period of this length that ends on `to`.
    #[must_use]
    pub fn ending(&self, to: Date) -> Period {
        let from = match (self.months, self.full_years) {
            (Some(months), _) => months_before(to, months).next_day().unwrap_or(to),
            (None, years) => {
                let year = to.year() - i32::from(years.unwrap_or(0));
                Date::from_calendar_date(year, Month::January, 1).unwrap_or(to)
            }
        };
        Period { from: from.min(to), to }
    }
}
