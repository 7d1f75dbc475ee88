//! What a report would say, before it is issued: nothing is signed, nothing is stored.

use super::issue::{Ask, Error, find_subject, reaches};
use super::wish::Wish;
use super::{Actor, App, Forbidden, Role, moment};
use crate::rules::{Facts, ReportNumber, Subject};
use crate::store::Tx;

/// Draws up what a report would say if it were issued now. Its number is nobody's.
pub async fn preview(app: &App, actor: &Actor, ask: &Ask) -> Result<Facts, Error> {
    let mut tx = app.0.store.read().await?;
    let subject = asked_subject(&mut tx, actor, &ask.subject).await?;
    drawn(app, &mut tx, actor, ask, &subject).await
}

/// The same for a subject that the actor was found to see.
pub(super) async fn drawn(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    ask: &Ask,
    subject: &Subject,
) -> Result<Facts, Error> {
    let now = moment::present(app, tx).await??;
    let wish = Wish::new(app, actor, ask, subject, None)?;
    let number = ReportNumber::new(&app.0.prefix, now.local_day(), app.0.chance.draw());
    let asked = wish.asked(ask, number, now);
    Ok(wish.draw(app, tx, subject, asked).await?.facts)
}

/// The subject that somebody asks about, if they may.
pub(super) async fn asked_subject(tx: &mut Tx, actor: &Actor, code: &str) -> Result<Subject, Error> {
    let subject = match (find_subject(tx, code).await?, &actor.role) {
        (Some(subject), _) => subject,
        // Whether others exist is nobody else's business.
        (None, Role::Operator) => return Err(Error::UnknownSubject(code.to_owned())),
        (None, _) if actor.is_itself(code) => return Err(Error::UnknownSubject(code.to_owned())),
        (None, _) => return Err(Forbidden::Subject(actor.name.clone()).into()),
    };
    reaches(tx, actor, &subject, |scope| scope.ask).await??;
    Ok(subject)
}
