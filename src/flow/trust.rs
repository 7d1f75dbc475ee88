//! The bundle that a verifier needs offline, and the check of the journal.

use super::{App, SetBack, moment, signers};
use crate::rules::{Digest, Instant};
use crate::seal::{self, ReportStatus, TrustBundle};
use crate::store::journal::Checked;
use crate::store::{self, Tx, journal, statuses};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody changed the journal.
    #[error("the journal is broken at entry {seq}: it is {fault}")]
    Broken {
        /// The first entry that does not fit.
        seq: i64,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// The key in force was revoked.
    #[error("the signing key {fingerprint} is revoked since {since}: run `mingzheng keys rotate`")]
    KeyRevoked {
        /// The certificate.
        fingerprint: Digest,
        /// Since when.
        since: Instant,
    },
    /// The signing key did not sign.
    #[error("the trust bundle cannot be signed")]
    Seal(#[from] seal::Error),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The bundle as of now: certificates, and every report that does not simply stand.
pub async fn bundle(app: &App) -> Result<TrustBundle, Error> {
    let mut tx: Tx = app.0.store.read().await?;
    // What was just made known may stand a little after the clock of this machine.
    let now = moment::present(app, &mut tx).await??;
    let standing = statuses::non_valid(&mut tx, now).await?;
    let status = |s: statuses::Standing| {
        let statuses::Standing { number, facts_digest, status, since, reason, .. } = s;
        (facts_digest, ReportStatus { number, status, since, reason: reason.unwrap_or_default() })
    };
    let keys = signers::known(app, &mut tx, now).await?;
    Ok(TrustBundle { statuses: standing.into_iter().map(status).collect(), ..keys })
}

/// The bundle as a signed file. A key that lost its trust signs none: nobody would believe it.
pub async fn export(app: &App) -> Result<String, Error> {
    let keyring = app.0.keyring.now();
    let bundle = bundle(app).await?;
    if let Some((fingerprint, since)) = signers::lost_in_force(&keyring, &bundle) {
        return Err(Error::KeyRevoked { fingerprint, since });
    }
    Ok(bundle.export(&keyring.signer)?)
}

/// Follows the journal from its first entry to its last, and tells how many there are.
pub async fn check_journal(app: &App) -> Result<i64, Error> {
    let mut tx = app.0.store.read().await?;
    match journal::check(&mut tx, seal::digest).await? {
        Checked::Whole { entries, .. } => Ok(entries),
        Checked::Broken { seq, fault } => Err(Error::Broken { seq, fault }),
    }
}
