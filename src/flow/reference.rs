//! The data in force: catalogue, profile, policy, presets, calendar. Built in, or from a folder of the operator's.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::config;
use crate::ingest::{CodeListTexts, CodeLists, Layout};
use crate::rules::{Calendar, Catalogue, Policy, Presets, Profile, RepairRules, RuleKind};

/// The files that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("catalogue.toml", include_str!("../../data/catalogue.toml")),
    ("presets.toml", include_str!("../../data/presets.toml")),
    ("calendar.toml", include_str!("../../data/calendar.toml")),
    ("repair-rules.toml", include_str!("../../data/repair-rules.toml")),
    ("profiles/shanghai.toml", include_str!("../../data/profiles/shanghai.toml")),
    ("profiles/tianjin.toml", include_str!("../../data/profiles/tianjin.toml")),
    ("policies/bj-2025.toml", include_str!("../../data/policies/bj-2025.toml")),
    ("policies/cq-2024-listing.toml", include_str!("../../data/policies/cq-2024-listing.toml")),
    ("policies/ln-2025.toml", include_str!("../../data/policies/ln-2025.toml")),
    ("policies/ndrc-2025.toml", include_str!("../../data/policies/ndrc-2025.toml")),
    ("policies/sd-2023.toml", include_str!("../../data/policies/sd-2023.toml")),
    ("policies/sh-2023.toml", include_str!("../../data/policies/sh-2023.toml")),
    ("policies/zj-2023.toml", include_str!("../../data/policies/zj-2023.toml")),
    ("layouts/national-2018.toml", include_str!("../../data/layouts/national-2018.toml")),
    ("layouts/national-2015.toml", include_str!("../../data/layouts/national-2015.toml")),
    (
        "layouts/market-regulation-publicity.toml",
        include_str!("../../data/layouts/market-regulation-publicity.toml"),
    ),
    ("code-lists/severities.toml", include_str!("../../data/code-lists/severities.toml")),
    ("code-lists/yes-no.toml", include_str!("../../data/code-lists/yes-no.toml")),
    ("code-lists/operations.toml", include_str!("../../data/code-lists/operations.toml")),
    ("code-lists/annulment-kinds.toml", include_str!("../../data/code-lists/annulment-kinds.toml")),
    ("code-lists/divisions.toml", include_str!("../../data/code-lists/divisions.toml")),
    ("code-lists/identity-documents.toml", include_str!("../../data/code-lists/identity-documents.toml")),
    ("code-lists/procedures.toml", include_str!("../../data/code-lists/procedures.toml")),
    ("code-lists/record-kinds.toml", include_str!("../../data/code-lists/record-kinds.toml")),
    ("code-lists/sanctions.toml", include_str!("../../data/code-lists/sanctions.toml")),
    ("code-lists/subject-classes.toml", include_str!("../../data/code-lists/subject-classes.toml")),
];

/// The data in force.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The domains there are.
    pub catalogue: Catalogue,
    /// The domains of this place.
    pub profile: Profile,
    /// Which records count.
    pub policy: Policy,
    /// Ready-made requests.
    pub presets: Presets,
    /// Working days.
    pub calendar: Calendar,
    /// The layouts of uploads.
    pub layouts: Vec<Layout>,
    /// The conditions of repairs.
    pub repair: RepairRules,
    /// Words that regulators use.
    pub lists: CodeLists,
    /// The texts of what is kept in versions.
    pub texts: Texts,
}

/// The texts of what is kept in versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Of the catalogue.
    pub catalogue: String,
    /// Of the profile.
    pub profile: String,
    /// Of the policy.
    pub policy: String,
}

impl Texts {
    /// The text of a kind.
    #[must_use]
    pub fn of(&self, kind: RuleKind) -> &str {
        match kind {
            RuleKind::Catalogue => &self.catalogue,
            RuleKind::Profile => &self.profile,
            RuleKind::Policy => &self.policy,
        }
    }
}

