//! The files that go with a receipt: the list of repeated and superseding rows, and the rejected rows.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use super::App;
use super::listed::Listed;
use super::spool::{Spool, Spooled, unavailable};
use crate::ingest::{Batch, Described, RejectsWriter};
use crate::rules::Digest;
use crate::store::upload_parts::Part;
use crate::store::{self, Objects};

/// Puts the list of repeated and superseding rows of all parts together and keeps it; `None` where there are none.
pub(super) async fn listed_file(app: &App, parts: &[Part]) -> Result<Option<Digest>, store::Error> {
    let pieces: Vec<Digest> = parts.iter().filter_map(|part| part.listed).collect();
    if pieces.is_empty() {
        return Ok(None);
    }
    let mut spool = Spool::new(app).await?;
    spool.write(Listed::HEAD.as_bytes()).await?;
    for piece in pieces {
        let lost = || store::Error::Corrupt(format!("object {piece} is missing").into());
        spool.write(&app.0.objects.get(piece).await?.ok_or_else(lost)?).await?;
    }
    let spooled = spool.finish().await?;
    let digest = spooled.measured().digest;
    spooled.keep(&app.0.objects).await?;
    Ok(Some(digest))
}

/// The file of rejected rows while it is written.
pub(super) struct Rejects {
    writer: RejectsWriter<BufWriter<File>>,
    rows: usize,
}

impl Rejects {
    /// Begins a file like the one described.
    pub(super) async fn begin(app: &App, described: &Described) -> Result<Self, store::Error> {
        let file = Spool::new(app).await?.finish().await?.into_std().await?;
        let writer = RejectsWriter::open(described, BufWriter::new(file)).map_err(unavailable)?;
        Ok(Self { writer, rows: 0 })
    }

    /// Adds the rejected rows of a batch.
    pub(super) async fn add(self, batch: Batch) -> Result<Self, store::Error> {
        if batch.rejected.is_empty() {
            return Ok(self);
        }
        // Disks wait: away from the threads that others wait for.
        let Self { mut writer, rows } = self;
        let written = tokio::task::spawn_blocking(move || {
            batch.rejected.iter().try_for_each(|row| writer.push(row))?;
            Ok::<_, std::io::Error>(Self { writer, rows: rows + batch.rejected.len() })
        });
        written.await.map_err(unavailable)?.map_err(unavailable)
    }

    /// Ends the file and keeps it among some objects; `None` where no row was rejected.
    pub(super) async fn keep(self, place: &Objects) -> Result<Option<Digest>, store::Error> {
        if self.rows == 0 {
            return Ok(None);
        }
        let ended = tokio::task::spawn_blocking(move || {
            let mut out = self.writer.finish()?;
            out.flush()?;
            out.into_inner().map_err(std::io::IntoInnerError::into_error)
        });
        let file = ended.await.map_err(unavailable)?.map_err(unavailable)?;
        let spooled = Spooled::of(file).await?;
        let digest = spooled.measured().digest;
        spooled.keep(place).await?;
        Ok(Some(digest))
    }
}
