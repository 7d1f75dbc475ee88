//! How many requests there may be, so that nobody guesses codes or passwords, and nobody takes the service from others.
//!
//! Each limit is so many requests a minute by one key: the address of the network, who is signed in, or the beginning of a code. Whoever
//! was quiet may use a whole minute's worth at once (GCRA). What each number is stands in the configuration under `[limits]`. A route
//! is limited by its line in [`ROUTES`]; verification counts for itself, since a typing error counts for nothing.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::auth::SignedIn;
use super::visitor::{Visitor, address};
use super::{Face, Problem};
use crate::flow::App;
use crate::flow::account::sign_in::Knock;
use crate::flow::check::Brought;
use crate::rules::VerificationCode;

/// Keys that one limit remembers. Beyond, as in a flood, newcomers are counted by the larger network that they come from, and codes by
/// a shorter beginning, so that memory stays bounded.
const KEYS: usize = 50_000;
/// After so many requests what is forgotten by its limit is dropped from memory, too.
const SWEEP: u32 = 1_024;
/// Characters of a code that begin it alike, and in a flood.
const BEGINNING: (usize, usize) = (6, 2);

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A code, a QR, a file or a digest is verified.
    Verify,
    /// Somebody tries to sign in, or to use a one-time link.
    SignIn,
    /// A report is asked for.
    Report,
    /// A file is sent.
    Upload,
    /// Rows are sent without a file.
    Rows,
    /// A service is rated.
    Rating,
    /// A page asks to be told of what happens.
    Follow,
}

/// By what requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Address,
    Account,
    Code,
}

/// The routes that are limited, apart from those that verify reports; a look at a one-code counts like a verification.
const ROUTES: &[(&str, &str, Kind)] = &[
    ("POST", "/sign-in", Kind::SignIn),
    ("POST", "/sign-in/factor", Kind::SignIn),
    ("POST", "/sign-in/enrol", Kind::SignIn),
    ("POST", "/sign-in/renew", Kind::SignIn),
    ("GET", "/sign-in/with/{provider}", Kind::SignIn),
    ("GET", "/sign-in/from/{provider}", Kind::SignIn),
    ("POST", "/account/links/{provider}", Kind::SignIn),
    ("POST", "/invitation/{secret}/with/{provider}", Kind::SignIn),
    ("GET", "/invitation/{secret}", Kind::SignIn),
    ("POST", "/invitation/{secret}", Kind::SignIn),
    ("POST", "/account/password", Kind::SignIn),
    ("POST", "/account/factor", Kind::SignIn),
    ("POST", "/api/v1/reports", Kind::Report),
    ("POST", "/api/v1/reports/{number}/renewal", Kind::Report),
    ("POST", "/api/v1/uploads", Kind::Upload),
    ("POST", "/api/v1/verifications", Kind::Upload),
    ("POST", "/api/v1/cases/{id}/evidence", Kind::Upload),
    ("POST", "/api/v1/records", Kind::Rows),
    ("POST", "/my/request", Kind::Report),
    ("POST", "/my/preview", Kind::Report),
    ("POST", "/counter/request", Kind::Report),
    ("POST", "/my/reports/{number}/renewal", Kind::Report),
    ("POST", "/my/cases/{id}/evidence", Kind::Upload),
    ("POST", "/desk/cases/{id}/evidence", Kind::Upload),
    ("POST", "/my/records/{id}/{act}", Kind::Upload),
    ("POST", "/verifications", Kind::Upload),
    ("POST", "/desk/upload", Kind::Upload),
    ("POST", "/desk/records/new", Kind::Upload),
    ("GET", "/c/{code}", Kind::Verify),
    ("POST", "/c/{code}", Kind::Verify),
    ("POST", "/c/{code}/ask", Kind::Verify),
    ("POST", "/api/v1/scans", Kind::Verify),
    ("POST", "/looks/{id}/report", Kind::Report),
    ("POST", "/ratings", Kind::Rating),
    ("GET", "/codes/{id}/events", Kind::Follow),
];

