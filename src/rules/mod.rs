//! The words of the field and the rules between them: no I/O, no clock, no async; every function is total.

mod digest;
mod instant;

pub use digest::{BadDigest, Digest};
pub use instant::{BadInstant, Instant};
