//! A notice becomes mail to those who want it, and calls to the webhooks that it concerns.
//!
//! Whoever it reaches is asked what they may at that moment, by the rules that open pages to them.

use serde_json::json;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{Telling, actor_of, codes_of, mailbox};
use crate::flow::{Actor, App, issue, webhooks as hooks};
use crate::rules::{
    AccountRole, Audience, Channel, CreditCode, Desk, HookEvent, Instant, NoticeKind, ReportNumber, Sending,
};
use crate::store::notices::Notice;
use crate::store::outbox::{self, Message};
use crate::store::webhooks::Webhook;
use crate::store::{self, Tx, accounts, mailboxes, notices, subjects, webhooks};

/// Notices spread at a time.
const AT_ONCE: u32 = 50;
/// Mail to one account about the same kind of thing is sent no more often than this, in milliseconds: a quarter of an hour.
const PAUSE: i64 = 15 * 60_000;

/// Spreads what waits; tells how many notices. One that cannot be spread holds up no other, and stays.
pub(super) async fn spread(app: &App) -> Result<u32, store::Error> {
    let mut done = 0;
    loop {
        let mut tx = app.0.store.read().await?;
        let waiting = notices::waiting(&mut tx, AT_ONCE).await?;
        drop(tx);
        if waiting.is_empty() {
            return Ok(done);
        }
        let mut trouble = None;
        for notice in &waiting {
            match one(app, notice).await {
                Ok(spread) => done += u32::from(spread),
                Err(error) => trouble = Some(error),
            }
        }
        if let Some(trouble) = trouble {
            return Err(trouble);
        }
    }
}

/// Spreads one notice; false where another process was faster.
async fn one(app: &App, notice: &Notice) -> Result<bool, store::Error> {
    let mut tx = app.0.store.write().await?;
    let now = app.now();
    let first = notices::spread(&mut tx, notice, now).await?;
    if first {
        by_mail(app, &mut tx, notice, now).await?;
        to_hooks(app, &mut tx, notice, now).await?;
        tx.commit().await?;
    }
    Ok(first)
}

/// Mail to everybody whom a notice reaches and who wants mail about its kind.
async fn by_mail(app: &App, tx: &mut Tx, notice: &Notice, now: Instant) -> Result<(), store::Error> {
    for account in reached(tx, notice, now).await? {
        let wanted = mailboxes::of(tx, account).await?.is_some_and(|it| mailbox::wants(&it, notice.kind));
        if !wanted {
            continue;
        }
        let about = notice.kind.word();
        let before = outbox::last_sent(tx, account, about).await?;
        let earliest = before.map(|at| Instant::from_millis(at.millis() + PAUSE));
        let message = Message {
            run_after: earliest.map_or(now, |at| at.max(now)),
            ..message(app, account, Channel::Mail, about, about, now)
        };
        outbox::add(tx, &message).await?;
    }
    Ok(())
}

/// A message to be sent at once.
pub(in crate::flow) fn message(
    app: &App,
    target: Uuid,
    channel: Channel,
    about: &str,
    event: &str,
    now: Instant,
) -> Message {
    Message {
        target,
        id: app.mint(),
        channel,
        about: about.to_owned(),
        event: event.to_owned(),
        body: String::new(),
        state: Sending::Waiting,
        attempts: 0,
        run_after: now,
        status: None,
        fault: None,
        made_at: now,
        ended_at: None,
    }
}

/// The accounts with a confirmed mailbox that a notice reaches.
async fn reached(tx: &mut Tx, notice: &Notice, now: Instant) -> Result<Vec<Uuid>, store::Error> {
    match notice.audience {
        Audience::Account(id) => Ok(vec![id]),
        Audience::Operator => mailboxes::of_roles(tx, &[AccountRole::System], None).await,
        Audience::Authority(code) => {
            let objects = [code.as_str().to_owned()];
            let asked = mailboxes::of_roles(tx, &[AccountRole::Clerk], Some(&objects)).await?;
            let mut reached = Vec::new();
            for id in asked {
                if works_on(tx, id, code, notice, now).await? {
                    reached.push(id);
                }
            }
            Ok(reached)
        }
        Audience::Subject(id) => agents_of(tx, id, now).await,
    }
}

/// Whether a clerk works on what a notice is about.
async fn works_on(
    tx: &mut Tx,
    account: Uuid,
    code: CreditCode,
    notice: &Notice,
    now: Instant,
) -> Result<bool, store::Error> {
    let Some(account) = accounts::by_id(tx, account).await? else { return Ok(false) };
    let Some(actor) = actor_of(tx, &account, now).await? else { return Ok(false) };
    let has = |domain| {
        actor
            .posts()
            .iter()
            .any(|post| post.authority == code && (post.domains.is_empty() || post.domains.contains(domain)))
    };
    Ok(match &notice.domain {
        Some(domain) => has(domain),
        None => actor.posts().iter().any(|post| post.authority == code),
    })
}

