//! Streams of events that stay open, so many by one account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{Face, Problem};

/// Streams of one account at a time. A browser opens six connections to a server, and the pages need the others.
const BY_ACCOUNT: usize = 3;

/// How many streams are open, by account.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams(Arc<Mutex<HashMap<Uuid, usize>>>);

/// A stream's place, for as long as it is open.
#[derive(Debug)]
pub(super) struct Place {
    streams: Streams,
    account: Uuid,
    _among_all: OwnedSemaphorePermit,
}

impl Place {
    /// A place for a stream of an account.
    pub(super) fn take(face: &Face, account: Uuid) -> Result<Self, Problem> {
        let among_all = Arc::clone(&face.followers).try_acquire_owned().map_err(|_| Problem::BUSY)?;
        let mut open = face.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(account).or_default();
        if *own >= BY_ACCOUNT {
            let told = format!(
                "同一账户最多同时打开 {BY_ACCOUNT} 个实时页面 / at most {BY_ACCOUNT} pages of one account are told as it happens"
            );
            return Err(Problem::TOO_MANY.with_detail(told));
        }
        *own += 1;
        Ok(Self { streams: face.streams.clone(), account, _among_all: among_all })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.account);
            }
        }
    }
}
