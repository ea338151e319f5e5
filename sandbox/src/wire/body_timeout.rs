//! A time limit for bodies of which nothing arrives: a client that announces a body and then sends
//! nothing would keep its connection open, and the sandbox running, forever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::{Body, BoxError};

/// How long a client may send nothing in the middle of a body.
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
#[error("no byte of the request's body arrived for {} seconds", TIMEOUT.as_secs())]
pub struct BodyTimedOut;

/// A body that fails with [`BodyTimedOut`] when nothing of it arrives for too long.
#[derive(Debug)]
pub struct BodyTimeout {
    inner: Body,
    timeout: Duration,
    /// Set while the next part of the body is awaited.
    timer: Option<Pin<Box<Sleep>>>,
}

impl BodyTimeout {
    pub fn new(inner: Body) -> Self {
        Self {
            inner,
            timeout: TIMEOUT,
            timer: None,
        }
    }
}

impl hyper::body::Body for BodyTimeout {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            this.timer = None;
            return Poll::Ready(frame);
        }
        let timeout = this.timeout;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => {
                // The next poll fails at once, too.
                timer.as_mut().reset(Instant::now());
                Poll::Ready(Some(Err(BodyTimedOut.into())))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    #[tokio::test]
    async fn a_body_of_which_nothing_arrives_fails() {
        let parts = || {
            stream::iter(["a", "b"]).then(|part| async move {
                tokio::task::yield_now().await;
                Ok(Frame::data(Bytes::from(part)))
            })
        };
        let whole = BodyTimeout::new(StreamBody::new(parts()).boxed_unsync());
        let whole = whole.collect().await.expect("it arrives");
        assert_eq!(whole.to_bytes(), "ab");

        let mut still = BodyTimeout {
            inner: StreamBody::new(parts().chain(stream::pending())).boxed_unsync(),
            timeout: Duration::from_millis(10),
            timer: None,
        };
        for part in ["a", "b"] {
            let frame = still.frame().await.expect("a part").expect("no error");
            assert_eq!(frame.into_data().ok(), Some(Bytes::from(part)));
        }
        for _ in 0..2 {
            let error = still
                .frame()
                .await
                .expect("an answer")
                .expect_err("it timed out");
            assert!(error.is::<BodyTimedOut>(), "{error}");
        }
    }
}
