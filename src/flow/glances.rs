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
use crate::store::{Error, Store};

/// Looks that may be on the way at once: one that takes long holds up nobody.
const AT_ONCE: usize = 2;

type Answer = Result<Option<Glance>, Error>;

/// Who asks, and how many looks are on the way.
#[derive(Default)]
pub(super) struct Glances(Mutex<State>);

#[derive(Default)]
struct State {
    asked: Vec<(Digest, oneshot::Sender<Answer>)>,
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
        let look = Look(app.clone());
        tokio::spawn(async move { look.go().await });
    }
    match told.await {
        Ok(answer) => answer,
        Err(_) => Ok(reports::glances(&app.0.store, &[code]).await?.pop()),
    }
}

impl Glances {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look on the way. At its end nobody waits for it any more: who came just then looks alone.
struct Look(App);

impl Look {
    async fn go(self) {
        loop {
            let together: Vec<_> = {
                let mut state = self.0.0.glances.state();
                let some = state.asked.len().min(reports::GLANCES);
                state.asked.drain(..some).collect()
            };
            if together.is_empty() {
                return;
            }
            tell(&self.0.0.store, together).await;
        }
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

/// Looks once, and tells everybody. Where the store is away, all are told; where it finds a fault, each looks alone, that a
/// damaged report be nobody else's trouble.
async fn tell(store: &Store, together: Vec<(Digest, oneshot::Sender<Answer>)>) {
    let codes: Vec<Digest> = together.iter().map(|(code, _)| *code).collect();
    match reports::glances(store, &codes).await {
        Ok(found) => {
            let mut found: HashMap<Digest, Glance> = found.into_iter().map(|it| (it.code_hash, it)).collect();
            for (at, (code, teller)) in together.into_iter().enumerate() {
                let again = codes.get(at + 1..).is_some_and(|rest| rest.contains(&code));
                let answer = if again { found.get(&code).cloned() } else { found.remove(&code) };
                // Whoever gave up meanwhile hears nothing.
                let _ = teller.send(Ok(answer));
            }
        }
        Err(error) if error.may_pass() => {
            let error = Arc::new(error);
            for (_, teller) in together {
                let _ = teller.send(Err(Error::Unavailable(Box::new(Arc::clone(&error)))));
            }
        }
        Err(_) => drop(together),
    }
}
