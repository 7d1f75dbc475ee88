//! The one integration-test program: one module per flow.

mod engines;
mod oracles;
mod pdf;
mod seal;
mod signed_sample;
mod store_migrations;
mod tidy;
