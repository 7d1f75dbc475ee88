//! The one integration-test program: one module per flow.
#![cfg(test)]
#![expect(clippy::unwrap_used, reason = "clippy excuses test functions only, not what they share")]

mod oracles;
mod papers;
mod pdf;
mod rules;
mod seal;
mod seal_claim;
mod seal_trust;
mod signed_sample;
mod tidy;
mod verify_pdf;
mod verify_qr;
