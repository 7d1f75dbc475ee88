//! Webhooks: addresses that are told what happens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Face, Problem};
use crate::flow::Listing;
use crate::flow::webhooks::{self, Act, Listed, Message};
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::rules::{HookEvent, Instant, Sending};

/// Deliveries on a page, at most.
const PER_PAGE: u32 = 50;

/// An address to be told what happens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookRequest {
    /// The address: `https`, on port 443 or 8443, in the public internet.
    #[schema(example = "https://example.cn/mingzheng")]
    url: String,
    /// What it is told: `report.status-changed`, `job.finished`.
    #[schema(value_type = Vec<String>)]
    events: Vec<HookEvent>,
}

/// What is done to a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActRequest {
    act: WebhookAct,
}

/// `pause`, `resume`, `rotate` (a new secret; the one before holds for another day) or `test` (a test is sent).
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WebhookAct {
    Pause,
    Resume,
    Rotate,
    Test,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookAnswer {
    /// Its id.
    id: Uuid,
    /// Where it is.
    url: String,
    /// What it is told.
    #[schema(value_type = Vec<String>)]
    events: Vec<HookEvent>,
    /// Why nothing is sent at present: `owner`, or `gone` where it answered 410.
    paused: Option<String>,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    made_at: Instant,
    /// Until when the secret before holds, too.
    #[schema(value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Instant>,
    /// The secret that signatures are verified with; shown only now.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The webhooks of whoever asks.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookPage {
    webhooks: Vec<WebhookAnswer>,
}

/// A message to a webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryLine {
    /// Its id: `webhook-id`, the same however often it is sent.
    id: Uuid,
    /// What it tells.
    event: String,
    /// `waiting`, `sent` or `dead` (given up).
    #[schema(value_type = String)]
    state: Sending,
    /// How often it was tried.
    attempts: u32,
    /// The HTTP status of the last answer.
    status: Option<u32>,
    /// What went wrong the last time.
    fault: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Instant,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_at: Option<Instant>,
    /// When it was taken, or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Instant>,
}

/// A page of messages, latest first.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    deliveries: Vec<DeliveryLine>,
    /// How many there are.
    total: u32,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryQuery {
    /// The page, from 1.
    #[serde(default)]
    page: Option<u32>,
}

impl WebhookAnswer {
    fn of(hook: Listed, secret: Option<String>) -> Self {
        let Listed { id, url, events, paused, old_until, made_at } = hook;
        Self { id, url, events, paused, made_at, old_secret_until: old_until, secret }
    }
}

impl From<Message> for DeliveryLine {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            event: message.event,
            state: message.state,
            attempts: message.attempts,
            status: message.status,
            fault: message.fault,
            made_at: message.made_at,
            next_at: (message.state == Sending::Waiting).then_some(message.run_after),
            ended_at: message.ended_at,
        }
    }
}

/// Registers a webhook. Its secret is in this answer and in no other.
#[utoipa::path(
    post, path = "/api/v1/webhooks", operation_id = "create-webhook", tag = "webhooks",
    request_body = WebhookRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "Registered", body = WebhookAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "As many as one may have", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "An address that is not called, or no event", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Json(request): Json<WebhookRequest>,
) -> Result<Response, Problem> {
    let (hook, secret) = webhooks::create(&face.app, &actor, &request.url, &request.events).await?;
    let location = [(LOCATION, format!("/api/v1/webhooks/{}", hook.id))];
    let answer = WebhookAnswer::of(hook, Some(secret));
    Ok((StatusCode::CREATED, location, axum::Json(answer)).into_response())
}

/// Lists your webhooks.
#[utoipa::path(
    get, path = "/api/v1/webhooks", operation_id = "list-webhooks", tag = "webhooks",
    security(("token" = [])),
    responses(
        (status = 200, description = "Your webhooks", body = WebhookPage),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
) -> Result<axum::Json<WebhookPage>, Problem> {
    let hooks = webhooks::list(&face.app, &actor).await?;
    let webhooks = hooks.into_iter().map(|hook| WebhookAnswer::of(hook, None)).collect();
    Ok(axum::Json(WebhookPage { webhooks }))
}

/// Shows one of your webhooks.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", operation_id = "show-webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The webhook", body = WebhookAnswer),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook, or not yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<WebhookAnswer>, Problem> {
    Ok(axum::Json(WebhookAnswer::of(webhooks::show(&face.app, &actor, id).await?, None)))
}

/// Removes a webhook, with everything that was or is to be sent to it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", operation_id = "remove-webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook, or not yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    webhooks::remove(&face.app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pauses or resumes a webhook, gives it a new secret, or sends it a test.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/acts", operation_id = "act-on-webhook", tag = "webhooks",
    params(("id" = Uuid, Path)),
    request_body = ActRequest,
    security(("token" = [])),
    responses(
        (status = 200, description = "The webhook as it is now; after `rotate` with its new secret", body = WebhookAnswer),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook, or not yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A test waits to be sent already", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No such act", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn act(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    Json(request): Json<ActRequest>,
) -> Result<axum::Json<WebhookAnswer>, Problem> {
    let act = match request.act {
        WebhookAct::Pause => Act::Pause,
        WebhookAct::Resume => Act::Resume,
        WebhookAct::Rotate => Act::Rotate,
        WebhookAct::Test => Act::Test,
    };
    let (hook, secret) = webhooks::act(&face.app, &actor, id, act).await?;
    Ok(axum::Json(WebhookAnswer::of(hook, secret)))
}

/// Lists what was sent to a webhook, or is to be, latest first, with what came of it.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", operation_id = "list-deliveries", tag = "webhooks",
    params(("id" = Uuid, Path), DeliveryQuery),
    security(("token" = [])),
    responses(
        (status = 200, description = "A page of messages", body = DeliveryPage),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook, or not yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn deliveries(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
    Query(query): Query<DeliveryQuery>,
) -> Result<axum::Json<DeliveryPage>, Problem> {
    let page = query.page.unwrap_or(1).clamp(1, 10_000);
    let part = Listing { offset: (page - 1) * PER_PAGE, limit: PER_PAGE };
    let (messages, total) = webhooks::deliveries(&face.app, &actor, id, part).await?;
    let deliveries = messages.into_iter().map(DeliveryLine::from).collect();
    Ok(axum::Json(DeliveryPage { deliveries, total }))
}

/// Has a message that was taken or given up sent once more, under the same id.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/deliveries/{message}/replay", operation_id = "replay-delivery", tag = "webhooks",
    params(("id" = Uuid, Path), ("message" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 202, description = "It is sent once more"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For verifiers and authorities", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such message that ended, or not yours", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn replay(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path((id, message)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    webhooks::replay(&face.app, &actor, id, message).await?;
    Ok(StatusCode::ACCEPTED)
}
