//! People rate what was done for them, once for each act and session; the operator answers, and everybody sees the averages.

use serde_json::json;
use uuid::Uuid;

use super::record::record;
use super::sessions::Signed;
use super::{Actor, App, Forbidden, Listing, SetBack, moment};
use crate::rules::{FAIR, Instant, RatingAct, normal};
use crate::seal;
use crate::store;
use crate::store::ratings::{self, Count};

pub use crate::store::ratings::Rating;

/// Why a rating or an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not theirs to do.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// No number of stars.
    #[error("give 1 to 5 stars")]
    Stars,
    /// Too many words, or none where some are needed.
    #[error("write 500 characters at most, and an answer at least one")]
    Words,
    /// Rated before.
    #[error("you have rated this before")]
    Again,
    /// There is none, or it is answered.
    #[error("there is no such rating, or it is answered already")]
    NotFound,
    /// The clock stands before what the journal has already seen.
    #[error(transparent)]
    Clock(#[from] SetBack),
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A rating as it is given.
#[derive(Clone, Debug)]
pub struct Given {
    /// What is rated.
    pub act: RatingAct,
    /// On what it was done; may be empty.
    pub object: String,
    /// From 1 to 5.
    pub stars: u8,
    /// What they say.
    pub words: String,
}

/// How an act is rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfAct {
    /// The act.
    pub act: RatingAct,
    /// How many ratings.
    pub number: i64,
    /// The average in hundredths; 0 where there is no rating.
    pub hundredths: i64,
    /// How many gave 5, 4, 3, 2 and 1 stars.
    pub stars: [i64; 5],
    /// Low ratings, and how many of them are answered.
    pub low: (i64, i64),
}

/// Takes a rating of somebody who is known by a secret of their session only.
pub async fn rate(app: &App, session: &str, given: Given) -> Result<(), Error> {
    let words = normal::free_text(&given.words);
    if !(1..=5).contains(&given.stars) {
        return Err(Error::Stars);
    }
    if words.chars().count() > 500 || given.object.len() > 64 {
        return Err(Error::Words);
    }
    let rating = Rating {
        id: app.mint(),
        act: given.act,
        object: given.object,
        rater: seal::digest(format!("rating {session}").as_bytes()),
        stars: given.stars.into(),
        words: Some(words).filter(|words| !words.is_empty()),
        given_at: app.now(),
        reply: None,
        replied_at: None,
    };
    let mut tx = app.0.store.write().await?;
    if !ratings::add(&mut tx, &rating).await? {
        return Err(Error::Again);
    }
    Ok(tx.commit().await?)
}

/// How each act is rated.
pub async fn averages(app: &App) -> Result<Vec<OfAct>, Error> {
    let mut tx = app.0.store.read().await?;
    let counts = ratings::counts(&mut tx).await?;
    Ok(RatingAct::ALL.iter().map(|act| average(*act, &counts)).collect())
}

fn average(act: RatingAct, counts: &[Count]) -> OfAct {
    let mut of = OfAct { act, number: 0, hundredths: 0, stars: [0; 5], low: (0, 0) };
    let mut sum = 0;
    for count in counts.iter().filter(|count| count.act == act) {
        of.number += count.number;
        sum += count.stars * count.number;
        if let Some(place) = usize::try_from(5 - count.stars).ok().and_then(|at| of.stars.get_mut(at)) {
            *place += count.number;
        }
        if count.stars < i64::from(FAIR) {
            of.low = (of.low.0 + count.number, of.low.1 + count.answered);
        }
    }
    of.hundredths = if of.number > 0 { (sum * 100 + of.number / 2) / of.number } else { 0 };
    of
}

/// A part of all ratings, those that need an answer first; how many there are, and how many need an answer.
pub async fn list(app: &App, actor: &Actor, page: Listing) -> Result<(Vec<Rating>, u32, i64), Error> {
    actor.may_inspect()?;
    let mut tx = app.0.store.read().await?;
    let listed = ratings::list(&mut tx, FAIR.into(), page).await?;
    let counts = ratings::counts(&mut tx).await?;
    let total = counts.iter().map(|count| count.number).sum::<i64>();
    let low = counts.iter().filter(|count| count.stars < i64::from(FAIR));
    let waiting = low.map(|count| count.number - count.answered).sum();
    Ok((listed, u32::try_from(total).unwrap_or(u32::MAX), waiting))
}

/// Whether a rating needs an answer.
#[must_use]
pub fn needs_answer(rating: &Rating) -> bool {
    rating.stars < i64::from(FAIR) && rating.reply.is_none()
}

/// Answers a rating, once.
pub async fn reply(app: &App, signed: &Signed, id: Uuid, text: &str) -> Result<Instant, Error> {
    signed.actor.may_operate()?;
    let text = normal::free_text(text);
    if text.is_empty() || text.chars().count() > 500 {
        return Err(Error::Words);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    if !ratings::reply(&mut tx, id, &text, signed.account, now).await? {
        return Err(Error::NotFound);
    }
    record(&mut tx, now, &signed.actor, "rating-reply", id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(now)
}
