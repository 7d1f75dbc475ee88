//! What an account or a client may becomes an actor.

use super::Error;
use crate::flow::{App, Mandate, Post, Role, Scope, issue};
use crate::rules::{AccountRole, CreditCode, DomainId, Grant, Instant, parse_day};
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
        // Whom the operator made act for a subject may let others act for it, as far as they themselves may.
        scope: Scope { see: has("see"), ask: has("ask"), share: has("share"), delegate: true },
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

/// `CODE; see ask share; 2027-12-31; purpose`, or for a clerk `CODE; domain domain`.
pub fn read_grant(role: AccountRole, line: &str) -> Result<Grant, String> {
    let line = line.replace('；', ";");
    let mut parts = line.split(';').map(str::trim);
    let object = parts.next().unwrap_or_default().to_owned();
    let words = parts.next().unwrap_or_default().split_whitespace();
    if role == AccountRole::Clerk {
        let domain = |word: &str| word.parse::<DomainId>().map_err(|error| error.to_string());
        let domains = words.map(domain).collect::<Result<_, _>>()?;
        return Ok(Grant { object, domains, ..Grant::default() });
    }
    let scope = words.map(str::to_owned).collect();
    let until = parts.next().filter(|day| !day.is_empty());
    let day = |text: &str| parse_day(text).ok_or_else(|| format!("{text} is no day: write 2027-12-31"));
    let until = until.map(day).transpose()?.map(Instant::end_of);
    Ok(Grant {
        object,
        domains: Vec::new(),
        scope,
        until,
        purpose: parts.next().unwrap_or_default().to_owned(),
    })
}

/// How a grant is typed.
#[must_use]
pub fn write_grant(grant: &Grant) -> String {
    if !grant.domains.is_empty() {
        let domains: Vec<&str> = grant.domains.iter().map(DomainId::as_str).collect();
        return format!("{}; {}", grant.object, domains.join(" "));
    }
    let until = grant.until.map(Instant::local_day);
    let until = until.map(|day| day.to_string()).unwrap_or_default();
    let text = format!("{}; {}; {until}; {}", grant.object, grant.scope.join(" "), grant.purpose);
    text.trim_end_matches([';', ' ']).to_owned()
}
