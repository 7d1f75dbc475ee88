//! The configuration: one TOML file and `MINGZHENG_*` variables.
//!
//! Every field but the tokens has a usable default, unknown fields are refused, and a variable such as
//! `MINGZHENG_SERVER__LISTEN` stands over `listen` in `[server]`.

mod outward;
mod people;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use outward::{Mail, MailTls, Webhooks};
pub use people::{Accounts, Identity, Limits, Provider};

use crate::rules::{CreditCode, Digest, KeyKind};

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder that everything else defaults into; `mingzheng-data` in the working folder.
    pub home: Home,
    /// The web face.
    pub server: Server,
    /// Where records are kept.
    pub store: Store,
    /// Who issues.
    pub issuer: Issuer,
    /// Who stamps the time on signatures.
    pub timestamp: Timestamp,
    /// What signs.
    pub keys: Keys,
    /// Which rules are in force.
    pub rules: Rules,
    /// How files are verified.
    pub verify: Verify,
    /// Work that outlives its request.
    pub jobs: Jobs,
    /// How accounts are kept.
    pub accounts: Accounts,
    /// How many requests there may be.
    pub limits: Limits,
    /// Services that people may sign in by.
    pub identity: Identity,
    /// Mail.
    pub mail: Mail,
    /// Calls to webhooks.
    pub webhooks: Webhooks,
    /// Keys for machines that the configuration names; others are made with `mingzheng client new`.
    pub token: Vec<Token>,
}

/// The home folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct Home(pub PathBuf);

impl Default for Home {
    fn default() -> Self {
        Self(PathBuf::from("mingzheng-data"))
    }
}

/// The web face.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The public address, printed in reports and in QR codes; `https` in production.
    pub origin: String,
    /// The longest a request may take, in seconds.
    pub timeout_seconds: u64,
    /// Addresses of proxies in front of the service. They, and nobody else, are believed when they say who is behind them
    /// (`X-Forwarded-For`) and with which certificate (`Client-Cert`, RFC 9440).
    pub proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8600)),
            origin: "http://127.0.0.1:8600".to_owned(),
            timeout_seconds: 60,
            proxies: Vec::new(),
        }
    }
}

/// Where things are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// `sqlite://FILE` or `postgres://…`; a SQLite file in the home folder by default.
    pub url: Option<String>,
    /// The folder of uploads and PDFs; in the home folder by default.
    pub objects: Option<PathBuf>,
    /// The folder of keys; in the home folder by default.
    pub keys: Option<PathBuf>,
}

/// Who issues.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Issuer {
    /// Chinese name, on the seal and in the certificate.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Four capital letters before every report number.
    pub prefix: String,
}

impl Default for Issuer {
    fn default() -> Self {
        Self {
            zh: "示范市公共信用信息服务中心".to_owned(),
            en: "Demonstration City Public Credit Information Centre".to_owned(),
            prefix: "MZCR".to_owned(),
        }
    }
}

/// Who stamps the time on signatures (RFC 3161).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timestamp {
    /// The address of an authority; `local` (the default) for the small one in the key folder, `none` for no timestamps.
    pub url: String,
    /// The longest that issuing a report waits for it, in seconds.
    pub timeout_seconds: u64,
    /// Certificates (PEM) that are trusted to stamp times, or to say who may: needed with an address.
    pub trust: Option<PathBuf>,
}

impl Default for Timestamp {
    fn default() -> Self {
        Self { url: "local".to_owned(), timeout_seconds: 3, trust: None }
    }
}

/// What signs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// The kind of key that signs documents: of the keys made at the first start (P-256 if none is named), and wherever it is named,
    /// of those found later. `mingzheng keys rotate` changes them.
    pub kind: Option<KeyKind>,
}

/// Which rules are in force.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// A folder whose files stand over the built-in ones of the same name (`catalogue.toml`, `calendar.toml`, …).
    pub folder: Option<PathBuf>,
    /// The place's list of domains: `profiles/<name>.toml`.
    pub profile: String,
    /// Which records count: `policies/<name>.toml`.
    pub policy: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self { folder: None, profile: "shanghai".to_owned(), policy: "ndrc-2025".to_owned() }
    }
}

/// How files are verified.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Verify {
    /// The program that looks closer at a file that is not intact; the one that runs by default.
    pub program: Option<PathBuf>,
    /// The longest a closer look may take, in seconds; an answer may need two.
    pub look_seconds: u64,
}

impl Default for Verify {
    fn default() -> Self {
        Self { program: None, look_seconds: 20 }
    }
}

/// Work that outlives its request.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jobs {
    /// Jobs that `mingzheng serve` works on at a time; 0 leaves them to other processes over the same store.
    pub at_once: usize,
    /// How often a job is tried before it waits for somebody.
    pub tries: u32,
    /// A worker that says nothing for so long loses its job to another one, in seconds.
    pub lease_seconds: u64,
    /// Rows of a file that are stored in one transaction, at most 16,384. Receipts name it, since the digest of the accepted
    /// rows is made part by part.
    pub part_rows: u32,
}

