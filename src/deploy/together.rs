//! Waiting for several updates that were begun together, and so end at about the same time: one of those who
//! wait looks often, and the others look when it has seen its end.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::backoff::Backoff;

/// The updates that were begun together.
#[derive(Debug)]
pub(super) struct Together {
    lead: Semaphore,
    ends: watch::Sender<()>,
}

impl Together {
    pub fn new() -> Self {
        Self {
            lead: Semaphore::new(1),
            ends: watch::Sender::new(()),
        }
    }

    /// The wait for one of them, in which whoever leads looks as often as `leading` says.
    pub fn wait(&self, leading: Backoff, longest: Duration) -> Wait<'_> {
        Wait {
            together: self,
            ends: self.ends.subscribe(),
            lead: None,
            leading,
            following: Backoff::rare(longest),
        }
    }
}

/// One who waits, until it is dropped.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    together: &'a Together,
    ends: watch::Receiver<()>,
    lead: Option<SemaphorePermit<'a>>,
    leading: Backoff,
    following: Backoff,
}

impl Wait<'_> {
    /// Returns when it is time to look again.
    pub async fn pause(&mut self) {
        if self.lead.is_none() {
            self.lead = self.together.lead.try_acquire().ok();
        }
        if self.lead.is_some() {
            self.leading.wait().await;
        } else {
            tokio::select! {
                () = self.following.wait() => {}
                // The sender lives as long as this.
                _ = self.ends.changed() => {}
            }
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        // Before the others look for who leads now.
        self.lead = None;
        self.together.ends.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;
    use crate::clock;

    const LONGEST: Duration = Duration::from_secs(1);

    /// Waits for updates that take so many milliseconds each. Returns the looks that it took in all, and by how
    /// many milliseconds each end was noticed late.
    fn looks_at(updates: &[u64]) -> (u32, Vec<u128>) {
        let looks = Cell::new(0);
        let late = clock::simulate(async {
            let together = Together::new();
            let began = clock::now();
            let waits = updates.iter().map(|milliseconds| {
                let end = began + Duration::from_millis(*milliseconds);
                let mut wait = together.wait(Backoff::up_to(LONGEST), LONGEST);
                let looks = &looks;
                async move {
                    loop {
                        looks.set(looks.get() + 1);
                        if clock::now() >= end {
                            return (clock::now() - end).as_millis();
                        }
                        wait.pause().await;
                    }
                }
            });
            join_all(waits).await
        });
        (looks.get(), late)
    }

    fn latest(late: &[u128]) -> u128 {
        late.iter().max().copied().unwrap_or_default()
    }

    #[test]
    fn what_ends_together_is_noticed_together_with_few_looks() {
        let (alone, late) = looks_at(&[510]);
        assert!(latest(&late) <= 85, "{late:?}");
        let (all, late) = looks_at(&[510; 5]);
        assert!(latest(&late) <= 85, "{late:?}");
        // The others look at the beginning, a few times while they wait, and at the end.
        assert!(all <= alone + 4 * 7, "{all} and {alone}");
    }

    #[test]
    fn when_the_leader_has_ended_another_leads() {
        let (_, late) = looks_at(&[100, 2000, 2010]);
        assert!(latest(&late) <= 2000 / 6, "{late:?}");
    }

    #[test]
    fn whoever_follows_does_not_depend_on_the_leader() {
        let (_, late) = looks_at(&[60_000, 500]);
        assert!(late[1] <= 500, "{late:?}");
    }
}
