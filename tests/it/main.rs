//! The one integration-test program: one module per flow.

mod oracles;
mod seal;
mod signed_sample;
mod tidy;
