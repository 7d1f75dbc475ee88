//! The stories from end to end, on both engines.

mod accounts;
pub(crate) mod amend;
mod batch;
mod candidates;
mod case_faults;
mod case_paths;
pub(crate) mod cases;
mod check;
mod clock_house;
mod closer;
mod faults;
mod harm;
pub(crate) mod house;
mod identity;
mod issue;
mod job_faults;
mod jobs;
mod large;
mod large_faults;
mod lines;
mod operations;
pub(crate) mod people;
mod quality;
mod records;
mod register;
mod renew;
mod revoke;
mod revoke_keys;
mod stamps;
mod strict;
mod upload;

pub(crate) use lines::ndjson;
