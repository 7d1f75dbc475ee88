//! Bytes under their digest: the files of uploads and of reports.

use std::path::Path;
use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{StreamExt, TryFutureExt};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use tokio::io::{AsyncRead, AsyncWriteExt};

use super::{DigestOf, Error};
use crate::rules::Digest;

/// Bytes of a large object held in memory at a time, and sent at a time where objects are kept elsewhere.
const PIECE: usize = 8 << 20;

/// A folder of objects. It is not trusted: what is read back is checked against its digest.
#[derive(Clone, Debug)]
pub struct Objects {
    place: Arc<dyn ObjectStore>,
    digest_of: DigestOf,
    /// A folder of their own, where they have one.
    shelf: Option<&'static str>,
}

/// Objects that are kept for a while only, and lie apart, so that removing one takes nothing away from anybody else.
#[derive(Clone, Debug)]
pub struct Passing(Objects);

/// Where passing objects lie.
const PASSING: &str = "passing";

impl Objects {
    /// Objects in a local folder, which is made where there is none. What is put is on the disk before the call returns.
    pub fn local(folder: &Path, digest_of: DigestOf) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(|error| Error::Unavailable(error.into()))?;
        let place = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { place: Arc::new(place), digest_of, shelf: None })
    }

    /// The objects beside these that are kept for a while only.
    #[must_use]
    pub fn passing(&self) -> Passing {
        Passing(Self { shelf: Some(PASSING), ..self.clone() })
    }

    /// Whether something lies under a digest. Only who reads it learns whether it is what it should be.
    pub async fn has(&self, digest: Digest) -> Result<bool, Error> {
        match self.place.head(&self.path(digest)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps bytes and tells their digest. Putting the same again changes nothing, but mends what was damaged.
    pub async fn put(&self, bytes: impl Into<Vec<u8>>) -> Result<Digest, Error> {
        let bytes = bytes.into();
        let digest = (self.digest_of)(&bytes);
        if matches!(self.get(digest).await, Ok(Some(_))) {
            return Ok(digest);
        }
        let payload = PutPayload::from(bytes);
        self.place.put_opts(&self.path(digest), payload, PutMode::Overwrite.into()).await?;
        Ok(digest)
    }

    /// The bytes with a digest.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where what is there has another digest.
    pub async fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, Error> {
        let read = self.place.get(&self.path(digest)).and_then(object_store::GetResult::bytes).await;
        match read {
            Ok(bytes) if (self.digest_of)(&bytes) == digest => Ok(Some(bytes.into())),
            Ok(_) => Err(Error::Corrupt(format!("object {digest}").into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps what a reader gives, a piece at a time, under a digest that the caller has computed. What lies there is
    /// replaced as a whole; where the reader or the place fails, nothing is.
    pub async fn put_stream(
        &self,
        from: &mut (impl AsyncRead + Unpin + Send),
        digest: Digest,
    ) -> Result<(), Error> {
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.place), self.path(digest), PIECE)
            .with_max_concurrency(1);
        let copied = tokio::io::copy(from, &mut writer).await;
        let ended = match copied {
            Ok(_) => writer.shutdown().await,
            Err(error) => {
                // What was written in part is not visible; what cannot be removed now is no object either.
                let _ = writer.abort().await;
                Err(error)
            }
        };
        ended.map_err(|error| Error::Unavailable(error.into()))
    }

    /// The bytes that lie under a digest, a piece at a time. They are **not** checked on the way: whoever reads computes
    /// the digest of all of them before believing any.
    pub async fn open(&self, digest: Digest) -> Result<Option<Pieces>, Error> {
        match self.place.get(&self.path(digest)).await {
            Ok(object) => Ok(Some(Pieces(object.into_stream().map(|piece| Ok(piece?.into())).boxed()))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether bytes can be kept and read back: a part of readiness.
    pub async fn ping(&self) -> Result<(), Error> {
        let digest = self.put(*b"mingzheng").await?;
        self.get(digest).await?.map(drop).ok_or(Error::Corrupt("an object that was just put".into()))
    }

    /// Where an object lies: `ab/cdef…`, so that no folder grows too large.
    fn path(&self, digest: Digest) -> object_store::path::Path {
        let name = digest.to_string();
        let path = format!("{}/{}", &name[..2], &name[2..]);
        object_store::path::Path::from(self.shelf.map_or(path.clone(), |shelf| format!("{shelf}/{path}")))
    }
}

impl Passing {
    /// They are kept and read like all others.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.0
    }

    /// Removes one; there need not be one.
    pub async fn remove(&self, digest: Digest) -> Result<(), Error> {
        match self.0.place.delete(&self.0.path(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The bytes of an object, a piece at a time.
pub struct Pieces(BoxStream<'static, Result<Vec<u8>, Error>>);

impl Pieces {
    /// The next bytes; `None` behind the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        self.0.next().await.transpose()
    }
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces")
    }
}
