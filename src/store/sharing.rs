//! What subjects show to others, the codes that lead to it, and verifiers who ask to look.

use sqlx::types::Json;
use sqlx::{FromRow, QueryBuilder};
use time::Date;
use uuid::Uuid;

use super::columns::{count, push_list};
use super::{Error, Page, Tx, on};
use crate::rules::{AskState, Digest, DomainId, Instant, ShareKind};

/// The columns of a share, as [`Row`] reads them.
const COLUMNS: &str = "subject, id, kind, domains, period_from, period_to, recipient, download, consent, \
    made_by, made_at, until, uses, looks, revoked_at";

/// Something that a subject shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The subject.
    pub subject: Uuid,
    /// Its id; ids follow the time of making.
    pub id: Uuid,
    /// How it is shown.
    pub kind: ShareKind,
    /// The domains.
    pub domains: Vec<DomainId>,
    /// First day.
    pub from: Date,
    /// Last day; the day of the look where it is missing.
    pub to: Option<Date>,
    /// For whom.
    pub recipient: Option<String>,
    /// A signed report may be taken along.
    pub download: bool,
    /// The holder is asked first.
    pub consent: bool,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// It opens nothing from then on.
    pub until: Instant,
    /// Looks at most.
    pub uses: u32,
    /// Looks that were taken.
    pub looks: u32,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

/// A code that leads to a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its keyed hash. The code itself is kept nowhere.
    pub hash: Digest,
    /// The subject of the share.
    pub subject: Uuid,
    /// The share.
    pub share: Uuid,
    /// When it was drawn.
    pub drawn_at: Instant,
    /// It opens nothing from then on.
    pub until: Instant,
    /// Looks at most.
    pub uses: u32,
    /// Looks that were taken by it.
    pub used: u32,
}

/// The wish of a verifier to look.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Ask {
    /// The subject of the share.
    pub subject: Uuid,
    /// The share.
    pub share: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The keyed hash of the code that the verifier has.
    pub code: Digest,
    /// Who asks, as the journal names them.
    pub verifier: String,
    /// Who asks, by the name that the holder reads.
    pub shown: String,
    /// What for.
    pub purpose: String,
    /// When.
    pub asked_at: Instant,
    /// The answer.
    pub state: AskState,
    /// When it was given.
    pub decided_at: Option<Instant>,
}

#[derive(FromRow)]
struct Row {
    subject: Uuid,
    id: Uuid,
    kind: ShareKind,
    domains: Json<Vec<DomainId>>,
    period_from: Date,
    period_to: Option<Date>,
    recipient: Option<String>,
    download: bool,
    consent: bool,
    made_by: String,
    made_at: Instant,
    until: Instant,
    uses: i64,
    looks: i64,
    revoked_at: Option<Instant>,
}

impl TryFrom<Row> for Share {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            subject: row.subject,
            id: row.id,
            kind: row.kind,
            domains: row.domains.0,
            from: row.period_from,
            to: row.period_to,
            recipient: row.recipient,
            download: row.download,
            consent: row.consent,
            made_by: row.made_by,
            made_at: row.made_at,
            until: row.until,
            uses: count(row.uses)?,
            looks: count(row.looks)?,
            revoked_at: row.revoked_at,
        })
    }
}

/// Stores a share.
pub async fn insert(tx: &mut Tx, share: &Share) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO share (subject, id, kind, domains, period_from, period_to, recipient, download, consent,
            made_by, made_at, until, uses, looks)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(share.subject)
        .bind(share.id)
        .bind(share.kind)
        .bind(Json(&share.domains))
        .bind(share.from)
        .bind(share.to)
        .bind(&share.recipient)
        .bind(share.download)
        .bind(share.consent)
        .bind(&share.made_by)
        .bind(share.made_at)
        .bind(share.until)
        .bind(i64::from(share.uses))
        .bind(i64::from(share.looks))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// A share of one of these subjects.
pub async fn find(tx: &mut Tx, subjects: &[Uuid], id: Uuid) -> Result<Option<Share>, Error> {
    if subjects.is_empty() {
        return Ok(None);
    }
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM share WHERE id = ").push_bind(id).push(" AND subject IN ");
        push_list(&mut sql, subjects.iter().copied());
        sql.build_query_as().fetch_optional(conn).await?
    });
    row.map(Share::try_from).transpose()
}

/// The shares of these subjects, newest first, and how many there are.
pub async fn list(tx: &mut Tx, subjects: &[Uuid], page: Page) -> Result<(Vec<Share>, u32), Error> {
    if subjects.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let total: i64 = on!(&mut *tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM share WHERE subject IN ");
        push_list(&mut sql, subjects.iter().copied());
        sql.build_query_scalar().fetch_one(conn).await?
    });
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM share WHERE subject IN ");
        push_list(&mut sql, subjects.iter().copied());
        sql.push(" ORDER BY made_at DESC, id DESC LIMIT ").push_bind(i64::from(page.limit));
        sql.push(" OFFSET ").push_bind(i64::from(page.offset));
        sql.build_query_as().fetch_all(conn).await?
    });
    Ok((rows.into_iter().map(Share::try_from).collect::<Result<_, _>>()?, count(total)?))
}

