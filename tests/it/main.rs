//! The one integration-test program: one module per flow.

mod seal;
mod signed_sample;
