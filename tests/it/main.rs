//! The one integration-test program: one module per flow.

#![expect(clippy::unwrap_used, reason = "clippy excuses test functions only, not what they share")]

mod oracles;
mod rules;
mod seal;
mod signed_sample;
mod tidy;
