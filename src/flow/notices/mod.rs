//! People are told what happens to what concerns them.
//!
//! A notice is written in the transaction of what it tells, and once: the table knows its like. Whom it reaches is asked when
//! it is read, so that nobody reads what is not theirs any more. Mail and webhooks come after it (`spread`, `send`).
//!
//! | file | story |
//! |---|---|
//! | `list` | somebody reads what they were told |
//! | `mailbox` | somebody wants mail, at an address that they confirm |
//! | `looks` | a report is looked at |
//! | `repairs` | the day comes from which a repair may be asked for |
//! | `spread` | a notice becomes mail, and calls to webhooks |
//! | `send` | messages go out, again where it is needed, and are given up in the end |
//! | `mail` | how mail reads, and how it goes out |

mod list;
mod looks;
mod mail;
mod mailbox;
mod repairs;
mod send;
mod spread;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

pub use list::{COUNTED, Entry, Error as NotRead, Listed, list, read, unread};
pub(super) use looks::Looks;
pub use looks::{looked, note as note_look};
pub(super) use mail::Post;
pub use mail::Trouble as NotPosted;
pub use mailbox::{Error as NotMailed, Wishes, choose, confirm, is_link, remove, set_address, wishes};
pub use repairs::look as look_for_repairs;
pub(super) use send::Outcome;
pub use send::{Error as NotReplayed, Sent, counts, dead, replay, send};
pub(super) use spread::{body, message};

use super::App;
use crate::rules::{
    AccountRole, Audience, CreditCode, DomainId, Instant, JobState, NoticeKind, Operation, Reminder,
    ReportNumber,
};
use crate::store::notices::Notice;
use crate::store::outbox;
use crate::store::records::NewVersion;
use crate::store::reports::Report;
use crate::store::{self, Tx, accounts, mailboxes, notices, statuses};

/// What was told, and messages that ended, are kept so long, in milliseconds: two years.
const KEPT: i64 = 730 * 86_400_000;

/// Something to tell once.
pub(super) struct Telling {
    pub(super) audience: Audience,
    pub(super) kind: NoticeKind,
    pub(super) object: String,
    pub(super) slot: i64,
    pub(super) domain: Option<DomainId>,
    pub(super) details: Value,
}

impl Telling {
    /// The notice to store, of something that happened so many times.
    pub(super) fn notice(self, app: &App, times: u32, at: Instant) -> Notice {
        let Self { audience, kind, object, slot, domain, details } = self;
        Notice { audience, id: app.mint(), kind, object, slot, domain, times, details, at }
    }
}

/// Tells something, in the transaction that makes it true.
pub(super) async fn tell(app: &App, tx: &mut Tx, telling: Telling, now: Instant) -> Result<(), store::Error> {
    notices::insert(tx, &[telling.notice(app, 1, now)], false).await
}

