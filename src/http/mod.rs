//! The web face: the interface for machines below `/api/v1`, the verification page at `/v/{code}`, and the probes.
//!
//! Nothing but verification, the OpenAPI document and the probes is open without a token.

mod api;
mod auth;
mod cookies;
mod extract;
mod filed;
mod limits;
mod meters;
mod multipart;
mod pages;
mod problem;
mod streams;
mod visitor;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

pub use problem::Problem;

use crate::flow::{App, Tokens};

/// The largest batch to verify: a zip of some thousand reports.
const UPLOAD_BYTES: usize = 256 << 20;
/// The largest file to verify; a report of a thousand records is under 2 MiB.
const VERIFY_BYTES: usize = 64 << 20;
/// The largest other body.
const BODY_BYTES: usize = 1 << 20;
/// Uploads that are worked on at a time, and files to verify apart from them; more wait in line until their time is up.
const HEAVY_AT_ONCE: usize = 8;
/// Clients that follow something at a time: each is a connection, and a look at the store up to three times a second.
const FOLLOWERS: usize = 200;
/// Routes that tell for themselves how long they may take: their bodies are as long as their senders are slow.
const OWN_TIME: [&str; 2] = ["/api/v1/uploads", "/desk/upload"];

/// Everything a request may reach.
#[derive(Debug)]
pub struct Face {
    /// The stories.
    pub app: App,
    /// Who may come in.
    pub tokens: Tokens,
    /// The longest a request may take.
    pub timeout: Duration,
    /// Proxies of ours, which are believed when they say who is behind them.
    pub proxies: Vec<std::net::IpAddr>,
    uploads: Semaphore,
    followers: Arc<Semaphore>,
    streams: streams::Streams,
    files: Semaphore,
    limits: limits::Limits,
    meters: meters::Meters,
    pages: pages::AtHand,
}

impl Face {
    /// A face over the stories.
    #[must_use]
    pub fn new(app: App, tokens: Tokens, timeout: Duration) -> Self {
        let places = || Semaphore::new(HEAVY_AT_ONCE);
        let pages = pages::AtHand::new(&app);
        let limits = limits::Limits::new(&app);
        Self {
            app,
            tokens,
            timeout,
            proxies: Vec::new(),
            uploads: places(),
            followers: Arc::new(Semaphore::new(FOLLOWERS)),
            streams: streams::Streams::default(),
            files: places(),
            limits,
            meters: meters::Meters::new(),
            pages,
        }
    }
}

/// The whole router.
pub fn router(face: Arc<Face>) -> Router {
    let (routes, document) = api::parts();
    let document = axum::Json(document);
    let id = HeaderName::from_static("x-request-id");
    let timeout = face.timeout;
    let ids = RequestIds(face.app.clone());
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let theirs = id.clone();
    let layers = ServiceBuilder::new()
        .map_request(move |mut request: Request| {
            request.headers_mut().remove(&theirs);
            request
        })
        .layer(SetRequestIdLayer::new(id.clone(), ids))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(id))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, pages::CONTENT_SECURITY))
        .layer(middleware::from_fn_with_state(Arc::clone(&face), pages::manner))
        .layer(middleware::from_fn_with_state(Arc::clone(&face), count))
        .layer(CatchPanicLayer::custom(|_| Problem::INTERNAL.into_response()))
        .layer(middleware::from_fn(move |request, next| in_time(timeout, request, next)))
        .layer(middleware::from_fn_with_state(Arc::clone(&face), limits::limit));
    routes
        .route("/api/v1/openapi.json", axum::routing::get(move || async move { document }))
        .merge(pages::routes())
        .fallback(|| async { Problem::NOT_FOUND })
        .method_not_allowed_fallback(|| async { Problem::METHOD_NOT_ALLOWED })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(layers)
        .with_state(face)
}

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api::parts().1
}

/// Serves until `stop` completes, then lets running requests end.
pub async fn serve(
    listener: tokio::net::TcpListener,
    face: Arc<Face>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(face).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}

/// A request id of our own for each request: one that comes in is not believed.
#[derive(Clone)]
struct RequestIds(App);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&self.0.mint().to_string()).ok().map(RequestId::new)
    }
}

/// What the log says of a request: the route, never the path, which may hold a code.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", method = %request.method(), route, id = id.unwrap_or("-"))
}

/// Ends what takes too long.
async fn in_time(longest: Duration, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    if request.method() == Method::POST && OWN_TIME.contains(&route) {
        return next.run(request).await;
    }
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::TIMEOUT.into_response(),
    }
}

/// Counts requests by route and status.
async fn count(State(face): State<Arc<Face>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let begun = tokio::time::Instant::now();
    let response = next.run(request).await;
    face.meters.request(&method, &route, response.status(), begun.elapsed());
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE && !is_problem(&response) {
        return Problem::TOO_LARGE.into_response();
    }
    response
}

/// A place among the heavy requests, waited for.
async fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>, Problem> {
    places.acquire().await.map_err(|_| Problem::BUSY)
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
}
