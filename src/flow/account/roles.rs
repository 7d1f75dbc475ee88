//! What an account or a client may becomes an actor.

use super::Error;
use crate::flow::{App, Mandate, Post, Role, Scope, issue};
use crate::rules::{AccountRole, CreditCode, Grant, Instant};
use crate::store::{Tx, authorities};

/// What may be done for a subject.
const SCOPES: [&str; 3] = ["see", "ask", "share"];

/// The role at an instant: what is over gives nothing.
pub(in crate::flow) fn role(role: AccountRole, grants: &[Grant], now: Instant) -> Role {
    let mut grants = grants.iter().filter(|grant| grant.until.is_none_or(|until| now < until));
    match role {
        AccountRole::Agent => Role::Agent(grants.map(mandate).collect()),
        AccountRole::Person => match grants.next() {
            Some(own) => Role::Person(own.object.clone()),
            None => Role::Agent(Vec::new()),
        },
        AccountRole::Clerk => Role::Clerk(grants.filter_map(post).collect()),
        AccountRole::Verifier => Role::Verifier,
        AccountRole::Counter => Role::Counter(None),
        AccountRole::System => Role::System,
        AccountRole::Security => Role::Security,
        AccountRole::Auditor => Role::Auditor,
    }
}

fn mandate(grant: &Grant) -> Mandate {
    let has = |scope: &str| grant.scope.iter().any(|word| word == scope);
    Mandate {
        subject: grant.object.clone(),
        scope: Scope { see: has("see"), ask: has("ask"), share: has("share") },
        purpose: grant.purpose.clone(),
        until: grant.until,
    }
}

fn post(grant: &Grant) -> Option<Post> {
    let authority = CreditCode::try_from(grant.object.clone()).ok()?;
    Some(Post { authority, domains: grant.domains.clone() })
}

/// Whether subjects, authorities, domains and scopes are there, and fit the role.
pub(in crate::flow) async fn check(
    app: &App,
    tx: &mut Tx,
    role: AccountRole,
    grants: &[Grant],
) -> Result<(), Error> {
    if role.needs_grant() && grants.is_empty() {
        return Err(Error::Grant(format!("the role {} needs a subject or an authority", role.word())));
    }
    if !role.needs_grant() && !grants.is_empty() {
        return Err(Error::Grant(format!("the role {} has no subject and no authority", role.word())));
    }
    if role == AccountRole::Person && grants.len() > 1 {
        return Err(Error::Grant("a person is one subject".to_owned()));
    }
    for Grant { object, domains, scope, .. } in grants {
        let unknown = || Error::Grant(format!("{object} is not registered"));
        if role == AccountRole::Clerk {
            let code = CreditCode::try_from(object.clone()).map_err(|_| unknown())?;
            let authority = authorities::by_code(tx, code).await?.ok_or_else(unknown)?;
            if let Some(other) = domains.iter().find(|domain| !authority.domains.contains(domain)) {
                return Err(Error::Grant(format!("{object} does not answer for {other}")));
            }
            continue;
        }
        if issue::find_subject(tx, object).await?.is_none() {
            return Err(unknown());
        }
        if let Some(other) = domains.iter().find(|domain| app.reference().catalogue.get(domain).is_none()) {
            return Err(Error::Grant(format!("{other} is no domain")));
        }
        if let Some(other) = scope.iter().find(|word| !SCOPES.contains(&word.as_str())) {
            return Err(Error::Grant(format!("{other} is none of {}", SCOPES.join(", "))));
        }
        if role == AccountRole::Agent && scope.is_empty() {
            return Err(Error::Grant(format!("say what may be done for {object}: {}", SCOPES.join(", "))));
        }
    }
    Ok(())
}
