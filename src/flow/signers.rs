//! The keys that sign: made known to the store, revoked, and what a verifier should believe of them.
//!
//! The store says what became of a certificate; which roots are trusted comes from the key folder and the configuration alone, so
//! that whoever owns the database can make verifiers distrust a key but never trust one.

use serde_json::json;

use super::record::record;
use super::{Actor, App, Forbidden, SetBack, issue, moment};
use crate::rules::{Digest, Instant, SignerEvent};
use crate::seal::{Certificate, Keyring, Revoked, TimestampAuthority, TrustBundle, TrustedSigner};
use crate::store::signers::{self, Event, SIGNING, Signer, TIMESTAMPS};
use crate::store::{self, Tx};

/// A key that was revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// The certificates, by SHA-256.
    pub fingerprints: Vec<Digest>,
    /// From when on they are not trusted.
    pub since: Instant,
    /// One of them is in force: nothing is issued until the keys are rotated.
    pub in_force: bool,
    /// Timestamps come from the authority in the key folder, whose key may have gone the same way.
    pub stamps_locally: bool,
}

/// Why it was not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only the operator may.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Whoever looks into the matter later reads the reason.
    #[error("give a reason of 1 to 500 characters: whoever looks into this later reads it")]
    Reason,
    /// A time to come.
    #[error("{0} is still to come: give the time since when the key is not to be trusted")]
    Future(Instant),
    /// No certificate, or several, by this name.
    #[error(
        "{0:?} names no certificate of this platform, or several: give `current`, `timestamps`, or at least eight digits of a fingerprint (`mingzheng keys show`)"
    )]
    Unknown(String),
    /// It was revoked for a time as early before.
    #[error("the key is {0} since {1} already: only an earlier time adds anything")]
    Already(SignerEvent, Instant),
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What verifiers believe as of now: the keys of this platform, and what became of them.
pub(super) async fn known(app: &App, tx: &mut Tx, now: Instant) -> Result<TrustBundle, store::Error> {
    let origins = vec![app.issuer().origin.clone()];
    let of_folder = TrustBundle::of(&app.0.keyring.now(), origins, now);
    let mut bundle = TrustBundle { operator: app.issuer().name.zh.clone(), ..of_folder };
    let authority =
        |certificate| TimestampAuthority { certificate, revoked_since: None, compromised_since: None };
    bundle.timestamp_authorities = app.0.stamps.authorities().into_iter().map(authority).collect();
    let events = signers::events(tx).await?;
    if events.is_empty() {
        return Ok(bundle);
    }
    let mut missing: Vec<Digest> = events.iter().map(|it| it.fingerprint).collect();
    missing.retain(|lost| {
        let signs = bundle.signers.iter().any(|it| it.certificate.digest() == *lost);
        let stamps = bundle.timestamp_authorities.iter().any(|it| it.certificate.digest() == *lost);
        !signs && !stamps
    });
    missing.dedup();
    for signer in signers::all(tx).await?.into_iter().filter(|it| missing.contains(&it.fingerprint)) {
        add_earlier(&mut bundle, &signer);
    }
    for signer in &mut bundle.signers {
        let (revoked, compromised) = earliest(&events, signer.certificate.digest());
        (signer.revoked_since, signer.compromised_since) = (revoked, compromised);
    }
    for authority in &mut bundle.timestamp_authorities {
        let (revoked, compromised) = earliest(&events, authority.certificate.digest());
        (authority.revoked_since, authority.compromised_since) = (revoked, compromised);
    }
    Ok(bundle)
}

/// A certificate that the store remembers and the folder does not, if it leads to a root of ours: so that its loss is told.
fn add_earlier(bundle: &mut TrustBundle, signer: &Signer) {
    let certificates = Certificate::chain_from_pem(&signer.chain).unwrap_or_default();
    let Some((leaf, above)) = certificates.split_first() else { return };
    let Some(authority) = above.first() else { return };
    let ours = leaf.check_issued_by(authority, 0).is_ok()
        && bundle.roots.iter().any(|root| authority.check_issued_by(root, 1).is_ok());
    if ours && signer.purpose == TIMESTAMPS {
        let entry =
            |certificate| TimestampAuthority { certificate, revoked_since: None, compromised_since: None };
        let leaf = super::stamp::foreign(std::slice::from_ref(leaf));
        bundle.timestamp_authorities.extend(leaf.into_iter().map(entry));
    } else if ours && leaf.check_signer().is_ok() {
        if !bundle.issuing.contains(authority) {
            bundle.issuing.push(authority.clone());
        }
        let certificate = leaf.clone();
        bundle.signers.push(TrustedSigner { certificate, revoked_since: None, compromised_since: None });
    }
}

