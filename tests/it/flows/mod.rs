//! The stories from end to end, on both engines.

mod accounts;
mod batch;
mod check;
mod clock_house;
mod closer;
mod faults;
pub(crate) mod house;
mod identity;
mod issue;
pub(crate) mod people;
mod register;
mod revoke;
mod revoke_keys;
mod stamps;
mod upload;
