//! The part of an authority's data that somebody answers for.

use super::catalogue::DomainId;
use super::coverage::Authority;
use super::credit_code::CreditCode;

/// A desk: an authority, and all or some of its domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desk {
    /// The authority.
    pub authority: CreditCode,
    /// Its domains that are worked on here; `None` for all, and for what belongs to no domain in particular.
    pub domains: Option<Vec<DomainId>>,
}

impl Desk {
    /// All of an authority's data.
    #[must_use]
    pub fn whole(authority: CreditCode) -> Self {
        Self { authority, domains: None }
    }

    /// Whether data of a domain, or of none in particular, are worked on here.
    #[must_use]
    pub fn covers(&self, domain: Option<&DomainId>) -> bool {
        match (&self.domains, domain) {
            (None, _) => true,
            (Some(own), Some(domain)) => own.contains(domain),
            (Some(_), None) => false,
        }
    }

    /// Whether data that may be about any of these domains are worked on here; of none in particular, where there is none.
    #[must_use]
    pub fn covers_all(&self, domains: &[DomainId]) -> bool {
        match domains {
            [] => self.covers(None),
            domains => domains.iter().all(|domain| self.covers(Some(domain))),
        }
    }

    /// The same desk, seen to be the whole authority where it has every domain of it.
    #[must_use]
    pub fn settled(self, authority: &Authority) -> Self {
        let all = authority.domains.iter().all(|domain| self.covers(Some(domain)));
        if all { Self::whole(self.authority) } else { self }
    }

    /// The authority as this desk may speak for it: on its own domains only.
    #[must_use]
    pub fn narrow(&self, authority: Authority) -> Authority {
        let domains = authority.domains.into_iter().filter(|domain| self.covers(Some(domain))).collect();
        Authority { domains, ..authority }
    }
}
