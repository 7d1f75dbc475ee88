//! Timestamps on signatures: asked for while a report is issued, and later where nobody answered then.
//!
//! An authority that is down never stops issuing: the report goes out without its timestamp and waits in a queue. After a failure
//! the authority is left alone for a while, so that its silence is not waited for by every report.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Mutex;

use super::{App, StartError};
use crate::config;
use crate::report::pdf::Validation;
use crate::rules::Instant;
use crate::seal::{
    self, BadToken, Certificate, ForeignCertificate, Keyring, LocalAuthority, Request, Revoked, Stamping,
    TOKEN_MAX, Token, ValidationData,
};

/// How far the time of an authority may differ from ours, in milliseconds.
const CLOCKS_DIFFER: i64 = 5 * 60 * 1000;

/// For how long an authority is left alone after its first failure, in milliseconds; twice as long after each further one.
const REST: i64 = 15_000;

/// The longest rest: ten minutes.
const LONGEST_REST: i64 = 600_000;

/// Bytes that a signature keeps free for a timestamp by others, beyond what the local authority needs: chains of RSA-4096.
const ROOM_FOR_OTHERS: usize = 6 * 1024;

/// Who stamps, and how it goes.
pub(super) struct Stamps {
    source: Source,
    keys: PathBuf,
    /// Certificates of authorities that the configuration names.
    trusted: Vec<ForeignCertificate>,
    rest: Mutex<Rest>,
    gathered: Mutex<Option<Gathered>>,
    /// The chain of the authority's last token.
    chain: Mutex<Vec<ForeignCertificate>>,
}

enum Source {
    Nobody,
    Local(LocalAuthority),
    Remote { client: reqwest::Client, url: String },
}

#[derive(Default)]
struct Rest {
    failures: u32,
    until: Option<Instant>,
}

struct Gathered {
    revoked: Vec<Revoked>,
    /// The keys that it is about.
    generation: u32,
    chain: Vec<ForeignCertificate>,
    data: ValidationData,
}

/// Why there is no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The configuration wants none.
    #[error("no timestamp authority is configured")]
    Off,
    /// It failed a moment ago.
    #[error("the timestamp authority failed {0} times and is left alone until {1}")]
    Resting(u32, Instant),
    /// It does not answer.
    #[error("the timestamp authority does not answer: {0}")]
    Silent(String),
    /// What it answers is refused.
    #[error("the answer of the timestamp authority is refused: {0}")]
    Refused(#[from] BadToken),
}

/// Our own certificates as those of others.
pub(super) fn foreign(chain: &[Certificate]) -> Vec<ForeignCertificate> {
    chain.iter().filter_map(|it| ForeignCertificate::from_der(it.der()).ok()).collect()
}

