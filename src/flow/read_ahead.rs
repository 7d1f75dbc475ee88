//! A file is read on a thread of its own, a batch ahead of whoever stores it, so that memory does not grow with the file.

use tokio::sync::{mpsc, oneshot};

use super::App;
use super::order::Order;
use super::spool::{Spooled, unavailable};
use super::worker::Halt;
use crate::ingest::{Batch, Described, FileFault, Limits, Reader, Source};

/// A file that is being read.
pub(super) struct ReadAhead {
    pub(super) described: Described,
    batches: mpsc::Receiver<Result<Option<Batch>, FileFault>>,
}

impl ReadAhead {
    /// Begins to read.
    pub(super) async fn open(app: &App, order: &Order, file: Spooled) -> Result<Self, Halt> {
        let (tell, told) = oneshot::channel();
        let (bring, batches) = mpsc::channel(1);
        let (app, order, file) = (app.clone(), order.clone(), file.into_std().await?);
        tokio::task::spawn_blocking(move || {
            order.read(&app, Limits::background(), |context| {
                let mut reader = match Reader::open(Source::File(file), &order.file_name, context) {
                    Ok(reader) => reader,
                    Err(fault) => return drop(tell.send(Err(fault))),
                };
                if tell.send(Ok(reader.described().clone())).is_err() {
                    return;
                }
                loop {
                    let next = reader.next_batch();
                    let over = !matches!(next, Ok(Some(_)));
                    if bring.blocking_send(next).is_err() || over {
                        return;
                    }
                }
            });
        });
        // No answer at all: the thread broke down.
        let described = told.await.map_err(unavailable)?.map_err(|fault| refused(&fault))?;
        Ok(Self { described, batches })
    }

    /// The next rows; `None` behind the last. A thread that broke down is no end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>, Halt> {
        match self.batches.recv().await {
            Some(next) => next.map_err(|fault| refused(&fault)),
            None => Err(Halt::Trouble("文件没有读完 / the file could not be read to its end".to_owned())),
        }
    }
}

/// A file that as a whole is not what it should be.
fn refused(fault: &FileFault) -> Halt {
    let (zh, en) = fault.with_remedy();
    Halt::Refused(format!("{zh} / {en}"))
}
