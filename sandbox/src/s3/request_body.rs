//! Drains bodies that nobody reads to their end: a client that is still sending when it is refused
//! would see a broken connection instead of the error.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::timeout;

use crate::wire::{self, BodyTimeout, BoxError};

/// How much is drained, in bytes. A bundle for Lambda has up to 50 MB.
const MAX_DRAINED: usize = 64 << 20;
const MAX_DURATION: Duration = Duration::from_secs(30);

/// The body of a request. When it is dropped, the rest is read and discarded.
pub fn drained_on_drop(headers: &HeaderMap, body: wire::Body) -> s3s::Body {
    // A client that expects `100 Continue` does not send the body when it is refused.
    let body = BodyTimeout::new(body);
    if headers.contains_key(header::EXPECT) {
        s3s::Body::http_body_unsync(body)
    } else {
        s3s::Body::http_body_unsync(DrainOnDrop(Some(body)))
    }
}

struct DrainOnDrop(Option<BodyTimeout>);

impl Body for DrainOnDrop {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.0.as_ref().map(Body::size_hint);
        hint.unwrap_or_else(|| SizeHint::with_exact(0))
    }
}

impl Drop for DrainOnDrop {
    fn drop(&mut self) {
        if let Some(mut body) = self.0.take()
            && !body.is_end_stream()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(timeout(MAX_DURATION, async move {
                let mut left = MAX_DRAINED;
                while let Some(Ok(frame)) = body.frame().await {
                    let read = frame.data_ref().map_or(0, Bytes::len);
                    match left.checked_sub(read) {
                        Some(rest) => left = rest,
                        None => return,
                    }
                }
            }));
        }
    }
}
