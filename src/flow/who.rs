//! Who asks, and what they may.

use crate::rules::{Authority, CreditCode, DomainId, Subject, normal};

/// As what somebody comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A regulator's clerk or system: uploads for its own authority.
    Regulator(CreditCode),
    /// A subject, by one of its codes: asks about itself.
    Subject(String),
    /// The body that runs the service.
    Operator,
}

/// Somebody who acts, as the journal names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the account or token.
    pub name: String,
    /// As what.
    pub role: Role,
}

/// Somebody may not do this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// A regulator speaks for itself only.
    #[error("{actor} may not upload for authority {authority}")]
    Authority {
        /// Who tried.
        actor: String,
        /// For whom.
        authority: CreditCode,
    },
    /// An authority speaks on its domains only.
    #[error("authority {authority} does not answer for domain {domain}")]
    Domain {
        /// The authority.
        authority: CreditCode,
        /// The domain.
        domain: DomainId,
    },
    /// A subject sees itself only.
    #[error("{0} may not ask about this subject")]
    Subject(String),
    /// Records are shown to authorities and the operator; subjects see theirs in reports.
    #[error("{0} may not ask about records: a subject sees its own in its reports")]
    Records(String),
    /// Only the operator does this.
    #[error("{0} may not do this: it is the operator's")]
    Operator(String),
}

impl Actor {
    /// The operator at its own command line.
    #[must_use]
    pub fn operator() -> Self {
        Self { name: "operator".to_owned(), role: Role::Operator }
    }

    /// May upload for this authority on these domains?
    pub fn may_upload(&self, authority: &Authority, domain: Option<&DomainId>) -> Result<(), Forbidden> {
        let own = match &self.role {
            Role::Regulator(code) => *code == authority.code,
            Role::Operator => true,
            Role::Subject(_) => false,
        };
        if !own {
            return Err(Forbidden::Authority { actor: self.name.clone(), authority: authority.code });
        }
        match domain.filter(|domain| !authority.domains.contains(domain)) {
            Some(domain) => Err(Forbidden::Domain { authority: authority.code, domain: domain.clone() }),
            None => Ok(()),
        }
    }

    /// May ask for and see reports about this subject?
    pub fn may_see(&self, subject: &Subject) -> Result<(), Forbidden> {
        let own = match &self.role {
            Role::Subject(code) => {
                let code = normal::code(code);
                subject.code.value == code || subject.aliases.iter().any(|alias| alias.value == code)
            }
            Role::Operator => true,
            Role::Regulator(_) => false,
        };
        if own { Ok(()) } else { Err(Forbidden::Subject(self.name.clone())) }
    }

    /// May do what only the operator does?
    pub fn may_operate(&self) -> Result<(), Forbidden> {
        if self.role == Role::Operator { Ok(()) } else { Err(Forbidden::Operator(self.name.clone())) }
    }
}