impl Default for Jobs {
    /// - 2 at a time: one that stores leaves room for one that reads; more wait for the one who writes.
    /// - 8 tries: with the waits between them about twenty minutes of trouble.
    /// - 60 seconds: many times what a part takes.
    /// - 16,384 rows: others wait a second or two for their turn to write; fewer rows cost speed.
    fn default() -> Self {
        Self { at_once: 2, tries: 8, lease_seconds: 60, part_rows: 16_384 }
    }
}

/// As what the bearer of a token comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenRole {
    /// An authority's system; needs `authority`.
    Regulator,
    /// An organisation or person asking about itself; needs `subject`.
    Subject,
    /// The operator.
    Operator,
}

/// A key for a machine. Only the SHA-256 of the secret is written down.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// A name for logs and the journal.
    pub name: String,
    /// SHA-256 of the secret.
    pub sha256: Digest,
    /// As what.
    pub role: TokenRole,
    /// The authority it speaks for.
    #[serde(default)]
    pub authority: Option<CreditCode>,
    /// The subject's code it speaks for.
    #[serde(default)]
    pub subject: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or not a configuration.
    #[error("the configuration is not valid: {0}")]
    Shape(String),
    /// A token lacks what its role needs.
    #[error("token {0:?} needs {1}")]
    Token(String, &'static str),
}

impl Config {
    /// Reads the file, if one is given, and lays the variables over it.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let mut table = toml::Table::new();
        if let Some(path) = file {
            let read = |source| Error::Read { path: path.display().to_string(), source };
            let text = std::fs::read_to_string(path).map_err(read)?;
            table = text.parse().map_err(|e: toml::de::Error| Error::Shape(e.to_string()))?;
        }
        for (name, value) in variables {
            if let Some(path) = name.strip_prefix("MINGZHENG_") {
                lay_over(&mut table, &path.to_lowercase(), &value);
            }
        }
        let config: Self = table.try_into().map_err(|e: toml::de::Error| Error::Shape(e.to_string()))?;
        config.check()
    }

    fn check(self) -> Result<Self, Error> {
        for token in &self.token {
            let missing = match token.role {
                TokenRole::Regulator => {
                    token.authority.is_none().then_some("`authority`, a unified social credit code")
                }
                TokenRole::Subject => token.subject.is_none().then_some("`subject`, a code of the subject"),
                TokenRole::Operator => None,
            };
            if let Some(missing) = missing {
                return Err(Error::Token(token.name.clone(), missing));
            }
        }
        let origin = &self.server.origin;
        if !(origin.starts_with("https://") || origin.starts_with("http://")) || origin.ends_with('/') {
            return Err(Error::Shape(format!(
                "server.origin must begin with https:// (or http://) and end without a slash, not {origin:?}"
            )));
        }
        self.identity.check()?;
        if let Some(fault) = self.mail.fault().or(self.webhooks.fault()) {
            return Err(Error::Shape(fault.to_owned()));
        }
        let Timestamp { url, timeout_seconds, trust } = &self.timestamp;
        let remote = url.starts_with("https://") || url.starts_with("http://");
        if !(remote || url == "local" || url == "none") {
            return Err(Error::Shape(format!(
                "timestamp.url must be `local`, `none`, or begin with https:// or http://, not {url:?}"
            )));
        }
        if remote && trust.is_none() {
            return Err(Error::Shape(
                "timestamp.url needs timestamp.trust, a PEM file with the certificates of that authority"
                    .into(),
            ));
        }
        let Jobs { at_once, tries, lease_seconds, part_rows } = self.jobs;
        let sound = at_once <= 64 && (1..=100).contains(&tries) && (5..=3600).contains(&lease_seconds);
        if !sound || !(1..=16_384).contains(&part_rows) {
            return Err(Error::Shape(
                "jobs.at_once must be at most 64, jobs.tries from 1 to 100, jobs.lease_seconds from 5 to 3600, jobs.part_rows from 1 to 16384"
                    .into(),
            ));
        }
        if !(1..=60).contains(timeout_seconds) {
            return Err(Error::Shape("timestamp.timeout_seconds must be from 1 to 60".into()));
        }
        Ok(self)
    }

    /// The address of the database.
    #[must_use]
    pub fn store_url(&self) -> String {
        let embedded = || format!("sqlite://{}", self.home.0.join("mingzheng.db").display());
        self.store.url.clone().unwrap_or_else(embedded)
    }

    /// The folder of objects.
    #[must_use]
    pub fn objects(&self) -> PathBuf {
        self.store.objects.clone().unwrap_or_else(|| self.home.0.join("objects"))
    }

    /// The folder that mail is written into where there is no server.
    #[must_use]
    pub fn mail(&self) -> PathBuf {
        self.mail.folder.clone().unwrap_or_else(|| self.home.0.join("mail"))
    }

    /// The folder of keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.store.keys.clone().unwrap_or_else(|| self.home.0.join("keys"))
    }
}

/// Sets `a__b` to a value: read as TOML where it is TOML, as text otherwise.
fn lay_over(table: &mut toml::Table, path: &str, value: &str) {
    let parsed = format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("v"));
    let value = parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let mut place = table;
    let mut words = path.split("__").peekable();
    while let Some(word) = words.next() {
        if words.peek().is_none() {
            place.insert(word.to_owned(), value);
            return;
        }
        let inner = place.entry(word.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let toml::Value::Table(inner) = inner else { return };
        place = inner;
    }
}
