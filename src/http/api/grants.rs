//! Subjects grant others a look, see who looked, and take it back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use time::Date;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Face, Problem};
use crate::flow::Listing;
use crate::flow::share::{self, Asked, Holder, Shown};
use crate::http::auth::SignedIn;
use crate::http::extract::{Json, Path, Query};
use crate::rules::{AskState, DomainId, Instant, ShareKind, ShareState};

/// A grant to be made. The first day and the domains are fixed by it; nothing wider is ever shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantRequest {
    /// The subject, by any of its codes.
    #[schema(example = "91310115MATE5T017A")]
    subject: String,
    /// The domains; all of the place where they are missing.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    domains: Vec<DomainId>,
    /// First day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// A ready-made length in place of `from`, counted back from today, such as `36-months`.
    #[serde(default)]
    span: Option<String>,
    /// Last day; the day of the look where it is missing.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// For whom: any words, or `@name` for the account that alone may look.
    #[serde(default)]
    recipient: String,
    /// A signed report may be taken along.
    #[serde(default)]
    download: bool,
    /// Only verifiers may look, each after the holder agreed.
    #[serde(default)]
    consent: bool,
    /// Looks at most, 1 to 1000.
    #[serde(default = "once")]
    uses: u32,
    /// How long, in hours: 1 to 720.
    #[serde(default = "a_day")]
    hours: u32,
}

fn once() -> u32 {
    1
}

fn a_day() -> u32 {
    24
}

/// A grant that was made. The code is shown here once, and again to nobody but the same request under the same key.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantMade {
    /// Its id.
    id: Uuid,
    /// The code.
    code: String,
    /// The address that opens it.
    url: String,
    /// It opens nothing from then on.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// Looks at most.
    uses: u32,
}

/// Something that is shown, for its holder.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantShown {
    /// Its id.
    id: Uuid,
    /// `grant`, or `dynamic` for a code on the holder's own screen.
    #[schema(value_type = String)]
    kind: ShareKind,
    /// The name of the subject.
    subject: String,
    /// `open`, `used-up`, `over` or `revoked`.
    #[schema(value_type = String)]
    state: ShareState,
    /// The domains.
    #[schema(value_type = Vec<String>)]
    domains: Vec<DomainId>,
    /// First day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day; the day of the look where it is missing.
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// For whom.
    recipient: Option<String>,
    /// A signed report may be taken along.
    download: bool,
    /// The holder is asked first.
    consent: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Instant,
    /// It opens nothing from then on.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// Looks at most.
    uses: u32,
    /// Looks that were taken.
    looks: u32,
}

/// The same with who looked and who asks to.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantInFull {
    /// The grant.
    #[serde(flatten)]
    grant: GrantShown,
    /// The latest looks, newest first.
    looked: Vec<LookShown>,
    /// Who asked to look, newest first.
    asked: Vec<AskShown>,
}

/// A look.
#[derive(Serialize, ToSchema)]
pub(super) struct LookShown {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// From where, without the last part of the address.
    address: String,
    /// Who, where somebody was signed in.
    viewer: Option<String>,
    /// What for, where they said.
    purpose: Option<String>,
}

/// The wish of a verifier to look.
#[derive(Serialize, ToSchema)]
pub(super) struct AskShown {
    /// Its id.
    id: Uuid,
    /// Who.
    verifier: String,
    /// Their name.
    name: String,
    /// What for.
    purpose: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// `waiting`, `agreed`, `declined` or `used`.
    #[schema(value_type = String)]
    state: AskState,
}

/// A part of the list.
#[derive(Serialize, ToSchema)]
pub(super) struct GrantList {
    /// Newest first.
    grants: Vec<GrantShown>,
    /// How many there are in all.
    total: u32,
}

/// Which part of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// How many to pass over.
    #[serde(default)]
    offset: u32,
    /// How many to give: 1 to 200, 50 where it is missing.
    limit: Option<u32>,
}

/// The answer of the holder.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskAnswer {
    /// Whether the verifier may look, once.
    agree: bool,
}

impl GrantShown {
    fn of(share: crate::flow::share::Share, subject: String, state: ShareState) -> Self {
        Self {
            id: share.id,
            kind: share.kind,
            subject,
            state,
            domains: share.domains,
            from: share.from,
            to: share.to,
            recipient: share.recipient,
            download: share.download,
            consent: share.consent,
            made_at: share.made_at,
            until: share.until,
            uses: share.uses,
            looks: share.looks,
        }
    }
}

