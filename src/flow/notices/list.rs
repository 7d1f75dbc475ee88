//! Somebody reads what they were told: whom they stand for is asked anew each time.

use uuid::Uuid;

use crate::flow::sessions::Signed;
use crate::flow::{App, Role, StoreError};
use crate::rules::{Audience, DomainId, Instant, NoticeKind, normal};
use crate::store::notices::{Reader, Told};
use crate::store::{Page, Tx, accounts, cases, notices, records, subjects};

/// No more unread notices than this are counted: a page says "99+".
pub const COUNTED: u32 = 100;
/// The longest list that is paged through.
const LONGEST: u32 = 2_000;

/// A notice, for its reader to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: NoticeKind,
    /// The name of the subject that it is about.
    pub subject: Option<String>,
    /// What it is about, as people know it: a document number, the number of a report, a case.
    pub object: Option<String>,
    /// What it is about, as addresses name it.
    pub about: String,
    /// Whom it concerns.
    pub audience: Audience,
    /// The upload that it is about, where it names one.
    pub upload: Option<String>,
    /// How often it happened.
    pub times: u32,
    /// A word beside it: the status of a report, what was done to a record.
    pub word: Option<String>,
    /// From when on, where it is about a day.
    pub from: Option<String>,
    /// When.
    pub at: Instant,
    /// It was read.
    pub read: bool,
}

/// A part of what somebody was told.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The notices, latest first.
    pub entries: Vec<Entry>,
    /// How many there are, as far as one can go back.
    pub total: u32,
    /// How many are not read; [`COUNTED`] for more.
    pub unread: u32,
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such notice, or not theirs, or read before.
    #[error("there is no such notice that you have not read")]
    NotFound,
    /// Our own trouble.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom somebody stands among now.
async fn reader(tx: &mut Tx, signed: &Signed) -> Result<Reader, StoreError> {
    let account = accounts::by_id(tx, signed.account).await?;
    let since = account.map_or(Instant::from_millis(i64::MAX), |account| account.created_at);
    let mut among: Vec<(Audience, Vec<DomainId>)> = vec![(Audience::Account(signed.account), Vec::new())];
    let codes: Vec<String> = signed.actor.subjects().into_iter().map(normal::code).collect();
    for id in notices::subjects_of(tx, &codes).await? {
        among.push((Audience::Subject(id), Vec::new()));
    }
    for post in signed.actor.posts() {
        among.push((Audience::Authority(post.authority), post.domains));
    }
    if matches!(signed.actor.role, Role::System | Role::Operator) {
        among.push((Audience::Operator, Vec::new()));
    }
    Ok(Reader { account: signed.account, since, among })
}

/// How many notices somebody has not read; [`COUNTED`] for more.
pub async fn unread(app: &App, signed: &Signed) -> Result<u32, StoreError> {
    let mut tx = app.0.store.read().await?;
    let reader = reader(&mut tx, signed).await?;
    notices::number(&mut tx, &reader, true, COUNTED).await
}

/// A part of what somebody was told, latest first.
pub async fn list(app: &App, signed: &Signed, page: Page) -> Result<Listed, StoreError> {
    let mut tx = app.0.store.read().await?;
    let reader = reader(&mut tx, signed).await?;
    let total = notices::number(&mut tx, &reader, false, LONGEST).await?;
    let unread = notices::number(&mut tx, &reader, true, COUNTED).await?;
    let mut entries = Vec::new();
    for told in notices::list(&mut tx, &reader, page).await? {
        entries.push(entry(&mut tx, told).await?);
    }
    Ok(Listed { entries, total, unread })
}

/// What a notice says to those whom it concerns.
async fn entry(tx: &mut Tx, told: Told) -> Result<Entry, StoreError> {
    let Told { notice, read } = told;
    let subject = match notice.audience {
        Audience::Subject(id) => subjects::by_id(tx, id).await?,
        _ => None,
    };
    let id = Uuid::parse_str(&notice.object).ok();
    let object = match (notice.kind, &subject, id) {
        (
            NoticeKind::RecordNew | NoticeKind::RecordChanged | NoticeKind::RepairPossible,
            Some(of),
            Some(id),
        ) if notice.times == 1 => {
            let newest = records::newest(tx, of.id, id).await?;
            newest.map(|kept| kept.version.details.document_number)
        }
        (
            NoticeKind::DeadlineNear
            | NoticeKind::DeadlineOver
            | NoticeKind::CaseOpened
            | NoticeKind::CaseDecided,
            _,
            Some(id),
        ) => cases::by_id(tx, id).await?.map(|case| case.document_number),
        (NoticeKind::ReportStatus | NoticeKind::ReportLooked | NoticeKind::ReportRevoked, ..) => {
            let number: Result<crate::rules::ReportNumber, _> = notice.object.parse();
            number.ok().map(|number| number.to_string())
        }
        _ => None,
    };
    let text = |name: &str| notice.details.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    Ok(Entry {
        id: notice.id,
        kind: notice.kind,
        subject: subject.and_then(|it| it.names.into_iter().next()).map(|name| name.name),
        object,
        audience: notice.audience,
        upload: text("upload"),
        about: notice.object,
        times: notice.times,
        word: text("status").or_else(|| text("operation")),
        from: text("from"),
        at: notice.at,
        read,
    })
}

/// Somebody has read one of their notices, or all of them where none is named.
pub async fn read(app: &App, signed: &Signed, one: Option<Uuid>) -> Result<u64, Error> {
    let mut tx = app.0.store.write().await?;
    let reader = reader(&mut tx, signed).await?;
    let read = notices::read(&mut tx, &reader, one, app.now()).await?;
    if one.is_some() && read == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(read)
}
