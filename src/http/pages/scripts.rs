//! The scripts of the pages: put together once, and allowed by what is in them.
//!
//! A script is a few plain files one after another; there is no build step, and nothing of it comes from elsewhere but the QR decoder
//! under `scripts/vendor`, whose origin `tests/browser` checks. The same files verify on `/v/{code}` and in the page that is saved.

use std::sync::LazyLock;

use serde_json::json;

use super::Frame;
use super::packed::Packed;
use crate::flow::{App, digest};
use crate::rules::{Digest, Reason};

/// What every script needs to judge a claim.
const VERIFIER: &[&str] = &[
    include_str!("scripts/bytes.js"),
    include_str!("scripts/qr_text.js"),
    include_str!("scripts/certificate.js"),
    include_str!("scripts/trust.js"),
    include_str!("scripts/claim.js"),
    include_str!("scripts/show.js"),
];
const OF_CODE: &[&str] = &[include_str!("scripts/beside.js")];
/// Beside the code that a holder shows.
const OF_SHOWING: &str = include_str!("scripts/showing.js");
/// Beside the box that takes what is to be verified.
const OF_BRINGING: &str = include_str!("scripts/bring.js");
/// What reads a QR out of a picture, fetched when it is needed.
const OF_READING: &[&str] = &[include_str!("scripts/vendor/qr.js"), include_str!("scripts/picture.js")];
const OF_CHOICE: &str = include_str!("scripts/choice.js");
const OF_OFFLINE: &[&str] = &[
    include_str!("scripts/vendor/qr.js"),
    include_str!("scripts/picture.js"),
    ALOUD,
    include_str!("scripts/offline.js"),
];

/// What reads a page aloud.
const ALOUD: &str = include_str!("scripts/aloud.js");
/// On every page.
static OF_ALL: LazyLock<Asset> = LazyLock::new(|| Asset::new(ALOUD));

const OF_DESK: &[&str] = &[include_str!("scripts/desk.js")];

/// The large pointers that the sheet names, where text is large: by their names.
const POINTERS: &[(&str, &str)] = &[
    ("arrow.svg", include_str!("pointers/arrow.svg")),
    ("hand.svg", include_str!("pointers/hand.svg")),
    ("beam.svg", include_str!("pointers/beam.svg")),
];

/// The sheet of every page, and of the one that is saved, which loads nothing.
const STYLE: &str = include_str!("style.css");
/// What the sheet has besides, where pages may load something: the pointers.
const POINTING: &str = include_str!("pointers/pointers.css");

/// A text that a page may use only if it is exactly this one.
#[derive(Debug)]
pub(in crate::http) struct Asset {
    /// The text.
    pub(super) text: Packed,
    digest: Digest,
}

/// The scripts of a server.
#[derive(Debug)]
pub(super) struct Scripts {
    /// Beside the answer to a code.
    pub(super) of_code: Asset,
    /// Beside the code that a holder shows.
    pub(super) of_showing: Asset,
    /// Beside the box that takes what is to be verified.
    pub(super) of_bringing: Asset,
    /// What reads a QR out of a picture.
    pub(super) of_reading: Asset,
    /// At the desks of authorities.
    pub(super) of_desk: Asset,
    /// Where domains are chosen.
    pub(super) of_choice: Asset,
    /// In the page that is saved.
    pub(super) of_offline: Asset,
    /// The sheet of every page.
    pub(super) style: Packed,
    /// The sheet inside the page that is saved.
    pub(super) style_inside: Asset,
}

impl Asset {
    fn new(text: &str) -> Self {
        Self { digest: digest(text.as_bytes()), text: Packed::new(text) }
    }

    /// Its SHA-256 as pages name it (Subresource Integrity; CSP level 3, 2.3.1).
    pub(super) fn integrity(&self) -> String {
        format!("sha256-{}", base64(&self.digest.0))
    }

    /// A name that changes with every change of it.
    pub(super) fn name(&self) -> String {
        self.digest.to_string().chars().take(16).collect::<String>() + ".js"
    }
}

impl Scripts {
    pub(super) fn new(app: &App) -> Self {
        let words = words(app);
        let script = |of: &[&str]| {
            let parts: Vec<&str> =
                VERIFIER.iter().copied().chain([words.as_str()]).chain(of.iter().copied()).collect();
            Asset::new(&parts.join("\n"))
        };
        Self {
            of_code: script(OF_CODE),
            of_showing: Asset::new(OF_SHOWING),
            of_bringing: Asset::new(OF_BRINGING),
            of_reading: Asset::new(&OF_READING.join("\n")),
            of_desk: Asset::new(&OF_DESK.concat()),
            of_choice: Asset::new(OF_CHOICE),
            of_offline: script(OF_OFFLINE),
            style: Packed::new(&[STYLE, POINTING].concat()),
            style_inside: Asset::new(STYLE),
        }
    }

    /// The script of a name, among those that are fetched apart.
    pub(super) fn named(&self, name: &str) -> Option<&Asset> {
        let own = [&self.of_code, &self.of_showing, &self.of_bringing, &self.of_reading, &self.of_desk];
        own.into_iter().chain([&self.of_choice, &*OF_ALL]).find(|script| script.name() == name)
    }
}

impl Frame {
    /// The script of every page.
    #[expect(clippy::unused_self, reason = "templates call it on the frame")]
    pub(in crate::http) fn aloud(&self) -> &'static Asset {
        &OF_ALL
    }
}

/// The picture of a pointer.
pub(super) fn pointer(name: &str) -> Option<&'static str> {
    POINTERS.iter().find(|(named, _)| *named == name).map(|(_, svg)| *svg)
}

/// The words that scripts show: of every reason, and of the domains in force.
fn words(app: &App) -> String {
    let catalogue = &app.reference().catalogue;
    let reasons: serde_json::Map<_, _> =
        Reason::ALL.iter().map(|it| (it.word().to_owned(), json!([it.zh(), it.en()]))).collect();
    let domains: serde_json::Map<_, _> =
        catalogue.domains.iter().map(|it| (it.code.clone(), json!([it.zh, it.en]))).collect();
    let words =
        json!({ "reasons": reasons, "catalogue": { "version": catalogue.version, "domains": domains } });
    format!("globalThis.mingzheng.words = {};\n", inside_script(&words.to_string()))
}

/// JSON that may stand between script tags: `<` occurs in strings only, and has another spelling there.
pub(super) fn inside_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// Base 64 (RFC 4648, 4).
pub(in crate::http) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0, |sum, at| sum << 8 | usize::from(*group.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let symbol = char::from(ALPHABET[number >> (18 - 6 * at) & 63]);
            text.push(if at <= group.len() { symbol } else { '=' });
        }
    }
    text
}
