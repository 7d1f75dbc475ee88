//! Corrected data supersede the reports that show them.

use uuid::Uuid;

use super::Actor;
use crate::rules::{Instant, Status};
use crate::store::{self, Tx, reports, statuses};

/// Every live report that shows one of these records is superseded from now on.
pub(super) async fn reports_that_show(
    tx: &mut Tx,
    actor: &Actor,
    corrected: &[(Uuid, Uuid)],
    now: Instant,
) -> Result<(), store::Error> {
    for (subject, record) in corrected {
        for report in reports::showing(tx, *subject, *record).await? {
            let current = statuses::current(tx, report.subject, &report.number).await?;
            let Some(current) =
                current.filter(|event| matches!(event.status, Status::Valid | Status::Disputed))
            else {
                continue;
            };
            let event = statuses::Event {
                place: current.place + 1,
                status: Status::Superseded,
                since: now,
                reason: Some("数据已更正 / data corrected".to_owned()),
                actor: actor.name.clone(),
            };
            statuses::add(tx, report.subject, &report.number, &event).await?;
        }
    }
    Ok(())
}
