//! Probes and measurements.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::{Face, Problem};
use crate::flow::{Actor, jobs, quality, timestamps};

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
    match face.app.ready().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(Problem::UNAVAILABLE.with_detail("the store does not answer"))
        }
    }
}

/// Measurements in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Measurements", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(face): State<Arc<Face>>) -> Response {
    match timestamps::waiting(&face.app).await {
        Ok(reports) => face.meters.waiting(reports),
        Err(error) => tracing::warn!(%error, "what waits for timestamps cannot be counted"),
    }
    if face.meters.wants_quality(face.app.now()) {
        match quality::quality(&face.app, &Actor::operator(), quality::WINDOW, None).await {
            Ok(figures) => face.meters.quality(&figures),
            Err(error) => tracing::warn!(%error, "the quality of the data cannot be computed"),
        }
    }
    match jobs::counts(&face.app).await {
        Ok((open, failed)) => face.meters.jobs(open, failed),
        Err(error) => tracing::warn!(%error, "jobs cannot be counted"),
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], face.meters.render()).into_response()
}
