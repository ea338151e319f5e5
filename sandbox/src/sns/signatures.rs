//! The signatures that were made last. A message has the same one for all subscriptions, and to make it takes longer
//! than all else of a delivery.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::fault::Fault;

/// How many are kept. The deliveries of a message run soon after each other; one that is tried again later is signed
/// again.
const KEPT: usize = 1024;

#[derive(Debug, Default)]
pub struct Signatures(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_digest: HashMap<Vec<u8>, Arc<OnceCell<String>>>,
    /// The first is the oldest.
    digests: VecDeque<Vec<u8>>,
}

impl Signatures {
    /// The signature of what has this digest. Who asks while it is made gets the same one.
    pub async fn of(
        &self,
        digest: &[u8],
        sign: impl FnOnce() -> Result<String, Fault>,
    ) -> Result<String, Fault> {
        let signature = self.cell(digest);
        let made = signature.get_or_try_init(|| async { sign() });
        made.await.cloned()
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.digests.len()
    }

    fn cell(&self, digest: &[u8]) -> Arc<OnceCell<String>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = kept.by_digest.get(digest) {
            return cell.clone();
        }
        if kept.digests.len() == KEPT
            && let Some(oldest) = kept.digests.pop_front()
        {
            kept.by_digest.remove(&oldest);
        }
        let cell = Arc::<OnceCell<String>>::default();
        kept.digests.push_back(digest.to_owned());
        kept.by_digest.insert(digest.to_owned(), cell.clone());
        cell
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn each_is_made_once_until_others_have_come() {
        let signatures = Signatures::default();
        let made = Cell::new(0);
        let sign = || {
            made.set(made.get() + 1);
            Ok(made.get().to_string())
        };
        let of = async |digest: usize| {
            let signature = signatures.of(&digest.to_be_bytes(), sign).await;
            signature.expect("signed")
        };
        let same = tokio::join!(of(0), of(0));
        assert_eq!(same, ("1".to_owned(), "1".to_owned()));
        for digest in 0..KEPT {
            of(digest).await;
        }
        assert_eq!((made.get(), of(0).await.as_str()), (KEPT, "1"));
        assert_eq!(of(KEPT).await, (KEPT + 1).to_string());
        assert_eq!(of(1).await, "2", "it is kept");
        assert_eq!(of(0).await, (KEPT + 2).to_string());
    }

    #[tokio::test]
    async fn what_could_not_be_made_is_made_again() {
        let signatures = Signatures::default();
        let failed = signatures.of(b"a", || Err(Fault::internal(""))).await;
        assert!(failed.is_err());
        let made = signatures.of(b"a", || Ok("made".to_owned())).await;
        assert_eq!(made.expect("signed"), "made");
    }
}
