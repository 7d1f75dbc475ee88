//! How good the data of the authorities are.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Face, Problem};
use crate::flow::quality::{self, Quality};
use crate::http::auth::SignedIn;
use crate::http::extract::Query;
use crate::rules::CreditCode;

/// Which figures.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct QualityQuery {
    /// Days to look back at, today included; 90 where it is missing, 366 at most.
    #[serde(default)]
    days: Option<u16>,
    /// One authority, by its code; one's own for a regulator.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    authority: Option<CreditCode>,
}

/// The figures of authorities over a window.
#[derive(Serialize, ToSchema)]
pub(super) struct QualityAnswer {
    /// `from`, `as_of` and `authorities`, each with its `domains`: freshness, lag, rates, what waits, cases.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    quality: Quality,
}

/// Tells how good the data are: how fresh, how late, how often wrong, and what waits for an answer.
#[utoipa::path(
    get, path = "/api/v1/quality", operation_id = "show-quality", tag = "operation",
    params(QualityQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "The figures: one's own for a regulator, all for the operator", body = QualityAnswer),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Figures are for authorities and the operator", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such authority, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The window is empty or too long", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(query): Query<QualityQuery>,
) -> Result<axum::Json<QualityAnswer>, Problem> {
    let days = query.days.unwrap_or(quality::WINDOW);
    let quality = quality::quality(&face.app, &actor, days, query.authority).await?;
    Ok(axum::Json(QualityAnswer { quality }))
}