impl Kind {
    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Verify => ("核验", "verifications"),
            Self::SignIn => ("登录操作", "attempts to sign in"),
            Self::Report => ("申请报告", "requests for a report"),
            Self::Upload => ("提交文件", "files"),
            Self::Rows => ("提交数据", "requests with rows"),
            Self::Rating => ("评价", "ratings"),
            Self::Follow => ("打开实时页面", "pages that are told as it happens"),
        }
    }
}

impl Scope {
    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::Address => ("同一网络地址", "from one network address"),
            Self::Account => ("同一账户或客户端", "by one account or client"),
            Self::Code => ("开头相同的核验码", "of codes that begin alike"),
        }
    }
}

/// The service's own time, so that there is one clock.
#[derive(Clone, Debug)]
struct Ours(App);

impl Clock for Ours {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now().millis()).unwrap_or(0))
    }
}

type Counts = RateLimiter<String, DashMapStateStore<String>, Ours, NoOpMiddleware<Duration>>;

/// One limit.
#[derive(Debug)]
struct Limit {
    kind: Kind,
    scope: Scope,
    a_minute: NonZeroU32,
    counts: Counts,
    until_sweep: AtomicU32,
}

/// All limits of a service.
#[derive(Debug)]
pub(super) struct Limits {
    clock: Ours,
    all: Vec<Limit>,
}

impl Limits {
    /// The limits that the configuration names.
    pub(super) fn new(app: &App) -> Self {
        let set = app.limits();
        let clock = Ours(app.clone());
        let wanted = [
            (Kind::Verify, Scope::Address, set.verify_address),
            (Kind::Verify, Scope::Code, set.verify_code),
            (Kind::SignIn, Scope::Address, set.sign_in_address),
            (Kind::Report, Scope::Address, set.report_address),
            (Kind::Report, Scope::Account, set.report_account),
            (Kind::Upload, Scope::Address, set.upload_address),
            (Kind::Upload, Scope::Account, set.upload_account),
            (Kind::Rows, Scope::Address, set.rows_address),
            (Kind::Rows, Scope::Account, set.rows_account),
            (Kind::Rating, Scope::Address, set.rating_address),
            (Kind::Follow, Scope::Account, set.follow_account),
        ];
        let limit = |(kind, scope, a_minute)| {
            let a_minute = NonZeroU32::new(a_minute)?;
            let counts = RateLimiter::dashmap_with_clock(Quota::per_minute(a_minute), clock.clone());
            Some(Limit { kind, scope, a_minute, counts, until_sweep: AtomicU32::new(SWEEP) })
        };
        let all = wanted.into_iter().filter_map(limit).collect();
        Self { clock, all }
    }

    /// Counts a verification. A code that was mistyped counts for nothing: its check character answers it.
    pub(super) fn verify(&self, knock: &Knock, brought: &Brought) -> Result<(), Problem> {
        if let Brought::Code(typed) = brought
            && typed.parse::<VerificationCode>().is_err()
        {
            return Ok(());
        }
        self.address(Kind::Verify, knock.address.parse().ok())?;
        match brought {
            Brought::Code(text) | Brought::Qr(text) => self.code(text),
            Brought::Hash(_) | Brought::Pdf(_) => Ok(()),
        }
    }

    /// Counts a code that is tried, alone or in an address without a claim, which opens as much.
    pub(super) fn code(&self, text: &str) -> Result<(), Problem> {
        let text = text.trim();
        let typed = match text.contains("://") {
            true if text.contains('#') => return Ok(()),
            true => text.rsplit('/').next().unwrap_or_default(),
            false => text,
        };
        let Ok(code) = typed.parse::<VerificationCode>() else { return Ok(()) };
        let code = code.compact();
        let beginning = |crowd| code.chars().take(if crowd { BEGINNING.1 } else { BEGINNING.0 }).collect();
        self.count(Kind::Verify, Scope::Code, beginning)
    }

