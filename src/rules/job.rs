//! Work that outlives its request.

use super::words::words;

words! {
    /// What is to be done.
    JobKind {
        /// A regulator's file is stored, part by part.
        Upload = "upload",
    }
}

words! {
    /// How a job stands.
    JobState {
        /// It waits for a worker.
        Queued = "queued",
        /// A worker holds it.
        Running = "running",
        /// It is done.
        Done = "done",
        /// It came to nothing, for the reason that it tells; it is kept until somebody has it tried again or cancels it.
        Failed = "failed",
        /// Somebody ended it; what was stored by then stays.
        Cancelled = "cancelled",
    }
}

impl JobState {
    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}
