//! Codes that are asked about at the same time are looked up together.
//!
//! One statement tells of many codes for little more than of one. Whoever comes while nobody is on the way goes at once; whoever comes while
//! others are goes with the next, together with all who came meanwhile. A look begins after whoever is in it has asked, so that
//! nobody is told what was known before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::App;
use crate::rules::Digest;
use crate::store::reports::{self, Glance};
use crate::store::{Error, Reader};

/// Looks that may be on the way at once: one that takes long holds up nobody.
const AT_ONCE: usize = 2;

type Answer = Result<Option<Glance>, Error>;

/// A code, and whoever waits to be told of it.
type Asked = (Digest, oneshot::Sender<Answer>);

/// Who asks, and how many looks are on the way.
#[derive(Default)]
pub(super) struct Glances(Mutex<State>);

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    on_the_way: usize,
}

/// What is told of the report that a verification code belongs to, by the keyed hash of the code.
pub(super) async fn glance(app: &App, code: Digest) -> Answer {
    let (tell, told) = oneshot::channel();
    let starts = {
        let mut state = app.0.glances.state();
        state.asked.push((code, tell));
        let starts = state.on_the_way < AT_ONCE;
        state.on_the_way += usize::from(starts);
        starts
    };
    if starts {
        // Not in the request that happens to be first: it may be given up.
        tokio::spawn(Look(app.clone()).go());
    }
    match told.await {
        Ok(answer) => answer,
        Err(_) => Ok(reports::glances(&mut app.0.store.reader().await?, &[code]).await?.pop()),
    }
}

impl Glances {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those who wait, or as many of them as go together.
    fn together(&self) -> Vec<Asked> {
        let mut state = self.state();
        let some = state.asked.len().min(reports::GLANCES);
        state.asked.drain(..some).collect()
    }
}

/// A look on the way. After the last one nobody is left to wait: who came just then looks alone.
struct Look(App);

impl Look {
    async fn go(self) {
        let mut reader = None;
        loop {
            let together = self.0.0.glances.together();
            if together.is_empty() {
                return;
            }
            let codes: Vec<Digest> = together.iter().map(|(code, _)| *code).collect();
            tell(together, self.look(&mut reader, &codes).await);
        }
    }

    /// Looks, by the connection of the look before unless that failed.
    async fn look(&self, kept: &mut Option<Reader>, codes: &[Digest]) -> Result<Vec<Glance>, Error> {
        let mut reader = match kept.take() {
            Some(reader) => reader,
            None => self.0.0.store.reader().await?,
        };
        let found = reports::glances(&mut reader, codes).await?;
        *kept = Some(reader);
        Ok(found)
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        let mut state = self.0.0.glances.state();
        state.on_the_way -= 1;
        if state.on_the_way == 0 {
            state.asked.clear();
        }
    }
}

/// Tells everybody; whoever gave up meanwhile hears nothing. Where the store is away, all are told so; where it finds a fault, each looks
/// alone, that a damaged report be nobody else's trouble.
fn tell(together: Vec<Asked>, looked: Result<Vec<Glance>, Error>) {
    match looked {
        Ok(found) => {
            let found: HashMap<Digest, Glance> = found.into_iter().map(|it| (it.code_hash, it)).collect();
            for (code, teller) in together {
                let _ = teller.send(Ok(found.get(&code).cloned()));
            }
        }
        Err(error) if error.may_pass() => {
            let error = Arc::new(error);
            for (_, teller) in together {
                let _ = teller.send(Err(Error::Unavailable(Box::new(Arc::clone(&error)))));
            }
        }
        Err(_) => {}
    }
}
