//! Ratings: one tap after an act, and the averages for everybody.
//!
//! The form asks for no cookie: a ticket for the very act stands in it, so that who only looks at a verdict is given none. An act that
//! ends with a page of its own has the form there; one that leads on to another page hands its ticket to that page, once.

use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::frame::Pager;
use super::visitor::{Sent, Visitor, Whence, local_path};
use super::{Face, Frame, Problem, cookies, page};
use crate::flow::Listing;
use crate::flow::ratings::{self, Answered, Error, Given, OfAct, Rater};
use crate::http::extract::Query;
use crate::http::limits::network;
use crate::rules::{RatingAct, STARS};

/// How long the next page may take to ask, in seconds.
const OFFERED: i64 = 60;
/// Answered ratings on a page.
const PER_PAGE: u32 = 20;

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/ratings", get(show).post(rate))
}

#[derive(Template)]
#[template(path = "ratings.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    acts: Vec<OfAct>,
    /// What may be rated here: somebody was led here after it.
    rated: Option<RatingAct>,
    answered: Vec<Answered>,
    pager: Pager,
}

impl Page {
    /// An average as people read it, such as 4.25.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn shown(hundredths: &i64) -> String {
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[derive(Deserialize)]
struct Asked {
    act: Option<String>,
    page: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tapped {
    csrf: String,
    ticket: String,
    act: String,
    object: String,
    stars: u8,
    words: String,
    back: String,
}

/// What was done, and is offered to be rated on the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) struct Offer {
    /// The act.
    pub act: RatingAct,
    /// On what.
    pub object: String,
}

impl Frame {
    /// Leads to another page, which tells what was done and asks how it was.
    pub(in crate::http) fn done_to_rate(
        &self,
        to: &str,
        (zh, en): (&str, &str),
        act: RatingAct,
        object: &impl Display,
    ) -> Response {
        self.offer(act, object);
        self.done(to, zh, en)
    }

    /// Has the next page ask how an act was.
    pub(in crate::http) fn offer(&self, act: RatingAct, object: &impl Display) {
        let ticket = self.ticket(&act, object);
        self.jar.set(cookies::RATE, &format!("{act} {object} {ticket}"), Some(OFFERED));
    }

    /// What is offered, by a ticket of ours.
    pub(in crate::http) fn offered(&self, text: &str) -> Option<Offer> {
        let mut words = text.split(' ');
        let (act, object, ticket) = (words.next()?, words.next()?, words.next()?);
        let ours = ratings::is_ticket(&self.app, self.token(), act, object, ticket);
        Some(Offer { act: act.parse().ok().filter(|_| ours)?, object: object.to_owned() })
    }

    /// Whether this act on this object is still to be rated, as far as the browser knows: no page asks for two at a time.
    pub(in crate::http) fn asks(&self, act: &impl Display, object: &impl Display) -> bool {
        let this = format!("{act} {object}");
        let other = self.rate.as_ref().is_some_and(|offer| format!("{} {}", offer.act, offer.object) != this);
        !other && self.rated.as_ref() != Some(&this)
    }

    /// The numbers of stars, with their words in this language.
    pub(in crate::http) fn stars(&self) -> Vec<(u8, &'static str)> {
        STARS.iter().map(|(stars, zh, en)| (*stars, self.lang.say(zh, en))).collect()
    }

    /// What the form brings that rates this act on this object.
    pub(in crate::http) fn ticket(&self, act: &impl Display, object: &impl Display) -> String {
        ratings::ticket(&self.app, self.token(), &act.to_string(), &object.to_string())
    }

    /// The token of who is signed in.
    fn token(&self) -> Option<&str> {
        self.actor.as_ref().map(|_| self.csrf())
    }
}

async fn show(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let acts = ratings::averages(&face.app).await?;
    let rated = asked.act.and_then(|act| act.parse().ok());
    let total = acts.iter().map(|of| of.answered).sum::<i64>();
    let pager = Pager::new(asked.page, u32::try_from(total).unwrap_or(u32::MAX), PER_PAGE);
    let part = Listing { offset: (pager.page - 1).saturating_mul(PER_PAGE), limit: PER_PAGE };
    let answered = ratings::answered(&face.app, part).await?;
    page(StatusCode::OK, &Page { frame, acts, rated, answered, pager })
}

async fn rate(
    State(face): State<Arc<Face>>,
    Visitor { frame, signed }: Visitor,
    Whence(knock): Whence,
    headers: HeaderMap,
    Sent(tapped): Sent<Tapped>,
) -> Result<Response, Problem> {
    let Tapped { csrf, ticket, act, object, stars, words, back } = tapped;
    let ours = ratings::is_ticket(&face.app, frame.token(), &act, &object, &ticket);
    let Some(act) = act.parse().ok().filter(|_| ours) else {
        frame.permits(&csrf)?;
        return Err(Problem::UNPROCESSABLE.with_detail("没有这项服务可评价 / there is no such act to rate"));
    };
    let back = if back.is_empty() { "/ratings" } else { local_path(&back) };
    let whence = knock.address.parse().map_or(knock.address, |address| network(address, false));
    let known = frame.jar.get(&headers, cookies::RATER).filter(|secret| secret.len() == 64);
    let (is_new, secret) = (known.is_none(), known.unwrap_or_else(|| face.app.secret()));
    let rater = signed.map_or(Rater::Browser(&secret, &whence), |signed| Rater::Account(signed.account));
    let this = format!("{act} {object}");
    let said = match ratings::rate(&face.app, rater, Given { act, object, stars, words }).await {
        Ok(()) => ("感谢您的评价", "Thank you for rating us"),
        Err(Error::Again) => ("本次服务您已评价过", "You have rated this before"),
        Err(error) => return Err(error.into()),
    };
    if is_new && matches!(rater, Rater::Browser(..)) {
        frame.jar.set(cookies::RATER, &secret, None);
    }
    if !this.ends_with(' ') {
        frame.jar.set(cookies::RATED, &this, None);
    }
    Ok(frame.done(back, said.0, said.1))
}
