//! A place where one request waits until the story decides: the way to kill a client exactly there.

use std::fmt;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

/// When a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The endpoint has not heard of it.
    BeforeForwarding,
    /// The endpoint has done it and answered; the client does not know.
    BeforeAnswering,
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BeforeForwarding => "before forwarding",
            Self::BeforeAnswering => "before answering",
        })
    }
}

/// The story's side. Dropped without [`Gate::open`], it closes the held request's connection.
pub struct Gate {
    arrivals: mpsc::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Gate {
    /// Waits until the request is here; false when `patience` ran out before it came.
    pub fn reached_within(&self, patience: Duration) -> bool {
        match self.arrivals.recv_timeout(patience) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Lets the request go on as if nothing had been.
    pub fn open(self) {
        // An error means that the client has gone, and its request with it.
        let _ = self.open.send(());
    }
}

/// The proxy's side.
#[derive(Clone)]
pub struct Keeper {
    moment: Moment,
    arrival: mpsc::Sender<()>,
    opened: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

impl Keeper {
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Reports the request and waits; true when it may go on. Only the first request waits: a gate
    /// that means several lets the later ones pass.
    pub async fn wait(&self) -> bool {
        let opened = self.opened.lock().map_or(None, |mut opened| opened.take());
        let Some(opened) = opened else { return true };
        // An error means that the story has dropped the gate; `opened` says so too.
        let _ = self.arrival.send(());
        opened.await.is_ok()
    }
}

pub fn gate(moment: Moment) -> (Gate, Keeper) {
    let (arrival, arrivals) = mpsc::channel();
    let (open, opened) = oneshot::channel();
    let keeper = Keeper {
        moment,
        arrival,
        opened: Arc::new(Mutex::new(Some(opened))),
    };
    (Gate { arrivals, open }, keeper)
}
