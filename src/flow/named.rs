//! Whom a name of the journal stands for, as they may act at an instant: what was begun by somebody goes on while they may come in.

use super::notices::actor_of;
use super::{Actor, App, Role, account, mandates};
use crate::rules::Instant;
use crate::store::{self, Tx, accounts, invitations};

/// The actors of a name, with what others allow them; several where tokens of the configuration share it, none where nobody comes in
/// by it any more.
pub(super) async fn actors(
    app: &App,
    tx: &mut Tx,
    name: &str,
    now: Instant,
) -> Result<Vec<Actor>, store::Error> {
    if let Some(account) = name.strip_prefix('@') {
        let Some(account) = accounts::by_name(tx, account).await? else { return Ok(Vec::new()) };
        let Some(mut actor) = actor_of(tx, &account, now).await? else { return Ok(Vec::new()) };
        if let Role::Agent(own) = &mut actor.role {
            own.extend(mandates::held(tx, &account, now).await?);
        }
        return Ok(vec![actor]);
    }
    let Some(client) = name.strip_prefix("client:") else {
        return Ok(app.0.outward.tokens.named(name));
    };
    let client = invitations::client_by_name(tx, client).await?;
    let client = client.filter(|it| it.revoked_at.is_none() && now < it.until);
    let role = |it: &invitations::Client| account::role(it.role, &it.grants, now);
    Ok(client.map(|it| Actor { name: name.to_owned(), role: role(&it) }).into_iter().collect())
}
