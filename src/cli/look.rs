//! The other end of a closer look: reads a question, answers it, and ends. Nobody types this command.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::verify;

/// Memory and address space, in bytes.
const MEMORY: u64 = 2 << 30;

/// Room for calls within calls, in bytes: a reader of nested objects calls itself.
const STACK: usize = 64 << 20;

/// A longer question is not read, in bytes: two files at the most that are verified, and facts.
const LONGEST: u64 = 2 * verify::LARGEST as u64 + (32 << 20);

/// Answers one question within so many seconds of computing. Anything wrong ends with a failure and no answer.
pub(super) fn run(seconds: u64) -> ExitCode {
    if limit(seconds).is_none() {
        return ExitCode::FAILURE;
    }
    let answered =
        std::thread::Builder::new().stack_size(STACK).spawn(answer).map(std::thread::JoinHandle::join);
    match answered {
        Ok(Ok(Some(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Gives up what a look does not need: memory, time, files.
fn limit(seconds: u64) -> Option<()> {
    let limits = [
        (Resource::As, MEMORY),
        (Resource::Cpu, seconds),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 16),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).ok()?;
    }
    Some(())
}

fn answer() -> Option<()> {
    let mut question = Vec::new();
    std::io::stdin().take(LONGEST).read_to_end(&mut question).ok()?;
    let (bytes, reference) = verify::read_question(&question)?;
    let looked = verify::explain(bytes, reference.as_ref());
    std::io::stdout().write_all(&serde_json::to_vec(&looked).ok()?).ok()
}
