//! Who visits a page: by the cookie of a session, or nobody. And forms, which must come from our own pages.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::cookies::{self, Jar};
use super::pages::{Frame, Lang, Look, Turned};
use super::{Face, Problem};
use crate::flow::account::sign_in::Knock;
use crate::flow::sessions::{self, Signed};
use crate::flow::{Actor, notices, same_secret};

/// The words of a query that the frame understands.
const OF_FRAME: [&str; 4] = ["lang", "text", "contrast", "version"];

/// Somebody who looks at a page, signed in or not.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    /// Who is signed in.
    pub signed: Option<Signed>,
    /// What stands around the page.
    pub frame: Frame,
}

/// Somebody who is signed in; who is not is led to the page where one signs in, and back.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Who.
    pub signed: Signed,
    /// What stands around the page.
    pub frame: Frame,
}

/// A form of our own pages, sent by the browser that we gave it to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<T>(pub T);

/// A form that a page of ours sent, as far as the browser tells. Whether it is this visitor's, its handler must judge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<T>(pub T);

/// What every form brings.
#[derive(Deserialize)]
struct Csrf {
    #[serde(default)]
    csrf: String,
}

impl Visitor {
    /// Who comes with these headers.
    pub(super) async fn of(face: &Face, headers: &HeaderMap, uri: &Uri, jar: Jar) -> Result<Self, Problem> {
        let secret = jar.get(headers, cookies::SESSION);
        let signed = match &secret {
            Some(secret) => sessions::resume(&face.app, secret).await?,
            None => None,
        };
        let mut frame = Self::unknown(face, headers, uri, jar);
        if let (Some(signed), Some(secret)) = (&signed, &secret) {
            frame.who = Some(signed.shown.clone());
            frame.actor = Some(signed.actor.clone());
            frame.unread = notices::unread(&face.app, signed).await?;
            frame.csrf = OnceLock::from(face.app.form_token(secret));
        } else if let Some(token) = frame.jar.get(headers, cookies::FORM).filter(|token| !token.is_empty()) {
            frame.csrf = OnceLock::from(token);
        }
        let offered = frame.jar.get(headers, cookies::RATE);
        frame.rate = offered.and_then(|text| frame.offered(&text));
        Ok(Self { signed, frame })
    }

    /// The frame for somebody of whom nothing is known but what their cookies choose.
    pub(super) fn unknown(face: &Face, headers: &HeaderMap, uri: &Uri, jar: Jar) -> Frame {
        let chosen = |name| jar.get(headers, name).unwrap_or_default();
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let kept = pairs.filter(|pair| !OF_FRAME.contains(&pair.split('=').next().unwrap_or_default()));
        Frame {
            lang: Lang::of(&chosen(cookies::LANG)),
            look: Look::of(&chosen(cookies::LOOK)),
            who: None,
            actor: None,
            unread: 0,
            flash: jar.get(headers, cookies::FLASH).filter(|text| !text.is_empty()),
            rate: None,
            rated: jar.get(headers, cookies::RATED).filter(|text| !text.is_empty()),
            path: uri.path().to_owned(),
            query: kept.flat_map(|pair| [pair, "&"]).collect(),
            csrf: OnceLock::new(),
            app: face.app.clone(),
            jar,
        }
    }

    /// The same visitor, if signed in.
    pub(super) fn member(self) -> Result<Member, Turned> {
        if let Some(signed) = self.signed {
            return Ok(Member { signed, frame: self.frame });
        }
        let next = cookies::encoded(&self.frame.path);
        Err(Turned::Elsewhere(format!("/sign-in?next={next}")))
    }
}

impl Member {
    /// As whom they act.
    pub(super) fn actor(&self) -> &Actor {
        &self.signed.actor
    }
}

impl Frame {
    /// Leads to another page of ours, which tells what was done.
    pub(super) fn done(&self, to: &str, zh: &str, en: &str) -> Response {
        self.jar.set(cookies::FLASH, self.say(zh, en), Some(60));
        Redirect::to(to).into_response()
    }

    /// Whether a form, or the part of one, was ours: its token is the one that this visitor was given.
    pub(super) fn permits(&self, token: &str) -> Result<(), Problem> {
        let given = self.csrf.get().is_some_and(|own| same_secret(own, token));
        if given { Ok(()) } else { Err(not_ours()) }
    }
}

fn not_ours() -> Problem {
    Problem::FORBIDDEN.with_detail(
        "此表单已失效或不是从本站页面提交的,请返回重新打开页面后再提交 / this form is out of date, or did not come from our own page: go back, load the page again, and send it once more",
    )
}

