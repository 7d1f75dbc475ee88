//! The keys that sign, as verifiers know them: to be looked at. They are made, rotated and revoked at the command line.

use super::Error;
use crate::flow::{Actor, App, moment, signers};
use crate::rules::{Digest, Instant, KeyKind};
use crate::seal::Certificate;

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It signs now.
    InForce,
    /// It has signed, and what it signed is still verified.
    Retired,
    /// The root that others trust.
    Root,
    /// It states the time.
    Timestamps,
}

/// A certificate.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it is for.
    pub used: Use,
    /// Its kind, where it is one of ours.
    pub kind: Option<KeyKind>,
    /// The digest of the certificate.
    pub fingerprint: Digest,
    /// The first and the last moment of its life, where they are known here.
    pub life: Option<(Instant, Instant)>,
    /// It is not trusted from this time on.
    pub revoked_since: Option<Instant>,
    /// Somebody else may have had it from this time on.
    pub compromised_since: Option<Instant>,
}

/// The certificates that verifiers of this platform know, those in force first.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Key>, Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let now = moment::present(app, &mut tx).await??;
    let known = signers::known(app, &mut tx, now).await?;
    let keyring = app.0.keyring.now();
    let signer = &keyring.signer;
    let in_force: Vec<Digest> = [signer.chain(), signer.document_chain()]
        .into_iter()
        .filter_map(|chain| chain.first())
        .map(Certificate::digest)
        .collect();
    let mut keys: Vec<Key> = known
        .signers
        .iter()
        .map(|it| {
            let fingerprint = it.certificate.digest();
            let used = if in_force.contains(&fingerprint) { Use::InForce } else { Use::Retired };
            Key {
                used,
                kind: Some(it.certificate.kind()),
                fingerprint,
                life: Some(it.certificate.life()),
                revoked_since: it.revoked_since,
                compromised_since: it.compromised_since,
            }
        })
        .collect();
    keys.sort_by_key(|key| key.used != Use::InForce);
    keys.extend(known.roots.iter().map(|root| Key {
        used: Use::Root,
        kind: Some(root.kind()),
        fingerprint: root.digest(),
        life: Some(root.life()),
        revoked_since: None,
        compromised_since: None,
    }));
    keys.extend(known.timestamp_authorities.iter().map(|it| Key {
        used: Use::Timestamps,
        kind: None,
        fingerprint: it.certificate.digest(),
        life: None,
        revoked_since: it.revoked_since,
        compromised_since: it.compromised_since,
    }));
    Ok(keys)
}
