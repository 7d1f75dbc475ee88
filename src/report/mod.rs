//! Facts become pages, pages become PDF bytes.

pub mod error;
pub mod fonts;
pub mod page;
pub mod pdf;
pub mod qr;
pub mod seal_art;

pub use error::Error;
