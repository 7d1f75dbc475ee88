//! The counts.

use super::Desk;
use crate::report::Error;
use crate::report::layout::Align;
use crate::report::layout::table::{Cell, Table};
use crate::report::page::{ElementId, Scope};
use crate::report::template::Say;

pub(super) fn print(desk: &mut Desk<'_>, sect: ElementId) -> Result<(), Error> {
    let (counts, styles) = (desk.facts.summary, desk.flow.geometry.style);
    let columns = [
        (Say::SummaryDomains, counts.domains),
        (Say::SummaryNone, counts.none),
        (Say::SummaryFound, counts.found),
        (Say::SummaryNotCovered, counts.not_covered),
        (Say::SummaryRecords, counts.records),
        (Say::SummaryRepaired, counts.repaired),
        (Say::SummaryDisputed, counts.disputed),
    ];
    let head = |(say, _): &(Say, u32)| {
        Cell::new(&desk.flow, styles.head, desk.said(*say)).head(Scope::Column).align(Align::Centre)
    };
    let value =
        |(_, count): &(Say, u32)| Cell::new(&desk.flow, styles.count, count.to_string()).align(Align::Centre);
    let head = columns.iter().map(head).collect();
    let row: Vec<Cell> = columns.iter().map(value).collect();
    let mut table = Table::begin(&mut desk.flow, sect, &[1.0; 7], head, None)?;
    table.row(&mut desk.flow, &row)?;
    table.end(&mut desk.flow);
    Ok(())
}
