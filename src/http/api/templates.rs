//! Templates that regulators fill in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Face, Problem};
use crate::flow::template::{self, TemplateFormat};
use crate::http::extract::{Path, Query};
use crate::rules::RecordKind;

/// What may be asked of a template.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The layout of its columns, such as `national-2018`; the usual one where it is missing.
    layout: Option<String>,
}

/// A file to fill in: a workbook with lists to choose from, notes and an example, or the header as CSV.
#[utoipa::path(
    get, path = "/api/v1/templates/{file}", operation_id = "fetch-template", tag = "regulators",
    params(
        ("file" = String, Path, description = "A kind of record and a format: `penalty.xlsx`, `penalty.csv`, `abnormal-list.xlsx`, …"),
        Wanted,
    ),
    responses(
        (status = 200, description = "The file", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, description = "The query cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such kind, format or layout", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(face): State<Arc<Face>>,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (kind, format) = file.rsplit_once('.').unwrap_or((&file, ""));
    let unknown = |error: &dyn std::fmt::Display| Problem::NOT_FOUND.with_detail(error.to_string());
    let kind: RecordKind = kind.parse().map_err(|e| unknown(&e))?;
    let format: TemplateFormat = format.parse().map_err(|e| unknown(&e))?;
    let bytes = template::template(face.app.reference(), wanted.layout.as_deref(), kind, format)?;
    let headers = [
        (CONTENT_TYPE, template::media_type(format).to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{kind}.{format}\"")),
    ];
    Ok((headers, bytes).into_response())
}
