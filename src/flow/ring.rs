//! The keys in force, as this process knows them: after a rotation they are read again, without a fresh start.
//!
//! Whoever rotates puts a folder with the next number beside the others, in one step. To look for one costs a list of names, and is done
//! before each report and every few seconds. A key folder that cannot be read changes nothing: what was read goes on.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::App;
use crate::rules::{Instant, KeyKind};
use crate::seal::{CodeKey, Error, Keyring};

/// How often a process that serves looks for new keys.
const ASKS: Duration = Duration::from_secs(5);

/// The keys in force, and where newer ones would be.
pub(super) struct Ring {
    /// What hides codes: no rotation touches it.
    pub(super) codes: CodeKey,
    folder: PathBuf,
    /// The kind that the configuration asks for.
    kind: Option<KeyKind>,
    current: RwLock<Arc<Keyring>>,
}

impl Ring {
    pub(super) fn new(keyring: Keyring, folder: PathBuf, kind: Option<KeyKind>) -> Self {
        Self { codes: keyring.codes.clone(), folder, kind, current: RwLock::new(Arc::new(keyring)) }
    }

    /// The keys in force. What is signed and verified together asks once.
    pub(super) fn now(&self) -> Arc<Keyring> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the folder again, if newer keys are in it; tells whether there were.
    fn read_again(&self, now: Instant) -> Result<bool, Error> {
        let before = self.now().generation;
        if Keyring::newest(&self.folder)? <= before {
            return Ok(false);
        }
        let read = Keyring::open(&self.folder, now)?;
        let found = read.signer.kind();
        if self.kind.is_some_and(|wanted| wanted != found) {
            tracing::warn!(%found, "new keys are of another kind than the configuration asks for: they are left alone");
            return Ok(false);
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newer = read.generation > current.generation;
        if newer {
            *current = Arc::new(read);
        }
        Ok(newer)
    }
}

/// Takes the newest keys, where somebody rotated them; tells whether there were new ones.
pub async fn follow(app: &App) -> bool {
    let (reader, now) = (app.clone(), app.now());
    // A key in a hardware module takes its time.
    let read = tokio::task::spawn_blocking(move || reader.0.keyring.read_again(now)).await;
    match read {
        Ok(Ok(true)) => {
            tracing::info!("new keys are in force");
            if let Err(error) = app.register_keys().await {
                tracing::warn!(%error, "the new keys could not be made known to the store");
            }
            true
        }
        Ok(Ok(false)) => false,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the key folder could not be read again");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "the key folder could not be read again");
            false
        }
    }
}

/// Looks for new keys, for as long as it is polled.
pub async fn keep_up(app: App) {
    loop {
        tokio::time::sleep(ASKS).await;
        follow(&app).await;
    }
}