impl Stamps {
    pub(super) fn open(
        config: &config::Timestamp,
        keys: &Path,
        keyring: &Keyring,
        now: Instant,
        random: seal::Random,
    ) -> Result<Self, StartError> {
        let trusted = match &config.trust {
            Some(path) => {
                let name = || path.display().to_string();
                let text =
                    std::fs::read_to_string(path).map_err(|e| StartError::Trust(name(), e.to_string()))?;
                let all = ForeignCertificate::chain_from_pem(&text);
                let all = all.map_err(|e| StartError::Trust(name(), e.to_string()))?;
                if all.is_empty() {
                    return Err(StartError::Trust(name(), "it holds no certificate in PEM".to_owned()));
                }
                all
            }
            None => Vec::new(),
        };
        let source = match config.url.as_str() {
            "none" => Source::Nobody,
            "local" => {
                if let Some(authority) = LocalAuthority::open(keys, keyring, now, random)? {
                    Source::Local(authority)
                } else {
                    tracing::warn!(
                        "no timestamps: the local authority has no certificate, and ca.key.pem is not in the key folder"
                    );
                    Source::Nobody
                }
            }
            url => {
                let client = reqwest::Client::builder()
                    .timeout(Duration::from_secs(config.timeout_seconds))
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|e| StartError::Http(e.to_string()))?;
                Source::Remote { client, url: url.to_owned() }
            }
        };
        Ok(Self {
            source,
            keys: keys.to_owned(),
            chain: Mutex::new(trusted.clone()),
            trusted,
            rest: Mutex::default(),
            gathered: Mutex::default(),
        })
    }

    /// Whether reports should have a timestamp at all.
    pub(super) fn wanted(&self) -> bool {
        !matches!(self.source, Source::Nobody)
    }

    /// Bytes that a signature keeps free beyond what the signer asks for.
    pub(super) fn room(&self) -> usize {
        if matches!(self.source, Source::Remote { .. }) { ROOM_FOR_OTHERS } else { 0 }
    }

    /// The certificates of the local authority, its own first; none where there is no such authority.
    pub(super) fn local_chain(&self) -> &[Certificate] {
        if let Source::Local(authority) = &self.source { authority.chain() } else { &[] }
    }

    /// The certificates that verifiers trust to stamp times, or to say who may.
    pub(super) fn authorities(&self) -> Vec<ForeignCertificate> {
        let mut all = foreign(self.local_chain().get(..1).unwrap_or_default());
        all.extend(self.trusted.iter().cloned());
        all
    }

    /// What verifies the next signature later; gathered once a day, and when a key was revoked.
    pub(super) async fn validation(
        &self,
        app: &App,
        keyring: &Keyring,
        revoked: &[Revoked],
    ) -> (Validation, bool) {
        let now = app.now();
        let chain = self.chain.lock().await.clone();
        let mut gathered = self.gathered.lock().await;
        let fresh = |it: &&mut Gathered| {
            let same = it.revoked == revoked && it.chain == chain && it.generation == keyring.generation;
            same && now < it.data.until
        };
        let data = if let Some(kept) = gathered.as_mut().filter(fresh) {
            kept.data.clone()
        } else {
            let stamping = match &self.source {
                Source::Nobody => Stamping::Nobody,
                Source::Local(authority) => Stamping::Local(authority.chain()),
                Source::Remote { .. } => Stamping::Others(&chain),
            };
            let data = ValidationData::gather(&self.keys, keyring, stamping, revoked, now);
            if !data.is_complete() {
                tracing::warn!(missing = data.missing.join(", "), "reports stay at level B-T");
            }
            let (revoked, generation) = (revoked.to_vec(), keyring.generation);
            *gathered = Some(Gathered { revoked, generation, chain, data: data.clone() });
            data
        };
        let complete = data.is_complete();
        let ValidationData { certificates, revocation_lists, .. } = data;
        (Validation { certificates, revocation_lists }, complete)
    }

    /// A timestamp on the value of a signature, checked as a verifier would.
    pub(super) async fn token(&self, app: &App, signature: &[u8]) -> Result<Token, Trouble> {
        let (client, url) = match &self.source {
            Source::Nobody => return Err(Trouble::Off),
            Source::Local(authority) => {
                let request = app.question(signature)?;
                let random = &mut |bytes: &mut [u8]| app.0.chance.fill(bytes);
                let answer = authority.respond(request.der(), app.now(), random);
                return self.accept(app, &request, &answer, signature);
            }
            Source::Remote { client, url } => (client, url),
        };
        {
            let rest = self.rest.lock().await;
            if let Some(until) = rest.until.filter(|until| app.now() < *until) {
                return Err(Trouble::Resting(rest.failures, until));
            }
        }
        let request = app.question(signature)?;
        let outcome = match ask(client, url, request.der()).await {
            Ok(answer) => self.accept(app, &request, &answer, signature),
            Err(trouble) => Err(trouble),
        };
        let mut rest = self.rest.lock().await;
        match &outcome {
            Ok(token) => {
                *rest = Rest::default();
                drop(rest);
                let mut chain = token.certificates().to_vec();
                chain.extend(self.trusted.iter().filter(|it| !token.certificates().contains(it)).cloned());
                *self.chain.lock().await = chain;
            }
            Err(trouble) => {
                rest.failures = rest.failures.saturating_add(1);
                let pause =
                    REST.saturating_mul(1 << rest.failures.saturating_sub(1).min(10)).min(LONGEST_REST);
                rest.until = Some(Instant::from_millis(app.now().millis() + pause));
                tracing::warn!(%trouble, failures = rest.failures, "no timestamp");
            }
        }
        outcome
    }

    /// Whether a token is by the authority whose certificates reports carry.
    pub(super) async fn is_same_authority(&self, token: &Token) -> bool {
        let gathered = self.gathered.lock().await;
        let carried = |it: &Gathered| it.data.certificates.iter().any(|der| der == token.authority().der());
        matches!(self.source, Source::Local(_)) || gathered.as_ref().is_some_and(carried)
    }

    fn accept(
        &self,
        app: &App,
        request: &Request,
        answer: &[u8],
        signature: &[u8],
    ) -> Result<Token, Trouble> {
        let token = request.token(answer)?;
        if !token.is_for(signature) {
            return Err(BadToken::Imprint.into());
        }
        let mut anchors = self.authorities();
        anchors.extend(foreign(&app.0.keyring.now().roots()));
        token.check_path(&anchors)?;
        if (token.time().millis() - app.now().millis()).abs() > CLOCKS_DIFFER {
            return Err(BadToken::Clock(token.time()).into());
        }
        Ok(token)
    }
}

impl App {
    fn question(&self, signature: &[u8]) -> Result<Request, Trouble> {
        Request::new(signature, &mut |bytes| self.0.chance.fill(bytes))
            .ok_or(Trouble::Refused(BadToken::Malformed))
    }
}

/// Sends a request (RFC 3161, 3.4) and reads the answer, as much of it as an answer may have.
async fn ask(client: &reqwest::Client, url: &str, request: &[u8]) -> Result<Vec<u8>, Trouble> {
    let silent = |error: reqwest::Error| Trouble::Silent(error.without_url().to_string());
    let sent = client.post(url).header("content-type", "application/timestamp-query").body(request.to_vec());
    let mut response = sent.send().await.map_err(silent)?;
    if !response.status().is_success() {
        return Err(Trouble::Silent(format!("HTTP status {}", response.status().as_u16())));
    }
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(silent)? {
        answer.extend_from_slice(&chunk);
        if answer.len() > TOKEN_MAX {
            return Err(BadToken::Malformed.into());
        }
    }
    Ok(answer)
}
