//! A record written back into the cells of a row, for somebody to correct them.

use uuid::Uuid;

use super::correct::Error;
use super::{Actor, App, amend};
use crate::ingest::{Item, Kind, Layout};
use crate::rules::{Procedure, Sanction, Severity, Subject, SubjectKind, Version};
use crate::store::subjects;

/// A cell to be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The code of its column.
    pub code: String,
    /// The Chinese name of its column.
    pub zh: String,
    /// What stands in it now; blank where that is not kept, or not shown.
    pub value: String,
    /// What may be chosen; nothing where anything may be written.
    pub choices: Vec<String>,
    /// It is a text of several lines.
    pub long: bool,
    /// It names a person and is not shown: it has to be written again.
    pub personal: bool,
}

/// The cells of a record as it stands, by the usual layout, and those that this layout does not know.
pub async fn cells(app: &App, actor: &Actor, record: Uuid) -> Result<Vec<Cell>, Error> {
    let mut tx = app.0.store.read().await?;
    let version = amend::own(&mut tx, actor, record).await?.ok_or(Error::Unknown(record))?.version;
    let subject = subjects::by_id(&mut tx, version.subject).await?.ok_or(Error::Unknown(record))?;
    let layout = app.reference().layouts.first();
    let known = layout.map(|layout| of_layout(app, layout, &version, &subject)).unwrap_or_default();
    let unknown = version.details.unknown.iter().map(|(name, value)| Cell {
        code: name.clone(),
        zh: name.clone(),
        value: value.clone(),
        choices: Vec::new(),
        long: value.chars().count() > 60,
        personal: false,
    });
    Ok(known.into_iter().chain(unknown).collect())
}

fn of_layout(app: &App, layout: &Layout, version: &Version, subject: &Subject) -> Vec<Cell> {
    let lists = &app.reference().lists;
    let person = subject.kind == SubjectKind::NaturalPerson;
    let columns = layout.columns.iter().filter(|column| !is_of_operations(column.item));
    let cells = columns.map(|column| {
        let kind = column.item.kind();
        let personal = person && matches!(column.item, Item::SubjectName | Item::PersonNumber);
        let value = match column.item {
            _ if personal => String::new(),
            item => value(app, item, version, subject).unwrap_or_default(),
        };
        let several = matches!(kind, Kind::Sanctions);
        Cell {
            code: column.name.code.clone(),
            zh: column.name.zh.clone(),
            value,
            choices: if several { Vec::new() } else { lists.choices(kind).to_vec() },
            long: column.longest >= 500,
            personal,
        }
    });
    cells.collect()
}

/// Columns that say what is done to a record, and those whose cells are never kept.
pub(super) fn is_of_operations(item: Item) -> bool {
    matches!(
        item,
        Item::Operation
            | Item::Reason
            | Item::OperatedOn
            | Item::AnnulmentKind
            | Item::OnCommitment
            | Item::SuspendedUntil
            | Item::Domain
            | Item::SourceRecordId
            | Item::RepresentativeDocument
            | Item::RepresentativeNumber
    )
}

/// What a record says of an item, as it is written in a cell.
fn value(app: &App, item: Item, version: &Version, subject: &Subject) -> Option<String> {
    let (lists, details) = (&app.reference().lists, &version.details);
    let day = |day: time::Date| day.to_string();
    let choice = |kind: Kind, means: &dyn Fn(&str) -> bool| {
        lists.choices(kind).iter().find(|name| means(name)).cloned()
    };
    let procedure =
        |procedure: Procedure| choice(Kind::Procedure, &|name| lists.procedure(name) == Some(procedure));
    let severity =
        |severity: Severity| choice(Kind::Severity, &|name| lists.severity(name) == Some(severity));
    let code = |scheme| {
        let all = std::iter::once(&subject.code).chain(&subject.aliases);
        all.into_iter().find(|code| code.scheme == scheme).map(|code| code.value.clone())
    };
    match item {
        Item::SubjectName => Some(details.subject_name.clone()),
        Item::SubjectClass => Some(class(subject.kind).to_owned()),
        Item::CreditCode => code(crate::rules::Scheme::CreditCode),
        Item::RegistrationNumber => code(crate::rules::Scheme::RegistrationNumber),
        Item::Representative => subject.registration.representative.clone(),
        Item::DocumentNumber => Some(details.document_number.clone()),
        Item::Violation => Some(details.violation.clone()),
        Item::Facts => Some(details.facts.clone()),
        Item::Basis => Some(details.basis.clone()),
        Item::Sanctions => Some(sanctions(app, version)),
        Item::Content => Some(details.content.clone()),
        Item::Fine => details.fine.map(crate::rules::Fen::wan),
        Item::Confiscated => details.confiscated.map(crate::rules::Fen::wan),
        Item::Permit => details.permit.clone(),
        Item::DecidedOn => Some(day(details.decided_on)),
        Item::EffectiveUntil => Some(details.effective_until.map_or_else(|| "2099-12-31".to_owned(), day)),
        Item::PublicityUntil => details.publicity_until.map(day),
        Item::OrganName => Some(details.organ_name.clone()),
        Item::Organ => Some(version.organ.to_string()),
        Item::SourceName => Some(details.source_name.clone()),
        Item::Source => Some(details.source_code.to_string()),
        Item::Remark => details.remark.clone(),
        Item::Procedure => procedure(details.procedure),
        Item::RecordKind => choice(Kind::RecordKind, &|name| lists.record_kind(name) == Some(version.kind)),
        Item::ActFrom => details.further.act_from.map(day),
        Item::ActTo => details.further.act_to.map(day),
        Item::ServedOn => details.further.served_on.map(day),
        Item::PublishedOn => details.further.published_on.map(day),
        Item::Severity => details.further.severity.and_then(severity),
        _ => None,
    }
}

fn class(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::NaturalPerson => "自然人",
        SubjectKind::IndividualBusiness => "个体工商户",
        _ => "法人及非法人组织",
    }
}

fn sanctions(app: &App, version: &Version) -> String {
    let details = &version.details;
    let lists = &app.reference().lists;
    let named = |sanction: &Sanction| match (sanction, &details.sanction_other) {
        (Sanction::Other, Some(other)) => format!("其他-{other}"),
        (sanction, _) => lists.sanction_zh(*sanction).unwrap_or(sanction.word()).to_owned(),
    };
    details.sanctions.iter().map(named).collect::<Vec<_>>().join(";")
}
