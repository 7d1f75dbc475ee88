//! A closer look, in a process of its own.
//!
//! Reading what a stranger made with a whole PDF reader may take long, need much memory, or fail. So the program starts
//! itself once more (`mingzheng look`, hidden), hands the file over on standard input and takes the answer from standard
//! output. That process limits its own memory and time, and is ended when it does not answer in time. Whatever happens to
//! it, the verdict stands; only the explanation is missing.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::config::Verify;
use crate::verify::{self, Looked, Reference};

/// The hidden command.
pub const COMMAND: &str = "look";

/// So many looks are taken at a time.
const AT_ONCE: usize = 2;

/// A look that finds no place in this time is not taken.
const QUEUE: Duration = Duration::from_secs(15);

/// A longer answer is not read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What takes closer looks.
#[derive(Debug)]
pub struct Looker {
    program: Option<PathBuf>,
    seconds: u64,
    places: Semaphore,
}

impl Looker {
    /// A looker that works as a configuration says.
    #[must_use]
    pub fn new(Verify { program, look_seconds }: &Verify) -> Self {
        Self { program: program.clone(), seconds: *look_seconds, places: Semaphore::new(AT_ONCE) }
    }

    /// Looks. Where that is not possible, the answer has the one reason [`NotLookedInto`](crate::rules::Reason).
    pub async fn look(&self, bytes: &[u8], reference: Option<&Reference>) -> Looked {
        let Ok(Ok(_place)) = tokio::time::timeout(QUEUE, self.places.acquire()).await else {
            tracing::warn!("no place for a closer look");
            return Looked::nothing();
        };
        let question = verify::question(bytes, reference);
        let (program, seconds) = (self.program.clone(), self.seconds);
        let looked = tokio::task::spawn_blocking(move || ask(program, seconds, question)).await;
        looked.ok().flatten().unwrap_or_else(Looked::nothing)
    }
}

/// Asks the other process and waits for its answer.
fn ask(program: Option<PathBuf>, seconds: u64, question: Vec<u8>) -> Option<Looked> {
    let program = program.map_or_else(std::env::current_exe, Ok).ok()?;
    let mut command = Command::new(program);
    command.args([COMMAND, &seconds.to_string()]).env_clear().current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child =
        command.spawn().inspect_err(|error| tracing::warn!(%error, "no process for a closer look")).ok()?;
    let answer = converse(&mut child, seconds, question);
    if answer.is_none() {
        // It may be waiting for us, or never end.
        let _ = child.kill();
    }
    let ended = child.wait();
    let answer = answer.filter(|_| ended.is_ok_and(|status| status.success()));
    if answer.is_none() {
        tracing::info!("a closer look ended without an answer");
    }
    serde_json::from_slice(&answer?).ok()
}

fn converse(child: &mut Child, seconds: u64, question: Vec<u8>) -> Option<Vec<u8>> {
    let (mut to, from) = (child.stdin.take()?, child.stdout.take()?);
    // It may end before it has read everything: that shows in its answer.
    thread::spawn(move || to.write_all(&question));
    let (give, take) = mpsc::channel();
    thread::spawn(move || {
        let mut answer = Vec::new();
        let read = from.take(LARGEST + 1).read_to_end(&mut answer);
        let _ = give.send(read.map(|_| answer));
    });
    match take.recv_timeout(Duration::from_secs(seconds)) {
        Ok(Ok(answer)) => (answer.len() as u64 <= LARGEST).then_some(answer),
        Ok(Err(_)) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
    }
}
