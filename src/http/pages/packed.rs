//! Texts that everybody is sent alike: packed once, and sent as gzip to whoever takes it.
//!
//! Pages are not packed: where a token of ours stands beside words that somebody else chose, the length of the whole would tell the
//! token (BREACH, CVE-2013-3587).

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A text as it is and as gzip (RFC 1952).
#[derive(Clone, Debug)]
pub(super) struct Packed {
    text: Arc<str>,
    gzip: Bytes,
}

impl Packed {
    pub(super) fn new(text: &str) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        // Where it cannot be packed, which needs no more than memory, it goes out as it is.
        let gzip = packer.write_all(text.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default();
        Self { text: text.into(), gzip: gzip.into() }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The answer to a request with these headers.
    pub(super) fn answer<const N: usize>(
        &self,
        asked: &HeaderMap,
        headers: [(HeaderName, &str); N],
    ) -> Response {
        let varies = [(header::VARY, "accept-encoding")];
        if takes_gzip(asked) && !self.gzip.is_empty() {
            let packed = [(header::CONTENT_ENCODING, "gzip")];
            return (headers, varies, packed, self.gzip.clone()).into_response();
        }
        (headers, varies, self.text.to_string()).into_response()
    }
}

/// Whether gzip is among what somebody takes (RFC 9110, 12.5.3); `q=0` means that it is not.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let lines = asked.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|coding| {
        let mut words = coding.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = words.find_map(|word| word.strip_prefix("q=").or_else(|| word.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}
