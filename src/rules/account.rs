//! The roles of accounts, and how far each goes.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{DomainId, Instant};

words! {
    /// As what somebody with an account comes. One account has one.
    AccountRole {
        /// Acts for enterprises that authorised it.
        Agent = "agent",
        /// A natural person, about itself.
        Person = "person",
        /// A regulator's clerk.
        Clerk = "clerk",
        /// Verifies under its own name.
        Verifier = "verifier",
        /// Issues at a counter.
        Counter = "counter",
        /// Runs the service.
        System = "system",
        /// Keeps the accounts.
        Security = "security",
        /// Reads everything that was done.
        Auditor = "auditor",
    }
}

/// How far a role goes: for whom, on what, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// A code of the subject, or the code of the authority.
    pub object: String,
    /// The authority's domains; none means all.
    #[serde(default)]
    pub domains: Vec<DomainId>,
    /// `see`, `ask` and `share`, for a subject.
    #[serde(default)]
    pub scope: Vec<String>,
    /// What for, in the subject's words.
    #[serde(default)]
    pub purpose: String,
    /// Until when; for good where it is missing.
    #[serde(default)]
    pub until: Option<Instant>,
}

impl AccountRole {
    /// The role in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Agent => "企业经办人",
            Self::Person => "自然人",
            Self::Clerk => "数源单位经办人",
            Self::Verifier => "核验单位",
            Self::Counter => "窗口人员",
            Self::System => "系统管理员",
            Self::Security => "安全管理员",
            Self::Auditor => "审计员",
        }
    }

    /// The role in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Agent => "enterprise agent",
            Self::Person => "natural person",
            Self::Clerk => "regulator's clerk",
            Self::Verifier => "verifier",
            Self::Counter => "counter clerk",
            Self::System => "system operator",
            Self::Security => "security operator",
            Self::Auditor => "auditor",
        }
    }

    /// One of the operator's own roles, which need a second factor.
    #[must_use]
    pub fn is_operators(self) -> bool {
        matches!(self, Self::System | Self::Security | Self::Auditor)
    }

    /// Whether the role says nothing without a subject or an authority.
    #[must_use]
    pub fn needs_grant(self) -> bool {
        matches!(self, Self::Agent | Self::Person | Self::Clerk)
    }
}
