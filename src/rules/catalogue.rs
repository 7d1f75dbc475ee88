//! The regulatory fields (领域) as versioned data, and which of them a place uses.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::Date;

/// The name of a domain for machines: lower-case words joined by hyphens, 40 characters at most, never reused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainId(String);

/// Why a text is not a [`DomainId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a domain id: lower-case letters, digits and single hyphens, 40 characters at most")]
pub struct BadDomainId(String);

impl DomainId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DomainId {
    type Err = BadDomainId;

    fn from_str(text: &str) -> Result<Self, BadDomainId> {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.len() <= 40 && text.split('-').all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadDomainId(text.chars().take(60).collect()))
        }
    }
}

impl TryFrom<String> for DomainId {
    type Error = BadDomainId;

    fn try_from(text: String) -> Result<Self, BadDomainId> {
        text.parse()
    }
}

impl From<DomainId> for String {
    fn from(id: DomainId) -> Self {
        id.0
    }
}

impl fmt::Display for DomainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for DomainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One regulatory field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Its name for machines.
    pub id: DomainId,
    /// Its short code, `D001` and so on, for files and codes.
    pub code: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// The kind of authority that usually answers for it, in Chinese, without the place.
    pub authority_zh: String,
    /// The same in English.
    pub authority_en: String,
}

/// Domains that are offered together where people choose; no report shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainGroup {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The domains.
    pub domains: Vec<DomainId>,
}

/// All domains known to the operator, in printing order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Its name.
    pub id: String,
    /// Its version; every report names it.
    pub version: String,
    /// The first day it is used.
    pub valid_from: Date,
    /// What kind of list it is, in Chinese; printed in every report.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The domains.
    #[serde(rename = "domain")]
    pub domains: Vec<Domain>,
    /// How domains are grouped for choosing; may leave some out, or all.
    #[serde(default, rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<DomainGroup>,
}

/// The domains that one place answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The place, in Chinese; printed as the territory of the report.
    pub territory_zh: String,
    /// The place, in English.
    pub territory_en: String,
    /// What kind of list this is and how certain, in Chinese.
    pub note_zh: String,
    /// The same in English.
    pub note_en: String,
    /// The domains, in the order of the catalogue.
    pub domains: Vec<DomainId>,
}

/// What is wrong with a catalogue or a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCatalogue {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(String),
    /// An id or a code stands twice.
    #[error("{0} stands twice")]
    Twice(String),
    /// A domain that the catalogue does not have.
    #[error("the catalogue has no domain {0}")]
    Unknown(DomainId),
    /// Nothing in it.
    #[error("it names no domain")]
    Empty,
}

impl Catalogue {
    /// Reads a catalogue from TOML and checks that ids and codes are unique.
    pub fn parse(text: &str) -> Result<Self, BadCatalogue> {
        let catalogue: Self = toml::from_str(text).map_err(|e| BadCatalogue::Shape(e.to_string()))?;
        let mut seen = HashSet::new();
        for domain in &catalogue.domains {
            for name in [domain.id.as_str(), &domain.code] {
                if !seen.insert(name) {
                    return Err(BadCatalogue::Twice(name.to_owned()));
                }
            }
        }
        let mut grouped = HashSet::new();
        for id in catalogue.groups.iter().flat_map(|group| &group.domains) {
            if catalogue.get(id).is_none() {
                return Err(BadCatalogue::Unknown(id.clone()));
            }
            if !grouped.insert(id) {
                return Err(BadCatalogue::Twice(id.to_string()));
            }
        }
        if catalogue.domains.is_empty() { Err(BadCatalogue::Empty) } else { Ok(catalogue) }
    }

    /// The domain of this id.
    #[must_use]
    pub fn get(&self, id: &DomainId) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.id == *id)
    }

    /// The place of a domain in printing order; unknown ones come last.
    #[must_use]
    pub fn rank(&self, id: &DomainId) -> usize {
        self.domains.iter().position(|domain| domain.id == *id).unwrap_or(usize::MAX)
    }
}

impl Profile {
    /// Reads a profile from TOML and checks it against the catalogue.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Self, BadCatalogue> {
        let profile: Self = toml::from_str(text).map_err(|e| BadCatalogue::Shape(e.to_string()))?;
        let mut seen = HashSet::new();
        for id in &profile.domains {
            if catalogue.get(id).is_none() {
                return Err(BadCatalogue::Unknown(id.clone()));
            }
            if !seen.insert(id) {
                return Err(BadCatalogue::Twice(id.to_string()));
            }
        }
        if profile.domains.is_empty() { Err(BadCatalogue::Empty) } else { Ok(profile) }
    }
}