/// Tells the agents of subjects that there are new records and changed ones: of several at once, how many.
pub(super) async fn records(
    app: &App,
    tx: &mut Tx,
    versions: &[NewVersion],
    now: Instant,
) -> Result<(), store::Error> {
    let mut subjects: Vec<Uuid> = versions.iter().map(|new| new.version.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let followed = notices::followed(tx, &subjects).await?;
    let mut groups: BTreeMap<(Uuid, bool), Vec<&NewVersion>> = BTreeMap::new();
    for new in versions.iter().filter(|new| followed.contains(&new.version.subject)) {
        let is_new = new.version.operation == Operation::Insert;
        groups.entry((new.version.subject, is_new)).or_default().push(new);
    }
    let mut told = Vec::with_capacity(groups.len());
    for ((subject, is_new), group) in groups {
        let Some(first) = group.iter().map(|new| &new.version).min_by_key(|version| version.row) else {
            continue;
        };
        let alone = group.len() == 1;
        let telling = Telling {
            audience: Audience::Subject(subject),
            kind: if is_new { NoticeKind::RecordNew } else { NoticeKind::RecordChanged },
            object: if alone { first.record.to_string() } else { first.upload.to_string() },
            slot: if alone { first.number.into() } else { first.row.into() },
            domain: None,
            details: if alone { json!({ "operation": first.operation }) } else { json!({}) },
        };
        told.push(telling.notice(app, u32::try_from(group.len()).unwrap_or(u32::MAX), now));
    }
    notices::insert(tx, &told, false).await
}

/// Tells whom it concerns that a report has another status.
pub(super) async fn status(
    app: &App,
    tx: &mut Tx,
    report: &Report,
    event: &statuses::Event,
) -> Result<(), store::Error> {
    let telling = Telling {
        audience: Audience::Subject(report.subject),
        kind: NoticeKind::ReportStatus,
        object: report.number.compact().to_owned(),
        slot: event.place.into(),
        domain: None,
        details: json!({ "status": event.status }),
    };
    tell(app, tx, telling, event.since).await
}

/// Tells an authority, or the operator where none answers, that a case was opened on a record of its own.
pub(super) async fn opened(
    app: &App,
    tx: &mut Tx,
    case: &store::cases::Case,
    now: Instant,
) -> Result<(), store::Error> {
    let audience = case.authority.map_or(Audience::Operator, Audience::Authority);
    tell(app, tx, of_case(audience, NoticeKind::CaseOpened, case), now).await
}

/// Tells the subject what came of its case.
pub(super) async fn decided(
    app: &App,
    tx: &mut Tx,
    case: &store::cases::Case,
    now: Instant,
) -> Result<(), store::Error> {
    tell(app, tx, of_case(Audience::Subject(case.subject), NoticeKind::CaseDecided, case), now).await
}

fn of_case(audience: Audience, kind: NoticeKind, case: &store::cases::Case) -> Telling {
    Telling {
        audience,
        kind,
        object: case.id.to_string(),
        slot: case.place.into(),
        domain: Some(case.domain.clone()),
        details: json!({ "kind": case.progress.kind, "state": case.progress.state }),
    }
}

/// Tells an authority, or the operator where none answers, that a part of a case is due soon or overdue.
pub(super) async fn deadline(
    app: &App,
    tx: &mut Tx,
    case: &store::cases::Case,
    reminder: Reminder,
    now: Instant,
) -> Result<(), store::Error> {
    let audience = case.authority.map_or(Audience::Operator, Audience::Authority);
    let kind = if reminder == Reminder::Near { NoticeKind::DeadlineNear } else { NoticeKind::DeadlineOver };
    let telling = of_case(audience, kind, case);
    tell(app, tx, telling, now).await
}

/// Tells an authority's clerks that an upload came to an end. Where a file was only checked, nothing came of it: who asked looks.
pub(super) async fn job(
    app: &App,
    tx: &mut Tx,
    job: &store::jobs::Job,
    state: JobState,
    now: Instant,
) -> Result<(), store::Error> {
    if super::dry_run::is_check(job) {
        return Ok(());
    }
    let audience = job.authority.map_or(Audience::Operator, Audience::Authority);
    let telling = Telling {
        audience,
        kind: if state == JobState::Failed { NoticeKind::UploadFailed } else { NoticeKind::UploadDone },
        object: job.id.to_string(),
        slot: job.revision.into(),
        domain: super::jobs::domain_of(job),
        details: json!({ "state": state }),
    };
    tell(app, tx, telling, now).await
}

/// Tells an authority's clerks that a file was taken in at once. No job came to an end: webhooks are told of jobs only.
pub(super) async fn uploaded(
    app: &App,
    tx: &mut Tx,
    authority: CreditCode,
    upload: Uuid,
    now: Instant,
) -> Result<(), store::Error> {
    let telling = Telling {
        audience: Audience::Authority(authority),
        kind: NoticeKind::UploadDone,
        object: upload.to_string(),
        slot: 0,
        domain: None,
        details: json!({ "upload": upload }),
    };
    tell(app, tx, telling, now).await
}

/// Tells the holder of an account what was done to it.
pub(super) async fn account(
    app: &App,
    tx: &mut Tx,
    account: Uuid,
    kind: NoticeKind,
    now: Instant,
) -> Result<(), store::Error> {
    let telling = Telling {
        audience: Audience::Account(account),
        kind,
        object: account.to_string(),
        slot: now.millis(),
        domain: None,
        details: json!({}),
    };
    tell(app, tx, telling, now).await
}

/// Tells whoever rated that there is an answer.
pub(super) async fn answered(
    app: &App,
    tx: &mut Tx,
    account: Uuid,
    rating: Uuid,
    now: Instant,
) -> Result<(), store::Error> {
    let telling = Telling {
        audience: Audience::Account(account),
        kind: NoticeKind::RatingAnswered,
        object: rating.to_string(),
        slot: 0,
        domain: None,
        details: json!({}),
    };
    tell(app, tx, telling, now).await
}

/// Tells everybody of a role that one person alone took a report back.
pub(super) async fn revoked(
    app: &App,
    tx: &mut Tx,
    role: AccountRole,
    number: &ReportNumber,
    now: Instant,
) -> Result<(), store::Error> {
    for account in accounts::usable(tx, role).await? {
        let telling = Telling {
            audience: Audience::Account(account),
            kind: NoticeKind::ReportRevoked,
            object: number.compact().to_owned(),
            slot: 0,
            domain: None,
            details: json!({}),
        };
        tell(app, tx, telling, now).await?;
    }
    Ok(())
}

/// Notes from which network an account is used, and tells its holder where that is a new one.
pub(super) async fn place(
    app: &App,
    tx: &mut Tx,
    account_id: Uuid,
    address: &str,
    now: Instant,
) -> Result<(), store::Error> {
    let key = format!("place {account_id} {}", network(address));
    let place = app.0.keyring.codes.hash(key.as_bytes());
    if mailboxes::used_from(tx, account_id, place, now).await? {
        account(app, tx, account_id, NoticeKind::PlaceNew, now).await?;
    }
    Ok(())
}

/// The network of an address, since addresses change by themselves: the first 24 bits of IPv4, 48 of IPv6.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}")
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
        Err(_) => address.to_owned(),
    }
}

/// Forgets what was told long ago; tells how much.
pub(super) async fn tidy(app: &App) -> Result<u64, store::Error> {
    let before = Instant::from_millis(app.now().millis() - KEPT);
    let mut tx = app.0.store.write().await?;
    let told = notices::forget_before(&mut tx, before).await?;
    let sent = outbox::forget_before(&mut tx, before).await?;
    tx.commit().await?;
    Ok(told + sent)
}

/// The accounts of clerks, agents and persons, by the words that stand in their grants.
pub(super) fn codes_of(subject: &crate::rules::Subject) -> Vec<String> {
    let aliases = subject.aliases.iter().map(|alias| alias.value.clone());
    std::iter::once(subject.code.value.clone()).chain(aliases).collect()
}

/// As whom an account acts now; none where it may not be used.
pub(super) async fn actor_of(
    tx: &mut Tx,
    account: &accounts::Account,
    now: Instant,
) -> Result<Option<super::Actor>, store::Error> {
    if account.state != accounts::ACTIVE {
        return Ok(None);
    }
    let grants = accounts::grants(tx, account.id).await?;
    let role = super::account::role(account.role, &grants, now);
    Ok(Some(super::Actor { name: format!("@{}", account.name), role }))
}
