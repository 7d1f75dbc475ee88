//! A verifier says what for, and the holder answers.

use serde_json::json;
use uuid::Uuid;

use super::{Error, after, find, of_holder, read};
use crate::flow::record::record;
use crate::flow::{Actor, App, moment};
use crate::rules::{AskState, BadTerms, Instant, Terms, normal};
use crate::store::Tx;
use crate::store::sharing::{self, Ask, Code, Share};

/// How long a wish waits for its answer, and an agreement for the look, in milliseconds: ten minutes.
const PATIENCE: i64 = 10 * 60 * 1000;
/// Verifiers that wait for one holder at a time.
const WAITING: usize = 20;

/// How the wish of a verifier stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// There is none: say what for.
    Say,
    /// The holder has not answered.
    Waiting,
    /// The holder agreed: open it.
    Agreed,
    /// The holder declined.
    Declined,
}

/// Whether a wish has waited too long.
pub(super) fn lapsed(ask: &Ask, now: Instant) -> bool {
    let since = ask.decided_at.unwrap_or(ask.asked_at);
    let open = matches!(ask.state, AskState::Waiting | AskState::Agreed);
    open && now >= after(since, PATIENCE)
}

/// The newest wish of a verifier about a share, unless it has waited too long.
pub(super) async fn newest(
    tx: &mut Tx,
    share: &Share,
    code: &Code,
    verifier: &Actor,
    now: Instant,
) -> Result<Option<Ask>, Error> {
    let asks = sharing::asks(tx, share).await?;
    let own = |ask: &Ask| ask.verifier == verifier.name && ask.code == code.hash && !lapsed(ask, now);
    Ok(asks.into_iter().find(own))
}

/// Tells the holder of a code who wants to look, and what for. A wish that waits already is not doubled.
pub async fn ask(app: &App, verifier: &Actor, shown: &str, text: &str, purpose: &str) -> Result<(), Error> {
    verifier.may_verify().map_err(|_| Error::AskFirst)?;
    let code = read(text)?;
    let purpose = normal::free_text(purpose).replace('\n', " ");
    if purpose.is_empty() || purpose.chars().count() > Terms::LONGEST_TEXT {
        return Err(BadTerms::Purpose.into());
    }
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let (code, share) = find(app, &mut tx, &code, now).await?;
    super::holds(&code, &share, code.until, now)?;
    super::look::is_for(&share, Some(verifier))?;
    if !share.consent {
        return Err(Error::NotFound);
    }
    if let Some(before) = newest(&mut tx, &share, &code, verifier, now).await?
        && before.state == AskState::Waiting
    {
        return Ok(());
    }
    let waiting = sharing::asks(&mut tx, &share).await?;
    let waiting = waiting.iter().filter(|ask| ask.state == AskState::Waiting && !lapsed(ask, now)).count();
    if waiting >= WAITING {
        return Err(Error::Crowded);
    }
    let ask = Ask {
        subject: share.subject,
        share: share.id,
        id: app.mint(),
        code: code.hash,
        verifier: verifier.name.clone(),
        shown: shown.to_owned(),
        purpose,
        asked_at: now,
        state: AskState::Waiting,
        decided_at: None,
    };
    sharing::ask(&mut tx, &ask).await?;
    record(&mut tx, now, verifier, "share-ask", share.id.to_string(), json!({ "ask": ask.id })).await?;
    Ok(tx.commit().await?)
}

/// How the wish of a verifier about a code stands.
pub async fn waiting(app: &App, verifier: &Actor, text: &str) -> Result<Wait, Error> {
    let mut tx = app.0.store.read().await?;
    let now = app.now();
    let (code, share) = find(app, &mut tx, &read(text)?, now).await?;
    let ask = newest(&mut tx, &share, &code, verifier, now).await?;
    Ok(match ask.map(|ask| ask.state) {
        None | Some(AskState::Used) => Wait::Say,
        Some(AskState::Waiting) => Wait::Waiting,
        Some(AskState::Agreed) => Wait::Agreed,
        Some(AskState::Declined) => Wait::Declined,
    })
}

/// The holder agrees to a look, or declines.
pub async fn decide(app: &App, actor: &Actor, id: Uuid, ask: Uuid, agree: bool) -> Result<(), Error> {
    let mut tx = app.0.store.write().await?;
    let now = moment::hold(app, &mut tx).await??;
    let share = of_holder(&mut tx, actor, id).await?;
    let asks = sharing::asks(&mut tx, &share).await?;
    let ask = asks.into_iter().find(|it| it.id == ask && !lapsed(it, now)).ok_or(Error::NotFound)?;
    let answer = if agree { AskState::Agreed } else { AskState::Declined };
    if sharing::decide(&mut tx, &ask, (AskState::Waiting, answer), &actor.name, now).await? {
        let details = json!({ "ask": ask.id, "verifier": ask.verifier, "agreed": agree });
        record(&mut tx, now, actor, "share-consent", share.id.to_string(), details).await?;
        tx.commit().await?;
    }
    Ok(())
}
