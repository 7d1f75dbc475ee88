//! What of an authority's data an actor reaches: a clerk of some domains neither sees nor changes the others.

use super::Actor;
use crate::rules::{Authority, CreditCode, Desk, DomainId};
use crate::store::{self, Tx, authorities};

/// A desk and its authority, as far as the desk speaks for it; `None` where the authority is not registered.
pub(super) async fn seat(tx: &mut Tx, desk: Desk) -> Result<Option<(Desk, Authority)>, store::Error> {
    let authority = authorities::by_code(tx, desk.authority).await?;
    Ok(authority.map(|authority| {
        let desk = desk.settled(&authority);
        let narrowed = desk.narrow(authority);
        (desk, narrowed)
    }))
}

/// The desks of an actor, each with its authority.
pub(super) async fn seats(tx: &mut Tx, actor: &Actor) -> Result<Vec<(Desk, Authority)>, store::Error> {
    let mut seats = Vec::new();
    for desk in actor.desks() {
        seats.extend(seat(tx, desk).await?);
    }
    Ok(seats)
}

/// The desk of an actor at an authority, or `None` where it has none there. The operator has none: ask before.
pub(super) async fn at(
    tx: &mut Tx,
    actor: &Actor,
    authority: CreditCode,
) -> Result<Option<Desk>, store::Error> {
    let desk = actor.desks().into_iter().find(|desk| desk.authority == authority);
    match desk {
        Some(desk) => Ok(seat(tx, desk).await?.map(|(desk, _)| desk)),
        None => Ok(None),
    }
}

/// Whether something of an authority, on a domain or on none in particular, is at one of the actor's desks.
pub(super) async fn reaches(
    tx: &mut Tx,
    actor: &Actor,
    authority: CreditCode,
    domain: Option<&DomainId>,
) -> Result<bool, store::Error> {
    Ok(at(tx, actor, authority).await?.is_some_and(|desk| desk.covers(domain)))
}