/// Agents and persons who may see a subject.
async fn agents_of(tx: &mut Tx, id: Uuid, now: Instant) -> Result<Vec<Uuid>, store::Error> {
    let Some(subject) = subjects::by_id(tx, id).await? else { return Ok(Vec::new()) };
    // Whoever stands for what it was merged with may stand for it, too.
    let mut codes = codes_of(&subject);
    let heir = issue::find_subject(tx, &subject.code.value).await?.map_or(id, |heir| heir.id);
    for other in subjects::with_merged(tx, heir).await? {
        if other != id
            && let Some(other) = subjects::by_id(tx, other).await?
        {
            codes.extend(codes_of(&other));
        }
    }
    let asked = mailboxes::of_roles(tx, &[AccountRole::Agent, AccountRole::Person], Some(&codes)).await?;
    let mut reached = Vec::new();
    for id in asked {
        let Some(account) = accounts::by_id(tx, id).await? else { continue };
        let Some(actor) = actor_of(tx, &account, now).await? else { continue };
        if issue::sees(tx, &actor, &subject).await?.is_ok() {
            reached.push(id);
        }
    }
    Ok(reached)
}

/// Calls to webhooks; and for watchers with accounts a notice of their own.
async fn to_hooks(app: &App, tx: &mut Tx, notice: &Notice, now: Instant) -> Result<(), store::Error> {
    match (notice.kind, notice.audience) {
        (NoticeKind::ReportStatus, Audience::Subject(subject)) => {
            for owner in webhooks::watchers(tx, subject, &notice.object).await? {
                let Some(actor) = hooks::owner(app, tx, &owner, now).await? else { continue };
                if actor.may_verify().is_err() {
                    continue;
                }
                tell_account(app, tx, &owner, notice).await?;
                let number: Result<ReportNumber, _> = notice.object.parse();
                let report = number.map_or_else(|_| notice.object.clone(), |number| number.to_string());
                let data = json!({ "report": report, "status": notice.details.get("status"),
                    "since": notice.at });
                for hook in webhooks::of(tx, Some(&owner)).await? {
                    call(app, tx, &hook, HookEvent::ReportStatus, notice, &data, now).await?;
                }
            }
        }
        (NoticeKind::UploadDone | NoticeKind::UploadFailed, _) if notice.details.get("upload").is_none() => {
            let data = json!({ "job": notice.object, "state": notice.details.get("state") });
            for hook in webhooks::of(tx, None).await? {
                let owner = hooks::owner(app, tx, &hook.owner, now).await?;
                if owner.is_some_and(|owner| is_theirs(&owner, notice)) {
                    call(app, tx, &hook, HookEvent::JobFinished, notice, &data, now).await?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether an upload is one of somebody's authority, and about domains of theirs.
fn is_theirs(actor: &Actor, notice: &Notice) -> bool {
    let Audience::Authority(code) = notice.audience else { return false };
    let covers = |desk: &Desk| desk.authority == code && desk.covers(notice.domain.as_ref());
    actor.desks().iter().any(covers)
}

/// Tells the holder of an account that watches a report.
async fn tell_account(app: &App, tx: &mut Tx, owner: &str, notice: &Notice) -> Result<(), store::Error> {
    let Some(name) = owner.strip_prefix('@') else { return Ok(()) };
    let Some(account) = accounts::by_name(tx, name).await? else { return Ok(()) };
    let telling = Telling {
        audience: Audience::Account(account.id),
        kind: notice.kind,
        object: notice.object.clone(),
        slot: notice.slot,
        domain: None,
        details: notice.details.clone(),
    };
    notices::insert(tx, &[telling.notice(app, 1, notice.at)], false).await
}

/// Has a webhook called, if it wants to be told of this.
async fn call(
    app: &App,
    tx: &mut Tx,
    hook: &Webhook,
    event: HookEvent,
    notice: &Notice,
    data: &serde_json::Value,
    now: Instant,
) -> Result<(), store::Error> {
    if hook.paused.is_some() || !hook.events.split(' ').any(|word| word == event.word()) {
        return Ok(());
    }
    let about = notice.id.to_string();
    let body = body(event, notice.at, data);
    let message = Message { body, ..message(app, hook.id, Channel::Webhook, &about, event.word(), now) };
    outbox::add(tx, &message).await?;
    Ok(())
}

/// What is sent: the event, when it happened, and what there is to know. The same each time that it is sent.
pub(in crate::flow) fn body(event: HookEvent, at: Instant, data: &serde_json::Value) -> String {
    // An instant of ours always has a text.
    let timestamp = at.utc().format(&Rfc3339).unwrap_or_default();
    json!({ "type": event, "timestamp": timestamp, "data": data }).to_string()
}
