//! What became of files that were sent: receipts, and the files that go with them.

use time::Date;
use uuid::Uuid;

use super::receipt::{Receipt, Signed};
use super::spool::{Spooled, fetch};
use super::{Actor, App, Role, desk};
use crate::ingest::Format;
use crate::rules::{CreditCode, Digest, DomainId, Instant};
use crate::store::uploads::{Upload, Whose};
use crate::store::{self, Page, uploads};

/// Uploads listed at a time, at most.
pub const PAGE: u32 = 100;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or it is somebody else's: the two are not told apart.
    #[error("there is no upload {0}, or it is not yours")]
    Unknown(Uuid),
    /// It has no such file.
    #[error("upload {0} has no such file: there are no such rows")]
    NoFile(Uuid),
    /// The file is lost or damaged in the object store.
    #[error("the file of upload {0} is not kept any more")]
    Lost(Uuid),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The receipts that the actor may see, newest first; with `before`, those after the one that has this time and id.
pub async fn list(
    app: &App,
    actor: &Actor,
    before: Option<(Instant, Uuid)>,
    limit: u32,
) -> Result<Vec<Receipt>, Error> {
    let mut tx = app.0.store.read().await?;
    let whose = match &actor.role {
        Role::Operator => Whose::All,
        _ => Whose::Desks(desk::seats(&mut tx, actor).await?.into_iter().map(|(desk, _)| desk).collect()),
    };
    let found = uploads::listed(&mut tx, &whose, before, limit.clamp(1, PAGE)).await?;
    found.iter().map(|upload| Ok(Signed::kept(upload)?.receipt)).collect()
}

/// Which uploads to an authority's desk are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this domain.
    pub domain: Option<DomainId>,
    /// Received on this day or later.
    pub from: Option<Date>,
    /// Received on this day or earlier.
    pub to: Option<Date>,
    /// Those with rejected rows only.
    pub rejected: bool,
}

/// An upload with its domain, where all of it is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its receipt.
    pub receipt: Receipt,
    /// The domain.
    pub domain: Option<DomainId>,
    /// Who brought it.
    pub by: String,
}

/// The uploads of a desk, newest first, and how many there are in all.
pub async fn search(
    app: &App,
    actor: &Actor,
    authority: CreditCode,
    wanted: &Wanted,
    page: Page,
) -> Result<(Vec<Sent>, u32), Error> {
    let mut tx = app.0.store.read().await?;
    let Some(desk) = desk::at(&mut tx, actor, authority).await? else { return Ok((Vec::new(), 0)) };
    let wanted = uploads::Wanted {
        desk,
        domain: wanted.domain.clone(),
        from: wanted.from.map(Instant::start_of),
        to: wanted.to.map(Instant::end_of),
        rejected: wanted.rejected,
    };
    let (found, total) = uploads::search(&mut tx, &wanted, page).await?;
    Ok((found.into_iter().map(sent).collect::<Result<_, _>>()?, total))
}

/// One upload of the actor's.
pub async fn show(app: &App, actor: &Actor, id: Uuid) -> Result<Sent, Error> {
    Ok(sent(own(app, actor, id).await?)?)
}

fn sent(upload: Upload) -> Result<Sent, store::Error> {
    Ok(Sent { receipt: Signed::kept(&upload)?.receipt, domain: upload.domain, by: upload.received_by })
}

/// A receipt as one file, byte for byte as it was kept.
pub async fn receipt(app: &App, actor: &Actor, id: Uuid) -> Result<Vec<u8>, Error> {
    Ok(own(app, actor, id).await?.receipt)
}

/// The rejected rows as a file like the one sent, with what its name ends with and its media type.
pub async fn rejects(
    app: &App,
    actor: &Actor,
    id: Uuid,
) -> Result<(Spooled, &'static str, &'static str), Error> {
    let upload = own(app, actor, id).await?;
    let receipt = Signed::kept(&upload)?.receipt;
    let format = format_of(&receipt);
    Ok((file(app, id, upload.rejects).await?, format.extension(), format.media_type()))
}

/// The format that a file was found to have.
pub(super) fn format_of(receipt: &Receipt) -> Format {
    let known = [Format::Csv, Format::Tsv, Format::Ndjson, Format::Json, Format::Xlsx, Format::Parquet];
    known.into_iter().find(|format| format.name() == receipt.format).unwrap_or(Format::Csv)
}

/// The list of the rows that repeated a record or superseded a version, as CSV.
pub async fn rows(app: &App, actor: &Actor, id: Uuid) -> Result<Spooled, Error> {
    let upload = own(app, actor, id).await?;
    file(app, id, Signed::kept(&upload)?.receipt.listed_sha256).await
}

async fn file(app: &App, id: Uuid, digest: Option<Digest>) -> Result<Spooled, Error> {
    let digest = digest.ok_or(Error::NoFile(id))?;
    match fetch(app, &app.0.objects, digest).await {
        Ok(Some(file)) => Ok(file),
        Ok(None) | Err(store::Error::Corrupt(_)) => Err(Error::Lost(id)),
        Err(error) => Err(error.into()),
    }
}

async fn own(app: &App, actor: &Actor, id: Uuid) -> Result<Upload, Error> {
    let mut tx = app.0.store.read().await?;
    let upload = uploads::by_id(&mut tx, id).await?.ok_or(Error::Unknown(id))?;
    let own = actor.role == Role::Operator
        || desk::reaches(&mut tx, actor, upload.authority, upload.domain.as_ref()).await?;
    if own { Ok(upload) } else { Err(Error::Unknown(id)) }
}
