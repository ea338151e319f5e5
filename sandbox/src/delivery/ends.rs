//! Ends of deliveries that come at the same moment. They are recorded in one write, which in a burst takes hardly longer
//! than that of one end.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::record::Delivery;

/// A delivery that has ended, with the deliveries that follow from that.
#[derive(Debug)]
pub struct End {
    pub id: String,
    pub following: Vec<Delivery>,
}

/// Those that are not recorded yet, each with who waits for that.
#[derive(Debug, Default)]
pub struct Ends(Mutex<Vec<(End, oneshot::Sender<End>)>>);

impl Ends {
    /// Returns the end when it is recorded; `None` if that will not be, as who was to do it was stopped. The first of
    /// several calls at the same moment records all of them with `write`, which returns what it has recorded.
    pub async fn record<F: Future<Output = Vec<End>>>(
        &self,
        end: End,
        write: impl FnOnce(Vec<End>) -> F,
    ) -> Option<End> {
        let (recorded, waiting) = oneshot::channel();
        let is_first = {
            let mut ends = self.lock();
            ends.push((end, recorded));
            ends.len() == 1
        };
        if is_first {
            // The tasks that can go on now do so, and may end their deliveries.
            yield_now().await;
            let (ends, waiting): (Vec<_>, Vec<_>) =
                mem::take(&mut *self.lock()).into_iter().unzip();
            for (end, waiting) in write(ends).await.into_iter().zip(waiting) {
                // Who waited may have been stopped.
                let _ = waiting.send(end);
            }
        }
        waiting.await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(End, oneshot::Sender<End>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
