//! The schema and its steps, by the same names on both engines.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::{Engine, Error, Store};

/// One step, up and down.
struct Step {
    version: i64,
    name: &'static str,
    up: &'static str,
    down: &'static str,
}

/// The steps of one engine, from its folder.
macro_rules! steps {
    ($folder:literal: $($version:literal $name:literal,)+) => {
        &[$(Step {
            version: $version,
            name: $name,
            up: include_str!(concat!("migrations/", $folder, "/", $name, ".up.sql")),
            down: include_str!(concat!("migrations/", $folder, "/", $name, ".down.sql")),
        },)+]
    };
}

/// The steps on `SQLite`.
const SQLITE: &[Step] = steps! { "sqlite":
    1 "0001_subjects",
    2 "0002_records",
    3 "0003_reports",
    4 "0004_journal",
    5 "0005_editions",
    6 "0006_jobs",
    7 "0007_operations",
    8 "0008_cases",
    9 "0009_accounts",
    10 "0010_sharing",
    11 "0011_mandates",
    13 "0013_desk",
    14 "0014_console",
    15 "0015_notices",
    16 "0016_looks",
    17 "0017_domains",
    18 "0018_shrinking",
    19 "0019_gaps",
    20 "0020_awaits",
    22 "0022_counter",
    23 "0023_again",
    25 "0025_ratings",
    26 "0026_namesakes",
};

/// The steps on `PostgreSQL`.
const POSTGRES: &[Step] = steps! { "postgres":
    1 "0001_subjects",
    2 "0002_records",
    3 "0003_reports",
    4 "0004_journal",
    5 "0005_editions",
    6 "0006_jobs",
    7 "0007_operations",
    8 "0008_cases",
    9 "0009_accounts",
    10 "0010_sharing",
    11 "0011_mandates",
    13 "0013_desk",
    14 "0014_console",
    15 "0015_notices",
    16 "0016_looks",
    17 "0017_domains",
    18 "0018_shrinking",
    19 "0019_gaps",
    20 "0020_awaits",
    22 "0022_counter",
    23 "0023_again",
    25 "0025_ratings",
    26 "0026_namesakes",
};

/// The newest schema that this program knows.
pub(super) fn newest() -> i64 {
    SQLITE.iter().map(|step| step.version).max().unwrap_or(0)
}

/// The steps as `sqlx` runs them, each in a transaction of its own and with a checksum that is kept.
fn migrator(steps: &'static [Step]) -> Migrator {
    let both = |step: &'static Step| {
        let one = |kind, sql: &'static str| {
            Migration::new(step.version, step.name.into(), kind, sql.into_sql_str(), false)
        };
        [one(MigrationType::ReversibleUp, step.up), one(MigrationType::ReversibleDown, step.down)]
    };
    Migrator::with_migrations(steps.iter().flat_map(both).collect())
}

impl Store {
    /// Brings the schema up to what this program needs. Running it again changes nothing.
    pub async fn migrate(&self) -> Result<(), Error> {
        self.refuse_newer().await?;
        match &self.0 {
            Engine::Sqlite { writer, .. } => {
                // On PostgreSQL `sqlx` keeps others away with a lock; here the write lock does.
                let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                migrator(SQLITE).run_direct(None, &mut *tx, false).await.map_err(refused)?;
                Ok(tx.commit().await?)
            }
            Engine::Postgres(pool) => migrator(POSTGRES).run(pool).await.map_err(refused),
        }
    }

    /// Takes the schema back to an earlier version, and with it **all that the later tables hold**; 0 removes everything.
    pub async fn migrate_down(&self, to: i64) -> Result<(), Error> {
        self.refuse_newer().await?;
        match &self.0 {
            Engine::Sqlite { writer, .. } => migrator(SQLITE).undo(writer, to).await.map_err(refused),
            Engine::Postgres(pool) => migrator(POSTGRES).undo(pool, to).await.map_err(refused),
        }
    }

    /// The schema that the database has; 0 where it is empty.
    pub async fn schema_version(&self) -> Result<i64, Error> {
        const NEWEST: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
        // Which tables there are is asked of each engine's own catalogue.
        const ON_SQLITE: &str =
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
        const ON_POSTGRES: &str = "SELECT count(*) FROM pg_tables \
            WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'";
        let tables: i64 = match &self.0 {
            Engine::Sqlite { readers, .. } => sqlx::query_scalar(ON_SQLITE).fetch_one(readers).await?,
            Engine::Postgres(pool) => sqlx::query_scalar(ON_POSTGRES).fetch_one(pool).await?,
        };
        if tables == 0 {
            return Ok(0);
        }
        match &self.0 {
            Engine::Sqlite { readers, .. } => Ok(sqlx::query_scalar(NEWEST).fetch_one(readers).await?),
            Engine::Postgres(pool) => Ok(sqlx::query_scalar(NEWEST).fetch_one(pool).await?),
        }
    }

    /// Refuses a schema that a later program made.
    pub(super) async fn refuse_newer(&self) -> Result<(), Error> {
        let (found, known) = (self.schema_version().await?, newest());
        if found > known { Err(Error::TooNew { found, known }) } else { Ok(()) }
    }
}

/// What a migration that failed means.
fn refused(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => source.into(),
        other => Error::Migration(other),
    }
}
