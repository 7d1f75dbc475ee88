//! Batches that a server works on, and the sheets it keeps for who brought them.
//!
//! They are kept in memory, for a day: a restart loses them, and they are brought again. Nobody but the client that brought a batch
//! sees that there is one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::batch::{self, BadBatch, Judge, Progress, Sheet, Source};
use super::{Actor, App};
use crate::rules::Instant;

/// A sheet is kept so long, in milliseconds.
const KEPT: i64 = 24 * 3600 * 1000;
/// Batches of one client that run at a time.
const OF_ONE: usize = 1;
/// Batches that run at a time in all: each may hold its file in memory.
const OF_ALL: usize = 4;
/// Sheets kept for one client; the oldest make room.
const SHEETS: usize = 10;

/// The batches of a server.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<HashMap<Uuid, Batch>>);

#[derive(Debug)]
struct Batch {
    client: String,
    begun: Instant,
    total: usize,
    progress: Arc<Progress>,
    state: State,
}

/// How a batch stands.
#[derive(Clone, Debug)]
pub enum State {
    /// It is worked on.
    Running,
    /// Its sheet is there.
    Done(Arc<Sheet>),
    /// It came to nothing, for a reason that its client may read.
    Failed(String),
}

/// A batch, as its client sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its id.
    pub id: Uuid,
    /// When it was brought.
    pub begun: Instant,
    /// Until when its sheet is kept.
    pub kept_until: Instant,
    /// How many things it holds.
    pub total: usize,
    /// How many are done.
    pub done: usize,
    /// How it stands.
    pub state: State,
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What was brought.
    #[error(transparent)]
    Batch(#[from] BadBatch),
    /// The client has one running.
    #[error("a batch of yours is running: wait for it, or end it")]
    Running,
    /// The server has enough to do.
    #[error("as many batches as the server takes at a time are running: try again in a minute")]
    Busy,
}

impl Refused {
    /// Why, in Chinese and English.
    #[must_use]
    pub fn said(&self) -> (&'static str, String) {
        let zh = match self {
            Self::Batch(BadBatch::Empty) => {
                "文件不能用：里面没有可核验的内容，请提供核验码、二维码内容或报告 PDF"
            }
            Self::Batch(BadBatch::TooMany) => "一批的件数超过上限，请分批核验",
            Self::Batch(BadBatch::TooLong) => "清单超过 16 MiB，请分批核验",
            Self::Batch(BadBatch::TooLarge) => "解压后超过 4 GiB，请分批核验",
            Self::Batch(BadBatch::NotText) => {
                "文件不能用：清单既不是 UTF-8 也不是 GB 18030：请另存为 UTF-8 的 CSV"
            }
            Self::Batch(BadBatch::Alike) => "开头相同的核验码尝试过多，请一分钟后再试",
            Self::Batch(BadBatch::NotZip(_)) => "文件不能用：ZIP 无法读取",
            Self::Running => "您已有一批正在核验，请等它完成或先结束它",
            Self::Busy => "同时核验的批次已满，请一分钟后再试",
        };
        (zh, self.to_string())
    }
}

impl Shelf {
    fn with<T>(&self, look: impl FnOnce(&mut HashMap<Uuid, Batch>) -> T) -> T {
        // Nothing panics while it holds the lock, and the map is whole between any two lines that it runs.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a place for a batch, if one is free.
    fn begin(&self, id: Uuid, batch: Batch) -> Result<(), Refused> {
        let now = batch.begun;
        self.with(|all| {
            all.retain(|_, it| matches!(it.state, State::Running) || now.millis() - it.begun.millis() < KEPT);
            let running = |it: &&Batch| matches!(it.state, State::Running);
            if all.values().filter(running).filter(|it| it.client == batch.client).count() >= OF_ONE {
                return Err(Refused::Running);
            }
            if all.values().filter(running).count() >= OF_ALL {
                return Err(Refused::Busy);
            }
            let mut own: Vec<_> = all
                .iter()
                .filter(|(_, it)| it.client == batch.client)
                .map(|(id, it)| (it.begun, *id))
                .collect();
            own.sort_unstable();
            for (_, oldest) in own.iter().take((own.len() + 1).saturating_sub(SHEETS)) {
                all.remove(oldest);
            }
            all.insert(id, batch);
            Ok(())
        })
    }

    fn end(&self, id: Uuid, state: State) {
        self.with(|all| {
            if let Some(batch) = all.get_mut(&id) {
                batch.state = state;
            }
        });
    }
}

/// Begins to work on a batch, and gives its id.
pub fn begin(app: &App, actor: &Actor, source: Source) -> Result<Uuid, Refused> {
    let (id, progress) = (app.mint(), Arc::new(Progress::default()));
    let batch = Batch {
        client: actor.name.clone(),
        begun: app.now(),
        total: source.total,
        progress: Arc::clone(&progress),
        state: State::Running,
    };
    app.0.shelf.begin(id, batch)?;
    let (app, actor) = (app.clone(), actor.clone());
    tokio::spawn(async move {
        let judge = Judge::Store(app.clone());
        let made = async {
            let rows = batch::run(&judge, source, batch::cores(), &progress).await?;
            batch::sign(&app, &actor, rows).await
        };
        let state = match made.await {
            Ok(sheet) => State::Done(Arc::new(sheet)),
            Err(batch::Error::Batch(error)) => {
                let (zh, en) = Refused::from(error).said();
                State::Failed(format!("{zh} / {en}"))
            }
            Err(batch::Error::Stopped) => return app.0.shelf.with(|all| drop(all.remove(&id))),
            Err(error) => {
                tracing::error!(%error, %id, "a batch came to nothing");
                State::Failed("系统出错：这一批没有保留，请重新提交 / this is our trouble: nothing of the batch is kept, bring it again".to_owned())
            }
        };
        app.0.shelf.end(id, state);
    });
    Ok(id)
}

/// A batch of this client.
#[must_use]
pub fn show(app: &App, actor: &Actor, id: Uuid) -> Option<Shown> {
    let now = app.now();
    app.0.shelf.with(|all| {
        let batch = all.get(&id).filter(|batch| batch.client == actor.name)?;
        let kept_until = Instant::from_millis(batch.begun.millis() + KEPT);
        let over = kept_until.millis() <= now.millis() && !matches!(batch.state, State::Running);
        let shown = Shown {
            id,
            begun: batch.begun,
            kept_until,
            total: batch.total,
            done: batch.progress.done(),
            state: batch.state.clone(),
        };
        (!over).then_some(shown)
    })
}

/// The batches of this client that are kept, newest first.
#[must_use]
pub fn list(app: &App, actor: &Actor) -> Vec<Shown> {
    let own = |all: &mut HashMap<Uuid, Batch>| -> Vec<Uuid> {
        all.iter().filter(|(_, batch)| batch.client == actor.name).map(|(id, _)| *id).collect()
    };
    let ids = app.0.shelf.with(own);
    let mut shown: Vec<Shown> = ids.into_iter().filter_map(|id| show(app, actor, id)).collect();
    shown.sort_by_key(|it| std::cmp::Reverse((it.begun, it.id)));
    shown
}

/// Ends a batch of this client and forgets it; whether there was one.
#[must_use]
pub fn end(app: &App, actor: &Actor, id: Uuid) -> bool {
    app.0.shelf.with(|all| {
        let Some(batch) = all.get(&id).filter(|batch| batch.client == actor.name) else { return false };
        batch.progress.stop();
        if !matches!(batch.state, State::Running) {
            all.remove(&id);
        }
        true
    })
}
