//! What became of the records since: repaired, corrected, suspended; and those in dispute.

use super::{Desk, day};
use crate::report::Error;
use crate::report::layout::table::{Cell, Table};
use crate::report::page::{ElementId, Scope};
use crate::report::template::Say;
use crate::rules::RepairRule;
use crate::rules::facts::{Mark, RecordFacts};

pub(super) fn changed(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let rule = match (desk.facts.basis.repaired, desk.facts.request.include_repaired) {
        (RepairRule::Hide, _) => Say::ChangedHide,
        (RepairRule::Mark, true) => Say::ChangedOwn,
        (RepairRule::Mark, false) => Say::ChangedMark,
    };
    let rule = desk.say(rule, &[]);
    desk.lead(sect, &rule)?;
    let facts = desk.facts;
    let records: Vec<_> = facts
        .records
        .iter()
        .filter(|record| record.marks.iter().any(|mark| *mark != Mark::Disputed))
        .collect();
    if records.is_empty() {
        let none = desk.say(Say::ChangedNone, &[]);
        return desk.paragraph(sect, &none);
    }
    let heads =
        [Say::ChangedDocument, Say::ChangedDomain, Say::ChangedState, Say::ChangedDay, Say::ChangedOrgan];
    let columns = desk.words.columns.changed;
    let row = |desk: &Desk<'_>, record: &RecordFacts| {
        let repaired = record.repaired_on.map_or_else(|| desk.say(Say::ChangedNoDay, &[]), day);
        let marks: Vec<&str> = record
            .marks
            .iter()
            .filter(|mark| **mark != Mark::Disputed)
            .map(|mark| desk.words.words.mark(*mark))
            .collect();
        vec![
            record.document_number.clone(),
            desk.domain_name(&record.domain).to_owned(),
            marks.join(&desk.say(Say::FormList, &[])),
            repaired,
            record.organ_name.clone(),
        ]
    };
    let rows: Vec<_> = records.into_iter().map(|record| row(desk, record)).collect();
    desk.grid(sect, &columns, &heads, rows)
}

pub(super) fn disputes(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let facts = desk.facts;
    let records: Vec<_> =
        facts.records.iter().filter(|record| record.marks.contains(&Mark::Disputed)).collect();
    if records.is_empty() {
        let none = desk.say(Say::DisputesNone, &[]);
        return desk.paragraph(sect, &none);
    }
    let intro = desk.say(Say::DisputesIntro, &[&records.len().to_string()]);
    desk.lead(sect, &intro)?;
    let heads = [Say::DisputesDocument, Say::DisputesDomain, Say::DisputesState, Say::DisputesOrgan];
    let columns = desk.words.columns.disputes;
    let row = |record: &RecordFacts| {
        vec![
            record.document_number.clone(),
            desk.domain_name(&record.domain).to_owned(),
            desk.words.words.mark(Mark::Disputed).to_owned(),
            record.organ_name.clone(),
        ]
    };
    let rows: Vec<_> = records.into_iter().map(row).collect();
    desk.grid(sect, &columns, &heads, rows)
}

impl Desk<'_> {
    /// A plain table with a head, the first cell of each row naming it.
    fn grid(
        &mut self,
        parent: ElementId,
        columns: &[f32],
        heads: &[Say],
        rows: Vec<Vec<String>>,
    ) -> Result<(), Error> {
        let styles = self.flow.geometry.style;
        let head = |say: &Say| Cell::new(styles.head, self.say(*say, &[])).head(Scope::Column);
        let head = heads.iter().map(head).collect();
        let mut table = Table::begin(&mut self.flow, parent, columns, head, None)?;
        for row in rows {
            let cells: Vec<Cell> = row
                .into_iter()
                .enumerate()
                .map(|(at, text)| {
                    let cell = Cell::new(styles.dense, text);
                    if at == 0 { cell.head(Scope::Row) } else { cell }
                })
                .collect();
            table.row(&mut self.flow, &cells)?;
        }
        table.end(&mut self.flow);
        Ok(())
    }
}
