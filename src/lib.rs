//! Mingzheng (明证): one signed credit report in place of a stack of "no violation" certificates.
//!
//! # The rooms
//!
//! | room | what it does | may import |
//! |---|---|---|
//! | [`rules`] | the words of the field and the rules between them; no I/O, no clock, no async | – |
//! | [`ingest`] | bytes from regulators become records and rejects | `rules` |
//! | [`report`] | facts become pages, pages become PDF bytes | `rules` |
//! | [`seal`] | keys, certificates, digests, signatures, codes and claims | `rules` |
//! | [`verify`] | foreign bytes and a trust bundle become a verdict; offline | `rules`, `seal` |
//! | [`store`] | everything durable, on SQLite or PostgreSQL | `rules` |
//! | [`flow`] | the stories; the only room that joins rooms and commits transactions | all above |
//! | [`http`] | the web face | `rules`, `flow` |
//! | [`cli`] | the command line | all |
//!
//! `tests/it/tidy.rs` enforces the table.

pub mod cli;
pub mod config;
pub mod flow;
pub mod http;
pub mod ingest;
pub mod report;
pub mod rules;
pub mod seal;
pub mod store;
pub mod verify;
