//! Authorities and subjects are made known: from the operator's files, or from another register.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::console::subjects::merged;
use super::record::record;
use super::{Actor, App, Forbidden, SetBack, moment, withheld};
use crate::rules::{
    Authority, BadCreditCode, CreditCode, DomainId, Instant, Name, Registration, Relation, RelationKind,
    Scheme, Subject, SubjectCode, SubjectKind, normal,
};
use crate::store::{self, Tx, authorities, subjects};

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the operator.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The file is not TOML, or not of this shape.
    #[error("the file cannot be read: {0}")]
    Shape(String),
    /// A code is wrong.
    #[error("{0}: {1}")]
    Code(String, BadCreditCode),
    /// A domain that the catalogue does not have.
    #[error("authority {0} names domain {1}, which the catalogue does not have")]
    Domain(CreditCode, DomainId),
    /// A subject relates to one that is not there.
    #[error("subject {0} relates to {1}, which is not known: register that one first, or in the same file")]
    Relation(String, String),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// How many were made known or brought up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Entries in the file.
    pub entries: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorityFile {
    authority: Vec<Authority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    subject: Vec<SubjectEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectEntry {
    kind: SubjectKind,
    code: String,
    names: Vec<Name>,
    #[serde(default)]
    aliases: Vec<SubjectCode>,
    #[serde(default)]
    registration: Registration,
    #[serde(default)]
    relations: Vec<RelationEntry>,
    /// The register confirms a code whose check digits are wrong.
    #[serde(default)]
    confirmed_by_register: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RelationEntry {
    kind: RelationKind,
    other: String,
    #[serde(default)]
    from: Option<time::Date>,
    #[serde(default)]
    to: Option<time::Date>,
}

/// Makes the authorities of a TOML file (`[[authority]]`) known, all or none.
pub async fn authorities(app: &App, actor: &Actor, text: &str) -> Result<Registered, Error> {
    actor.may_operate()?;
    let file: AuthorityFile = toml::from_str(text).map_err(|e| Error::Shape(e.to_string()))?;
    for authority in &file.authority {
        let codes = std::iter::once(&authority.code).chain(&authority.organs);
        for code in codes {
            code.as_str().parse::<CreditCode>().map_err(|e| Error::Code(code.to_string(), e))?;
        }
        let unknown = authority.domains.iter().find(|id| app.reference().catalogue.get(id).is_none());
        if let Some(unknown) = unknown {
            return Err(Error::Domain(authority.code, unknown.clone()));
        }
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    for authority in &file.authority {
        authorities::save(&mut tx, authority, now).await?;
    }
    let entries = file.authority.len();
    record(&mut tx, now, actor, "register-authorities", String::new(), json!({ "entries": entries })).await?;
    tx.commit().await?;
    Ok(Registered { entries })
}

/// Makes the subjects of a TOML file (`[[subject]]`) known, all or none. A subject that is there already keeps its id.
pub async fn subjects(app: &App, actor: &Actor, text: &str) -> Result<Registered, Error> {
    actor.may_operate()?;
    let file: SubjectFile = toml::from_str(text).map_err(|e| Error::Shape(e.to_string()))?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;

    let mut ids: HashMap<String, Uuid> = HashMap::new();
    for entry in &file.subject {
        let code = entry.code()?;
        let known = subjects::by_code(&mut tx, &code).await?.map(|subject| subject.id);
        ids.insert(code.value, known.unwrap_or_else(|| app.mint()));
    }
    for entry in file.subject.iter().filter(|entry| entry.confirmed_by_register) {
        let details = json!({ "why": "the register's file says that it confirms this code" });
        record(&mut tx, now, actor, "confirm-code", entry.code.clone(), details).await?;
    }
    let entries = file.subject.len();
    let mut survivors = BTreeSet::new();
    for entry in file.subject {
        let code = entry.code()?;
        let mut relations = Vec::with_capacity(entry.relations.len());
        for relation in &entry.relations {
            let code = SubjectCode::new(Scheme::CreditCode, &relation.other);
            let other = if let Some(id) = ids.get(&code.value) {
                Some(*id)
            } else {
                subjects::by_code(&mut tx, &code).await?.map(|subject| subject.id)
            };
            let missing = || Error::Relation(code.shown(), relation.other.clone());
            relations.push(Relation {
                kind: relation.kind,
                other: other.ok_or_else(missing)?,
                from: relation.from,
                to: relation.to,
            });
        }
        let id = ids.get(&code.value).copied().unwrap_or_else(|| app.mint()); // every code is in there
        let subject = Subject {
            id,
            kind: entry.kind,
            code,
            names: entry.names,
            aliases: entry.aliases,
            registration: entry.registration,
            relations,
        };
        survivors.extend(save(&mut tx, subject, now).await?);
    }
    // Nothing said of one of two that turned out to be one stands unchanged.
    let mut superseded = 0;
    for id in survivors {
        superseded += merged(app, &mut tx, actor, id, now).await?;
    }
    let details = json!({ "entries": entries, "superseded": superseded });
    record(&mut tx, now, actor, "register-subjects", String::new(), details).await?;
    tx.commit().await?;
    Ok(Registered { entries })
}

/// Stores a subject without forgetting anything that leads to its records: codes that it had stay its codes, and
/// another subject that has one of its codes is merged into it. Tells into whom anybody was merged.
async fn save(tx: &mut Tx, mut subject: Subject, now: Instant) -> Result<Vec<Uuid>, store::Error> {
    let mut known = None;
    if let Some(before) = subjects::by_id(tx, subject.id).await? {
        known = before.merged_into();
        former(&mut subject.names, before.names, now.local_day());
        subject.aliases.extend(std::iter::once(before.code).chain(before.aliases));
        let merged =
            before.relations.into_iter().filter(|relation| relation.kind == RelationKind::MergedInto);
        let unsaid: Vec<Relation> = merged.filter(|relation| !subject.relations.contains(relation)).collect();
        subject.relations.extend(unsaid);
    }
    let mut others = Vec::new();
    for code in std::mem::take(&mut subject.aliases) {
        let code = SubjectCode::new(code.scheme, &code.value);
        if code == subject.code || subject.aliases.contains(&code) {
            continue;
        }
        match subjects::by_code(tx, &code).await? {
            Some(other) if other.id != subject.id => others.push(other),
            _ => subject.aliases.push(code),
        }
    }
    let into = subject.merged_into().filter(|into| known != Some(*into));
    let mut survivors: Vec<Uuid> = into.into_iter().collect();
    subjects::save(tx, &subject, now).await?;
    withheld::made_known(tx, std::slice::from_ref(&subject), &[], now).await?;
    for mut other in others {
        if other.merged_into() != Some(subject.id) {
            let relation = Relation {
                kind: RelationKind::MergedInto,
                other: subject.id,
                from: Some(now.local_day()),
                to: None,
            };
            other.relations.push(relation);
            subjects::save(tx, &other, now).await?;
            survivors.push(subject.id);
        }
    }
    Ok(survivors)
}

/// Keeps names that a subject had and that are told no more: they are former ones, to the day before the present one, or to today where
/// that is not known.
fn former(names: &mut Vec<Name>, before: Vec<Name>, today: Date) {
    let present = names.iter().find(|name| name.to.is_none()).or(names.first());
    let Some(since) = present.map(|name| name.from.and_then(Date::previous_day)) else {
        *names = before;
        return;
    };
    for Name { name, from, to } in before {
        if names.iter().any(|known| normal::name(&known.name) == normal::name(&name)) {
            continue;
        }
        let last = since.filter(|last| from.is_none_or(|from| from <= *last)).unwrap_or(today);
        names.push(Name { name, from, to: to.or(Some(last)) });
    }
}

impl SubjectEntry {
    /// The primary code in normal form, checked.
    fn code(&self) -> Result<SubjectCode, Error> {
        if self.kind == SubjectKind::NaturalPerson {
            return Ok(SubjectCode::new(Scheme::IdentityNumber, &self.code));
        }
        let value = Scheme::CreditCode.normal(&self.code);
        let code = if self.confirmed_by_register {
            CreditCode::confirmed_by_register(&value)
        } else {
            value.parse::<CreditCode>()
        };
        code.map(SubjectCode::from).map_err(|e| Error::Code(value, e))
    }
}
