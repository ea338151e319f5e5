//! The invocations that the pool has sent to one environment.

use std::future::pending;
use std::iter;

use tokio::sync::mpsc;

use super::pool::Dispatch;

#[derive(Debug)]
pub struct Dispatches {
    sent: mpsc::UnboundedReceiver<Dispatch>,
    /// Came while the environment could not take it yet.
    early: Option<Dispatch>,
}

impl Dispatches {
    pub fn new(sent: mpsc::UnboundedReceiver<Dispatch>) -> Self {
        Self { sent, early: None }
    }

    /// The next one; `None` when the pool has removed the environment.
    pub async fn next(&mut self) -> Option<Dispatch> {
        match self.early.take() {
            Some(early) => Some(early),
            None => self.sent.recv().await,
        }
    }

    /// Returns when the pool has removed the environment. It does not remove one to which it has sent an invocation.
    pub async fn removed(&mut self) {
        if self.early.is_none() {
            self.early = self.sent.recv().await;
        }
        if self.early.is_some() {
            pending().await
        }
    }

    /// Gives back what is left.
    pub fn end(mut self) {
        self.sent.close();
        let others = iter::from_fn(|| self.sent.try_recv().ok());
        let left = self.early.into_iter().chain(others);
        left.for_each(Dispatch::give_back);
    }
}
