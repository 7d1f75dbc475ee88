//! Ratings: one tap after an act, and the averages for everybody.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::visitor::{Form, Visitor, local_path};
use super::{Face, Frame, Problem, page};
use crate::flow::ratings::{self, Error, Given, OfAct};
use crate::http::extract::Query;
use crate::rules::{RatingAct, STARS};

pub(super) fn routes() -> Router<Arc<Face>> {
    Router::new().route("/ratings", get(show).post(rate))
}

#[derive(Template)]
#[template(path = "ratings.html", config = "src/http/pages/askama.toml")]
struct Page {
    frame: Frame,
    acts: Vec<OfAct>,
    /// What may be rated here: somebody was led here after it.
    rated: Option<(RatingAct, String)>,
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
    object: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tapped {
    act: String,
    object: String,
    stars: u8,
    words: String,
    back: String,
}

impl Frame {
    /// The numbers of stars, with their words in this language.
    pub(in crate::http) fn stars(&self) -> Vec<(u8, &'static str)> {
        STARS.iter().map(|(stars, zh, en)| (*stars, self.lang.say(zh, en))).collect()
    }
}

async fn show(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let acts = ratings::averages(&face.app).await?;
    let act = asked.act.and_then(|act| act.parse().ok());
    let rated = act.map(|act| (act, asked.object.unwrap_or_default()));
    page(StatusCode::OK, &Page { frame, acts, rated })
}

async fn rate(
    State(face): State<Arc<Face>>,
    Visitor { frame, .. }: Visitor,
    Form(tapped): Form<Tapped>,
) -> Result<Response, Problem> {
    let unknown = || Problem::UNPROCESSABLE.with_detail("没有这种服务 / there is no such act to rate");
    let act = tapped.act.parse().map_err(|_| unknown())?;
    let back = if tapped.back.is_empty() { "/ratings" } else { local_path(&tapped.back) };
    let given =
        Given { act, object: tapped.object.clone(), stars: tapped.stars, words: tapped.words.clone() };
    match ratings::rate(&face.app, frame.csrf(), given).await {
        Ok(()) => Ok(frame.done(back, "感谢您的评价", "Thank you for rating us")),
        Err(Error::Again) => Ok(frame.done(back, "本次服务您已评价过", "You have rated this before")),
        Err(error) => Err(error.into()),
    }
}
