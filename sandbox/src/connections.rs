//! The open connections, so many at most. One more closes the one that has kept the server waiting for the
//! longest time, so that clients which say nothing cannot keep the owner out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

#[derive(Debug)]
pub struct Connections {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    /// Those that wait for their clients, the longest first.
    waiting: BTreeMap<u64, Arc<Notify>>,
    /// Numbers waits in their order.
    sequence: u64,
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            state: Mutex::default(),
        })
    }

    /// A new connection, which waits for its client. `None` where there are too many and none of them
    /// waits.
    pub fn open(self: &Arc<Self>) -> Option<Arc<Connection>> {
        let mut state = self.lock();
        if state.open >= self.most {
            // It is counted until it has closed, so there are a few more for a moment.
            let (_, longest) = state.waiting.pop_first()?;
            longest.notify_one();
        }
        state.open += 1;
        let closing = Arc::new(Notify::new());
        let waits = Mutex::new(Some(state.wait(&closing)));
        Some(Arc::new(Connection {
            connections: self.clone(),
            closing,
            waits,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn wait(&mut self, closing: &Arc<Notify>) -> u64 {
        self.sequence += 1;
        self.waiting.insert(self.sequence, closing.clone());
        self.sequence
    }
}

/// An open connection, until it is dropped.
#[derive(Debug)]
pub struct Connection {
    connections: Arc<Connections>,
    closing: Arc<Notify>,
    /// Its place among those that wait for their clients; `None` while it answers.
    waits: Mutex<Option<u64>>,
}

impl Connection {
    /// Returns when it has to close.
    pub async fn closing(&self) {
        self.closing.notified().await;
    }

    /// The client has sent a whole request.
    pub fn answers(&self) {
        if let Some(place) = self.waits().take() {
            self.connections.lock().waiting.remove(&place);
        }
    }

    /// The client has its answer.
    pub fn waits_again(&self) {
        let mut waits = self.waits();
        if waits.is_none() {
            *waits = Some(self.connections.lock().wait(&self.closing));
        }
    }

    fn waits(&self) -> MutexGuard<'_, Option<u64>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.answers();
        self.connections.lock().open -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    async fn is_closing(connection: &Connection) -> bool {
        timeout(Duration::ZERO, connection.closing()).await.is_ok()
    }

    #[tokio::test]
    async fn one_more_closes_the_one_that_waits_for_the_longest_time() {
        let connections = Connections::new(3);
        let open = || connections.open().expect("there is room");
        let [answering, silent, recent] = [open(), open(), open()];
        answering.answers();
        recent.answers();
        recent.waits_again();
        let next = open();
        assert!(is_closing(&silent).await);
        for other in [&answering, &recent, &next] {
            assert!(!is_closing(other).await);
        }
        drop(silent);
        let last = open();
        assert!(is_closing(&recent).await);
        drop(recent);
        next.answers();
        last.answers();
        assert!(connections.open().is_none(), "all are being answered");
        drop(last);
        assert!(connections.open().is_some());
    }
}
