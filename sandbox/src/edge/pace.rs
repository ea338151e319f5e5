//! Bodies that do not come: a client that announces a body and then sends nothing would keep its
//! connection, and the sandbox awake, for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::wire::BoxError;

/// How long a client may send nothing in the middle of a body.
const PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
#[error("nothing of the request's body came for {} seconds", PAUSE.as_secs())]
pub struct Stalled;

/// A body that fails when nothing of it comes for too long.
#[derive(Debug)]
pub struct Paced<B> {
    inner: B,
    pause: Duration,
    /// Set while the body is waited for.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<B> Paced<B> {
    pub fn new(inner: B) -> Self {
        Self {
            inner,
            pause: PAUSE,
            patience: None,
        }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            this.patience = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let pause = this.pause;
        let patience = this.patience.get_or_insert_with(|| Box::pin(sleep(pause)));
        match patience.as_mut().poll(context) {
            Poll::Ready(()) => {
                // Whoever asks again gets the same answer, at once.
                patience.as_mut().reset(Instant::now());
                Poll::Ready(Some(Err(Stalled.into())))
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
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    #[tokio::test]
    async fn a_body_that_stands_still_has_failed() {
        let parts = || {
            stream::iter(["a", "b"]).then(|part| async move {
                tokio::task::yield_now().await;
                Ok::<_, Infallible>(Frame::data(Bytes::from(part)))
            })
        };
        let whole = Paced::new(StreamBody::new(Box::pin(parts())));
        let whole = whole.collect().await.expect("it comes");
        assert_eq!(whole.to_bytes(), "ab");

        let mut still = Paced {
            inner: StreamBody::new(Box::pin(parts().chain(stream::pending()))),
            pause: Duration::from_millis(10),
            patience: None,
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
                .expect_err("it stands");
            assert!(error.is::<Stalled>(), "{error}");
        }
    }
}
