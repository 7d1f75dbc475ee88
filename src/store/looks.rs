//! Looks that were taken at what a subject shows.

use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::columns::{count, push_list};
use super::sharing::Share;
use super::{Error, Tx, on};
use crate::rules::{Digest, Instant, ShareKind};

/// Somebody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The subject.
    pub subject: Uuid,
    /// The share.
    pub share: Uuid,
    /// Its place among the looks at it, from 1.
    pub place: u32,
    /// When: what was known then was shown.
    pub at: Instant,
    /// From where, shortened.
    pub address: String,
    /// Who, as the journal names them; `None` for somebody who was not signed in.
    pub viewer: Option<String>,
    /// Who, by name.
    pub shown: Option<String>,
    /// What for.
    pub purpose: Option<String>,
}

/// A look, with what it was taken at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The look.
    pub look: Look,
    /// How it was shown.
    pub kind: ShareKind,
    /// For whom.
    pub recipient: Option<String>,
}

/// What a look is seen again by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct View {
    /// Its id.
    pub id: Uuid,
    /// The keyed hash of the secret that whoever looked holds.
    pub secret: Digest,
    /// The subject.
    pub subject: Uuid,
    /// The share.
    pub share: Uuid,
    /// The place of the look.
    pub place: i64,
    /// Until when it is seen again.
    pub until: Instant,
}

#[derive(FromRow)]
struct Row {
    place: i64,
    at: Instant,
    address: String,
    viewer: Option<String>,
    shown: Option<String>,
    purpose: Option<String>,
}

/// Stores a look and what it is seen again by; views that were over before `swept` are removed.
pub async fn insert(tx: &mut Tx, look: &Look, view: &View, swept: Instant) -> Result<(), Error> {
    const LOOK: &str = "INSERT INTO share_look (subject, share, place, at, address, viewer, shown, purpose)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    const VIEW: &str = "INSERT INTO share_view (id, secret, subject, share, place, until)
        VALUES ($1, $2, $3, $4, $5, $6)";
    const SWEEP: &str = "DELETE FROM share_view WHERE until < $1";
    on!(&mut *tx, |conn| sqlx::query(LOOK)
        .bind(look.subject)
        .bind(look.share)
        .bind(i64::from(look.place))
        .bind(look.at)
        .bind(&look.address)
        .bind(&look.viewer)
        .bind(&look.shown)
        .bind(&look.purpose)
        .execute(conn)
        .await?
        .rows_affected());
    on!(&mut *tx, |conn| sqlx::query(VIEW)
        .bind(view.id)
        .bind(view.secret)
        .bind(view.subject)
        .bind(view.share)
        .bind(view.place)
        .bind(view.until)
        .execute(conn)
        .await?
        .rows_affected());
    on!(tx, |conn| sqlx::query(SWEEP).bind(swept).execute(conn).await?.rows_affected());
    Ok(())
}

/// The latest looks at a share, newest first.
pub async fn of(tx: &mut Tx, share: &Share, limit: u32) -> Result<Vec<Look>, Error> {
    const SQL: &str = "SELECT place, at, address, viewer, shown, purpose FROM share_look
        WHERE subject = $1 AND share = $2 ORDER BY place DESC LIMIT $3";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(share.subject)
        .bind(share.id)
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?);
    rows.into_iter().map(|row| look((share.subject, share.id), row)).collect()
}

/// The latest looks at anything that these subjects show, newest first.
pub async fn latest(tx: &mut Tx, subjects: &[Uuid], limit: u32) -> Result<Vec<Opened>, Error> {
    #[derive(FromRow)]
    struct Joined {
        subject: Uuid,
        share: Uuid,
        #[sqlx(flatten)]
        row: Row,
        kind: ShareKind,
        recipient: Option<String>,
    }
    let rows: Vec<Joined> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "SELECT l.subject, l.share, l.place, l.at, l.address, l.viewer, l.shown, l.purpose, s.kind, s.recipient
            FROM share_look l JOIN share s ON s.subject = l.subject AND s.id = l.share WHERE l.subject IN ",
        );
        push_list(&mut sql, subjects.iter().copied());
        sql.push(" ORDER BY l.at DESC, l.share, l.place LIMIT ").push_bind(i64::from(limit));
        sql.build_query_as().fetch_all(conn).await?
    });
    let opened = |Joined { subject, share, row, kind, recipient }: Joined| {
        Ok(Opened { look: look((subject, share), row)?, kind, recipient })
    };
    rows.into_iter().map(opened).collect()
}

/// How many looks there are at anything that these subjects show; no more than `most` are counted.
pub async fn number(tx: &mut Tx, subjects: &[Uuid], most: u32) -> Result<u32, Error> {
    let number: i64 = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM share_look WHERE subject IN ");
        push_list(&mut sql, subjects.iter().copied());
        sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS found");
        sql.build_query_scalar().fetch_one(conn).await?
    });
    count(number)
}

/// The look that a view shows, with the view.
pub async fn view(tx: &mut Tx, id: Uuid) -> Result<Option<(View, Look)>, Error> {
    const VIEW: &str = "SELECT id, secret, subject, share, place, until FROM share_view WHERE id = $1";
    const LOOK: &str = "SELECT place, at, address, viewer, shown, purpose FROM share_look
        WHERE subject = $1 AND share = $2 AND place = $3";
    let view: Option<View> = on!(&mut *tx, |conn| sqlx::query_as(VIEW).bind(id).fetch_optional(conn).await?);
    let Some(view) = view else { return Ok(None) };
    let row: Row = on!(tx, |conn| sqlx::query_as(LOOK)
        .bind(view.subject)
        .bind(view.share)
        .bind(view.place)
        .fetch_one(conn)
        .await?);
    Ok(Some((view, look((view.subject, view.share), row)?)))
}

fn look((subject, share): (Uuid, Uuid), row: Row) -> Result<Look, Error> {
    let Row { place, at, address, viewer, shown, purpose } = row;
    Ok(Look { subject, share, place: count(place)?, at, address, viewer, shown, purpose })
}
