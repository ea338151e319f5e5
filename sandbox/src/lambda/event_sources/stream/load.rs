//! How much the reader of a stream has to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

/// Of one mapping, whichever task reads for it.
#[derive(Debug, Default)]
pub struct Load {
    /// How many lanes have records that the function is not done with.
    working: AtomicUsize,
    /// Held by each batch that is with the function.
    attempts: Arc<RwLock<()>>,
}

/// A lane is at work as long as it has this.
#[derive(Debug)]
pub struct Working(Arc<Load>);

impl Load {
    pub fn is_busy(&self) -> bool {
        self.working.load(Ordering::Relaxed) > 0
    }

    pub fn begin(self: &Arc<Self>) -> Working {
        self.working.fetch_add(1, Ordering::Relaxed);
        Working(self.clone())
    }

    /// To be kept while a batch is with the function.
    pub async fn attempt(&self) -> OwnedRwLockReadGuard<()> {
        self.attempts.clone().read_owned().await
    }

    /// Returns when no batch is with the function.
    pub async fn wait_for_attempts(&self) {
        drop(self.attempts.write().await);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::Relaxed);
    }
}