/// The earliest times at which a certificate was revoked and compromised.
fn earliest(events: &[Event], fingerprint: Digest) -> (Option<Instant>, Option<Instant>) {
    let of = |kind| {
        let those = events.iter().filter(|it| it.fingerprint == fingerprint && it.event == kind);
        those.map(|it| it.since).min()
    };
    (of(SignerEvent::Revoked), of(SignerEvent::Compromised))
}

/// Certificates of ours that lost their trust, as a revocation list has them.
pub(super) fn lost(bundle: &TrustBundle) -> Vec<Revoked> {
    let entry = |certificate: Certificate, revoked: Option<Instant>, compromised: Option<Instant>| {
        let since = [revoked, compromised].into_iter().flatten().min()?;
        Some(Revoked { certificate, since, compromised: compromised.is_some() })
    };
    let signers = bundle.signers.iter();
    let signers = signers.map(|it| (Some(it.certificate.clone()), it.revoked_since, it.compromised_since));
    let authorities = bundle.timestamp_authorities.iter();
    let authorities = authorities
        .map(|it| (Certificate::from_der(it.certificate.der()).ok(), it.revoked_since, it.compromised_since));
    signers
        .chain(authorities)
        .filter_map(|(it, revoked, compromised)| entry(it?, revoked, compromised))
        .collect()
}

/// The first of the keys in force that lost its trust, and since when: with it nothing is signed.
pub(super) fn lost_in_force(keyring: &Keyring, bundle: &TrustBundle) -> Option<(Digest, Instant)> {
    let signer = &keyring.signer;
    let in_force = [signer.chain().first(), signer.document_chain().first()];
    let lost = lost(bundle);
    let lost = |it: &Certificate| lost.iter().find(|revoked| revoked.certificate == *it);
    in_force.into_iter().flatten().find_map(lost).map(|it| (it.certificate.digest(), it.since))
}

impl App {
    /// Writes the certificates of this program into the store, those it signs with and those retired; what is there stays.
    pub async fn register_keys(&self) -> Result<(), store::Error> {
        let keyring = self.0.keyring.now();
        let mut tx = self.0.store.read().await?;
        if self.is_registered(&mut tx).await? {
            return Ok(());
        }
        drop(tx);
        let mut tx = self.0.store.write().await?;
        let now = self.now();
        for chain in keyring.chains() {
            add(&mut tx, SIGNING, chain, now).await?;
        }
        add(&mut tx, TIMESTAMPS, self.0.stamps.local_chain(), now).await?;
        let events = signers::events(&mut tx).await?;
        for chain in &keyring.retired {
            let Some(fingerprint) = chain.first().map(Certificate::digest) else { continue };
            if is_retired(&events, fingerprint) {
                continue;
            }
            let event = Event {
                fingerprint,
                event: SignerEvent::Retired,
                since: now,
                reason: None,
                actor: Actor::operator().name,
                at: now,
            };
            signers::happen(&mut tx, &event).await?;
        }
        tx.commit().await
    }

    /// Whether the store knows all of that.
    async fn is_registered(&self, tx: &mut Tx) -> Result<bool, store::Error> {
        let keyring = self.0.keyring.now();
        let (known, events) = (signers::all(tx).await?, signers::events(tx).await?);
        let mut chains = keyring.chains();
        chains.push(self.0.stamps.local_chain());
        let mut leaves = chains.into_iter().filter_map(|chain| chain.first()).map(Certificate::digest);
        let mut retired = keyring.retired.iter().filter_map(|chain| chain.first()).map(Certificate::digest);
        Ok(leaves.all(|leaf| known.iter().any(|it| it.fingerprint == leaf))
            && retired.all(|leaf| is_retired(&events, leaf)))
    }
}

