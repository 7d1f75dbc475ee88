//! The one integration-test program: one module per flow.
#![cfg(test)]

mod cli;
mod data;
mod engines;
mod flows;
mod http;
mod ingest_faults;
mod ingest_files;
mod ingest_properties;
mod ingest_world;
mod oracles;
mod papers;
mod parity;
mod pdf;
mod qr_verdicts;
mod report;
mod rules;
mod seal;
mod seal_claim;
mod seal_kinds;
mod seal_trust;
mod sealed_reports;
mod signed_sample;
mod store_journal;
mod store_migrations;
mod store_objects;
mod store_records;
mod store_reports;
mod store_subjects;
mod store_uploads;
mod store_writers;
mod templates;
mod tidy;
mod verify_batch;
mod verify_pdf;
mod verify_qr;
