//! What the targets share: genuine documents, and recipes for spoiling them.
//!
//! Bytes that nobody signed are refused at the first gate, so a target that is fed with bytes alone sees little else. Here
//! most inputs are recipes: edits of a genuine document, made anew in every run with the keys of this run.

#[path = "../../it/signed_sample.rs"]
mod signed_sample;

use std::sync::LazyLock;

use mingzheng::rules::{Instant, KeyKind};
use mingzheng::seal::{Keyring, LocalAuthority, Request, Stamping, TrustBundle, ValidationData};

/// A report as it was issued: a PDF of one page.
pub fn issued() -> &'static [u8] {
    signed_sample::signed()
}

/// What its verifiers trust.
pub fn trust() -> &'static TrustBundle {
    static TRUST: LazyLock<TrustBundle> = LazyLock::new(signed_sample::trust);
    &TRUST
}

/// The trust bundle as it is published.
pub fn bundle() -> &'static [u8] {
    static BUNDLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let signed = trust().export(&signed_sample::operator().signer).expect("the operator signs");
        signed.into_bytes()
    });
    &BUNDLE
}

/// The text of its QR code.
pub fn qr_text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(signed_sample::qr_text);
    &TEXT
}

/// The signature in it (CMS, DER).
pub fn signature() -> &'static [u8] {
    static SIGNATURE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let parts: [&[u8]; 2] = [b"one", b"two"];
        signed_sample::operator().signer.sign_pdf(parts, signed_sample::morning()).expect("the operator signs")
    });
    &SIGNATURE
}

/// The facts in it, in canonical form.
pub fn facts() -> &'static [u8] {
    static FACTS: LazyLock<Vec<u8>> = LazyLock::new(|| signed_sample::facts().canonical());
    &FACTS
}

/// An hour after it was issued.
pub fn now() -> Instant {
    signed_sample::later(3600)
}

/// A timestamp, and what it was made with.
pub struct Stamped {
    /// What it is of.
    pub message: Vec<u8>,
    /// What the authority was asked.
    pub request: Request,
    /// What it answered.
    pub answer: Vec<u8>,
    /// The token in the answer.
    pub token: Vec<u8>,
    /// The authority's certificate.
    pub authority: Vec<u8>,
    /// A revocation list.
    pub revocations: Vec<u8>,
    /// The time in it.
    pub at: Instant,
}

/// The one timestamp of this run.
pub fn stamped() -> &'static Stamped {
    static STAMPED: LazyLock<Stamped> = LazyLock::new(|| {
        let (folder, at) = (tempfile::tempdir().expect("a folder"), signed_sample::morning());
        let dir = folder.path().join("keys");
        let dice = signed_sample::dice;
        let keyring =
            Keyring::create_with(&dir, "Sample", KeyKind::P256, at, &mut dice(1)).expect("keys are made");
        let authority = LocalAuthority::open(&dir, &keyring, at, &mut dice(2)).expect("it opens");
        let authority = authority.expect("there is one");
        let stamping = Stamping::Local(authority.chain());
        let data = ValidationData::gather(&dir, &keyring, stamping, &[], at);
        let message = b"a signature".to_vec();
        let request = Request::new(&message, &mut dice(3)).expect("a request");
        let answer = authority.respond(request.der(), at, &mut dice(4));
        let token = request.token(&answer).expect("a token").der().to_vec();
        let [authority, ..] = data.certificates.as_slice() else { unreachable!("a chain has certificates") };
        let [revocations, ..] = data.revocation_lists.as_slice() else { unreachable!("lists are made") };
        Stamped { authority: authority.clone(), revocations: revocations.clone(), message, request, answer, token, at }
    });
    &STAMPED
}

/// What becomes of `genuine` by a recipe: a first byte 0 stands for the bytes that follow it and nothing else; otherwise each
/// edit is a byte that says what to do, three for the place, one for a length, and bytes to put there.
pub fn edited(genuine: &[u8], recipe: &[u8]) -> Vec<u8> {
    if let Some((0, raw)) = recipe.split_first() {
        return raw.to_vec();
    }
    let mut bytes = genuine.to_vec();
    let mut rest = recipe;
    while let [what, a, b, c, length, after @ ..] = rest {
        let place = usize::from_be_bytes([0, 0, 0, 0, 0, *a, *b, *c]);
        // From the front or from the end: a document's most telling parts are at both.
        let place = if what & 0x80 == 0 { place } else { bytes.len().wrapping_sub(place) };
        let from = place.min(bytes.len());
        let length = usize::from(*length);
        let to = (from + length).min(bytes.len());
        let (put, after) = after.split_at(length.min(after.len()));
        rest = match what & 0x07 {
            0 => {
                bytes.drain(from..to);
                &recipe[recipe.len() - after.len() - put.len()..]
            }
            1 => {
                bytes.splice(from..from, put.iter().copied());
                after
            }
            2 => {
                let again = bytes[from..to].to_vec();
                bytes.extend(again);
                &recipe[recipe.len() - after.len() - put.len()..]
            }
            3 => {
                bytes.truncate(from);
                &recipe[recipe.len() - after.len() - put.len()..]
            }
            _ => {
                bytes.splice(from..(from + put.len()).min(bytes.len()), put.iter().copied());
                after
            }
        };
    }
    bytes
}
