//! What became of files that were sent: receipts, and the files that go with them.

use uuid::Uuid;

use super::receipt::{Receipt, Signed};
use super::spool::{Spooled, fetch};
use super::{Actor, App, Role};
use crate::ingest::Format;
use crate::rules::{Digest, Instant};
use crate::store::uploads::{Upload, Whose};
use crate::store::{self, uploads};

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
    let whose = match &actor.role {
        Role::Operator => Whose::All,
        Role::Regulator(code) => Whose::Authority(*code),
        Role::Subject(_) => return Ok(Vec::new()),
    };
    let mut tx = app.0.store.read().await?;
    let found = uploads::listed(&mut tx, whose, before, limit.clamp(1, PAGE)).await?;
    found.iter().map(|upload| Ok(Signed::kept(upload)?.receipt)).collect()
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
    let known = [Format::Csv, Format::Tsv, Format::Ndjson, Format::Json, Format::Xlsx, Format::Parquet];
    let format = known.into_iter().find(|format| format.name() == receipt.format).unwrap_or(Format::Csv);
    Ok((file(app, id, upload.rejects).await?, format.extension(), format.media_type()))
}

/// The list of the rows that repeated a record or superseded a version, as CSV.
pub async fn rows(app: &App, actor: &Actor, id: Uuid) -> Result<Spooled, Error> {
    let upload = own(app, actor, id).await?;
    file(app, id, Signed::kept(&upload)?.receipt.listed_sha256).await
}

async fn file(app: &App, id: Uuid, digest: Option<Digest>) -> Result<Spooled, Error> {
    let digest = digest.ok_or(Error::NoFile(id))?;
    match fetch(app, digest).await {
        Ok(Some(file)) => Ok(file),
        Ok(None) | Err(store::Error::Corrupt(_)) => Err(Error::Lost(id)),
        Err(error) => Err(error.into()),
    }
}

async fn own(app: &App, actor: &Actor, id: Uuid) -> Result<Upload, Error> {
    let upload = uploads::by_id(&mut app.0.store.read().await?, id).await?;
    let upload = upload.filter(|upload| match actor.role {
        Role::Operator => true,
        Role::Regulator(code) => upload.authority == code,
        Role::Subject(_) => false,
    });
    upload.ok_or(Error::Unknown(id))
}
