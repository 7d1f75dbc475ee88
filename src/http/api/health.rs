//! Probes and measurements.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::{Face, Problem};
use crate::flow::account::password;
use crate::flow::{Actor, jobs, quality, timestamps};

/// The longest that a probe waits for the store, which is less than those who probe usually wait for us. Requests wait longer: a
/// database that was only started afresh is back by then.
const PROBED: Duration = Duration::from_secs(4);

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "Alive", body = String, content_type = "text/plain")))]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers and knows its schema.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "Ready", body = String, content_type = "text/plain"),
    (status = 503, description = "Not ready", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn ready(State(face): State<Arc<Face>>) -> Result<&'static str, Problem> {
    let error: Box<dyn std::error::Error> = match timeout(PROBED, face.app.ready()).await {
        Ok(Ok(())) => return Ok("ready\n"),
        Ok(Err(error)) => error.into(),
        Err(late) => late.into(),
    };
    tracing::warn!(%error, "not ready");
    let (zh, en) = (
        "数据库或文件存储没有响应，恢复后自动可用",
        "the store does not answer; ready again by itself once it does",
    );
    Err(Problem::UNAVAILABLE.with_detail(format!("{zh} / {en}")))
}

/// Measurements in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Measurements", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(face): State<Arc<Face>>) -> Response {
    // What the store does not tell in time stays as it was last told.
    if timeout(PROBED, asked(&face)).await.is_err() {
        tracing::warn!("the store does not answer in time to be measured");
    }
    face.meters.hashed(password::hashed(&face.app));
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], face.meters.render()).into_response()
}

/// Asks the store for what is measured there.
async fn asked(face: &Face) {
    match timestamps::waiting(&face.app).await {
        Ok(reports) => face.meters.waiting(reports),
        Err(error) => tracing::warn!(%error, "what waits for timestamps cannot be counted"),
    }
    match jobs::counts(&face.app).await {
        Ok((open, failed)) => face.meters.jobs(open, failed),
        Err(error) => tracing::warn!(%error, "jobs cannot be counted"),
    }
    if face.meters.wants_quality(face.app.now()) {
        match quality::quality(&face.app, &Actor::operator(), quality::WINDOW, None).await {
            Ok(figures) => face.meters.quality(&figures),
            Err(error) => tracing::warn!(%error, "the quality of the data cannot be computed"),
        }
    }
}