fn is_retired(events: &[Event], fingerprint: Digest) -> bool {
    events.iter().any(|it| it.fingerprint == fingerprint && it.event == SignerEvent::Retired)
}

async fn add(
    tx: &mut Tx,
    purpose: &'static str,
    chain: &[Certificate],
    now: Instant,
) -> Result<(), store::Error> {
    let Some(leaf) = chain.first() else { return Ok(()) };
    let signer = Signer {
        fingerprint: leaf.digest(),
        purpose: purpose.to_owned(),
        kind: leaf.kind().word().to_owned(),
        chain: chain.iter().map(Certificate::to_pem).collect(),
        added_at: now,
    };
    signers::add(tx, &signer).await?;
    Ok(())
}

/// Takes trust from a key, from a time on: once this returns, nothing that was signed with it and is not proven to be from before
/// that time verifies anywhere, but offline where an older bundle is used.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    which: &str,
    compromised: bool,
    since: Instant,
    reason: &str,
) -> Result<RevokedKey, Error> {
    actor.may_operate()?;
    let reason = crate::rules::normal::free_text(reason);
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Error::Reason);
    }
    app.register_keys().await?;
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if since > now {
        return Err(Error::Future(since));
    }
    let fingerprints = named(app, &mut tx, which).await?;
    let kind = if compromised { SignerEvent::Compromised } else { SignerEvent::Revoked };
    let events = signers::events(&mut tx).await?;
    for fingerprint in &fingerprints {
        let before = events.iter().filter(|it| it.fingerprint == *fingerprint && it.event == kind);
        if let Some(earlier) = before.map(|it| it.since).min().filter(|earlier| *earlier <= since) {
            return Err(Error::Already(kind, earlier));
        }
        let event = Event {
            fingerprint: *fingerprint,
            event: kind,
            since,
            reason: Some(reason.clone()),
            actor: actor.name.clone(),
            at: now,
        };
        signers::happen(&mut tx, &event).await?;
        let details = json!({ "event": kind, "since": since, "reason": reason });
        record(&mut tx, now, actor, "revoke-key", fingerprint.to_string(), details).await?;
    }
    let bundle = known(app, &mut tx, now).await?;
    let in_force = lost_in_force(&app.0.keyring.now(), &bundle).is_some();
    tx.commit().await?;
    let stamps_locally = !app.0.stamps.local_chain().is_empty();
    Ok(RevokedKey { fingerprints, since, in_force, stamps_locally })
}

/// The certificates that somebody names.
async fn named(app: &App, tx: &mut Tx, which: &str) -> Result<Vec<Digest>, Error> {
    let keyring = app.0.keyring.now();
    let signer = &keyring.signer;
    let digests = |all: &[&[Certificate]]| {
        let mut found: Vec<Digest> =
            all.iter().filter_map(|it| it.first()).map(Certificate::digest).collect();
        found.dedup();
        found
    };
    let found = match which {
        "current" => digests(&[signer.chain(), signer.document_chain()]),
        "timestamps" => digests(&[app.0.stamps.local_chain()]),
        _ => {
            let wanted = which.to_ascii_lowercase().replace([':', ' '], "");
            let all = signers::all(tx).await?.into_iter().map(|it| it.fingerprint);
            let enough = wanted.len() >= 8;
            let mut those = all.filter(|it| enough && it.to_string().starts_with(&wanted));
            match (those.next(), those.next()) {
                (Some(one), None) => vec![one],
                _ => Vec::new(),
            }
        }
    };
    if found.is_empty() { Err(Error::Unknown(which.chars().take(80).collect())) } else { Ok(found) }
}

/// What verifiers believe of our keys, if these may still sign.
pub(super) async fn may_sign(
    app: &App,
    keyring: &Keyring,
    tx: &mut Tx,
    now: Instant,
) -> Result<TrustBundle, issue::Error> {
    let keys = known(app, tx, now).await?;
    match lost_in_force(keyring, &keys) {
        Some((fingerprint, since)) => Err(issue::Error::KeyRevoked { fingerprint, since }),
        None => Ok(keys),
    }
}
