//! Tokens of the configuration, until accounts take their place.

use std::collections::HashMap;

use super::{Actor, Role};
use crate::config::{self, TokenRole};
use crate::rules::Digest;
use crate::seal;

/// The tokens that open the interface, by the SHA-256 of their secrets.
///
/// Secrets are 160 random bits, so a plain digest cannot be turned back, and looking it up by its digest tells nothing
/// by its time.
#[derive(Clone, Debug, Default)]
pub struct Tokens(HashMap<Digest, Actor>);

impl Tokens {
    /// The tokens of a configuration, which has checked that each names what its role needs.
    #[must_use]
    pub fn new(tokens: &[config::Token]) -> Self {
        let actor = |token: &config::Token| {
            let role = match (token.role, token.authority, &token.subject) {
                (TokenRole::Operator, _, _) => Role::Operator,
                (TokenRole::Regulator, Some(authority), _) => Role::Regulator(authority),
                (TokenRole::Subject, _, Some(subject)) => Role::Subject(subject.clone()),
                _ => return None,
            };
            Some((token.sha256, Actor { name: token.name.clone(), role }))
        };
        Self(tokens.iter().filter_map(actor).collect())
    }

    /// Whose secret this is.
    #[must_use]
    pub fn find(&self, secret: &str) -> Option<Actor> {
        self.0.get(&seal::digest(secret.as_bytes())).cloned()
    }

    /// The actors of a name: several where tokens share it.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<Actor> {
        self.0.values().filter(|actor| actor.name == name).cloned().collect()
    }

    /// A fresh secret and the digest to write into the configuration.
    #[must_use]
    pub fn fresh(random: [u8; 20]) -> (String, Digest) {
        let secret = format!("mz_{}", super::hex(&random));
        let digest = seal::digest(secret.as_bytes());
        (secret, digest)
    }
}
