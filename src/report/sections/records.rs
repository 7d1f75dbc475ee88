//! The records, one block each, their fields in the order of the national list.

use time::Date;

use super::{Desk, Field, Text, Voice, day};
use crate::report::Error;
use crate::report::page::{ElementId, Role};
use crate::report::template::Say;
use crate::rules::facts::{Mark, RecordFacts};
use crate::rules::{Fen, RecordKind, Sanction};

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let records = &desk.facts.records;
    if records.is_empty() {
        let text = desk.said(Say::RecordsNone);
        return desk.paragraph(sect, &text);
    }
    let count = records.len().to_string();
    let text = desk.text(|voice| voice.say(Say::RecordsIntro, &[&count]));
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
    let head = |voice: Voice<'_>| {
        let domain = voice.domain_name(&record.domain);
        voice.say(Say::RecordsHead, &[at, count, domain, &record.document_number])
    };
    let again = desk.text(|voice| voice.say(Say::RecordsAgain, &[&head(voice)]));
    let (style, head) = (desk.flow.geometry.style.record, desk.text(head));
    let sect = desk.flow.open(Role::Sect, parent);
    desk.flow.heading(sect, Role::H3, style, &head)?;
    let fields = match record.kind {
        RecordKind::Penalty => penalty(desk, record),
        _ => other(desk, record),
    };
    desk.fields(sect, desk.columns().record, &fields, Some(again))
}

