//! The one integration-test program: one module per flow.
#![cfg(test)]

mod oracles;
mod papers;
mod pdf;
mod seal;
mod signed_sample;
mod tidy;
