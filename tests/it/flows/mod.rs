//! The stories from end to end, on both engines.

mod check;
pub(crate) mod house;
mod identity;
mod issue;
mod register;
mod revoke;
mod upload;
