//! The stories from end to end, on both engines.

mod amend;
mod batch;
mod check;
mod clock_house;
mod closer;
mod faults;
pub(crate) mod house;
mod identity;
mod issue;
mod jobs;
mod large;
mod large_faults;
mod lines;
mod register;
mod revoke;
mod revoke_keys;
mod stamps;
mod upload;

pub(crate) use lines::ndjson;
