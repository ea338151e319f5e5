//! The Runtime API as one process sees it, without HTTP and without the process: what it may ask when.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::keys::secret;

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

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    fn delivery(request_id: &str) -> Delivery {
        Delivery {
            request_id: request_id.to_owned(),
            deadline_ms: 1,
            arn: String::new(),
            trace: String::new(),
            client_context: None,
            payload: Bytes::new(),
        }
    }

    /// A desk, and what its process would say at it.
    fn opened() -> (Desk, mpsc::Sender<Ask>) {
        let desks = Arc::new(Desks::default());
        let desk = desks.open();
        let asks = desks.find(desk.secret()).expect("it is open");
        (desk, asks)
    }

    type Told<T> = oneshot::Receiver<Result<T, Refusal>>;

    async fn next(asks: &mpsc::Sender<Ask>) -> Told<Delivery> {
        let (next, told) = oneshot::channel();
        asks.send(Ask::Next(next)).await.expect("it is open");
        told
    }

    async fn done(asks: &mpsc::Sender<Ask>, request_id: &str) -> Told<()> {
        let (taken, told) = oneshot::channel();
        let ask = Ask::Done {
            request_id: request_id.to_owned(),
            outcome: Outcome::Response(Bytes::from(request_id.to_owned())),
            taken,
        };
        asks.send(ask).await.expect("it is open");
        told
    }

    async fn not_ready(asks: &mpsc::Sender<Ask>) -> Told<()> {
        let (taken, told) = oneshot::channel();
        let reason = NotReady(Bytes::from_static(b"why"));
        asks.send(Ask::NotReady { reason, taken })
            .await
            .expect("it is open");
        told
    }

    #[test]
    fn a_desk_is_found_by_its_secret_until_it_closes() {
        let desks = Arc::new(Desks::default());
        let (one, other) = (desks.open(), desks.open());
        assert_ne!(one.secret(), other.secret());
        assert_eq!(one.secret().len(), 64);
        let secret = one.secret().to_owned();
        assert!(desks.find(&secret).is_some());
        drop(one);
        assert!(desks.find(&secret).is_none());
        assert!(desks.find(other.secret()).is_some());
        assert!(desks.find("").is_none());
    }

    #[tokio::test]
    async fn only_the_answer_to_the_call_under_way_counts() {
        let (mut desk, asks) = opened();
        let early = done(&asks, "1").await;
        let first = next(&asks).await;
        assert_eq!(desk.ready().await, Ok(()));
        assert_eq!(early.await, Ok(Err(Refusal::UnknownRequest)));

        let wrong = done(&asks, "0").await;
        let second = next(&asks).await;
        let late = not_ready(&asks).await;
        let right = done(&asks, "1").await;
        let again = done(&asks, "1").await;
        let outcome = desk.deliver(delivery("1")).await;
        assert_eq!(outcome, Outcome::Response(Bytes::from_static(b"1")));
        assert_eq!(first.await, Ok(Ok(delivery("1"))));
        assert_eq!(wrong.await, Ok(Err(Refusal::UnknownRequest)));
        assert!(matches!(second.await, Ok(Err(Refusal::OutOfTurn(_)))));
        assert!(matches!(late.await, Ok(Err(Refusal::OutOfTurn(_)))));
        assert_eq!(right.await, Ok(Ok(())));

        let _waits = next(&asks).await;
        assert_eq!(desk.ready().await, Ok(()));
        assert_eq!(again.await, Ok(Err(Refusal::UnknownRequest)));
    }

    #[tokio::test]
    async fn a_process_that_is_not_ready_can_say_so_only_before_its_first_call() {
        let (mut desk, asks) = opened();
        let taken = not_ready(&asks).await;
        let reason = NotReady(Bytes::from_static(b"why"));
        assert_eq!(desk.ready().await, Err(reason));
        assert_eq!(taken.await, Ok(Ok(())));

        let (mut desk, asks) = opened();
        drop(next(&asks).await);
        let late = not_ready(&asks).await;
        let _waits = next(&asks).await;
        assert_eq!(desk.ready().await, Ok(()));
        assert!(matches!(late.await, Ok(Err(Refusal::OutOfTurn(_)))));
    }

    #[tokio::test]
    async fn a_call_waits_for_a_process_whose_connection_broke() {
        let (mut desk, asks) = opened();
        let broken = next(&asks).await;
        assert_eq!(desk.ready().await, Ok(()));
        drop(broken);
        let call = tokio::spawn(async move { desk.deliver(delivery("1")).await });
        yield_now().await;
        let told = next(&asks).await;
        assert_eq!(told.await, Ok(Ok(delivery("1"))));
        assert_eq!(done(&asks, "1").await.await, Ok(Ok(())));
        let outcome = call.await.expect("no panic");
        assert_eq!(outcome, Outcome::Response(Bytes::from_static(b"1")));
    }

    #[tokio::test]
    async fn of_two_questions_for_a_call_the_later_gets_it() {
        let (mut desk, asks) = opened();
        let earlier = next(&asks).await;
        assert_eq!(desk.ready().await, Ok(()));
        let later = next(&asks).await;
        let idle = tokio::time::timeout(std::time::Duration::ZERO, desk.quiet());
        assert!(idle.await.is_err());
        assert!(matches!(earlier.await, Ok(Err(Refusal::OutOfTurn(_)))));
        let answer = done(&asks, "1").await;
        desk.deliver(delivery("1")).await;
        assert_eq!(later.await, Ok(Ok(delivery("1"))));
        assert_eq!(answer.await, Ok(Ok(())));
    }
}
