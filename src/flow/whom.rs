//! Whom rows are about. The codes of a row lead to one subject, or it is kept aside: nobody whom it may be about gets a "no record".

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::App;
use super::ahead::Ahead;
use super::plan::Good;
use crate::ingest::{OperationRow, Row, SubjectRef};
use crate::rules::{Name, RecordKey, Registration, Scheme, Subject, SubjectCode, normal};
use crate::store::{self, Tx, subjects};

/// Where codes lead.
pub(super) struct Leads {
    /// The subject that bears or bore a code.
    pub(super) ids: HashMap<SubjectCode, Uuid>,
    /// Of codes that nobody has: who has the same organisation code, by itself or inside a credit code. It stays the same when an
    /// organisation gets another credit code (GB 32100-2015, 5).
    kin: HashMap<String, Vec<Uuid>>,
}

impl Leads {
    pub(super) async fn of(tx: &mut Tx, codes: &[SubjectCode]) -> Result<Self, store::Error> {
        let ids = subjects::ids_by_codes(tx, codes).await?;
        let unknown = codes.iter().filter(|code| !ids.contains_key(*code));
        let inside: BTreeSet<&str> = unknown.filter_map(SubjectCode::organisation).collect();
        let kin = subjects::ids_by_organisation_codes(tx, &inside.into_iter().collect::<Vec<_>>()).await?;
        Ok(Self { ids, kin })
    }

    /// Whom a code may mean.
    pub(super) fn to(&self, code: &SubjectCode) -> &[Uuid] {
        if let Some(id) = self.ids.get(code) {
            return std::slice::from_ref(id);
        }
        code.organisation().and_then(|inside| self.kin.get(inside)).map_or(&[], Vec::as_slice)
    }
}

/// A code and the organisation code inside: what a row waits under, and what whoever becomes known by the code is known by.
pub(super) fn spelled(code: &SubjectCode) -> impl Iterator<Item = SubjectCode> {
    let inside = code.organisation().filter(|_| code.scheme == Scheme::CreditCode);
    let inside =
        inside.map(|value| SubjectCode { scheme: Scheme::OrganisationCode, value: value.to_owned() });
    std::iter::once(code.clone()).chain(inside)
}

/// A good row and the code that tells whom it is about.
pub(super) enum Line<'a> {
    Record(&'a Row, SubjectCode),
    Operation(&'a OperationRow, SubjectCode),
}

impl Line<'_> {
    /// Its number in the file.
    pub(super) fn row(&self) -> u32 {
        match self {
            Self::Record(row, _) => row.row,
            Self::Operation(row, _) => row.row,
        }
    }

    /// The code.
    pub(super) fn code(&self) -> &SubjectCode {
        match self {
            Self::Record(_, code) | Self::Operation(_, code) => code,
        }
    }

    /// Whom it names, as it was read.
    pub(super) fn subject(&self) -> &SubjectRef {
        match self {
            Self::Record(row, _) => &row.subject,
            Self::Operation(row, _) => &row.subject,
        }
    }

    /// How it calls an organisation; the names of persons are no evidence.
    pub(super) fn calls(&self) -> Option<&str> {
        match self {
            Self::Record(row, code) if code.scheme != Scheme::IdentityNumber => Some(&row.subject.name),
            Self::Record(..) | Self::Operation(..) => None,
        }
    }

    /// The key of its record, for the subject that the code means.
    pub(super) fn key(&self, subject: Uuid) -> RecordKey {
        let (organ, document_number, kind) = match self {
            Self::Record(row, _) => (row.organ, row.document_number.clone(), row.kind),
            Self::Operation(row, _) => (row.organ, row.document_number.clone(), row.kind),
        };
        RecordKey { subject, organ, document_number, kind }
    }
}

/// Whom the good rows of a part are about.
pub(super) struct Whom {
    /// The subject of each code that tells one for certain.
    pub(super) ids: HashMap<SubjectCode, Uuid>,
    /// Rows about records that may be any of these subjects', or of somebody whom nobody here knows.
    pub(super) doubtful: BTreeMap<u32, Vec<Uuid>>,
}

