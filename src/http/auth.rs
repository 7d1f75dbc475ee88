//! Who is at the door of the interface: `Authorization: Bearer <token>`, of the configuration or of a client.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{Face, Problem};
use crate::flow::{Actor, StoreError, certificate_digest, clients};
use crate::rules::Digest;

/// Somebody who showed a token that is known and holds.
#[derive(Clone, Debug)]
pub(super) struct SignedIn(pub Actor);

/// A token as it was shown, with what it may be bound to.
pub(super) struct Token {
    secret: String,
    certificate: Option<Digest>,
}

impl Token {
    /// Who comes in by it now; nobody where it is not known, or no longer.
    pub(super) async fn actor(&self, face: &Face) -> Result<Option<Actor>, StoreError> {
        match face.tokens.find(&self.secret) {
            Some(actor) => Ok(Some(actor)),
            None => clients::find(&face.app, &self.secret, self.certificate).await,
        }
    }
}

impl FromRequestParts<Arc<Face>> for Token {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let scheme = header.and_then(|value| value.split_once(' '));
        let secret = scheme
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim());
        let missing =
            || Problem::UNAUTHENTICATED.with_detail("send the header Authorization: Bearer <token>");
        let secret = secret.ok_or_else(missing)?.to_owned();
        Ok(Self { secret, certificate: certificate(parts, face) })
    }
}

impl FromRequestParts<Arc<Face>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let actor = Token::from_request_parts(parts, face).await?.actor(face).await?;
        let unknown = || Problem::UNAUTHENTICATED.with_detail("this token is not known, or no longer");
        let signed = actor.map(Self).ok_or_else(unknown)?;
        parts.extensions.insert(signed.clone());
        Ok(signed)
    }
}

/// Who comes, where a route is open to everybody: somebody with a token that is known and holds, or nobody.
#[derive(Clone, Debug)]
pub(super) struct Known(pub Option<Actor>);

impl FromRequestParts<Arc<Face>> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Self(None));
        }
        let SignedIn(actor) = SignedIn::from_request_parts(parts, face).await?;
        Ok(Self(Some(actor)))
    }
}

/// The certificate that a proxy of ours saw (RFC 9440); what anybody else says of it is nothing.
fn certificate(parts: &Parts, face: &Face) -> Option<Digest> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !face.proxies.contains(&peer) {
        return None;
    }
    // A proxy that does not take away what clients send makes several of them: none is believed.
    let mut named = parts.headers.get_all("client-cert").into_iter();
    let (first, second) = (named.next()?, named.next());
    if second.is_some() { None } else { certificate_digest(first.to_str().ok()?) }
}