/// What is said of a record that is no penalty: it has fewer fields, and those that were not sent are not asked for.
fn other(desk: &Desk<'_>, record: &RecordFacts) -> Vec<Field> {
    let sent = |say, text: &str| (!text.trim().is_empty()).then(|| Field::wide(desk.said(say), text));
    let until = |say, date: Option<Date>| date.map(|on| Field::short(desk.said(say), day(on)));
    let amount = |say, amount: Option<Fen>| {
        amount.map(|amount| Field::short(desk.said(say), desk.text(|voice| voice.money(amount))))
    };
    let organ =
        desk.text(|voice| voice.say(Say::RecordsOrganCode, &[&record.organ_name, record.organ.as_str()]));
    let (id, version) = (record.id.to_string(), record.version.to_string());
    let kind = desk.text(|voice| voice.words.words.kind(record.kind).to_owned());
    [
        Some(Field::wide(desk.said(Say::RecordsKind), kind)),
        sent(Say::RecordsDocument, &record.document_number),
        sent(Say::RecordsViolation, &record.violation),
        sent(Say::RecordsFacts, &record.facts),
        sent(Say::RecordsOtherBasis, &record.basis),
        sent(Say::RecordsOtherContent, &record.content),
        (!record.sanctions.is_empty() || record.sanction_other.is_some()).then(|| {
            Field::wide(desk.said(Say::RecordsSanctions), desk.text(|voice| sanctions(voice, record)))
        }),
        amount(Say::RecordsFine, record.fine),
        amount(Say::RecordsConfiscated, record.confiscated),
        sent(Say::RecordsPermit, record.permit.as_deref().unwrap_or_default()),
        until(Say::RecordsOtherDecided, Some(record.decided_on)),
        until(Say::RecordsOtherEffective, record.effective_until),
        until(Say::RecordsPublicity, record.publicity_until),
        sent(Say::RecordsSource, &record.source_name),
        Some(Field::wide(desk.said(Say::RecordsOtherOrgan), organ)),
        sent(Say::RecordsRemark, record.remark.as_deref().unwrap_or_default()),
        Some(Field::short(desk.said(Say::RecordsState), desk.text(|voice| state(voice, record)))),
        Some(Field::short(
            desk.said(Say::RecordsId),
            desk.text(|voice| voice.say(Say::RecordsIdVersion, &[&id, &version])),
        )),
        Some(Field::short(
            desk.said(Say::RecordsReceived),
            desk.text(|voice| voice.time(record.received_at)),
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn penalty(desk: &Desk<'_>, record: &RecordFacts) -> Vec<Field> {
    let absent = || desk.said(Say::RecordsAbsent);
    let text = |text: &str| if text.trim().is_empty() { absent() } else { text.into() };
    let maybe = |value: &Option<String>| value.as_deref().map_or_else(absent, text);
    let until =
        |date: Option<Date>, otherwise| date.map_or_else(|| desk.said(otherwise), |on| day(on).into());
    let amount =
        |amount: Option<Fen>| amount.map_or_else(absent, |amount| desk.text(|voice| voice.money(amount)));
    let kind = desk.text(|voice| {
        let words = &voice.words.words;
        voice.say(Say::RecordsKindProcedure, &[words.kind(record.kind), words.procedure(record.procedure)])
    });
    let organ =
        desk.text(|voice| voice.say(Say::RecordsOrganCode, &[&record.organ_name, record.organ.as_str()]));
    let (id, version) = (record.id.to_string(), record.version.to_string());
    let wide = |say, value: Text| Field::wide(desk.said(say), value);
    let short = |say, value: Text| Field::short(desk.said(say), value);
    vec![
        wide(Say::RecordsDocument, text(&record.document_number)),
        wide(Say::RecordsViolation, text(&record.violation)),
        wide(Say::RecordsFacts, text(&record.facts)),
        wide(Say::RecordsBasis, text(&record.basis)),
        wide(Say::RecordsSanctions, desk.text(|voice| sanctions(voice, record))),
        wide(Say::RecordsContent, text(&record.content)),
        short(Say::RecordsFine, amount(record.fine)),
        short(Say::RecordsConfiscated, amount(record.confiscated)),
        wide(Say::RecordsPermit, maybe(&record.permit)),
        short(Say::RecordsDecided, day(record.decided_on).into()),
        short(Say::RecordsEffective, until(record.effective_until, Say::RecordsOpenEnded)),
        short(Say::RecordsPublicity, until(record.publicity_until, Say::RecordsAbsent)),
        short(Say::RecordsSource, text(&record.source_name)),
        wide(Say::RecordsOrgan, organ),
        wide(Say::RecordsRemark, maybe(&record.remark)),
        short(Say::RecordsKind, kind),
        short(Say::RecordsState, desk.text(|voice| state(voice, record))),
        short(Say::RecordsId, desk.text(|voice| voice.say(Say::RecordsIdVersion, &[&id, &version]))),
        short(Say::RecordsReceived, desk.text(|voice| voice.time(record.received_at))),
    ]
}

fn sanctions(voice: Voice<'_>, record: &RecordFacts) -> String {
    let words = &voice.words.words;
    let named = |sanction: &Sanction| match (&record.sanction_other, sanction) {
        (Some(other), Sanction::Other) => {
            voice.say(Say::RecordsSanctionOther, &[words.sanction(*sanction), other])
        }
        _ => words.sanction(*sanction).to_owned(),
    };
    let mut texts: Vec<String> = record.sanctions.iter().map(named).collect();
    if let (Some(other), false) = (&record.sanction_other, record.sanctions.contains(&Sanction::Other)) {
        texts.push(other.clone());
    }
    if texts.is_empty() { voice.say(Say::RecordsAbsent, &[]) } else { voice.list(&texts) }
}

/// The marks of a record, or that it is in force.
fn state(voice: Voice<'_>, record: &RecordFacts) -> String {
    let named = |mark: &Mark| {
        let text = voice.words.words.mark(*mark);
        match (mark, record.repaired_on) {
            (Mark::Repaired | Mark::RepairedOnCommitment, Some(on)) => {
                voice.say(Say::RecordsRepairedOn, &[text, &day(on)])
            }
            _ => text.to_owned(),
        }
    };
    let marks: Vec<String> = record.marks.iter().map(named).collect();
    if marks.is_empty() { voice.say(Say::RecordsInForce, &[]) } else { voice.list(&marks) }
}
