//! Evidence is brought and fetched. What it is, its bytes tell, not its name; nothing here ever opens it.

use serde_json::json;
use uuid::Uuid;

use super::{Error, find, find_to_act};
use crate::flow::record::record as journal;
use crate::flow::{Actor, App, moment};
use crate::rules::{Party, normal};
use crate::store;
use crate::store::evidence::{self, Evidence};

/// Pieces of evidence in one case: a decision, a receipt and photographs, several times over.
const PIECES: usize = 10;
/// The largest piece: a scan of some dozens of pages.
const BYTES: usize = 10 << 20;
/// The longest name that is kept, in characters.
const NAME: usize = 200;

/// The kinds of files that are taken: how each begins, and what it is.
const KINDS: &[(&[u8], &str, &str)] = &[
    (b"%PDF-", "application/pdf", "pdf"),
    (&[0xff, 0xd8, 0xff], "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
];

/// Why evidence is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEvidence {
    /// Nothing in it.
    #[error("the file is empty: bring it again")]
    Empty,
    /// Too large.
    #[error(
        "the file has {0} bytes; a piece of evidence has at most {BYTES}: bring it in parts or smaller pictures"
    )]
    Large(usize),
    /// Of no kind that is taken.
    #[error("the file is neither PDF nor JPEG nor PNG by its content: bring it as one of these")]
    Kind,
    /// Too many.
    #[error("a case has at most {PIECES} pieces of evidence, and this one has them: join some into one PDF")]
    Many,
    /// The case has ended.
    #[error("the case has ended: open a new one")]
    Ended,
}

/// A piece of evidence that a case has now.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The piece.
    pub piece: Evidence,
    /// As what the asker sees it.
    pub party: Party,
    /// The same bytes had been brought before.
    pub repeated: bool,
}

/// Adds a piece of evidence to a case. The same bytes again are the same piece.
pub async fn add(app: &App, actor: &Actor, id: Uuid, name: &str, bytes: &[u8]) -> Result<Attached, Error> {
    // Nothing is kept for somebody who may not see the case.
    let mut tx = app.0.store.read().await?;
    find_to_act(&mut tx, actor, id).await?;
    drop(tx);
    let media_type = kind(bytes)?.0;
    let digest = app.0.objects.put(bytes.to_vec()).await?;

    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let (case, part) = find_to_act(&mut tx, actor, id).await?;
    let party = part.party;
    let pieces = evidence::of(&mut tx, &case).await?;
    if let Some(piece) = pieces.iter().find(|piece| piece.digest == digest) {
        return Ok(Attached { piece: piece.clone(), party, repeated: true });
    }
    if case.ended_at.is_some() {
        return Err(BadEvidence::Ended.into());
    }
    if pieces.len() >= PIECES {
        return Err(BadEvidence::Many.into());
    }
    let piece = Evidence {
        place: pieces.last().map_or(1, |last| last.place + 1),
        digest,
        name: normal::free_text(name).replace('\n', " ").chars().take(NAME).collect(),
        media_type: media_type.to_owned(),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        party,
        actor: actor.name.clone(),
        at: now,
    };
    evidence::add(&mut tx, &case, &piece).await?;
    let details = json!({ "piece": piece.place, "sha256": digest, "media_type": media_type,
        "bytes": piece.bytes, "party": party });
    journal(&mut tx, now, actor, "case-evidence", case.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Attached { piece, party, repeated: false })
}

/// Whether bytes can be a piece of evidence by their size and kind: asked before a case is opened for them.
pub fn judge(bytes: &[u8]) -> Result<(), BadEvidence> {
    kind(bytes).map(|_| ())
}

/// A piece of evidence with its bytes, and a plain name for a file.
pub async fn fetch(
    app: &App,
    actor: &Actor,
    id: Uuid,
    place: u32,
) -> Result<(Evidence, String, Vec<u8>), Error> {
    let mut tx = app.0.store.read().await?;
    let (case, _) = find(&mut tx, actor, id).await?;
    let pieces = evidence::of(&mut tx, &case).await?;
    let piece = pieces.into_iter().find(|piece| piece.place == place).ok_or(Error::NotFound)?;
    drop(tx);
    let missing =
        || store::Error::Corrupt(format!("evidence {} of case {id} is missing", piece.digest).into());
    let bytes = app.0.objects.get(piece.digest).await?.ok_or_else(missing)?;
    let ending = KINDS.iter().find(|(_, media_type, _)| *media_type == piece.media_type);
    let name = format!("evidence-{place}.{}", ending.map_or("bin", |(_, _, ending)| ending));
    Ok((piece, name, bytes))
}

/// What a file is by its content: its media type, and the ending of its name.
fn kind(bytes: &[u8]) -> Result<(&'static str, &'static str), BadEvidence> {
    if bytes.is_empty() {
        return Err(BadEvidence::Empty);
    }
    if bytes.len() > BYTES {
        return Err(BadEvidence::Large(bytes.len()));
    }
    let found = KINDS.iter().find(|(beginning, _, _)| bytes.starts_with(beginning));
    found.map(|(_, media_type, ending)| (*media_type, *ending)).ok_or(BadEvidence::Kind)
}
