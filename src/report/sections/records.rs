//! The records, one block each, their fields in the order of the national list.

use time::Date;

use super::{Desk, day};
use crate::report::Error;
use crate::report::layout::table::{Cell, Table};
use crate::report::page::{ElementId, Role, Scope};
use crate::report::template::Say;
use crate::rules::Sanction;
use crate::rules::facts::{Mark, RecordFacts};

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let records = &desk.facts.records;
    if records.is_empty() {
        let text = desk.say(Say::RecordsNone, &[]);
        return desk.paragraph(sect, &text);
    }
    let count = records.len().to_string();
    let text = desk.say(Say::RecordsIntro, &[&count]);
    desk.lead(sect, &text)?;
    for (at, record) in records.iter().enumerate() {
        block(desk, sect, &(at + 1).to_string(), &count, record)?;
    }
    Ok(())
}

fn block(
    desk: &mut Desk<'_>,
    parent: ElementId,
    at: &str,
    count: &str,
    record: &RecordFacts,
) -> Result<(), Error> {
    let styles = desk.flow.geometry.style;
    let domain = desk.domain_name(&record.domain);
    let head = desk.say(Say::RecordsHead, &[at, count, domain, &record.document_number]);
    let sect = desk.flow.open(Role::Sect, parent);
    desk.flow.heading(sect, Role::H3, styles.record, &head)?;
    let again = desk.say(Say::RecordsAgain, &[&head]);
    let columns = desk.words.columns.record;
    let mut table = Table::begin(&mut desk.flow, sect, &columns, Vec::new(), Some((styles.record, again)))?;
    for (label, value) in fields(desk, record) {
        let label = Cell::new(styles.label, desk.say(label, &[])).head(Scope::Row);
        table.row(&mut desk.flow, &[label, Cell::new(styles.cell, value)])?;
    }
    table.end(&mut desk.flow);
    Ok(())
}

fn fields(desk: &Desk<'_>, record: &RecordFacts) -> Vec<(Say, String)> {
    let words = &desk.words.words;
    let absent = || desk.say(Say::RecordsAbsent, &[]);
    let text = |text: &str| if text.trim().is_empty() { absent() } else { text.to_owned() };
    let maybe = |value: &Option<String>| value.as_deref().map_or_else(absent, text);
    let until = |date: Option<Date>, otherwise| date.map_or_else(|| desk.say(otherwise, &[]), day);
    let amount = |amount: Option<_>| amount.map_or_else(absent, |amount| desk.money(amount));
    let kind = [words.kind(record.kind), words.procedure(record.procedure)];
    vec![
        (Say::RecordsDocument, text(&record.document_number)),
        (Say::RecordsViolation, text(&record.violation)),
        (Say::RecordsFacts, text(&record.facts)),
        (Say::RecordsBasis, text(&record.basis)),
        (Say::RecordsSanctions, sanctions(desk, record)),
        (Say::RecordsContent, text(&record.content)),
        (Say::RecordsFine, amount(record.fine)),
        (Say::RecordsConfiscated, amount(record.confiscated)),
        (Say::RecordsPermit, maybe(&record.permit)),
        (Say::RecordsDecided, day(record.decided_on)),
        (Say::RecordsEffective, until(record.effective_until, Say::RecordsOpenEnded)),
        (Say::RecordsPublicity, until(record.publicity_until, Say::RecordsAbsent)),
        (Say::RecordsOrgan, desk.say(Say::RecordsOrganCode, &[&record.organ_name, record.organ.as_str()])),
        (Say::RecordsSource, text(&record.source_name)),
        (Say::RecordsRemark, maybe(&record.remark)),
        (Say::RecordsKind, desk.say(Say::RecordsKindProcedure, &kind)),
        (Say::RecordsState, state(desk, record)),
        (
            Say::RecordsId,
            desk.say(Say::RecordsIdVersion, &[&record.id.to_string(), &record.version.to_string()]),
        ),
        (Say::RecordsReceived, desk.time(record.received_at)),
    ]
}

fn sanctions(desk: &Desk<'_>, record: &RecordFacts) -> String {
    let words = &desk.words.words;
    let named = |sanction: &Sanction| match (&record.sanction_other, sanction) {
        (Some(other), Sanction::Other) => {
            desk.say(Say::RecordsSanctionOther, &[words.sanction(*sanction), other])
        }
        _ => words.sanction(*sanction).to_owned(),
    };
    let mut texts: Vec<String> = record.sanctions.iter().map(named).collect();
    if let (Some(other), false) = (&record.sanction_other, record.sanctions.contains(&Sanction::Other)) {
        texts.push(other.clone());
    }
    if texts.is_empty() {
        return desk.say(Say::RecordsAbsent, &[]);
    }
    texts.join(&desk.say(Say::FormList, &[]))
}

/// The marks of a record, or that it is in force.
pub(super) fn state(desk: &Desk<'_>, record: &RecordFacts) -> String {
    let named = |mark: &Mark| {
        let text = desk.words.words.mark(*mark);
        match (mark, record.repaired_on) {
            (Mark::Repaired | Mark::RepairedOnCommitment, Some(on)) => {
                desk.say(Say::RecordsRepairedOn, &[text, &day(on)])
            }
            _ => text.to_owned(),
        }
    };
    let marks: Vec<String> = record.marks.iter().map(named).collect();
    match marks[..] {
        [] => desk.say(Say::RecordsInForce, &[]),
        _ => marks.join(&desk.say(Say::FormList, &[])),
    }
}
