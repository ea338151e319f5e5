//! The Runtime API as one process sees it, without HTTP and without the process: what it may ask when.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::sandbox::keys::secret;

/// How many requests of one process wait here before its connections do.
const WAITING: usize = 16;

/// A call as the process gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub request_id: String,
    /// Milliseconds since 1970.
    pub deadline_ms: u64,
    pub arn: String,
    pub trace: String,
    pub client_context: Option<String>,
    pub payload: Bytes,
}

/// What the process made of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Response(Bytes),
    Error(Bytes),
    /// A response of so many bytes, or more.
    TooLarge(u64),
}

/// A process could not get ready, and says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReady(pub Bytes);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Invalid request ID")]
    UnknownRequest,
    #[error("State transition is not allowed: {0}")]
    OutOfTurn(&'static str),
}

/// What a process asks; each with where its answer goes.
#[derive(Debug)]
pub enum Ask {
    Next(oneshot::Sender<Result<Delivery, Refusal>>),
    Done {
        request_id: String,
        outcome: Outcome,
        taken: oneshot::Sender<Result<(), Refusal>>,
    },
    NotReady {
        reason: NotReady,
        taken: oneshot::Sender<Result<(), Refusal>>,
    },
}

/// All desks that are open, each found by a secret that only its process is told.
#[derive(Debug, Default)]
pub struct Desks {
    open: Mutex<HashMap<String, mpsc::Sender<Ask>>>,
}

impl Desks {
    pub fn open(self: &Arc<Self>) -> Desk {
        let (sender, asks) = mpsc::channel(WAITING);
        let secret = secret();
        self.lock().insert(secret.clone(), sender);
        Desk {
            secret,
            asks,
            waiting: None,
            greeted: false,
            desks: self.clone(),
        }
    }

    pub fn find(&self, secret: &str) -> Option<mpsc::Sender<Ask>> {
        self.lock().get(secret).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Ask>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one process asks for calls and brings its answers, one at a time. Closed when dropped.
#[derive(Debug)]
pub struct Desk {
    secret: String,
    asks: mpsc::Receiver<Ask>,
    /// The process has asked for its next call, and waits.
    waiting: Option<oneshot::Sender<Result<Delivery, Refusal>>>,
    /// The process has asked for a call at least once.
    greeted: bool,
    desks: Arc<Desks>,
}

impl Desk {
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Waits until the process asks for its next call, or says that it never will.
    pub async fn ready(&mut self) -> Result<(), NotReady> {
        while self.waiting.as_ref().is_none_or(|next| next.is_closed()) {
            match self.ask().await {
                Ask::Next(next) => self.wait_with(next),
                Ask::NotReady { reason, taken } if !self.greeted => {
                    let _ = taken.send(Ok(()));
                    return Err(reason);
                }
                other => refuse(other, "no call is under way"),
            }
        }
        Ok(())
    }

    /// Hands the call over, and waits for what becomes of it.
    pub async fn deliver(&mut self, delivery: Delivery) -> Outcome {
        let request_id = delivery.request_id.clone();
        self.hand_over(delivery).await;
        loop {
            match self.ask().await {
                Ask::Done {
                    request_id: id,
                    outcome,
                    taken,
                } if id == request_id => {
                    let _ = taken.send(Ok(()));
                    return outcome;
                }
                other => refuse(other, "a call is under way"),
            }
        }
    }

    /// Turns everything away but the question for the next call, which waits.
    pub async fn quiet(&mut self) -> Infallible {
        loop {
            match self.ask().await {
                Ask::Next(next) => self.wait_with(next),
                other => refuse(other, "no call is under way"),
            }
        }
    }

    async fn hand_over(&mut self, delivery: Delivery) {
        loop {
            if let Some(next) = self.waiting.take()
                && next.send(Ok(delivery.clone())).is_ok()
            {
                return;
            }
            // The connection broke while the process waited: it asks again.
            match self.ask().await {
                Ask::Next(next) => self.wait_with(next),
                other => refuse(other, "no call is under way"),
            }
        }
    }

    fn wait_with(&mut self, next: oneshot::Sender<Result<Delivery, Refusal>>) {
        self.greeted = true;
        if let Some(earlier) = self.waiting.replace(next) {
            let _ = earlier.send(Err(Refusal::OutOfTurn("it asks for two calls at once")));
        }
    }

    async fn ask(&mut self) -> Ask {
        match self.asks.recv().await {
            Some(ask) => ask,
            // The other end is kept in `desks` as long as this lives.
            None => pending().await,
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.desks.lock().remove(&self.secret);
    }
}

fn refuse(ask: Ask, reason: &'static str) {
    // Who asked may be gone.
    match ask {
        Ask::Next(next) => drop(next.send(Err(Refusal::OutOfTurn(reason)))),
        Ask::Done { taken, .. } => drop(taken.send(Err(Refusal::UnknownRequest))),
        Ask::NotReady { taken, .. } => drop(taken.send(Err(Refusal::OutOfTurn(reason)))),
    }
}
