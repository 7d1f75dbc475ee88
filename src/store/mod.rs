//! Everything durable: SQL on `SQLite` or `PostgreSQL`, and objects (the bytes of uploads and reports).
//!
//! One SQL text serves both engines. A [`Tx`] runs it: [`Store::read`] gives one snapshot, [`Store::write`] the
//! right to change; a flow opens and commits it, the functions here only use it. Dropping a `Tx` leaves nothing behind.
//! What is asked most often is one statement, which is a snapshot by itself, and takes the [`Store`].
//! The database computes no time, no id and no random value: they are bound.
//!
//! Tables that grow with subjects are keyed by subject first, so that they can be partitioned by it. What must be found
//! by something else (a code, a report's number or digest) has a table of keys that leads to the subject.

pub mod accounts;
pub mod authorities;
pub mod candidates;
pub mod cases;
mod columns;
pub mod declarations;
pub mod drafts;
pub mod editions;
mod error;
pub mod evidence;
pub mod idempotency;
pub mod invitations;
pub mod issued;
pub mod jobs;
pub mod journal;
mod links;
pub mod looks;
pub mod mailboxes;
pub mod mandates;
mod migrations;
pub mod namesakes;
pub mod notices;
mod objects;
pub mod outbox;
pub mod proposals;
pub mod quality;
pub mod ratings;
pub mod records;
pub mod rejections;
pub mod reminders;
pub mod renewals;
pub mod reports;
pub mod rule_versions;
pub mod sessions;
pub mod sharing;
pub mod signers;
pub mod statuses;
pub mod subjects;
pub mod upload_parts;
pub mod uploads;
pub mod webhooks;

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

pub use error::Error;
pub use links::{Brought, Came};
pub use objects::{Objects, Passing, Pieces};

use crate::rules::Digest;

/// How a digest is computed. The seal room knows; whoever calls brings it.
pub type DigestOf = fn(&[u8]) -> Digest;

/// Runs one expression on the connection of either engine.
macro_rules! on {
    ($tx:expr, |$conn:ident| $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $conn = &mut **tx;
                $body
            }
            $crate::store::Tx::Postgres(tx) => {
                let $conn = &mut **tx;
                $body
            }
        }
    };
}
use on;

/// Runs a statement for each so many of some rows; the next is put together while the engine works on the one before.
macro_rules! in_chunks {
    ($tx:expr, $most:expr, $rows:expr, |$chunk:ident| $build:expr) => {{
        let size = $tx.chunk($most);
        $crate::store::on!(&mut *$tx, |conn| {
            let mut statements = $rows.chunks(size).map(|$chunk| $build);
            let mut next = statements.next();
            while let Some(mut sql) = next {
                let running = sql.build().execute(&mut *conn);
                let (done, after) = futures::future::join(running, async { statements.next() }).await;
                done?;
                next = after;
            }
        })
    }};
}
use in_chunks;

/// A part of a list: how many rows to pass over, and how many to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows to pass over.
    pub offset: u32,
    /// Rows to give at most.
    pub limit: u32,
}

/// Where the database is, and how many may use it at once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:///folder/file.db` or `postgres://user@host/database`.
    pub url: String,
    /// Connections at most (on `SQLite`: for reading; there is one for writing).
    pub connections: u32,
    /// How long to wait for a connection or a lock before giving up.
    pub wait: Duration,
}

impl Settings {
    /// The usual settings for a database.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 8, wait: Duration::from_secs(10) }
    }
}

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store(Engine);

/// The two engines.
#[derive(Clone, Debug)]
enum Engine {
    /// The embedded default. One writer at a time; readers never wait for it.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// Many machines.
    Postgres(PgPool),
}

/// A connection of either engine for statements that read: each of them sees one snapshot, taken when it begins.
#[derive(Debug)]
pub enum Reader {
    /// To `SQLite`.
    Sqlite(PoolConnection<Sqlite>),
    /// To `PostgreSQL`.
    Postgres(PoolConnection<Postgres>),
}

/// A transaction on either engine.
#[derive(Debug)]
pub enum Tx {
    /// On `SQLite`.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On `PostgreSQL`.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    /// Rows a statement: as many as are fastest on `SQLite`; on `PostgreSQL`, where each statement is a trip, many more.
    fn chunk(&self, sqlite: usize) -> usize {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => 1_000,
        }
    }

    /// Makes what was done durable and visible to others, all of it at once.
    pub async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => Ok(tx.commit().await?),
            Self::Postgres(tx) => Ok(tx.commit().await?),
        }
    }
}

