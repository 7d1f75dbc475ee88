//! The one integration-test program: one module per flow.

mod data;
mod ingest_faults;
mod ingest_files;
mod ingest_properties;
mod ingest_world;
mod oracles;
mod seal;
mod signed_sample;
mod tidy;
