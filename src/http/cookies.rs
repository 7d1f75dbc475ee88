//! Cookies, in and out.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

/// The session: its secret.
pub(super) const SESSION: &str = "mz_session";
/// What a form of somebody who is not signed in must bring back.
pub(super) const FORM: &str = "mz_form";
/// What a way to a provider of `OpenID` Connect must bring back.
pub(super) const WAY: &str = "mz_way";
/// The language.
pub(super) const LANG: &str = "mz_lang";
/// Large text, high contrast, simplified.
pub(super) const LOOK: &str = "mz_look";
/// The authority at whose desk a clerk of several works.
pub(super) const DESK: &str = "mz_desk";
/// The subject that somebody looks after now: its id.
pub(super) const SUBJECT: &str = "mz_subject";
/// What the next page asks to be rated: the act, its object, and the ticket for both.
pub(super) const RATE: &str = "mz_rate";
/// What was rated last.
pub(super) const RATED: &str = "mz_rated";
/// By what people who rate and are not signed in are told apart: set by the first rating, until the browser is closed.
pub(super) const RATER: &str = "mz_rater";
/// What the next page tells first.
pub(super) const FLASH: &str = "mz_flash";

/// What a look is seen again by.
pub(super) const VIEW: &str = "mz_view";

/// A year, for what somebody chose.
pub(super) const YEAR: i64 = 365 * 24 * 60 * 60;

/// Cookies that the answer will set: handlers put them in, the layer around all pages takes them out.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar {
    /// Over `https` cookies are for this host only, by their name (RFC 6265bis, 4.1.3.2).
    secure: bool,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Jar {
    /// An empty jar of a service at this address.
    pub(super) fn of(origin: &str) -> Self {
        Self { secure: origin.starts_with("https://"), lines: Arc::default() }
    }

    /// Sets a cookie; `life` in seconds, or until the browser is closed.
    pub(super) fn set(&self, name: &str, value: &str, life: Option<i64>) {
        let mut cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", self.name(name), encoded(value));
        if self.secure {
            cookie.push_str("; Secure");
        }
        if let Some(life) = life {
            cookie.push_str("; Max-Age=");
            cookie.push_str(&life.to_string());
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(cookie);
    }

    /// Takes a cookie away.
    pub(super) fn forget(&self, name: &str) {
        self.set(name, "", Some(0));
    }

    /// The cookie of a name that a request brought.
    pub(super) fn get(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        let name = self.name(name);
        let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| decoded(value))
    }

    /// Puts what was set into the headers of the answer.
    pub(super) fn pour(&self, headers: &mut HeaderMap) {
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if let Ok(line) = HeaderValue::from_str(&line) {
                headers.append(SET_COOKIE, line);
            }
        }
    }

    fn name(&self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// Text with everything but letters, digits and `-._~` in percents (RFC 3986, 2.1).
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // a String takes everything
        }
    }
    out
}

/// The text that was put into percents; what is not, stays.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = (byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(value) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            out.push(value);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
