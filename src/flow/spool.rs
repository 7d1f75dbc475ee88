//! Bytes on their way from a request or a disk into the object store: on the local disk, in a file without a name, so that
//! nothing stays behind however the program ends.

use std::fs::File;
use std::io;
use std::path::Path;

use futures::stream::{self, Stream};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use super::App;
use super::order::Measured;
use crate::rules::Digest;
use crate::seal::Hasher;
use crate::store::{self, Objects};

/// Bytes copied at a time.
const CHUNK: usize = 256 << 10;

/// A file that is being written.
#[derive(Debug)]
pub struct Spool {
    file: tokio::fs::File,
    hasher: Hasher,
    bytes: u64,
}

/// A file that was written, at its first byte.
#[derive(Debug)]
pub struct Spooled {
    file: tokio::fs::File,
    measured: Measured,
}

impl Spool {
    /// An empty file in the home folder's `spool`.
    pub async fn new(app: &App) -> Result<Self, store::Error> {
        let folder = app.0.spool.clone();
        let made = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            tempfile::tempfile_in(&folder)
        });
        let file = made.await.map_err(unavailable)?.map_err(unavailable)?;
        Ok(Self { file: tokio::fs::File::from_std(file), hasher: Hasher::new(), bytes: 0 })
    }

    /// Adds bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), store::Error> {
        self.file.write_all(bytes).await.map_err(unavailable)?;
        self.hasher.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Adds all bytes of a file on the disk.
    pub async fn copy(&mut self, from: &Path) -> Result<(), CopyError> {
        let mut from = tokio::fs::File::open(from).await.map_err(CopyError::Source)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = from.read(&mut chunk).await.map_err(CopyError::Source)?;
            if read == 0 {
                return Ok(());
            }
            self.write(&chunk[..read]).await?;
        }
    }

    /// How many bytes there are so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends it, and goes back to its first byte.
    pub async fn finish(mut self) -> Result<Spooled, store::Error> {
        self.file.flush().await.map_err(unavailable)?;
        self.file.rewind().await.map_err(unavailable)?;
        let measured = Measured { digest: self.hasher.finish(), bytes: self.bytes };
        Ok(Spooled { file: self.file, measured })
    }
}

/// Why a file on the disk was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file itself.
    #[error("the file cannot be read")]
    Source(#[source] io::Error),
    /// The place it is copied to.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Spooled {
    /// A file that somebody else wrote.
    pub(super) async fn of(file: File) -> Result<Self, store::Error> {
        let mut file = tokio::fs::File::from_std(file);
        let (mut hasher, mut bytes, mut chunk) = (Hasher::new(), 0, vec![0; CHUNK]);
        file.rewind().await.map_err(unavailable)?;
        loop {
            let read = file.read(&mut chunk).await.map_err(unavailable)?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            bytes += u64::try_from(read).unwrap_or(u64::MAX);
        }
        file.rewind().await.map_err(unavailable)?;
        Ok(Self { file, measured: Measured { digest: hasher.finish(), bytes } })
    }

    /// How many bytes there are.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.measured.bytes
    }

    pub(super) fn measured(&self) -> Measured {
        self.measured
    }

    /// All bytes, in memory: only for files that are known to be small.
    pub async fn read(mut self) -> Result<Vec<u8>, store::Error> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).await.map_err(unavailable)?;
        Ok(bytes)
    }

    /// All bytes, a piece at a time.
    pub fn pieces(self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
        stream::try_unfold(self.file, |mut file| async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await?;
            chunk.truncate(read);
            Ok((read > 0).then_some((chunk, file)))
        })
    }

    /// Puts it among some objects, under its digest.
    pub(super) async fn keep(mut self, place: &Objects) -> Result<(), store::Error> {
        self.file.rewind().await.map_err(unavailable)?;
        place.put_stream(&mut self.file, self.measured.digest).await
    }

    /// The file, at its first byte.
    pub(super) async fn into_std(mut self) -> Result<File, store::Error> {
        self.file.rewind().await.map_err(unavailable)?;
        Ok(self.file.into_std().await)
    }

    /// The file, and once more for whoever reads it after that.
    pub(super) async fn twice(self) -> Result<(Self, Self), store::Error> {
        let again = Self { file: self.file.try_clone().await.map_err(unavailable)?, measured: self.measured };
        Ok((self, again))
    }
}

/// Fetches an object into a spool; `None` where there is none.
///
/// # Errors
/// [`store::Error::Corrupt`] where what is there has another digest.
pub(super) async fn fetch(
    app: &App,
    place: &Objects,
    digest: Digest,
) -> Result<Option<Spooled>, store::Error> {
    let mut spool = Spool::new(app).await?;
    let Some(mut object) = place.open(digest).await? else { return Ok(None) };
    while let Some(bytes) = object.next().await? {
        spool.write(&bytes).await?;
    }
    let spooled = spool.finish().await?;
    if spooled.measured.digest == digest {
        Ok(Some(spooled))
    } else {
        Err(store::Error::Corrupt(format!("object {digest}").into()))
    }
}

/// No room, no permission, no disk: trouble of ours that may pass.
pub(super) fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> store::Error {
    store::Error::Unavailable(error.into())
}
