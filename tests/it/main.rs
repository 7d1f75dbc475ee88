//! The one integration-test program: one module per flow.

mod oracles;
mod tidy;
mod seal;
mod signed_sample;
mod pdf;
