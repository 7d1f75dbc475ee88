//! A signed snapshot for a telephone without a network: what was concluded at one moment, and not live.

use serde_json::json;
use uuid::Uuid;

use super::{Error, giver, look, of_holder, subject_of, svg};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment, signers};
use crate::rules::{Instant, Integrity, IssuerTrust, ShareState};
use crate::seal::{ClaimSubject, Snapshot, SnapshotText};
use crate::verify;

/// A snapshot that was signed.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The text of its QR.
    pub text: String,
    /// The QR (SVG).
    pub svg: String,
    /// The moment that it tells of.
    pub as_of: Instant,
}

/// Takes a snapshot of what a share shows now. It opens nothing, takes no look, and nobody can take it back.
pub async fn snapshot(app: &App, actor: &Actor, id: Uuid) -> Result<Taken, Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let share = of_holder(&mut tx, actor, id).await?;
    match giver::standing(app, &mut tx, &share, now).await? {
        ShareState::Open => (),
        ShareState::Revoked => return Err(Error::Revoked),
        ShareState::UsedUp => return Err(Error::UsedUp),
        ShareState::Over => return Err(Error::Over),
    }
    let subject = subject_of(&mut tx, &share).await?;
    let facts = look::draw_up(app, &mut tx, &subject, &share, now).await?;
    let ClaimSubject::Commitment(person) = ClaimSubject::commit(&subject.code.value, &app.0.chance.draw())
    else {
        return Err(Error::NotSigned);
    };
    let snapshot = Snapshot::of(&facts, &person).map_err(|_| Error::NotSigned)?;
    let bytes = app.0.keyring.now().signer.sign_snapshot(&snapshot).map_err(|_| Error::NotSigned)?;
    let text = SnapshotText { origin: app.issuer().origin.clone(), snapshot: bytes }.write();
    // Nobody sees one that a stranger would refuse.
    let answer = verify::qr(&text, &signers::known(app, &mut tx, now).await?, now);
    let fine = answer.verdict.integrity == Integrity::Intact && answer.verdict.issuer == IssuerTrust::Trusted;
    if !fine || answer.snapshot.as_ref() != Some(&snapshot) {
        return Err(Error::NotSigned);
    }
    let svg = svg(&text)?;
    record(&mut tx, now, actor, "share-snapshot", share.id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(Taken { text, svg, as_of: snapshot.as_of })
}
