//! People rate what was done for them; the operator answers, and everybody sees the averages.
//!
//! Nobody rates what was not done for them: the page of an act carries a ticket for that act, and nothing is taken without. Whoever is
//! signed in rates each act once, whoever is not once a day from one browser, and so many times from one network. A look at a verdict
//! gives nobody a cookie by which they could be told apart: the first rating does.

use serde_json::json;
use uuid::Uuid;

use super::record::record;
use super::sessions::Signed;
use super::{Actor, App, Forbidden, Listing, SetBack, moment, notices, same_secret};
use crate::rules::{Digest, FAIR, Instant, RatingAct, mask, normal};
use crate::store;
use crate::store::ratings::{self, Count};

pub use crate::store::ratings::Rating;

/// How often one act is rated in a day from one network by people who are not signed in: an office has one address, and who drops
/// the cookie of a rating is somebody new.
const FROM_NETWORK: i64 = 10;

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
    /// Rated too often from one network.
    #[error("enough ratings of this came from your network today")]
    Enough,
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
    /// How many are answered, low or not.
    pub answered: i64,
}

/// Who rates.
#[derive(Clone, Copy, Debug)]
pub enum Rater<'r> {
    /// Somebody with an account.
    Account(Uuid),
    /// Somebody who is not signed in, by the secret of their browser and the network that they come from.
    Browser(&'r str, &'r str),
}

impl Rater<'_> {
    /// What tells raters of an act apart and, without our key, leads to nobody. What was done for nobody in particular is rated
    /// once from one network.
    fn digest(self, app: &App, object: &str) -> Digest {
        let day = app.now().local_day();
        let text = match self {
            Self::Account(id) if !object.is_empty() => format!("rating by {id}"),
            Self::Account(id) => format!("rating by {id} on {day}"),
            Self::Browser(secret, _) if !object.is_empty() => format!("rating by browser {secret} on {day}"),
            Self::Browser(_, network) => format!("rating from {network} on {day}"),
        };
        app.0.keyring.codes.hash(text.as_bytes())
    }

    /// The network of somebody who is not signed in, today.
    fn network(self, app: &App) -> Option<Digest> {
        let Self::Browser(_, network) = self else { return None };
        let text = format!("ratings from {network} on {}", app.now().local_day());
        Some(app.0.keyring.codes.hash(text.as_bytes()))
    }
}

/// What the form must bring that rates an act on an object. `token` is that of the forms of who is signed in; for anybody else the
/// ticket holds today and tomorrow.
#[must_use]
pub fn ticket(app: &App, token: Option<&str>, act: &str, object: &str) -> String {
    let day = app.now().local_day().to_string();
    ticket_of(app, token.unwrap_or(&day), act, object)
}

/// Whether this is the ticket for an act on an object.
#[must_use]
pub fn is_ticket(app: &App, token: Option<&str>, act: &str, object: &str, typed: &str) -> bool {
    let today = app.now().local_day();
    let days = [Some(today), today.previous_day()].into_iter().flatten().map(|day| day.to_string());
    let keys: Vec<String> = token.map_or_else(|| days.collect(), |token| vec![token.to_owned()]);
    keys.iter().any(|key| same_secret(&ticket_of(app, key, act, object), typed))
}

fn ticket_of(app: &App, key: &str, act: &str, object: &str) -> String {
    app.0.keyring.codes.hash(format!("rating ticket {key} {act} {object}").as_bytes()).to_string()
}

/// Takes a rating.
pub async fn rate(app: &App, rater: Rater<'_>, given: Given) -> Result<(), Error> {
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
        rater: rater.digest(app, &given.object),
        object: given.object,
        stars: given.stars.into(),
        words: Some(words).filter(|words| !words.is_empty()),
        given_at: app.now(),
        reply: None,
        replied_at: None,
    };
    let mut tx = app.0.store.write().await?;
    let account = if let Rater::Account(id) = rater { Some(id) } else { None };
    let network = rater.network(app);
    if let Some(network) = network
        && ratings::from_network(&mut tx, rating.act, &rating.object, network).await? >= FROM_NETWORK
    {
        return Err(Error::Enough);
    }
    if !ratings::add(&mut tx, &rating, account, network).await? {
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
    let mut of = OfAct { act, number: 0, hundredths: 0, stars: [0; 5], low: (0, 0), answered: 0 };
    let mut sum = 0;
    for count in counts.iter().filter(|count| count.act == act) {
        of.number += count.number;
        of.answered += count.answered;
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

/// A rating that was answered, as everybody sees it: not on what it was given, nor by whom, and without long numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// What was rated.
    pub act: RatingAct,
    /// From 1 to 5.
    pub stars: i64,
    /// What they said.
    pub words: Option<String>,
    /// What the operator answered.
    pub reply: String,
    /// When.
    pub replied_at: Instant,
}

/// A part of the ratings that were answered, the newest answer first.
pub async fn answered(app: &App, page: Listing) -> Result<Vec<Answered>, Error> {
    let mut tx = app.0.store.read().await?;
    let shown = |rating: Rating| {
        Some(Answered {
            act: rating.act,
            stars: rating.stars,
            words: rating.words.map(|words| mask::numbers(&words)),
            reply: mask::numbers(&rating.reply?),
            replied_at: rating.replied_at?,
        })
    };
    Ok(ratings::answered(&mut tx, page).await?.into_iter().filter_map(shown).collect())
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

/// Answers a rating, once, and tells whoever gave it with an account.
pub async fn reply(app: &App, signed: &Signed, id: Uuid, text: &str) -> Result<Instant, Error> {
    signed.actor.may_operate()?;
    let text = normal::free_text(text);
    if text.is_empty() || text.chars().count() > 500 {
        return Err(Error::Words);
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let account = ratings::account(&mut tx, id).await?;
    if !ratings::reply(&mut tx, id, &text, signed.account, now).await? {
        return Err(Error::NotFound);
    }
    if let Some(account) = account {
        notices::answered(app, &mut tx, account, id, now).await?;
    }
    record(&mut tx, now, &signed.actor, "rating-reply", id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(now)
}
