//! A fresh database for each test, on either engine.
//!
//! `SQLite` databases are copies of one migrated file. `PostgreSQL` is started once for the whole program, in a temporary
//! folder and on a free port, and databases are copies of one migrated template; a small watcher stops the server and
//! removes the folder when the program ends, however it ends. Where `PostgreSQL` is not installed its half of each test
//! is skipped, unless `TESTS_REQUIRE_POSTGRES=1`.

use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mingzheng::store::{Settings, Store, Tx};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// Makes two tests of one: `name::sqlite` and `name::postgres`. The argument is anything made `From<Place>`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($argument:ident: $type:ty) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn run($argument: $type) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let place = $crate::engines::Place::on_sqlite().await;
                run(place.clone().into()).await;
                place.store.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(place) = $crate::engines::Place::on_postgres().await else { return };
                run(place.clone().into()).await;
                place.store.close().await;
            }
        }
    )+};
}

/// The same of functions that stand beside it: `name::sqlite` and `name::postgres` for each.
macro_rules! each_on_both_engines {
    ($($name:ident;)+) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let place = $crate::engines::Place::on_sqlite().await;
                super::$name(place.clone().into()).await;
                place.store.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let Some(place) = $crate::engines::Place::on_postgres().await else { return };
                super::$name(place.clone().into()).await;
                place.store.close().await;
            }
        }
    )+};
}

pub(crate) use each_on_both_engines;
pub(crate) use on_both_engines;

/// A migrated database of a test's own, and a folder that is removed with the last clone.
#[derive(Clone)]
pub(crate) struct Place {
    /// The database.
    pub(crate) store: Store,
    /// Its address, for programs that open it themselves.
    pub(crate) url: String,
    folder: Arc<TempDir>,
}

impl From<Place> for Store {
    fn from(place: Place) -> Self {
        place.store
    }
}

impl Place {
    /// A database in a file.
    pub(crate) async fn on_sqlite() -> Self {
        static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();
        let migrated = MIGRATED.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("migrated.db");
            let url = format!("sqlite://{}", file.display());
            apart(async move { migrated(&url).await });
            fs::read(file).unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mingzheng.db");
        fs::write(&file, migrated).unwrap();
        Self::open(format!("sqlite://{}", file.display()), folder).await
    }

    /// A database on the server of this program, where `PostgreSQL` is installed.
    pub(crate) async fn on_postgres() -> Option<Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let Some(server) = SERVER.get_or_init(Server::start) else {
            println!("skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.execute(format!("CREATE DATABASE {name} TEMPLATE migrated")).await;
        Some(Self::open(server.url(&name), tempfile::tempdir().unwrap()).await)
    }

    /// A folder of the test's own.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn open(url: String, folder: TempDir) -> Self {
        let store = Store::open(&Settings::at(&url)).await.unwrap();
        Self { store, url, folder: Arc::new(folder) }
    }
}

/// Opens a database, migrates it and closes it.
async fn migrated(url: &str) {
    let store = Store::open(&Settings::at(url)).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
}

/// Runs something on a thread and a runtime of its own, since several tests, each with its runtime, wait for it.
fn apart<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || runtime().block_on(future)).join().unwrap()
}

/// Runs a statement of a test on either engine.
pub(crate) async fn execute(tx: &mut Tx, sql: &'static str) -> Result<u64, sqlx::Error> {
    match tx {
        Tx::Sqlite(tx) => Ok(sqlx::query(sql).execute(&mut **tx).await?.rows_affected()),
        Tx::Postgres(tx) => Ok(sqlx::query(sql).execute(&mut **tx).await?.rows_affected()),
    }
}

/// Waits for the end of the program on its standard input, then stops the server and removes its folder.
const WATCHER: &str = r#"
    folder=$1; shift
    "$@" >"$folder/log" 2>&1 &
    read -r _
    kill -QUIT $!
    wait
    rm -rf "$folder"
"#;

/// The server of this program.
struct Server {
    port: u16,
    /// Its standard input is open as long as this program lives.
    _watcher: Child,
}

impl Server {
    /// Starts the server with an empty, migrated template; `None` where it is not installed and need not be.
    fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("mingzheng-postgres-").tempdir().unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let user = cluster(&programs, &folder, port);
        let mut server = command(user, &programs.join("postgres"));
        server.arg("-D").arg(folder.join("data"));
        let watcher = Command::new("sh")
            .args(["-c", WATCHER, "watcher"])
            .arg(&folder)
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();

        let server = Self { port, _watcher: watcher };
        let (admin, template) = (server.url("postgres"), server.url("migrated"));
        apart(async move { self::template(&admin, &template).await });
        Some(server)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    async fn execute(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// Makes a cluster in a folder, which listens on a port once it is started. Tells as whom it is to be run.
pub(crate) fn cluster(programs: &Path, folder: &Path, port: u16) -> &'static [&'static str] {
    // The server refuses to run as root.
    let mut user: &[&str] = &[];
    if fs::metadata(folder).unwrap().uid() == 0 {
        user = &["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
        assert!(Command::new("chown").arg("nobody").arg(folder).status().unwrap().success());
    }
    let data = folder.join("data");
    let made = command(user, &programs.join("initdb"))
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg(&data)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));

    // In the file, where `ALTER SYSTEM` stands over them.
    let settings = format!(
        "fsync = off\nfull_page_writes = off\nmax_connections = 200\nport = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n",
        folder.display()
    );
    let file = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"));
    file.unwrap().write_all(settings.as_bytes()).unwrap();
    user
}

/// Waits until a server answers, and makes an empty, migrated database there, to be copied.
pub(crate) async fn template(admin: &str, template: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut connection = loop {
        match PgConnection::connect(admin).await {
            Ok(connection) => break connection,
            Err(error) => assert!(Instant::now() < deadline, "PostgreSQL does not start: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    sqlx::query("CREATE DATABASE migrated").execute(&mut connection).await.unwrap();
    migrated(template).await;
    connection.close().await.unwrap();
}

/// A program run as a user that may be another one.
pub(crate) fn command(user: &[&str], program: &Path) -> Command {
    let Some((first, rest)) = user.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

/// The folder with the newest `initdb` and `postgres`: where Debian keeps them, or one on the path.
pub(crate) fn programs() -> Option<PathBuf> {
    let version = |folder: &PathBuf| -> u32 {
        let name = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(0)
    };
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let mut whole = folders.into_iter();
    let found = whole.find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    let required = std::env::var("TESTS_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
    assert!(found.is_some() || !required, "PostgreSQL is required but not installed");
    found
}
