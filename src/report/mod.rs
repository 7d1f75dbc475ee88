//! Facts become pages, pages become PDF bytes.

pub mod error;
pub mod fonts;
pub mod page;

pub use error::Error;
