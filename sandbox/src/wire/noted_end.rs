//! A body whose end is noted.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, SizeHint};

use super::{Body, BoxError};

struct NotedEnd<N: FnOnce()> {
    inner: Body,
    note: Option<N>,
}

/// `body`, which calls `note` when all of it has arrived: at once if it is empty.
pub fn noting_end(body: Body, note: impl FnOnce() + Send + Unpin + 'static) -> Body {
    let mut noted = NotedEnd {
        inner: body,
        note: Some(note),
    };
    noted.look();
    if noted.note.is_none() {
        noted.inner
    } else {
        noted.boxed_unsync()
    }
}

impl<N: FnOnce()> NotedEnd<N> {
    fn look(&mut self) {
        if self.inner.is_end_stream()
            && let Some(note) = self.note.take()
        {
            note();
        }
    }
}

impl<N: FnOnce() + Unpin> hyper::body::Body for NotedEnd<N> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if polled.is_ready() {
            self.look();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
