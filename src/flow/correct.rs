//! The new content of one record is read with the same checks as a row of a file.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Actor, App, Role, amend, desk};
use crate::ingest::{self, Fault, FileFault};
use crate::rules::{Act, Authority, Correction, Version};
use crate::seal;
use crate::store::{self, Tx, authorities, subjects};

/// Why it is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such record, or not theirs: the two are not told apart.
    #[error("there is no record {0}, or it is not yours to change")]
    Unknown(Uuid),
    /// The columns cannot be read.
    #[error(transparent)]
    Unreadable(#[from] FileFault),
    /// Cells are faulty.
    #[error("the new content is faulty: {}", .0.iter().map(told).collect::<Vec<_>>().join("; "))]
    Faulty(Vec<Fault>),
    /// It is about another record.
    #[error(
        "the new content has another subject, organ, document number or kind: that would be another record"
    )]
    OtherRecord,
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn told(fault: &Fault) -> String {
    format!("{} / {}", fault.zh(), fault.en())
}

/// Reads the new content of a record from cells by the names of their columns, as they stand in files.
pub async fn correction(
    app: &App,
    actor: &Actor,
    record: Uuid,
    cells: &BTreeMap<String, String>,
) -> Result<Act, Error> {
    let mut tx = app.0.store.read().await?;
    let before = amend::own(&mut tx, actor, record).await?.ok_or(Error::Unknown(record))?.version;
    let authority = authority_of(&mut tx, actor, &before).await?.ok_or(Error::Unknown(record))?;
    let (layouts, lists) = app.columns();
    let context = ingest::Context {
        authority: &authority,
        catalogue: &app.reference().catalogue,
        domain: None,
        received_on: app.now().local_day(),
        layouts,
        layout: None,
        lists,
        confirmed_codes: &HashSet::new(),
        limits: ingest::Limits::default(),
    };
    let mut cells = cells.clone();
    let domain = ["domain", "领域", "监管领域"].iter().any(|name| cells.contains_key(*name));
    if !domain && authority.domains.len() > 1 {
        cells.insert("domain".to_owned(), before.domain.to_string());
    }
    let outcome = ingest::read(&ingest::file_of(&cells), "correction.csv", &context)?;
    let [row] = &outcome.accepted[..] else {
        return Err(Error::Faulty(outcome.rejected.into_iter().flat_map(|row| row.faults).collect()));
    };
    let Some(code) = row.subject.codes.first() else { return Err(Error::OtherRecord) };
    let subject = subjects::by_code(&mut tx, code).await?.map(|subject| subject.id);
    let same = (subject, row.organ, &row.document_number, row.kind)
        == (Some(before.subject), before.organ, &before.document_number, before.kind);
    if !same {
        return Err(Error::OtherRecord);
    }
    let correction = Correction {
        domain: row.domain.clone(),
        details: row.details.clone(),
        content: seal::digest(&row.content()),
    };
    Ok(Act::Correct(Box::new(correction)))
}

/// The authority that a record is of, as far as the actor speaks for it.
async fn authority_of(
    tx: &mut Tx,
    actor: &Actor,
    version: &Version,
) -> Result<Option<Authority>, store::Error> {
    let all = match actor.role {
        Role::Operator => authorities::all(tx).await?,
        _ => desk::seats(tx, actor).await?.into_iter().map(|(_, authority)| authority).collect(),
    };
    Ok(all.into_iter().find(|authority| amend::is_of(authority, version)))
}