    fn address(&self, kind: Kind, from: Option<IpAddr>) -> Result<(), Problem> {
        // Inside the program, as in a test, requests come from no network.
        let Some(from) = from else { return Ok(()) };
        self.count(kind, Scope::Address, |crowd| network(from, crowd))
    }

    fn count(&self, kind: Kind, scope: Scope, key: impl Fn(bool) -> String) -> Result<(), Problem> {
        let found = self.all.iter().find(|limit| limit.kind == kind && limit.scope == scope);
        found.map_or(Ok(()), |limit| limit.count(&self.clock, key))
    }
}

impl Limit {
    /// Counts a request by its key, which is a coarser one in a crowd.
    fn count(&self, clock: &Ours, key: impl Fn(bool) -> String) -> Result<(), Problem> {
        if self.until_sweep.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.counts.retain_recent();
            self.counts.shrink_to_fit();
            self.until_sweep.store(SWEEP, Ordering::Relaxed);
        }
        let key = key(self.counts.len() >= KEYS);
        let Err(early) = self.counts.check_key(&key) else { return Ok(()) };
        let wait = early.wait_time_from(clock.now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let ((kind_zh, kind_en), (scope_zh, scope_en)) = (self.kind.said(), self.scope.said());
        let most = self.a_minute;
        let detail = format!(
            "{scope_zh}每分钟最多{kind_zh} {most} 次,请 {seconds} 秒后再试 / at most {most} {kind_en} a minute {scope_en}: try again in {seconds} seconds"
        );
        Err(Problem::TOO_MANY.with_detail(detail).after(seconds))
    }
}

/// The network that an address is counted by: itself, or the 64 bits that one customer gets of an IPv6 address. In a crowd it is what
/// one provider has.
pub(super) fn network(address: IpAddr, crowd: bool) -> String {
    match (address.to_canonical(), crowd) {
        (IpAddr::V4(address), false) => address.to_string(),
        (IpAddr::V4(address), true) => {
            let [a, b, ..] = address.octets();
            format!("{a}.{b}/16")
        }
        (IpAddr::V6(address), false) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}/64")
        }
        (IpAddr::V6(address), true) => {
            let [a, b, ..] = address.segments();
            format!("{a:x}:{b:x}/32")
        }
    }
}

/// Whether the requests of a route are counted.
pub(super) fn is_limited(method: &str, route: &str) -> bool {
    ["/api/v1/verify", "/api/v1/watches"].contains(&route) && method == "POST"
        || ROUTES.iter().any(|(of, path, _)| *of == method && *path == route)
}

/// Around every route: counts the requests of those in [`ROUTES`], before anything of their bodies is read.
pub(super) async fn limit(State(face): State<Arc<Face>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let found = ROUTES.iter().find(|(method, path, _)| *path == route && request.method() == *method);
    let Some((_, _, kind)) = found else { return next.run(request).await };
    match counted(&face, *kind, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn counted(face: &Arc<Face>, kind: Kind, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    face.limits.address(kind, address(&parts, &face.proxies))?;
    if face.limits.all.iter().any(|limit| limit.kind == kind && limit.scope == Scope::Account) {
        // Whoever is nobody is refused further on, and found there again without another look into the store.
        let in_api = parts.uri.path().starts_with("/api/");
        let actor = if in_api {
            SignedIn::from_request_parts(&mut parts, face).await.ok().map(|it| it.0)
        } else {
            Visitor::from_request_parts(&mut parts, face).await.ok().and_then(|it| it.frame.actor)
        };
        if let Some(actor) = actor {
            face.limits.count(kind, Scope::Account, |_| actor.name.clone())?;
        }
    }
    Ok(Request::from_parts(parts, body))
}
