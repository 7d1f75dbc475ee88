//! Extractors whose refusals are problem documents; axum's own are plain text.

use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Problem;

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json<T>(pub T);

/// The variable parts of the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<T>(pub T);

/// The query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::from(rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|rejection: PathRejection| {
            Problem::BAD_REQUEST
                .with_detail(format!("网址无法识别 / the path cannot be read: {}", rejection.body_text()))
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|axum::extract::Query(value)| Self(value)).map_err(|rejection: QueryRejection| {
            Problem::BAD_REQUEST.with_detail(format!(
                "网址中的查询条件无法识别 / the query cannot be read: {}",
                rejection.body_text()
            ))
        })
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let detail = rejection.body_text();
        match rejection {
            JsonRejection::MissingJsonContentType(_) => {
                Self::UNSUPPORTED.with_detail("send JSON, with the header Content-Type: application/json")
            }
            JsonRejection::JsonDataError(_) => Self::UNPROCESSABLE.with_detail(detail),
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            _ => Self::BAD_REQUEST.with_detail(detail),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        let problem = match rejection.status() {
            axum::http::StatusCode::PAYLOAD_TOO_LARGE => Self::TOO_LARGE,
            _ => Self::BAD_REQUEST,
        };
        problem.with_detail(format!("请求内容无法读取 / {}", rejection.body_text()))
    }
}