/// The shares of a subject that somebody made, and that are neither taken back nor over at an instant.
pub async fn open_of(tx: &mut Tx, subject: Uuid, made_by: &str, at: Instant) -> Result<Vec<Share>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(COLUMNS).push(" FROM share WHERE subject = ").push_bind(subject);
        sql.push(" AND made_by = ").push_bind(made_by).push(" AND revoked_at IS NULL AND until > ");
        sql.push_bind(at).push(" ORDER BY made_at, id").build_query_as().fetch_all(conn).await?
    });
    rows.into_iter().map(Share::try_from).collect()
}

/// Takes a share back; false where it was before.
pub async fn revoke(tx: &mut Tx, share: &Share, by: &str, at: Instant) -> Result<bool, Error> {
    const SQL: &str = "UPDATE share SET revoked_at = $3, revoked_by = $4
        WHERE subject = $1 AND id = $2 AND revoked_at IS NULL";
    let revoked = on!(tx, |conn| sqlx::query(SQL)
        .bind(share.subject)
        .bind(share.id)
        .bind(at)
        .bind(by)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(revoked == 1)
}

/// Stores a code.
pub async fn draw(tx: &mut Tx, code: &Code) -> Result<(), Error> {
    const SQL: &str = "INSERT INTO share_code (hash, subject, share, drawn_at, until, uses, used)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(code.hash)
        .bind(code.subject)
        .bind(code.share)
        .bind(code.drawn_at)
        .bind(code.until)
        .bind(i64::from(code.uses))
        .bind(i64::from(code.used))
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// Removes codes that were over before an instant, of any share.
pub async fn sweep(tx: &mut Tx, before: Instant) -> Result<u64, Error> {
    const SQL: &str = "DELETE FROM share_code WHERE until < $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(before).execute(conn).await?.rows_affected()))
}

/// The code that has a keyed hash.
pub async fn code(tx: &mut Tx, hash: Digest) -> Result<Option<Code>, Error> {
    const SQL: &str = "SELECT subject, share, drawn_at, until, uses, used FROM share_code WHERE hash = $1";
    type Row = (Uuid, Uuid, Instant, Instant, i64, i64);
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(hash).fetch_optional(conn).await?);
    let code = |(subject, share, drawn_at, until, uses, used): Row| {
        Ok(Code { hash, subject, share, drawn_at, until, uses: count(uses)?, used: count(used)? })
    };
    row.map(code).transpose()
}

/// Takes one look from a code and from its share, and tells the look's place. `None` where none is left or the share was taken back:
/// however many try at once, no look is taken twice.
pub async fn take(tx: &mut Tx, code: &Code) -> Result<Option<u32>, Error> {
    const OF_CODE: &str = "UPDATE share_code SET used = used + 1 WHERE hash = $1 AND used < uses";
    const OF_SHARE: &str = "UPDATE share SET looks = looks + 1
        WHERE subject = $1 AND id = $2 AND looks < uses AND revoked_at IS NULL RETURNING looks";
    let taken =
        on!(&mut *tx, |conn| sqlx::query(OF_CODE).bind(code.hash).execute(conn).await?.rows_affected());
    if taken != 1 {
        return Ok(None);
    }
    let place: Option<i64> = on!(tx, |conn| sqlx::query_scalar(OF_SHARE)
        .bind(code.subject)
        .bind(code.share)
        .fetch_optional(conn)
        .await?);
    place.map(count).transpose()
}

/// Stores the wish of a verifier.
pub async fn ask(tx: &mut Tx, ask: &Ask) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO share_ask (subject, share, id, code, verifier, shown, purpose, asked_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(ask.subject)
        .bind(ask.share)
        .bind(ask.id)
        .bind(ask.code)
        .bind(&ask.verifier)
        .bind(&ask.shown)
        .bind(&ask.purpose)
        .bind(ask.asked_at)
        .bind(ask.state)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(())
}

/// The wishes about a share, newest first.
pub async fn asks(tx: &mut Tx, share: &Share) -> Result<Vec<Ask>, Error> {
    const SQL: &str = "
        SELECT subject, share, id, code, verifier, shown, purpose, asked_at, state, decided_at FROM share_ask
        WHERE subject = $1 AND share = $2 ORDER BY asked_at DESC, id DESC LIMIT 200";
    Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(share.subject).bind(share.id).fetch_all(conn).await?))
}

/// Moves a wish from one state into another; false where it was not in that state.
pub async fn decide(
    tx: &mut Tx,
    ask: &Ask,
    (from, to): (AskState, AskState),
    by: &str,
    at: Instant,
) -> Result<bool, Error> {
    const SQL: &str = "UPDATE share_ask SET state = $5, decided_by = $6, decided_at = $7
        WHERE subject = $1 AND share = $2 AND id = $3 AND state = $4";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(ask.subject)
        .bind(ask.share)
        .bind(ask.id)
        .bind(from)
        .bind(to)
        .bind(by)
        .bind(at)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(moved == 1)
}
