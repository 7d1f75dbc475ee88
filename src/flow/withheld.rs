//! Rows that were rejected or kept aside hold back the conclusion of whom they name: no row is forgotten into a "no record".

use uuid::Uuid;

use super::plan::Sender;
use super::whom::{Leads, spelled};
use crate::ingest::{Named, RejectedRow};
use crate::rules::{Authority, DomainId, Instant, RecordKey, Scheme, Subject, SubjectCode, normal};
use crate::seal;
use crate::store::candidates::{Became, KeptAside};
use crate::store::rejections::Rejection;
use crate::store::{self, Tx, authorities, candidates, namesakes, records, rejections, subjects};

/// Rows kept aside and rejected rows that name subjects hold them back from the moment they become known, or are called by another name, and so
/// does what is recorded of others who may be they.
pub(super) async fn made_known(
    tx: &mut Tx,
    subjects: &[Subject],
    called: &[(Uuid, String)],
    now: Instant,
) -> Result<(), store::Error> {
    let by_name = |subject: &Subject| {
        let id = subject.id;
        subject.names.iter().map(move |name| (name.name.clone(), id)).collect::<Vec<_>>()
    };
    let by_code = |subject: &Subject| {
        let codes = std::iter::once(&subject.code).chain(&subject.aliases);
        codes.flat_map(spelled).map(|code| (code, subject.id)).collect::<Vec<_>>()
    };
    // The names of persons are no evidence.
    let organisations = subjects.iter().filter(|it| it.code.scheme != Scheme::IdentityNumber);
    let called = called.iter().map(|(subject, name)| (name.clone(), *subject));
    let names: Vec<(String, Uuid)> = organisations.flat_map(by_name).chain(called).collect();
    let codes: Vec<(SubjectCode, Uuid)> = subjects.iter().flat_map(by_code).collect();
    candidates::may_belong(tx, &codes, &names).await?;
    rejections::hold_back(tx, &codes, &names).await?;
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    namesakes::link(tx, &names, now).await
}

/// The rejected rows that name somebody, as they are kept: by their sound codes, and unless one tells for certain whom they mean also by
/// name. With each come its codes that nobody here has.
pub(super) async fn held_back(
    from: Sender<'_>,
    tx: &mut Tx,
    rejected: &[RejectedRow],
    sent_for: Option<&DomainId>,
) -> Result<Vec<(Rejection, Vec<SubjectCode>)>, store::Error> {
    let codes: Vec<SubjectCode> = rejected.iter().flat_map(|row| row.named.codes.iter().cloned()).collect();
    let leads = Leads::of(tx, &codes).await?;
    let by_name = |named: &Named| {
        let found = named.codes.iter().any(|code| !leads.to(code).is_empty());
        named.name.clone().filter(|_| !named.certain || !(found || named.person))
    };
    let names: Vec<String> = rejected.iter().filter_map(|row| by_name(&row.named)).collect();
    let same_name = subjects::ids_by_names(tx, &names).await?;
    let whole = whole(from, tx, rejected).await?;
    let mut held = Vec::new();
    for row in rejected {
        let (told, name) = (&row.named, by_name(&row.named));
        let mut subjects: Vec<Uuid> = told.codes.iter().flat_map(|code| leads.to(code)).copied().collect();
        subjects.extend(name.iter().filter_map(|name| same_name.get(&normal::name(name))).flatten());
        subjects.sort_unstable();
        subjects.dedup();
        let awaits = awaited(told.codes.iter().filter(|code| !leads.ids.contains_key(code)));
        if subjects.is_empty() && awaits.is_empty() && name.is_none() {
            continue;
        }
        let domains = domains(told, sent_for, from.authority, whole.as_ref());
        // The same row read otherwise, for another domain or with a code that is confirmed now, is another.
        let print = format!("{}\n{domains:?}\n{:?}", row.sent.text(), told.codes);
        let rejection = Rejection {
            id: from.app.mint(),
            upload: from.upload,
            row: row.row,
            authority: from.authority.code,
            domains,
            organ: told.organ,
            document_number: told.document_number.clone(),
            kind: told.kind,
            operates: told.operates,
            decided_on: told.decided_on,
            name,
            faults: row.faults.iter().map(|fault| fault.code.word().to_owned()).collect(),
            sent: seal::digest(print.as_bytes()),
            received_at: from.now,
            closed_at: None,
            subjects,
        };
        held.push((rejection, awaits));
    }
    Ok(held)
}

/// What a row waits under that gives these codes, each once.
pub(super) fn awaited<'a>(codes: impl Iterator<Item = &'a SubjectCode>) -> Vec<SubjectCode> {
    let mut awaits: Vec<SubjectCode> = Vec::new();
    for code in codes.flat_map(spelled) {
        if !awaits.contains(&code) {
            awaits.push(code);
        }
    }
    awaits
}

/// The sender with all of its domains, where a row names one that the sender's desk has not; who sends may answer for some only.
async fn whole(
    from: Sender<'_>,
    tx: &mut Tx,
    rejected: &[RejectedRow],
) -> Result<Option<Authority>, store::Error> {
    let beyond = |domain: &DomainId| !from.authority.domains.contains(domain);
    if rejected.iter().any(|row| row.named.domain.as_ref().is_some_and(beyond)) {
        return authorities::by_code(tx, from.authority.code).await;
    }
    Ok(None)
}

/// The domains that a row may be about: the one it names, the one it was sent for, and where there is neither all of the sender's.
fn domains(
    told: &Named,
    sent_for: Option<&DomainId>,
    sender: &Authority,
    whole: Option<&Authority>,
) -> Vec<DomainId> {
    let said = told.domain.as_ref();
    let own = said.filter(|said| sender.domains.contains(said));
    let of_others = said.filter(|said| whole.is_some_and(|whole| whole.domains.contains(said)));
    let mut domains: Vec<DomainId> = match (sent_for, own) {
        (Some(sent_for), _) => vec![sent_for.clone()],
        (None, Some(_)) => Vec::new(),
        (None, None) => sender.domains.clone(),
    };
    let more = own.or(of_others).filter(|said| !domains.contains(said)).cloned();
    domains.extend(more);
    domains
}

/// Whether a row that names somebody by name is here already: nobody has said yet whose it is, or it stands as somebody's record, or it
/// is nobody's of those who may be meant now.
pub(super) async fn stands(tx: &mut Tx, aside: &KeptAside) -> Result<bool, store::Error> {
    for became in candidates::before(tx, aside).await? {
        let stands = match became {
            Became::Open => true,
            Became::Nobodys(asked) => aside.possible.iter().all(|subject| asked.contains(subject)),
            Became::Of(subject) => {
                let document_number = aside.document_number.clone();
                let key = RecordKey { subject, organ: aside.organ, document_number, kind: aside.kind };
                let newest = records::newest_by_keys(tx, std::slice::from_ref(&key)).await?;
                newest.values().all(|kept| !kept.version.standing.withdrawn)
            }
        };
        if stands {
            return Ok(true);
        }
    }
    Ok(false)
}
