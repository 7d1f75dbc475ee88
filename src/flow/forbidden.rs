//! What somebody may not do.

use crate::rules::{CreditCode, DomainId};

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
    /// A clerk has a part of the authority's domains only.
    #[error("{0} works on some domains of the authority only: name one of them")]
    Post(String),
    /// A clerk has several authorities.
    #[error("{0} works for several authorities: name one of them")]
    Which(String),
    /// A subject sees itself only.
    #[error("{0} may not ask about this subject")]
    Subject(String),
    /// A subject is shown by itself, or by an agent whom it authorised to.
    #[error("{0} may not show a subject to others: it needs the mandate to share")]
    Share(String),
    /// Records are shown to authorities and the operator; subjects see theirs in reports.
    #[error("{0} may not ask about records: a subject sees its own in its reports")]
    Records(String),
    /// Only the operator does this.
    #[error("{0} may not do this: it is the operator's")]
    Operator(String),
    /// It is another role's.
    #[error("{0} may not do this: it needs the role of {1}")]
    Role(String, &'static str),
}
