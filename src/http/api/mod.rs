//! The interface for machines, described by its OpenAPI document.

mod candidates;
mod case_shapes;
mod cases;
mod complete;
mod evidence;
mod grants;
mod health;
mod jobs;
mod lines;
mod quality;
mod receipts;
mod records;
mod reports;
mod scans;
mod templates;
mod uploads;
mod verifications;
mod verify;
mod watches;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(in crate::http) use jobs::{By, JobShown, follow};
pub(in crate::http) use receipts::sent;
pub(in crate::http) use uploads::{broken, in_time, text};

use crate::flow::lines::BYTES;
use crate::flow::receive;

use super::{Face, Problem, UPLOAD_BYTES, VERIFY_BYTES, limits, place};

/// What a form needs beside its file.
const FORM_BYTES: usize = 1 << 20;

/// A piece of evidence and a little more, so that one that is too large is told how large it may be.
const EVIDENCE_BYTES: usize = 11 << 20;

/// Every route below `/api/v1`, and the probes, with their document.
pub(super) fn parts() -> (Router<Arc<Face>>, OpenApi) {
    let (routes, mut document) = routes().split_for_parts();
    complete::complete(&mut document, limits::is_limited);
    (routes, document)
}

fn routes() -> OpenApiRouter<Arc<Face>> {
    let info = InfoBuilder::new()
        .title("明证 Mingzheng")
        .version("1")
        .description(Some("One signed credit report in place of a stack of no-violation certificates."));
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let components = ComponentsBuilder::new().security_scheme("token", token);
    let document = OpenApiBuilder::new().info(info.build()).components(Some(components.build())).build();
    let uploads = OpenApiRouter::new()
        .routes(routes!(uploads::create))
        .layer(DefaultBodyLimit::max(usize::try_from(receive::LARGEST).unwrap_or(usize::MAX) + FORM_BYTES));
    let lines = OpenApiRouter::new().routes(routes!(lines::create)).layer(DefaultBodyLimit::max(BYTES));
    let verify = OpenApiRouter::new()
        .routes(routes!(verify::verify))
        .layer(DefaultBodyLimit::max(VERIFY_BYTES + FORM_BYTES));
    let batches = OpenApiRouter::new()
        .routes(routes!(verifications::create))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES + FORM_BYTES));
    let evidence = OpenApiRouter::new()
        .routes(routes!(evidence::create))
        .layer(DefaultBodyLimit::max(EVIDENCE_BYTES + FORM_BYTES));
    OpenApiRouter::with_openapi(document)
        .merge(uploads)
        .merge(lines)
        .routes(routes!(receipts::list))
        .routes(routes!(receipts::show))
        .routes(routes!(receipts::rejects))
        .routes(routes!(receipts::rows))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show, jobs::cancel))
        .routes(routes!(jobs::events))
        .routes(routes!(jobs::retry))
        .routes(routes!(jobs::rejects))
        .merge(verify)
        .merge(batches)
        .merge(evidence)
        .routes(routes!(verifications::show, verifications::end))
        .routes(routes!(verifications::results))
        .routes(routes!(templates::show))
        .routes(routes!(records::list))
        .routes(routes!(records::show))
        .routes(routes!(records::versions))
        .routes(routes!(records::operate))
        .routes(routes!(candidates::list))
        .routes(routes!(candidates::show))
        .routes(routes!(candidates::resolve))
        .routes(routes!(reports::create))
        .routes(routes!(reports::show))
        .routes(routes!(reports::pdf))
        .routes(routes!(reports::renew))
        .routes(routes!(cases::open, cases::list))
        .routes(routes!(cases::reminders))
        .routes(routes!(cases::show))
        .routes(routes!(cases::step))
        .routes(routes!(evidence::fetch))
        .routes(routes!(grants::create, grants::list))
        .routes(routes!(grants::show, grants::revoke))
        .routes(routes!(grants::answer))
        .routes(routes!(scans::create))
        .routes(routes!(scans::report))
        .routes(routes!(quality::show))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::show, webhooks::remove))
        .routes(routes!(webhooks::act))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::replay))
        .routes(routes!(watches::create, watches::list))
        .routes(routes!(watches::remove))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}
