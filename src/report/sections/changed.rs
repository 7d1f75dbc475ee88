//! What became of the records since: repaired, corrected, suspended; and those in dispute.

use super::{Desk, Text, Voice, day};
use crate::report::Error;
use crate::report::page::ElementId;
use crate::report::template::Say;
use crate::rules::RepairRule;
use crate::rules::facts::{Mark, RecordFacts};

pub(super) fn changed(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let rule = match (desk.facts.basis.repaired, desk.facts.request.include_repaired) {
        (RepairRule::Hide, _) => Say::ChangedHide,
        (RepairRule::Mark, true) => Say::ChangedOwn,
        (RepairRule::Mark, false) => Say::ChangedMark,
    };
    let rule = desk.said(rule);
    desk.lead(sect, &rule)?;
    let facts = desk.facts;
    let records: Vec<_> = facts
        .records
        .iter()
        .filter(|record| record.marks.iter().any(|mark| *mark != Mark::Disputed))
        .collect();
    if records.is_empty() {
        let none = desk.said(Say::ChangedNone);
        return desk.paragraph(sect, &none);
    }
    let heads =
        [Say::ChangedDocument, Say::ChangedDomain, Say::ChangedState, Say::ChangedDay, Say::ChangedOrgan];
    let columns = desk.columns().changed;
    let state = |voice: Voice<'_>, record: &RecordFacts| {
        let marks = record.marks.iter().filter(|mark| **mark != Mark::Disputed);
        let marks: Vec<String> = marks.map(|mark| voice.words.words.mark(*mark).to_owned()).collect();
        voice.list(&marks)
    };
    let row = |record: &RecordFacts| {
        vec![
            record.document_number.as_str().into(),
            desk.text(|voice| voice.domain_name(&record.domain).to_owned()),
            desk.text(|voice| state(voice, record)),
            record.repaired_on.map_or_else(|| desk.said(Say::ChangedNoDay), |on| day(on).into()),
            record.organ_name.as_str().into(),
        ]
    };
    let rows: Vec<Vec<Text>> = records.into_iter().map(row).collect();
    desk.grid(sect, &columns, &heads, rows)
}

pub(super) fn disputes(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let facts = desk.facts;
    let records: Vec<_> =
        facts.records.iter().filter(|record| record.marks.contains(&Mark::Disputed)).collect();
    if records.is_empty() {
        let none = desk.said(Say::DisputesNone);
        return desk.paragraph(sect, &none);
    }
    let count = records.len().to_string();
    let intro = desk.text(|voice| voice.say(Say::DisputesIntro, &[&count]));
    desk.lead(sect, &intro)?;
    let heads = [Say::DisputesDocument, Say::DisputesDomain, Say::DisputesState, Say::DisputesOrgan];
    let columns = desk.columns().disputes;
    let row = |record: &RecordFacts| {
        vec![
            record.document_number.as_str().into(),
            desk.text(|voice| voice.domain_name(&record.domain).to_owned()),
            desk.text(|voice| voice.words.words.mark(Mark::Disputed).to_owned()),
            record.organ_name.as_str().into(),
        ]
    };
    let rows: Vec<Vec<Text>> = records.into_iter().map(row).collect();
    desk.grid(sect, &columns, &heads, rows)
}