/// Whether a browser says that a request comes from a page of ours (Fetch Metadata; RFC 6454, 7). Browsers that say nothing are
/// judged by the token alone.
pub(super) fn from_our_pages(headers: &HeaderMap, origin: &str) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // Under our own `Referrer-Policy` browsers hide the origin of forms: `null`.
    let named = text("origin").filter(|origin| *origin != "null");
    let by_site = text("sec-fetch-site").is_none_or(|site| ["same-origin", "none"].contains(&site));
    let by_origin = named.is_none_or(|from| {
        let host = text(header::HOST.as_str()).unwrap_or_default();
        from == origin || from.split_once("://").is_some_and(|(_, authority)| authority == host)
    });
    let fine = by_site && by_origin;
    if fine { Ok(()) } else { Err(not_ours()) }
}

/// A path of ours that somebody wants to be led to afterwards; anything that could lead elsewhere is not one.
pub(super) fn local_path(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if plain { next } else { "/" }
}

impl FromRequestParts<Arc<Face>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let Ok(jar) = Jar::from_request_parts(parts, face).await;
        let visitor = Self::of(face, &parts.headers, &parts.uri, jar).await?;
        if visitor.frame.flash.is_some() && parts.method.is_safe() {
            visitor.frame.jar.forget(cookies::FLASH);
        }
        if visitor.frame.rate.is_some() && parts.method.is_safe() {
            visitor.frame.jar.forget(cookies::RATE);
        }
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

impl FromRequestParts<Arc<Face>> for Member {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Turned> {
        Visitor::from_request_parts(parts, face).await?.member()
    }
}

impl FromRequestParts<Arc<Face>> for Jar {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Infallible> {
        let jar = parts.extensions.get::<Self>().cloned();
        Ok(jar.unwrap_or_else(|| Self::of(&face.app.issuer().origin)))
    }
}

/// From where somebody comes, as far as a service can know it: the address of the connection, or what a proxy of ours says it is.
#[derive(Clone, Debug)]
pub(super) struct Whence(pub Knock);

impl FromRequestParts<Arc<Face>> for Whence {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let address = address(parts, &face.proxies).map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        Ok(Self(Knock { address, agent: agent.unwrap_or_default().to_owned() }))
    }
}

/// The last address of `X-Forwarded-For` that is not a proxy of ours, if the connection comes from one of ours.
pub(super) fn address(parts: &Parts, proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !proxies.contains(&peer) {
        return Some(peer);
    }
    let lines = parts.headers.get_all("x-forwarded-for").into_iter().filter_map(|line| line.to_str().ok());
    let named: Vec<IpAddr> =
        lines.flat_map(|line| line.split(',')).filter_map(|it| it.trim().parse().ok()).collect();
    Some(named.into_iter().rev().find(|ip| !proxies.contains(ip)).unwrap_or(peer))
}

impl<T: DeserializeOwned> FromRequest<Arc<Face>> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, face: &Arc<Face>) -> Result<Self, Problem> {
        let (mut parts, bytes) = sent(request, face).await?;
        let visitor = Visitor::from_request_parts(&mut parts, face).await?;
        let Csrf { csrf } = read(&parts, &bytes).await?;
        visitor.frame.permits(&csrf)?;
        Ok(Self(read(&parts, &bytes).await?))
    }
}

impl<T: DeserializeOwned> FromRequest<Arc<Face>> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, face: &Arc<Face>) -> Result<Self, Problem> {
        let (parts, bytes) = sent(request, face).await?;
        Ok(Self(read(&parts, &bytes).await?))
    }
}

async fn sent(request: Request, face: &Arc<Face>) -> Result<(Parts, axum::body::Bytes), Problem> {
    let (parts, body) = request.into_parts();
    from_our_pages(&parts.headers, &face.app.issuer().origin)?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return Err(Problem::UNSUPPORTED.with_detail("请提交本页的表单 / send the form of the page"));
    }
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = axum::body::Bytes::from_request(whole, face).await.map_err(Problem::from)?;
    Ok((parts, bytes))
}

async fn read<T: DeserializeOwned>(parts: &Parts, bytes: &axum::body::Bytes) -> Result<T, Problem> {
    let mut request = Request::new(axum::body::Body::from(bytes.clone()));
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    match axum::Form::from_request(request, &()).await {
        Ok(axum::Form(value)) => Ok(value),
        Err(rejection) => {
            let text = rejection.body_text();
            Err(Problem::BAD_REQUEST.with_detail(format!("表单无法读取 / the form cannot be read: {text}")))
        }
    }
}
