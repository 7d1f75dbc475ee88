//! Who is at the door: `Authorization: Bearer <token>`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{Face, Problem};
use crate::flow::Actor;

/// Somebody who showed a token that the configuration knows.
#[derive(Clone, Debug)]
pub(super) struct SignedIn(pub Actor);

impl FromRequestParts<Arc<Face>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let scheme = header.and_then(|value| value.split_once(' '));
        let secret = scheme
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim());
        let missing =
            || Problem::UNAUTHENTICATED.with_detail("send the header Authorization: Bearer <token>");
        let actor = face.tokens.find(secret.ok_or_else(missing)?);
        actor
            .map(Self)
            .ok_or_else(|| Problem::UNAUTHENTICATED.with_detail("this token is not known, or no longer"))
    }
}
