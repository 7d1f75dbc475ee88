//! A `PostgreSQL` of a test's own, which may be stopped and started.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::engines::{Place, cluster, command, programs, template};

/// Waits for the end of the program on its standard input, then stops the server and removes its folder.
const WATCHER: &str = r#"
    folder=$1; shift
    read -r _
    "$@" >/dev/null 2>&1
    rm -rf "$folder"
"#;

/// The server. It ends with this, or with the program, however that ends.
pub(crate) struct Stoppable {
    programs: PathBuf,
    folder: PathBuf,
    user: &'static [&'static str],
    port: u16,
    watcher: Child,
}

impl Stoppable {
    /// Starts a server with an empty, migrated template in a folder that is made for it; `None` where `PostgreSQL` is not installed
    /// and need not be.
    pub(crate) async fn begin() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL is not installed (Debian: apt-get install postgresql)");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("mingzheng-postgres-").tempdir().unwrap().keep();
        let port = free_port();
        let user = cluster(&programs, &folder, port);
        let mut stop = command(user, &programs.join("pg_ctl"));
        stop.arg("stop").arg("-D").arg(folder.join("data")).args(["-m", "immediate"]);
        let watcher = Command::new("sh")
            .args(["-c", WATCHER, "watcher"])
            .arg(&folder)
            .arg(stop.get_program())
            .args(stop.get_args())
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let server = Self { programs, folder, user, port, watcher };
        server.start().await;
        template(&server.url("postgres"), &server.url("migrated")).await;
        Some(server)
    }

    /// Stops it: `fast` ends every connection with a word, `immediate` with none, as a power cut would.
    pub(crate) async fn stop(&self, how: &str) {
        self.control(&["stop", "-m", how]).await;
    }

    /// Starts it again, where it was.
    pub(crate) async fn start(&self) {
        self.control(&["start", "-l", "log"]).await;
    }

    /// The migrated database.
    pub(crate) async fn place(&self) -> Place {
        Place::open(self.url("migrated"), tempfile::tempdir().unwrap()).await
    }

    async fn control(&self, arguments: &[&str]) {
        let mut program = command(self.user, &self.programs.join("pg_ctl"));
        program.arg("-D").arg(self.folder.join("data")).args(["-w", "-t", "60"]).args(arguments);
        program.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        // What is under way goes on meanwhile, into the end of its connection.
        let done = tokio::task::spawn_blocking(move || program.status()).await.unwrap();
        assert!(done.unwrap().success(), "pg_ctl {arguments:?}");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A port that nobody takes while the server is away: below those that connections to others begin at.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 9_000).unwrap_or(0);
    (0..9_000)
        .map(|_| 21_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}
