//! A timestamp authority of somebody else over HTTP, which can be told to misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use mingzheng::rules::Instant;
use mingzheng::seal::{Certificate, Keyring, LocalAuthority, Request, Stamping, ValidationData};
use tokio::sync::Mutex;

use crate::signed_sample::dice;

/// How the authority answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Honest,
    /// Bytes that are no answer.
    Garbage,
    /// A sound token for other data.
    WrongImprint,
    /// A sound token for the same data, from an earlier request.
    WrongNonce,
    /// A token of the year in which its certificate had long ended.
    Expired,
    /// A token of an authority that nobody trusts.
    Stranger,
    /// A token that says another time than the clock.
    WrongClock,
    /// It declines.
    Declines,
    /// HTTP 500.
    Broken,
    /// It takes the request and never answers.
    Silent,
}

/// Everything that it can do wrong.
pub(crate) const FAULTS: [Mode; 9] = [
    Mode::Garbage,
    Mode::WrongImprint,
    Mode::WrongNonce,
    Mode::Expired,
    Mode::Stranger,
    Mode::WrongClock,
    Mode::Declines,
    Mode::Broken,
    Mode::Silent,
];

/// The authority. Its clock is moved by hand.
pub(crate) struct ClockHouse {
    pub(crate) url: String,
    /// The certificates to trust, in PEM.
    pub(crate) trust: String,
    pub(crate) folder: tempfile::TempDir,
    inner: Arc<Inner>,
}

struct Inner {
    authority: LocalAuthority,
    stranger: LocalAuthority,
    state: Mutex<(Mode, Instant)>,
    asked: AtomicU32,
}

impl ClockHouse {
    pub(crate) async fn open(now: Instant) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = |seed: u64, years: i64| {
            let since = Instant::from_millis(now.millis() - years * 365 * 86_400_000 - 86_400_000);
            let dir = folder.path().join(seed.to_string());
            let keyring = Keyring::create(&dir, "示例时间戳机构", since, &mut dice(seed)).unwrap();
            let authority =
                LocalAuthority::open(&dir, &keyring, since, &mut dice(seed + 1)).unwrap().unwrap();
            (keyring, authority)
        };
        let ((keyring, authority), (_, stranger)) = (made(50, 1), made(60, 1));
        // It publishes its revocation lists; here they lie in its folder.
        let stamping = Stamping::Local(authority.chain());
        let lists = ValidationData::gather(&folder.path().join("50"), &keyring, stamping, &[], now);
        assert!(lists.is_complete(), "{:?}", lists.missing);
        let chain: String = authority.chain().iter().map(Certificate::to_pem).collect();
        let inner =
            Inner { authority, stranger, state: Mutex::new((Mode::Honest, now)), asked: AtomicU32::new(0) };
        let inner = Arc::new(inner);
        let router = Router::new().route("/tsa", post(answer)).with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, trust: chain + &keyring.root.to_pem(), folder, inner }
    }

    /// From now on it answers like this, at this time.
    pub(crate) async fn set(&self, mode: Mode, now: Instant) {
        *self.inner.state.lock().await = (mode, now);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> u32 {
        self.inner.asked.load(Ordering::SeqCst)
    }

    /// Puts its revocation lists into a key folder.
    pub(crate) fn publish_lists(&self, keys: &std::path::Path) {
        for name in ["root.crl.pem", "ca.crl.pem"] {
            std::fs::copy(self.folder.path().join("50").join(name), keys.join(format!("tsa-{name}")))
                .unwrap();
        }
    }

    /// The file with the certificates to trust.
    pub(crate) fn trust_file(&self) -> std::path::PathBuf {
        let file = self.folder.path().join("trust.pem");
        std::fs::write(&file, &self.trust).unwrap();
        file
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Bytes) -> Result<Vec<u8>, StatusCode> {
    inner.asked.fetch_add(1, Ordering::SeqCst);
    let (mode, now) = *inner.state.lock().await;
    let stamp = |request: &[u8], now| inner.authority.respond(request, now, &mut dice(70));
    let years = |count: i64| Instant::from_millis(now.millis() + count * 365 * 86_400_000);
    Ok(match mode {
        Mode::Honest => stamp(&request, now),
        Mode::Garbage => b"<html>Welcome to the portal</html>".to_vec(),
        Mode::WrongImprint => stamp(Request::new(b"other data", &mut dice(71)).unwrap().der(), now),
        Mode::WrongNonce => {
            // The nonce is the last but one item of a request: eight bytes before the three of the last.
            let mut changed = request.to_vec();
            let at = changed.len() - 4;
            changed[at] ^= 1;
            stamp(&changed, now)
        }
        Mode::Expired => stamp(&request, years(9)),
        Mode::Stranger => inner.stranger.respond(&request, now, &mut dice(72)),
        Mode::WrongClock => stamp(&request, Instant::from_millis(now.millis() + 3_600_000)),
        Mode::Declines => stamp(b"nonsense", now),
        Mode::Broken => return Err(StatusCode::INTERNAL_SERVER_ERROR),
        Mode::Silent => {
            tokio::time::sleep(Duration::from_mins(10)).await;
            Vec::new()
        }
    })
}
