//! The Runtime API of one process, without HTTP: which request is allowed in which state.
//!
//! Source: Lambda developer guide, "Using the Lambda runtime API for custom runtimes".

use std::convert::Infallible;
use std::future::pending;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

/// How many requests of one process are queued here before its connections wait.
const MAX_QUEUED: usize = 16;

/// An invocation as the process gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextInvocation {
    pub request_id: String,
    /// Milliseconds since 1970.
    pub deadline_ms: u64,
    pub arn: String,
    pub trace: String,
    pub client_context: Option<String>,
    pub payload: Bytes,
}

/// How the process has completed an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Response(Bytes),
    Error(Bytes),
    /// A response of so many bytes, or more.
    TooLarge(u64),
}

/// Why a process could not initialise, as it reported it: an error in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitError(pub Bytes);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    #[error("Invalid request ID")]
    UnknownRequest,
    #[error("State transition is not allowed: {0}")]
    InvalidState(&'static str),
}

/// A request of a process, each with where its answer goes.
#[derive(Debug)]
pub enum ApiRequest {
    Next(oneshot::Sender<Result<NextInvocation, ApiError>>),
    Complete {
        request_id: String,
        outcome: Outcome,
        accepted: oneshot::Sender<Result<(), ApiError>>,
    },
    InitError {
        error: InitError,
        accepted: oneshot::Sender<Result<(), ApiError>>,
    },
}

/// Gives one process one invocation at a time.
#[derive(Debug)]
pub struct RuntimeApi {
    requests: mpsc::Receiver<ApiRequest>,
    /// The process has asked for its next invocation, and waits.
    pending_next: Option<oneshot::Sender<Result<NextInvocation, ApiError>>>,
    /// The process has asked for an invocation at least once.
    is_initialized: bool,
}

impl RuntimeApi {
    /// An API, and where its process's requests are sent to.
    pub fn open() -> (Self, mpsc::Sender<ApiRequest>) {
        let (sender, requests) = mpsc::channel(MAX_QUEUED);
        let api = Self {
            requests,
            pending_next: None,
            is_initialized: false,
        };
        (api, sender)
    }

    /// Waits until the process asks for its next invocation, or reports that it cannot initialise.
    pub async fn ready(&mut self) -> Result<(), InitError> {
        while self
            .pending_next
            .as_ref()
            .is_none_or(|next| next.is_closed())
        {
            match self.next_request().await {
                ApiRequest::Next(next) => self.hold_next(next),
                ApiRequest::InitError { error, accepted } if !self.is_initialized => {
                    let _ = accepted.send(Ok(()));
                    return Err(error);
                }
                other => refuse(other, "no invocation is running"),
            }
        }
        Ok(())
    }

    /// Sends the invocation to the process, and waits until it completes.
    pub async fn invoke(&mut self, invocation: NextInvocation) -> Outcome {
        let request_id = invocation.request_id.clone();
        self.send_next(invocation).await;
        loop {
            match self.next_request().await {
                ApiRequest::Complete {
                    request_id: id,
                    outcome,
                    accepted,
                } if id == request_id => {
                    let _ = accepted.send(Ok(()));
                    return outcome;
                }
                other => refuse(other, "an invocation is running"),
            }
        }
    }

    /// Refuses all requests but the one for the next invocation, which waits. Never returns.
    pub async fn idle(&mut self) -> Infallible {
        loop {
            match self.next_request().await {
                ApiRequest::Next(next) => self.hold_next(next),
                other => refuse(other, "no invocation is running"),
            }
        }
    }

    async fn send_next(&mut self, invocation: NextInvocation) {
        loop {
            if let Some(next) = self.pending_next.take()
                && next.send(Ok(invocation.clone())).is_ok()
            {
                return;
            }
            // The connection broke while the process waited: it will ask again.
            match self.next_request().await {
                ApiRequest::Next(next) => self.hold_next(next),
                other => refuse(other, "no invocation is running"),
            }
        }
    }

    fn hold_next(&mut self, next: oneshot::Sender<Result<NextInvocation, ApiError>>) {
        self.is_initialized = true;
        if let Some(earlier) = self.pending_next.replace(next) {
            let _ = earlier.send(Err(ApiError::InvalidState(
                "two requests for the next invocation at once",
            )));
        }
    }

    async fn next_request(&mut self) -> ApiRequest {
        match self.requests.recv().await {
            Some(request) => request,
            // Nobody can ask any more.
            None => pending().await,
        }
    }
}

