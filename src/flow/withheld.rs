//! Rows that were rejected or kept aside hold back the conclusion of whom they name: no row is forgotten into a "no record".

use uuid::Uuid;

use super::plan::Sender;
use crate::ingest::{Named, RejectedRow};
use crate::rules::{DomainId, Scheme, Subject, SubjectCode, normal};
use crate::seal;
use crate::store::rejections::Rejection;
use crate::store::{self, Tx, candidates, rejections, subjects};

/// Rows kept aside and rejected rows that name subjects hold them back from the moment they become known.
pub(super) async fn made_known(tx: &mut Tx, subjects: &[Subject]) -> Result<(), store::Error> {
    let by_name = |subject: &Subject| {
        let id = subject.id;
        subject.names.iter().map(move |name| (name.name.clone(), id)).collect::<Vec<_>>()
    };
    let by_code = |subject: &Subject| {
        let codes = std::iter::once(&subject.code).chain(&subject.aliases);
        codes.map(|code| (code.clone(), subject.id)).collect::<Vec<_>>()
    };
    // The names of persons are no evidence.
    let organisations = || subjects.iter().filter(|it| it.code.scheme != Scheme::IdentityNumber);
    let names: Vec<(String, Uuid)> = organisations().flat_map(by_name).collect();
    let codes: Vec<(SubjectCode, Uuid)> = organisations().flat_map(by_code).collect();
    candidates::may_belong(tx, &names).await?;
    rejections::hold_back(tx, &codes, &names).await?;
    Ok(())
}

/// The rejected rows that name somebody, as they are kept: by their sound codes, or where there is none by name.
pub(super) async fn held_back(
    from: Sender<'_>,
    tx: &mut Tx,
    rejected: &[RejectedRow],
    domain: Option<&DomainId>,
) -> Result<Vec<Rejection>, store::Error> {
    let codes: Vec<SubjectCode> = rejected.iter().flat_map(|row| row.named.codes.iter().cloned()).collect();
    let by_name = |named: &Named| named.name.clone().filter(|_| named.codes.is_empty());
    let names: Vec<String> = rejected.iter().filter_map(|row| by_name(&row.named)).collect();
    let (ids, same_name) =
        (subjects::ids_by_codes(tx, &codes).await?, subjects::ids_by_names(tx, &names).await?);
    let mut held = Vec::new();
    for row in rejected {
        let (told, name) = (&row.named, by_name(&row.named));
        let mut subjects: Vec<Uuid> = told.codes.iter().filter_map(|code| ids.get(code).copied()).collect();
        subjects.extend(name.iter().filter_map(|name| same_name.get(&normal::name(name))).flatten());
        subjects.sort_unstable();
        subjects.dedup();
        let unknown = told.codes.iter().find(|code| code.scheme != Scheme::IdentityNumber);
        let code = unknown.filter(|_| subjects.is_empty()).cloned();
        if subjects.is_empty() && code.is_none() && name.is_none() {
            continue;
        }
        let only = told.domain.as_ref().or(domain);
        held.push(Rejection {
            id: from.app.mint(),
            upload: from.upload,
            row: row.row,
            authority: from.authority.code,
            domains: only.map_or_else(|| from.authority.domains.clone(), |only| vec![only.clone()]),
            organ: told.organ,
            document_number: told.document_number.clone(),
            kind: told.kind,
            decided_on: told.decided_on,
            code,
            name,
            faults: row.faults.iter().map(|fault| fault.code.word().to_owned()).collect(),
            sent: seal::digest(row.sent.text().as_bytes()),
            received_at: from.now,
            closed_at: None,
            subjects,
        });
    }
    Ok(held)
}
