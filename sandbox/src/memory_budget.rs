//! How much memory the bodies of requests take that are not answered yet. Before a body is whole, nobody
//! knows whether its signature is right.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::Fault;
use crate::wire::{Body, BodyTimedOut, BodyTimeout};

/// Of all bodies together, in bytes, without what each may have.
const MAX_BYTES: usize = 128 << 20;
/// What each body may have in any case, so that small requests are answered whatever others send.
const FREE_BYTES: usize = 64 << 10;

#[derive(Clone, Debug)]
pub struct MemoryBudget(Arc<Semaphore>);

/// A whole body. What it takes of the budget is free again when it is dropped.
#[derive(Debug)]
pub struct WholeBody {
    pub bytes: Bytes,
    _memory: OwnedSemaphorePermit,
}

impl Default for MemoryBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_BYTES)))
    }
}

impl MemoryBudget {
    /// Reads a body of `longest` bytes at most.
    pub async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        longest: usize,
    ) -> Result<WholeBody, Fault> {
        let announced = headers.get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > longest) {
            return Err(too_long(longest));
        }
        let mut body = BodyTimeout::new(body);
        let mut bytes = BytesMut::new();
        let mut memory = self.take(0)?;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|error| broken(&*error))?.into_data() else {
                continue;
            };
            let length = bytes.len() + data.len();
            if length > longest {
                return Err(too_long(longest));
            }
            let counted = length.saturating_sub(FREE_BYTES);
            memory.merge(self.take(counted - memory.num_permits())?);
            bytes.extend_from_slice(&data);
        }
        Ok(WholeBody {
            bytes: bytes.freeze(),
            _memory: memory,
        })
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Fault> {
        let number = u32::try_from(bytes).unwrap_or(u32::MAX);
        let taken = self.0.clone().try_acquire_many_owned(number);
        taken.map_err(|_| {
            Fault::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "the sandbox is reading too many large requests at once; try again",
            )
        })
    }
}

fn too_long(longest: usize) -> Fault {
    Fault::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLargeException",
        format!("the request is longer than {longest} bytes"),
    )
}

fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
    if error.is::<BodyTimedOut>() {
        Fault::new(
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeout",
            error.to_string(),
        )
    } else {
        Fault::invalid("IncompleteBody", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[tokio::test]
    async fn large_bodies_share_a_budget_and_small_ones_need_none() {
        let budget = MemoryBudget::default();
        let none = HeaderMap::new();
        let large = || budget.read(&none, wire::full(vec![0; 50 << 20]), 70 << 20);
        let small = || budget.read(&none, wire::full(vec![0; FREE_BYTES]), 70 << 20);
        let first = large().await.expect("there is room");
        let second = large().await.expect("there is room");
        let refused = large().await.expect_err("there is none");
        assert_eq!(
            (refused.status.as_u16(), &*refused.code),
            (503, "ServiceUnavailable")
        );
        assert_eq!(small().await.expect("it is small").bytes.len(), FREE_BYTES);
        drop(first);
        large().await.expect("there is room again");
        drop(second);

        let long = budget.read(&none, wire::full("12345"), 4).await;
        assert_eq!(long.expect_err("too long").status, 413);
        let announced = HeaderMap::from_iter([(header::CONTENT_LENGTH, 5.into())]);
        let unread = budget.read(&announced, wire::full(""), 4).await;
        assert_eq!(unread.expect_err("it says so").status, 413);
    }
}