fn refuse(request: ApiRequest, reason: &'static str) {
    let invalid_state = ApiError::InvalidState(reason);
    // The connection may be gone.
    match request {
        ApiRequest::Next(next) => drop(next.send(Err(invalid_state))),
        ApiRequest::Complete { accepted, .. } => {
            let _ = accepted.send(Err(ApiError::UnknownRequest));
        }
        ApiRequest::InitError { accepted, .. } => {
            let _ = accepted.send(Err(invalid_state));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    fn invocation(request_id: &str) -> NextInvocation {
        NextInvocation {
            request_id: request_id.to_owned(),
            deadline_ms: 1,
            arn: String::new(),
            trace: String::new(),
            client_context: None,
            payload: Bytes::new(),
        }
    }

    type Answer<T> = oneshot::Receiver<Result<T, ApiError>>;

    async fn next(requests: &mpsc::Sender<ApiRequest>) -> Answer<NextInvocation> {
        let (next, answer) = oneshot::channel();
        requests
            .send(ApiRequest::Next(next))
            .await
            .expect("it is open");
        answer
    }

    async fn completed(requests: &mpsc::Sender<ApiRequest>, request_id: &str) -> Answer<()> {
        let (accepted, answer) = oneshot::channel();
        let request = ApiRequest::Complete {
            request_id: request_id.to_owned(),
            outcome: Outcome::Response(Bytes::from(request_id.to_owned())),
            accepted,
        };
        requests.send(request).await.expect("it is open");
        answer
    }

    async fn init_error(requests: &mpsc::Sender<ApiRequest>) -> Answer<()> {
        let (accepted, answer) = oneshot::channel();
        let error = InitError(Bytes::from_static(b"why"));
        requests
            .send(ApiRequest::InitError { error, accepted })
            .await
            .expect("it is open");
        answer
    }

    #[tokio::test]
    async fn only_the_answer_to_the_running_invocation_counts() {
        let (mut api, requests) = RuntimeApi::open();
        let early = completed(&requests, "1").await;
        let first = next(&requests).await;
        assert_eq!(api.ready().await, Ok(()));
        assert_eq!(early.await, Ok(Err(ApiError::UnknownRequest)));

        let wrong = completed(&requests, "0").await;
        let second = next(&requests).await;
        let late = init_error(&requests).await;
        let right = completed(&requests, "1").await;
        let again = completed(&requests, "1").await;
        let outcome = api.invoke(invocation("1")).await;
        assert_eq!(outcome, Outcome::Response(Bytes::from_static(b"1")));
        assert_eq!(first.await, Ok(Ok(invocation("1"))));
        assert_eq!(wrong.await, Ok(Err(ApiError::UnknownRequest)));
        assert!(matches!(second.await, Ok(Err(ApiError::InvalidState(_)))));
        assert!(matches!(late.await, Ok(Err(ApiError::InvalidState(_)))));
        assert_eq!(right.await, Ok(Ok(())));

        let _waits = next(&requests).await;
        assert_eq!(api.ready().await, Ok(()));
        assert_eq!(again.await, Ok(Err(ApiError::UnknownRequest)));
    }

    #[tokio::test]
    async fn a_process_can_report_an_init_error_only_before_its_first_invocation() {
        let (mut api, requests) = RuntimeApi::open();
        let accepted = init_error(&requests).await;
        let error = InitError(Bytes::from_static(b"why"));
        assert_eq!(api.ready().await, Err(error));
        assert_eq!(accepted.await, Ok(Ok(())));

        let (mut api, requests) = RuntimeApi::open();
        drop(next(&requests).await);
        let late = init_error(&requests).await;
        let _waits = next(&requests).await;
        assert_eq!(api.ready().await, Ok(()));
        assert!(matches!(late.await, Ok(Err(ApiError::InvalidState(_)))));
    }

    #[tokio::test]
    async fn an_invocation_waits_for_a_process_whose_connection_broke() {
        let (mut api, requests) = RuntimeApi::open();
        let broken = next(&requests).await;
        assert_eq!(api.ready().await, Ok(()));
        drop(broken);
        let running = tokio::spawn(async move { api.invoke(invocation("1")).await });
        yield_now().await;
        let answer = next(&requests).await;
        assert_eq!(answer.await, Ok(Ok(invocation("1"))));
        assert_eq!(completed(&requests, "1").await.await, Ok(Ok(())));
        let outcome = running.await.expect("no panic");
        assert_eq!(outcome, Outcome::Response(Bytes::from_static(b"1")));
    }

    #[tokio::test]
    async fn of_two_requests_for_an_invocation_the_later_gets_it() {
        let (mut api, requests) = RuntimeApi::open();
        let earlier = next(&requests).await;
        assert_eq!(api.ready().await, Ok(()));
        let later = next(&requests).await;
        let idle = tokio::time::timeout(std::time::Duration::ZERO, api.idle());
        assert!(idle.await.is_err());
        assert!(matches!(earlier.await, Ok(Err(ApiError::InvalidState(_)))));
        let answer = completed(&requests, "1").await;
        api.invoke(invocation("1")).await;
        assert_eq!(later.await, Ok(Ok(invocation("1"))));
        assert_eq!(answer.await, Ok(Ok(())));
    }
}
