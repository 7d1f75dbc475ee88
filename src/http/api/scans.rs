//! Somebody opens a one-code by a program. A token is needed only where the holder is asked first, or named an account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Face, Problem};
use crate::flow::share::{self, Error, Seen, Viewer, Wait};
use crate::http::auth::Known;
use crate::http::extract::{Json, Path};
use crate::http::visitor::Whence;
use crate::rules::facts::{Bilingual, Channel, Conclusion, Summary};
use crate::rules::{DomainId, Gap, Instant, Period};

/// A code to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanRequest {
    /// The code, or the text of its QR.
    code: String,
    /// What for; needed where the holder is asked first.
    #[serde(default)]
    purpose: Option<String>,
}

/// What a look shows: conclusions within the grant, and no records.
#[derive(Serialize, ToSchema)]
pub(super) struct Scan {
    /// The id of the look.
    id: Uuid,
    /// Opens the report of this look; shown once.
    secret: String,
    /// The name of the subject.
    name: String,
    /// Its code, masked where it is a person's.
    code: String,
    /// The place whose authorities' data are meant.
    #[schema(value_type = Object)]
    territory: Bilingual,
    /// The days.
    #[schema(value_type = Object)]
    period: Period,
    /// What was known then is shown: the moment of the look.
    #[schema(value_type = String, format = DateTime)]
    as_of: Instant,
    /// The counts.
    #[schema(value_type = Object)]
    summary: Summary,
    /// The conclusions.
    conclusions: Vec<DomainSeen>,
    /// Where the signed report is, if the holder allows to take it along.
    report: Option<String>,
}

/// The conclusion for a domain.
#[derive(Serialize, ToSchema)]
pub(super) struct DomainSeen {
    /// The domain.
    #[schema(value_type = String)]
    domain: DomainId,
    /// Its name.
    #[schema(value_type = Object)]
    name: Bilingual,
    /// `none`, `found` or `not-covered`.
    #[schema(value_type = String)]
    conclusion: Conclusion,
    /// How many records.
    records: u32,
    /// Days for which no conclusion is drawn.
    #[schema(value_type = Vec<Object>)]
    gaps: Vec<Gap>,
}

/// The holder was asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Asked {
    /// `waiting`: send the same request again until it is answered.
    state: &'static str,
}

/// The secret of a look.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookSecret {
    /// As the look was answered.
    secret: String,
}

/// Opens a one-code: takes one look.
#[utoipa::path(
    post, path = "/api/v1/scans", operation_id = "scan", tag = "sharing",
    request_body = ScanRequest,
    responses(
        (status = 200, description = "The present conclusions", body = Scan),
        (status = 202, description = "The holder was asked, and has not answered", body = Asked),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "A token that is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "For another account, for verifiers only, or declined", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such code", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Over, used up or taken back", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Mistyped", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wait for this holder", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    Known(actor): Known,
    Whence(knock): Whence,
    Json(request): Json<ScanRequest>,
) -> Result<Response, Problem> {
    let shown = actor.as_ref().map(|actor| actor.name.clone());
    let viewer = Viewer { actor, shown, knock };
    let wait = share::knock(&face.app, &viewer, &request.code).await?.wait;
    match (wait, &request.purpose, &viewer.actor) {
        (None | Some(Wait::Agreed), _, _) => (),
        (Some(Wait::Say), Some(purpose), Some(actor)) => {
            share::ask(&face.app, actor, &actor.name, &request.code, purpose).await?;
            return Ok(waiting());
        }
        (Some(Wait::Waiting), _, _) => return Ok(waiting()),
        (Some(Wait::Declined), _, _) => return Err(Error::Declined.into()),
        (Some(Wait::Say), _, _) => return Err(Error::AskFirst.into()),
    }
    let secret = face.app.secret();
    let id = share::open(&face.app, &viewer, &request.code, &secret).await?;
    let seen = share::seen(&face.app, id, &secret).await?;
    Ok(axum::Json(Scan::of(id, secret, seen)).into_response())
}

fn waiting() -> Response {
    (StatusCode::ACCEPTED, axum::Json(Asked { state: "waiting" })).into_response()
}

impl Scan {
    fn of(id: Uuid, secret: String, seen: Seen) -> Self {
        let conclusions = seen.domains.into_iter().map(|domain| DomainSeen {
            domain: domain.id,
            name: domain.name,
            conclusion: domain.conclusion,
            records: domain.records,
            gaps: domain.gaps,
        });
        Self {
            id,
            secret,
            name: seen.name,
            code: seen.code,
            territory: seen.territory,
            period: seen.period,
            as_of: seen.as_of,
            summary: seen.summary,
            conclusions: conclusions.collect(),
            report: seen.download.then(|| format!("/api/v1/scans/{id}/report")),
        }
    }
}

/// Issues the report that the holder allowed to be taken along: one for each look, within a quarter of an hour.
#[utoipa::path(
    post, path = "/api/v1/scans/{id}/report", operation_id = "take-report", tag = "sharing",
    params(("id" = Uuid, Path)),
    request_body = LookSecret,
    responses(
        (status = 200, description = "The signed PDF", body = Vec<u8>, content_type = "application/pdf"),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "A token that is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The holder did not allow it", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such look, or not one's own", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "Over or taken back", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON by its type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "An unknown field, or one that is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report(
    State(face): State<Arc<Face>>,
    Known(actor): Known,
    Whence(knock): Whence,
    Path(id): Path<Uuid>,
    Json(LookSecret { secret }): Json<LookSecret>,
) -> Result<Response, Problem> {
    let shown = actor.as_ref().map(|actor| actor.name.clone());
    let viewer = Viewer { actor, shown, knock };
    let (number, pdf) = share::report(&face.app, &viewer, id, &secret, Channel::Api).await?;
    face.meters.report();
    let headers = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{number}.pdf\"")),
    ];
    Ok((headers, pdf).into_response())
}
