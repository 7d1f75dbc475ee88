//! The stories from end to end, on both engines.

mod amend;
mod batch;
mod case_faults;
mod case_paths;
pub(crate) mod cases;
mod check;
mod clock_house;
mod closer;
mod faults;
pub(crate) mod house;
mod identity;
mod issue;
mod operations;
mod quality;
mod register;
mod renew;
mod revoke;
mod revoke_keys;
mod stamps;
mod upload;