/// Grants somebody a look. Whoever sends a key gets the same grant with the same code when the answer was lost.
#[utoipa::path(
    post, path = "/api/v1/grants", operation_id = "make-grant", tag = "sharing",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request make one grant; take random ones, as the code follows from it")),
    request_body = GrantRequest,
    security(("token" = [])),
    responses(
        (status = 201, description = "Made; the code is shown once", body = GrantMade),
        (status = 200, description = "Made before, under the same key: the same grant and code", body = GrantMade),
        (status = 400, description = "Not JSON, or a key that cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not one's own subject, or no mandate to share", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another request had this key", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Life, looks, domains or days not acceptable", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    headers: HeaderMap,
    Json(request): Json<GrantRequest>,
) -> Result<(StatusCode, axum::Json<GrantMade>), Problem> {
    let key = headers.get("idempotency-key").map(|value| value.to_str()).transpose();
    let key = key.map_err(|_| Problem::BAD_REQUEST.with_detail("Idempotency-Key: visible ASCII only"))?;
    let asked = Asked {
        subject: request.subject,
        domains: request.domains,
        from: request.from,
        span: request.span,
        to: request.to,
        kind: ShareKind::Grant,
        recipient: request.recipient,
        download: request.download,
        consent: request.consent,
        uses: request.uses,
        minutes: request.hours.saturating_mul(60),
        idempotency_key: key.map(str::to_owned),
    };
    let made = share::make(&face.app, &actor, asked).await?;
    let (code, url, _) = made.code.ok_or(Problem::NOT_FOUND)?; // a grant always has one
    let (share, code) = (made.share, code.to_string());
    let status = if made.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let made = GrantMade { id: share.id, code, url, until: share.until, uses: share.uses };
    Ok((status, axum::Json(made)))
}

/// Lists what one shows.
#[utoipa::path(
    get, path = "/api/v1/grants", operation_id = "list-grants", tag = "sharing",
    params(Part),
    security(("token" = [])),
    responses(
        (status = 200, description = "A part of the list", body = GrantList),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No mandate to share", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Query(part): Query<Part>,
) -> Result<axum::Json<GrantList>, Problem> {
    let listing = Listing { offset: part.offset, limit: part.limit.unwrap_or(50).clamp(1, 200) };
    let (shares, total) = share::list(&face.app, &actor, listing).await?;
    let grants = shares.into_iter().map(|one| GrantShown::of(one.share, one.name, one.state)).collect();
    Ok(axum::Json(GrantList { grants, total }))
}

/// Shows a grant, with who looked and who asks to.
#[utoipa::path(
    get, path = "/api/v1/grants/{id}", operation_id = "show-grant", tag = "sharing",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 200, description = "The grant", body = GrantInFull),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No mandate to share", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No grant of one's own", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<GrantInFull>, Problem> {
    let Shown { share, holder, state, looks, asks } = share::show(&face.app, &actor, id).await?;
    let Holder { name, .. } = holder;
    let looked = looks.into_iter().map(|look| LookShown {
        at: look.at,
        address: look.address,
        viewer: look.viewer,
        purpose: look.purpose,
    });
    let asked = asks.into_iter().map(|ask| AskShown {
        id: ask.id,
        verifier: ask.verifier,
        name: ask.shown,
        purpose: ask.purpose,
        at: ask.asked_at,
        state: ask.state,
    });
    Ok(axum::Json(GrantInFull {
        looked: looked.collect(),
        asked: asked.collect(),
        grant: GrantShown::of(share, name, state),
    }))
}

/// Takes a grant back: from now on it opens nothing. Doing it again changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/grants/{id}", operation_id = "revoke-grant", tag = "sharing",
    params(("id" = Uuid, Path)),
    security(("token" = [])),
    responses(
        (status = 204, description = "Taken back"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No mandate to share", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No grant of one's own", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    share::revoke(&face.app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers a verifier who asks to look.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}/asks/{ask}", operation_id = "answer-ask", tag = "sharing",
    params(("id" = Uuid, Path), ("ask" = Uuid, Path)),
    request_body = AskAnswer,
    security(("token" = [])),
    responses(
        (status = 204, description = "Answered; an answer stays what it was first"),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No mandate to share", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No grant of one's own, or nobody waits under this id", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "An unknown field, or one that is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer(
    State(face): State<Arc<Face>>,
    SignedIn(actor): SignedIn,
    Path((id, ask)): Path<(Uuid, Uuid)>,
    Json(AskAnswer { agree }): Json<AskAnswer>,
) -> Result<StatusCode, Problem> {
    share::decide(&face.app, &actor, id, ask, agree).await?;
    Ok(StatusCode::NO_CONTENT)
}