impl Store {
    /// Opens a database; a `SQLite` file is made where there is none, in a folder that exists.
    ///
    /// # Errors
    /// [`Error::Address`] for an address of no known engine, [`Error::TooNew`] for a schema of a later program.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let url = settings.url.as_str();
        let engine = match url.split_once(':') {
            Some(("sqlite", rest)) if !rest.contains(":memory:") && !rest.contains("mode=memory") => {
                sqlite(settings).await?
            }
            Some(("postgres" | "postgresql", _)) => postgres(settings).await?,
            _ => return Err(Error::Address),
        };
        let store = Self(engine);
        store.refuse_newer().await?;
        Ok(store)
    }

    /// Takes a connection for statements that read and need no transaction.
    pub async fn reader(&self) -> Result<Reader, Error> {
        match &self.0 {
            Engine::Sqlite { readers, .. } => Ok(Reader::Sqlite(readers.acquire().await?)),
            Engine::Postgres(pool) => Ok(Reader::Postgres(pool.acquire().await?)),
        }
    }

    /// Opens a transaction that sees one snapshot and changes nothing.
    pub async fn read(&self) -> Result<Tx, Error> {
        match &self.0 {
            Engine::Sqlite { readers, .. } => {
                let readers = readers.clone();
                Ok(Tx::Sqlite(begun(async move { readers.begin().await }).await?))
            }
            Engine::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                let pool = pool.clone();
                Ok(Tx::Postgres(begun(async move { pool.begin_with(begin).await }).await?))
            }
        }
    }

    /// Opens a transaction that may write.
    ///
    /// On `SQLite` it takes the one write lock at once, since a transaction that has read cannot take it later without
    /// failing. On `PostgreSQL` it sees what others commit meanwhile (READ COMMITTED): what must not be done twice is
    /// kept apart by unique keys and by the rows of `series`, whose holder reads the newest state.
    pub async fn write(&self) -> Result<Tx, Error> {
        match &self.0 {
            Engine::Sqlite { writer, .. } => {
                let writer = writer.clone();
                Ok(Tx::Sqlite(begun(async move { writer.begin_with("BEGIN IMMEDIATE").await }).await?))
            }
            Engine::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
                let pool = pool.clone();
                Ok(Tx::Postgres(begun(async move { pool.begin_with(begin).await }).await?))
            }
        }
    }

    /// Whether the database answers and has the schema that this program needs: the sign of readiness.
    ///
    /// # Errors
    /// [`Error::TooOld`] where migrations are missing, and what [`Store::read`] may answer.
    pub async fn ping(&self) -> Result<(), Error> {
        let (found, needed) = (self.schema_version().await?, migrations::newest());
        if found < needed { Err(Error::TooOld { found, needed }) } else { self.refuse_newer().await }
    }

    /// Closes every connection, after what is under way.
    pub async fn close(&self) {
        match &self.0 {
            Engine::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await; // last, so that it folds the log back into the file
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

/// Begins a transaction to the end, even where the request that wanted it is dropped meanwhile: a connection that went
/// back half-way would keep its transaction, and show an old snapshot to whoever gets it next.
async fn begun<T: Send + 'static>(
    begin: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(begin).await {
        Ok(outcome) => Ok(outcome?),
        Err(error) => Err(Error::Unavailable(error.into())),
    }
}

/// Opens a `SQLite` file: a log that survives power loss with everything committed, 8 KiB pages, foreign keys.
async fn sqlite(settings: &Settings) -> Result<Engine, Error> {
    let options = SqliteConnectOptions::from_str(&settings.url)
        .map_err(|_| Error::Address)?
        .create_if_missing(true)
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full) // NORMAL may lose the last commits with the power
        .foreign_keys(true)
        .busy_timeout(settings.wait)
        .pragma("cache_size", "-32768") // 32 MiB a connection
        .pragma("temp_store", "memory");
    let pool = |connections| {
        let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(settings.wait);
        // A full disk ends a transaction by itself, and whoever counts them does not see it: every further one on this connection
        // would be refused.
        let pool = pool.before_acquire(|used, _| Box::pin(async move { Ok(!used.is_in_transaction()) }));
        // A connection is a file handle: nothing is gained by closing it.
        pool.idle_timeout(None).max_lifetime(None).test_before_acquire(false)
    };
    let writer = pool(1).connect_with(options.clone()).await?;
    let readers = pool(settings.connections).connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Engine::Sqlite { writer, readers })
}

/// Connects to `PostgreSQL`.
async fn postgres(settings: &Settings) -> Result<Engine, Error> {
    let wait = format!("{}ms", settings.wait.as_millis());
    let options = PgConnectOptions::from_str(&settings.url)
        .map_err(|_| Error::Address)?
        .application_name("mingzheng")
        .options([("lock_timeout", wait.as_str()), ("idle_in_transaction_session_timeout", "60s")]);
    let pool = PgPoolOptions::new()
        .max_connections(settings.connections)
        .acquire_timeout(settings.wait)
        .connect_with(options)
        .await?;
    Ok(Engine::Postgres(pool))
}
