//! What is known of a subject when its question is answered: of all that were merged into it, too, and what may be about it without being its for
//! certain, which is never answered by "no record".

use uuid::Uuid;

use crate::rules::{Candidate, DomainId, Instant, Known, Period, Subject};
use crate::store::{
    self, Tx, authorities, candidates, declarations, namesakes, records, rejections, subjects,
};

/// Everything known about a subject at an instant that bears on some domains and days.
pub(super) async fn known(
    tx: &mut Tx,
    mut subject: Subject,
    domains: &[DomainId],
    period: Period,
    as_of: Instant,
) -> Result<Known, store::Error> {
    let ids: Vec<Uuid> = subjects::with_merged(tx, subject.id).await?;
    for merged in ids.iter().filter(|id| **id != subject.id) {
        // The report names every code whose records it shows.
        if let Some(merged) = subjects::by_id(tx, *merged).await? {
            subject.aliases.extend(std::iter::once(merged.code).chain(merged.aliases));
        }
    }
    let mut unsettled = candidates::as_of(tx, &ids, domains, period, as_of).await?;
    unsettled.extend(rejections::as_of(tx, &ids, domains, period, as_of).await?);
    unsettled.extend(of_namesakes(tx, &ids, domains, period, as_of).await?);
    Ok(Known {
        branches: subjects::branches(tx, subject.id).await?,
        versions: records::point_query(tx, &ids, domains, period, as_of).await?,
        candidates: unsettled,
        authorities: authorities::all(tx).await?,
        declarations: declarations::as_of(tx, domains, as_of).await?,
        subject,
    })
}

/// What is known of others who may be one of these subjects, and would bear on the same question.
async fn of_namesakes(
    tx: &mut Tx,
    ids: &[Uuid],
    domains: &[DomainId],
    period: Period,
    as_of: Instant,
) -> Result<Vec<Candidate>, store::Error> {
    let others = namesakes::of(tx, ids, as_of).await?;
    let mut unsettled = candidates::as_of(tx, &others, domains, period, as_of).await?;
    unsettled.extend(rejections::as_of(tx, &others, domains, period, as_of).await?);
    let recorded = records::point_query(tx, &others, domains, period, as_of).await?;
    unsettled.extend(recorded.into_iter().filter(|it| !it.standing.withdrawn).map(|version| Candidate {
        domain: version.domain,
        decided_on: Some(version.details.decided_on),
        received_at: version.received_at,
        resolved_at: None,
    }));
    Ok(unsettled)
}
