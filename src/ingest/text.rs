//! A text of any length, a block at a time, and the encoding it stands in.

use std::io::Read;

use super::encoding::Encoding;
use super::file_fault::FileFault;
use super::unpack;

/// So many bytes from the first that is not ASCII decide on the encoding.
const SAMPLE: usize = 1 << 20;

/// A text as far as it was read.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    /// What was read and not yet given up.
    bytes: Vec<u8>,
    /// Where in it the next record begins.
    at: usize,
    /// Whether nothing follows.
    whole: bool,
    encoding: Option<Encoding>,
    /// Whether lines end with a carriage return alone.
    returns: bool,
    /// How many bytes are read at a time.
    block: usize,
}

impl Text {
    /// Reads the beginning of a text: enough to tell what it is.
    pub(super) fn open(input: Box<dyn Read + Send>, block: usize) -> Result<Self, FileFault> {
        let (bytes, at, whole) = (Vec::new(), 0, false);
        let mut text = Self { input, bytes, at, whole, encoding: None, returns: false, block: block.max(1) };
        text.want(SAMPLE)?;
        if text.bytes.starts_with(Encoding::MARK) {
            (text.at, text.encoding) = (Encoding::MARK.len(), Some(Encoding::Utf8));
        }
        text.returns = text.bytes.contains(&b'\r') && !text.bytes.contains(&b'\n');
        let read = text.bytes.len();
        text.tidy(read);
        Ok(text)
    }

    /// What was read, where in it the next record begins, and whether nothing follows.
    pub(super) fn look(&self) -> (&[u8], usize, bool) {
        (&self.bytes, self.at, self.whole)
    }

    /// Goes on to another place in what was read.
    pub(super) fn go(&mut self, at: usize) {
        self.at = at.min(self.bytes.len());
    }

    /// Reads on, and forgets what lies before the place of the next record.
    pub(super) fn more(&mut self) -> Result<(), FileFault> {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.read_block()
    }

    /// Reads on until so many bytes lie ahead, or the end.
    fn want(&mut self, bytes: usize) -> Result<(), FileFault> {
        while !self.whole && self.bytes.len() - self.at < bytes {
            self.read_block()?;
        }
        Ok(())
    }

    fn read_block(&mut self) -> Result<(), FileFault> {
        let before = self.bytes.len();
        let block = u64::try_from(self.block).unwrap_or(u64::MAX);
        let read = (&mut self.input).take(block).read_to_end(&mut self.bytes);
        self.whole |= read.map_err(unpack::fault)? < self.block;
        let new = self.bytes.len() - before;
        self.tidy(new);
        Ok(())
    }

    /// Brings line ends of one kind into the last bytes, and takes away what some old programs end texts with.
    fn tidy(&mut self, new: usize) {
        let from = self.bytes.len() - new;
        if self.returns {
            for byte in self.bytes[from..].iter_mut().filter(|byte| **byte == b'\r') {
                *byte = b'\n';
            }
        }
        if self.whole && self.bytes.last() == Some(&0x1a) && self.bytes.len() > self.at {
            self.bytes.pop();
        }
    }

    /// The encoding, as far as it is known: what is ASCII so far counts as UTF-8.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or(Encoding::Utf8)
    }

    /// Decides on the encoding where some bytes that are needed now are not ASCII. They begin at `at`, which may move.
    pub(super) fn decide(&mut self, record: std::ops::Range<usize>) -> Result<(), FileFault> {
        if self.encoding.is_some() || self.bytes[record.clone()].is_ascii() {
            return Ok(());
        }
        let ahead = record.start - self.at;
        self.want(ahead + SAMPLE)?;
        let rest = &self.bytes[record.start..];
        let sample = &rest[..rest.len().min(SAMPLE)];
        let cut = sample.len() < rest.len() || !self.whole;
        let lines = sample.iter().rposition(|&byte| byte == b'\n').filter(|_| cut);
        self.encoding = Some(Encoding::of(&sample[..lines.unwrap_or(sample.len())]));
        Ok(())
    }
}
