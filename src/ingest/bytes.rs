//! The bytes of a file, wherever they are.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// Where the bytes of a file are.
#[derive(Debug)]
pub enum Source {
    /// In memory, perhaps of somebody else, too.
    Bytes(Arc<Vec<u8>>),
    /// On the local disk.
    File(File),
}

/// The bytes of a file, for one reader at a time.
#[derive(Clone, Debug)]
pub(super) enum Shared {
    Bytes(Arc<Vec<u8>>),
    /// A file and its length.
    File(Arc<File>, u64),
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Arc::new(bytes))
    }
}

impl Shared {
    pub(super) fn new(source: Source) -> io::Result<Self> {
        match source {
            Source::Bytes(bytes) => Ok(Self::Bytes(bytes)),
            Source::File(file) => {
                let length = file.metadata()?.len();
                Ok(Self::File(Arc::new(file), length))
            }
        }
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::File(_, length) => *length,
        }
    }

    /// A part of the bytes as a file of its own.
    pub(super) fn section(&self, range: Range<u64>) -> Section {
        Section { shared: self.clone(), at: range.start, range }
    }

    pub(super) fn whole(&self) -> Section {
        self.section(0..self.len())
    }
}

/// A part of the bytes, as a file.
#[derive(Clone, Debug)]
pub(super) struct Section {
    shared: Shared,
    range: Range<u64>,
    at: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = match &self.shared {
            Shared::Bytes(bytes) => {
                let from = usize::try_from(self.at).map_or(bytes.len(), |at| at.min(bytes.len()));
                let length = wanted.min(bytes.len() - from);
                buffer[..length].copy_from_slice(&bytes[from..from + length]);
                length
            }
            Shared::File(file, _) => {
                let mut file = &**file;
                file.seek(SeekFrom::Start(self.at))?;
                file.read(&mut buffer[..wanted])?
            }
        };
        self.at += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(at) => self.range.start.checked_add(at),
            SeekFrom::End(by) => self.range.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let place = place.filter(|place| *place >= self.range.start);
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at - self.range.start)
    }
}
