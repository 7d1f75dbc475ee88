//! The stories from end to end, on both engines.

mod batch;
mod check;
mod closer;
mod faults;
pub(crate) mod house;
mod identity;
mod issue;
mod register;
mod revoke;
mod upload;
