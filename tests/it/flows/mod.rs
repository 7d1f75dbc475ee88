//! The stories from end to end, on both engines.

mod house;
mod issue;
mod upload;