impl Whom {
    pub(super) async fn of(tx: &mut Tx, good: Good<'_>, ahead: &Ahead) -> Result<Self, store::Error> {
        let named = good.records.iter().map(|row| &row.subject);
        let named = named.chain(good.operations.iter().map(|row| &row.subject));
        let codes: Vec<SubjectCode> = named.flat_map(|subject| subject.codes.iter().cloned()).collect();
        let mut leads = Leads::of(tx, &codes).await?;
        leads.ids.extend(codes.iter().filter_map(|code| Some((code.clone(), ahead.subject(code)?))));

        let mut doubtful = BTreeMap::new();
        let mut several = Vec::new();
        let mut unchecked = Vec::new();
        for row in good.records {
            let Some(surest) = row.subject.codes.first() else { continue };
            if row.subject.codes.len() == 1 && leads.ids.contains_key(surest) {
                continue;
            }
            let led: BTreeSet<Uuid> =
                row.subject.codes.iter().flat_map(|code| leads.to(code)).copied().collect();
            match (leads.ids.contains_key(surest), led.len()) {
                (true, ..=1) => {}
                (false, 0) if is_checked(surest) => {}
                (false, 0) => unchecked.push(row),
                (true, 2..) => several.push((row, led)),
                // The organisation code alone is given, and one organisation has it.
                (false, 1) if surest.scheme == Scheme::OrganisationCode && leads.to(surest).len() == 1 => {}
                (false, 1..) => {
                    doubtful.insert(row.row, led.into_iter().collect());
                }
            }
        }
        if !several.is_empty() {
            let ids: BTreeSet<Uuid> = several.iter().flat_map(|(_, led)| led).copied().collect();
            let into = subjects::survivors(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
            for (row, led) in several {
                let one = |id: &Uuid| into.get(id).copied().unwrap_or(*id);
                if led.iter().map(one).collect::<BTreeSet<_>>().len() > 1 {
                    doubtful.insert(row.row, led.into_iter().collect());
                }
            }
        }
        if !unchecked.is_empty() {
            by_name(tx, &unchecked, good.records, &leads, ahead, &mut doubtful).await?;
        }
        let mut ids = leads.ids;
        for code in codes.iter().filter(|code| code.scheme == Scheme::OrganisationCode) {
            if let Some([only]) = leads.kin.get(&code.value).map(Vec::as_slice) {
                ids.entry(code.clone()).or_insert(*only);
            }
        }
        Ok(Self { ids, doubtful })
    }

    /// The good rows that tell for certain whom they are about, in their order.
    pub(super) fn lines<'a>(&self, good: Good<'a>) -> Vec<Line<'a>> {
        let sure = good.records.iter().filter(|row| !self.doubtful.contains_key(&row.row));
        let records = sure.filter_map(|row| Some(Line::Record(row, surest(&row.subject)?)));
        let changes = good.operations.iter();
        let changes = changes.filter_map(|row| Some(Line::Operation(row, surest(&row.subject)?)));
        let mut lines: Vec<Line<'a>> = records.chain(changes).collect();
        lines.sort_by_key(Line::row);
        lines
    }
}

/// A code with check characters, or of a person, who has no other: it stands for somebody, known or not.
fn is_checked(code: &SubjectCode) -> bool {
    matches!(code.scheme, Scheme::CreditCode | Scheme::IdentityNumber)
}

/// Rows whose codes are nobody's, none of which can be trusted by itself: each is about somebody new, unless its name is somebody's already, or
/// belongs to another code in these rows.
async fn by_name(
    tx: &mut Tx,
    unchecked: &[&Row],
    rows: &[Row],
    leads: &Leads,
    ahead: &Ahead,
    doubtful: &mut BTreeMap<u32, Vec<Uuid>>,
) -> Result<(), store::Error> {
    let names: Vec<String> = unchecked.iter().map(|row| row.subject.name.clone()).collect();
    let known = subjects::ids_by_names(tx, &names).await?;
    let key = |subject: &SubjectRef| Some((normal::name(&subject.name), subject.codes.first()?.clone()));
    let checked = |row: &&Row| {
        let code = row.subject.codes.first();
        code.is_some_and(|code| code.scheme == Scheme::CreditCode && !leads.ids.contains_key(code))
    };
    let mut new: HashMap<String, SubjectCode> =
        rows.iter().filter(checked).filter_map(|row| key(&row.subject)).collect();
    for row in unchecked {
        let Some((name, code)) = key(&row.subject) else { continue };
        let namesakes = known.get(&name).cloned().unwrap_or_default();
        let readable = code.value.is_ascii();
        let anothers = ahead.is_anothers(&name, &code);
        let first = new.entry(name).or_insert_with(|| code.clone());
        if anothers || !namesakes.is_empty() || *first != code || !readable {
            doubtful.insert(row.row, namesakes);
        }
    }
    Ok(())
}

/// The code that tells best whom a row is about.
fn surest(subject: &SubjectRef) -> Option<SubjectCode> {
    subject.codes.first().cloned()
}

/// The subject that a row is about whom nobody knew.
pub(super) fn new_subject(app: &App, named: &SubjectRef, code: SubjectCode) -> Subject {
    Subject {
        id: app.mint(),
        kind: named.kind,
        code,
        names: vec![Name { name: named.name.clone(), from: None, to: None }],
        aliases: Vec::new(),
        registration: Registration::default(),
        relations: Vec::new(),
    }
}

/// The key under which a record is looked for, and those under which it would be if it came for a subject that was merged since.
pub(super) fn with_merged(key: &RecordKey, merged: &HashMap<Uuid, Vec<Uuid>>) -> Vec<RecordKey> {
    let others = merged.get(&key.subject).into_iter().flatten();
    let subjects = std::iter::once(&key.subject).chain(others);
    subjects.map(|subject| RecordKey { subject: *subject, ..key.clone() }).collect()
}