/// Why the data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such file, neither in the folder nor built in.
    #[error("there is no {0}; built in are: {1}")]
    Missing(String, String),
    /// A file of the folder cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what its name says.
    #[error("{name}: {reason}")]
    Invalid {
        /// The file.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Reference {
    /// Loads and checks everything; files in the configured folder stand over the built-in ones.
    pub fn load(rules: &config::Rules) -> Result<Self, Error> {
        let folder = rules.folder.as_deref();
        let load = |name: &str| text(folder, name);
        let invalid = |name: &str| {
            let name = name.to_owned();
            move |reason: &dyn std::fmt::Display| Error::Invalid { name, reason: reason.to_string() }
        };
        let profile = format!("profiles/{}.toml", rules.profile);
        let policy = format!("policies/{}.toml", rules.policy);
        let lists = CodeLists::parse(&CodeListTexts {
            sanctions: &load("code-lists/sanctions.toml")?,
            subject_classes: &load("code-lists/subject-classes.toml")?,
            identity_documents: &load("code-lists/identity-documents.toml")?,
            procedures: &load("code-lists/procedures.toml")?,
            record_kinds: &load("code-lists/record-kinds.toml")?,
            operations: &load("code-lists/operations.toml")?,
            annulment_kinds: &load("code-lists/annulment-kinds.toml")?,
            yes_no: &load("code-lists/yes-no.toml")?,
            severities: &load("code-lists/severities.toml")?,
            divisions: &load("code-lists/divisions.toml")?,
        });
        let catalogue =
            Catalogue::parse(&load("catalogue.toml")?).map_err(|e| invalid("catalogue.toml")(&e))?;
        Ok(Self {
            profile: Profile::parse(&load(&profile)?, &catalogue).map_err(|e| invalid(&profile)(&e))?,
            policy: Policy::parse(&load(&policy)?).map_err(|e| invalid(&policy)(&e))?,
            presets: Presets::parse(&load("presets.toml")?, &catalogue)
                .map_err(|e| invalid("presets.toml")(&e))?,
            calendar: Calendar::parse(&load("calendar.toml")?).map_err(|e| invalid("calendar.toml")(&e))?,
            layouts: layouts(folder)?,
            repair: RepairRules::parse(&load("repair-rules.toml")?)
                .map_err(|e| invalid("repair-rules.toml")(&e))?,
            lists: lists.map_err(|e| invalid("code-lists")(&e))?,
            texts: Texts {
                catalogue: load("catalogue.toml")?.into_owned(),
                profile: load(&profile)?.into_owned(),
                policy: load(&policy)?.into_owned(),
            },
            catalogue,
        })
    }

    /// The same data with other texts in place of some; presets lose what the catalogue has no more.
    pub(super) fn with(
        &self,
        catalogue: Option<&str>,
        profile: Option<&str>,
        policy: Option<&str>,
    ) -> Result<Self, Error> {
        let invalid = |kind: RuleKind, reason: &dyn std::fmt::Display| Error::Invalid {
            name: kind.word().to_owned(),
            reason: reason.to_string(),
        };
        let text = |new: Option<&str>, old: &String| new.map_or_else(|| old.clone(), str::to_owned);
        let texts = Texts {
            catalogue: text(catalogue, &self.texts.catalogue),
            profile: text(profile, &self.texts.profile),
            policy: text(policy, &self.texts.policy),
        };
        let catalogue = Catalogue::parse(&texts.catalogue).map_err(|e| invalid(RuleKind::Catalogue, &e))?;
        Ok(Self {
            profile: Profile::parse(&texts.profile, &catalogue)
                .map_err(|e| invalid(RuleKind::Profile, &e))?,
            policy: Policy::parse(&texts.policy).map_err(|e| invalid(RuleKind::Policy, &e))?,
            presets: self.presets.within(&catalogue),
            catalogue,
            texts,
            ..self.clone()
        })
    }
}

/// The layouts: the built-in ones, and those that the operator's folder adds or changes. The first is the usual one.
fn layouts(folder: Option<&Path>) -> Result<Vec<Layout>, Error> {
    let built_in = BUILT_IN.iter().map(|(name, _)| *name).filter(|name| name.starts_with("layouts/"));
    let mut names: Vec<String> = built_in.map(str::to_owned).collect();
    let mut added = Vec::new();
    if let Some(path) = folder.map(|folder| folder.join("layouts")).filter(|path| path.is_dir()) {
        let unread = |source| Error::Read { path: path.clone(), source };
        for entry in std::fs::read_dir(&path).map_err(unread)? {
            let file = PathBuf::from(entry.map_err(unread)?.file_name());
            let name = format!("layouts/{}", file.display());
            if file.extension().is_some_and(|it| it == "toml") && !names.contains(&name) {
                added.push(name);
            }
        }
    }
    added.sort();
    names.append(&mut added);
    let mut layouts: Vec<Layout> = Vec::new();
    for name in names {
        let invalid = |reason: String| Error::Invalid { name: name.clone(), reason };
        let layout = Layout::parse(&text(folder, &name)?).map_err(|error| invalid(error.to_string()))?;
        if layouts.iter().any(|known| known.id == layout.id) {
            return Err(invalid(format!("there is another layout {}", layout.id)));
        }
        layouts.push(layout);
    }
    Ok(layouts)
}

/// The text of a file: the operator's, or the built-in one.
fn text(folder: Option<&Path>, name: &str) -> Result<Cow<'static, str>, Error> {
    if name.split('/').any(|part| part == ".." || part.is_empty()) {
        return Err(Error::Missing(name.to_owned(), built_in_names(name)));
    }
    if let Some(path) = folder.map(|folder| folder.join(name)).filter(|path| path.exists()) {
        return match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(source) => Err(Error::Read { path, source }),
        };
    }
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
    let missing = || Error::Missing(name.to_owned(), built_in_names(name));
    built_in.map(|(_, text)| Cow::Borrowed(*text)).ok_or_else(missing)
}

/// The built-in files beside this one.
fn built_in_names(name: &str) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = |known: &&str| known.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    BUILT_IN.iter().map(|(known, _)| *known).filter(beside).collect::<Vec<_>>().join(", ")
}
