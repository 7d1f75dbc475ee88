//! What can go wrong with what is kept.

use std::borrow::Cow;
use std::io;

use sqlx::error::ErrorKind;

/// What can go wrong with what is kept. The text of the engine is only in the source, for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address names no engine there is.
    #[error(
        "the database address is not understood: write sqlite:///folder/file.db or postgres://user@host/database"
    )]
    Address,
    /// The database or the folder of objects does not answer, or not in time: trying again may help.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Somebody else wrote the same thing at the same time, or it is there already: reading again tells.
    #[error("somebody else has already written this")]
    Conflict,
    /// What was read back is not what was written.
    #[error("stored data are damaged: {0}")]
    Corrupt(Cow<'static, str>),
    /// The schema belongs to a later program.
    #[error("the database has schema {found} and this program knows {known}: use a newer program")]
    TooNew {
        /// The schema of the database.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// Migrations are missing.
    #[error("the database has schema {found} and this program needs {needed}: run `mingzheng migrate`")]
    TooOld {
        /// The schema of the database.
        found: i64,
        /// The schema that this program needs.
        needed: i64,
    },
    /// A migration that ran here is not the one this program carries.
    #[error("the migrations of the database are not those of this program")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database refused a statement.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
}

impl Error {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict)
    }

    /// Whether the database is away, or there is no room left for what is to be kept: that says nothing about what was
    /// asked for, however often it happens.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let Self::Unavailable(error) = self else { return false };
        let first: &(dyn std::error::Error + 'static) = &**error;
        std::iter::successors(Some(first), |error| error.source()).any(|cause| {
            cause.downcast_ref().is_some_and(is_away)
                || cause.downcast_ref().is_some_and(|error: &io::Error| {
                    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
                })
        })
    }
}

/// Whether the database does not answer, or has no room.
fn is_away(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        E::Database(refusal) => refusal.code().is_some_and(|code| {
            is_away_on_postgres(&code) || sqlite_code(&code).is_some_and(|code| matches!(code, 10 | 13 | 14))
        }),
        _ => false,
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Unavailable(error.into())
            }
            E::ColumnDecode { index, .. } => Self::Corrupt(format!("column {index}").into()),
            E::Decode(_) => Self::Corrupt("a value".into()),
            E::Database(refusal) if refusal.kind() == ErrorKind::UniqueViolation => Self::Conflict,
            E::Database(refusal) => match refusal.code().as_deref() {
                // PostgreSQL: a serialization failure, a deadlock.
                Some("40001" | "40P01") => Self::Conflict,
                // PostgreSQL: a lock waited for too long, a transaction that slept too long. SQLite: busy, locked.
                Some("55P03" | "25P03") => Self::Unavailable(error.into()),
                Some(code) if sqlite_code(code).is_some_and(|code| matches!(code, 5 | 6)) => {
                    Self::Unavailable(error.into())
                }
                _ if is_away(&error) => Self::Unavailable(error.into()),
                _ => Self::Refused(error),
            },
            _ => Self::Refused(error),
        }
    }
}

/// Whether `PostgreSQL` says that a connection broke (class 08), that something ran out (53: disk, memory, connections), that it is
/// stopped, starts, or was stopped (57P), or that its disk does not answer.
fn is_away_on_postgres(code: &str) -> bool {
    code.len() == 5 && (["08", "53", "57P"].iter().any(|class| code.starts_with(class)) || code == "58030")
}

/// The (extended) result code of `SQLite` without its extension: busy 5, locked 6, input or output 10, full 13, cannot open 14.
fn sqlite_code(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|code| code & 0xff)
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::Unavailable(error.into())
    }
}
