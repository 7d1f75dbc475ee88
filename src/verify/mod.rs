//! Foreign bytes and a trust bundle become a verdict: offline, without a store, and total.
//!
//! | file | what it answers |
//! |---|---|
//! | `pdf` | is this file exactly a report that was issued? |
//! | `frame` | where in the bytes signature and signed parts are, found without a PDF parser |
//! | `embedded` | the facts that travel inside |
//! | `batch` | the many things in a list or a zip |
//! | `sheet`, `receipt`, `detached` | is this sheet of results, or this receipt for an upload, ours? |
//! | `qr` | what does the text of a QR code prove, and what a code or a hash alone |
//! | `attack` | what was done to the bytes around a signature, by its name |
//! | `look` | a closer look at what is not intact: what is it, and where does it differ |
//! | `document`, `reader`, `twins`, `words`, `fields`, `revision` | what a reader sees in a file, compared line by line and field by field |
//! | `anew` | the same where another program set all words anew |
//! | `raster`, `grey`, `picture` | pages and photographs as pictures, compared, and searched for QR codes |
//! | `conclude` | verdict and look put together |
//! | `wire` | how the question for a look travels to a process of its own |
//!
//! # Why no PDF parser decides
//!
//! Attacks on signed PDFs live on two programs that read one file in two ways. Here a file is intact only if one signature covers
//! every byte of it but the signature itself, and the signature has only one spelling: there is nothing left that could be
//! read in another way. Everything else is told apart only to explain the refusal: there a parser is used, and may be fooled
//! about what it tells, but never into *intact*.
//!
//! "Cannot tell" is never "forged": a file that is cut off, encrypted or too large gets an answer that says so.

mod anew;
mod attack;
pub mod batch;
mod conclude;
mod detached;
mod document;
mod embedded;
mod fields;
mod frame;
mod grey;
mod look;
mod pdf;
mod picture;
mod qr;
mod raster;
mod reader;
mod receipt;
mod revision;
mod sheet;
mod twins;
mod wire;
mod words;

pub use conclude::{best_qr, conclude, is_worth_a_look, kind_of};
pub use document::MOST_PAGES;
pub use look::{Looked, MOST_NESTED, MOST_UNPACKED, Reference, explain};
pub use pdf::{LARGEST, pdf};
pub use picture::MOST_DOTS;
pub use qr::{QrAnswer, code_alone, hash_alone, qr};
pub use receipt::ReceiptFile;
pub use sheet::sheet;
pub use wire::{question, read_question};

use crate::rules::{Instant, IssuerTrust, Reason, Status, StatusAt};
use crate::seal::SignerState;

/// How far clocks may differ before a signature counts as made in the future, in milliseconds.
const CLOCKS_DIFFER: i64 = 5 * 60 * 1000;

/// What the state of a signer means for the issuer, and why.
fn issuer(state: SignerState) -> (IssuerTrust, Option<Reason>) {
    match state {
        SignerState::Trusted => (IssuerTrust::Trusted, None),
        SignerState::Unknown => (IssuerTrust::Unknown, Some(Reason::SignerUnknown)),
        SignerState::Invalid => (IssuerTrust::Unknown, Some(Reason::CertificateInvalid)),
        SignerState::Revoked => (IssuerTrust::KeyRevoked, Some(Reason::KeyCompromised)),
        SignerState::Unproven => (IssuerTrust::KeyRevoked, Some(Reason::SigningTimeUnproven)),
    }
}

/// Why the status is as it is, where it comes from the bundle.
fn status_reasons(status: &StatusAt) -> Vec<Reason> {
    let of_report = match status.status {
        Status::Valid => None,
        Status::Superseded => Some(Reason::ReportSuperseded),
        Status::Disputed => Some(Reason::ReportDisputed),
        Status::Revoked => Some(Reason::ReportRevoked),
        Status::Unknown => return vec![Reason::StatusNotKnown],
    };
    of_report.into_iter().chain([Reason::StatusFromBundle]).collect()
}

fn is_in_future(signed_at: Instant, now: Instant) -> bool {
    signed_at.millis() > now.millis().saturating_add(CLOCKS_DIFFER)
}
