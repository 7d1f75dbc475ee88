//! Facts become pages, pages become PDF bytes.

pub mod page;
