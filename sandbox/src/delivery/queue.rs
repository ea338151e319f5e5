//! All deliveries that have not ended, each a task of its own that tries it until it has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;

use rusqlite::Transaction;
use tokio::task::AbortHandle;

use super::ends::{End, Ends};
use super::record::{Attempts, Delivery, Next, millis};
use super::target::{Attempt, Ended, Outcome, Target};
use super::waiting::Waiting;
use crate::clock::Clock;
use crate::dropped::DROPPED;
use crate::journal::Journal;
use crate::store::{Records, Store, StoreError};

/// A delivery that is due within this time keeps the sandbox running. It is the longest pause between
/// attempts that fail, so that a function which fails has its retries before an idle sandbox ends.
const KEEPS_RUNNING: Duration = Duration::from_secs(120);
/// Between attempts to write to the store, such as when the disk is full.
const WRITE_AGAIN: Duration = Duration::from_secs(5);

/// Why a delivery was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    #[error("too many deliveries are waiting")]
    Full,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug)]
pub struct DeliveryQueue {
    store: Arc<Store>,
    records: Records<Delivery>,
    journal: Arc<Journal>,
    clock: Arc<dyn Clock>,
    /// By the service in their ARNs, or by that and a kind of resources, as `service/kind`.
    targets: RwLock<HashMap<&'static str, Weak<dyn Target>>>,
    waiting: Mutex<Waiting>,
    ends: Ends,
    /// How many more writes a test allows before the process is as if it were killed.
    #[cfg(test)]
    pub writes_left: std::sync::atomic::AtomicUsize,
}

impl DeliveryQueue {
    pub fn new(store: &Arc<Store>, journal: &Arc<Journal>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store: store.clone(),
            records: Records::new(store),
            journal: journal.clone(),
            clock,
            targets: RwLock::default(),
            waiting: Mutex::default(),
            ends: Ends::default(),
            #[cfg(test)]
            writes_left: usize::MAX.into(),
        })
    }

    /// Has `target` take all deliveries to ARNs of `service`, as long as it lives. With a kind of resources after
    /// a slash, those to such resources, whatever takes the others.
    pub fn register(&self, service: &'static str, target: Weak<dyn Target>) {
        let mut targets = self.targets.write().unwrap_or_else(PoisonError::into_inner);
        targets.insert(service, target);
    }

    /// Takes a delivery on: once this has returned, its target will get it.
    pub fn accept(self: &Arc<Self>, delivery: Delivery) -> Result<(), NotAccepted> {
        self.accept_all(vec![delivery])
    }

    /// Takes all of the deliveries on, or none.
    pub fn accept_all(self: &Arc<Self>, deliveries: Vec<Delivery>) -> Result<(), NotAccepted> {
        self.accept_from(|| NotAccepted::Full, |_| Ok(((), deliveries)))
    }

    /// Does `work` in a transaction, and takes on the deliveries that it returns in the same one. Fails with
    /// `full` if there is no room for them.
    pub fn accept_from<T, E: From<StoreError>>(
        self: &Arc<Self>,
        full: impl FnOnce() -> E,
        work: impl FnOnce(&Transaction) -> Result<(T, Vec<Delivery>), E>,
    ) -> Result<T, E> {
        let now = self.clock.now();
        let mut accepted = Vec::new();
        let done = self.write(|transaction| {
            let (result, mut deliveries) = work(transaction)?;
            for delivery in &mut deliveries {
                delivery.accepted_at = now;
                delivery.due_at = delivery.due_at.max(now);
            }
            if !self.waiting().add(&deliveries) {
                return Err(full());
            }
            accepted = deliveries;
            for delivery in &accepted {
                self.put(transaction, delivery)?;
            }
            Ok(result)
        });
        match done {
            Ok(result) => {
                accepted.into_iter().for_each(|it| self.start(it));
                Ok(result)
            }
            Err(error) => {
                let mut waiting = self.waiting();
                for delivery in &accepted {
                    if let Some(next) = waiting.remove(&delivery.id) {
                        self.start_in(&mut waiting, next);
                    }
                }
                Err(error)
            }
        }
    }

    /// Goes on with the deliveries that had not ended when the last process did.
    pub fn resume(self: &Arc<Self>) {
        let note = |error: StoreError| {
            self.journal
                .note(&format!("cannot resume deliveries: {error}"));
        };
        let each = self.records.each().unwrap_or_else(|error| {
            note(error);
            Vec::new()
        });
        // One that cannot be read stops no other.
        let mut deliveries: Vec<Delivery> = each
            .into_iter()
            .filter_map(|delivery| delivery.map_err(note).ok())
            .collect();
        deliveries.sort_by_key(|delivery| {
            let number = delivery.order.as_ref().map(|order| order.number);
            (number, delivery.due_at, delivery.accepted_at)
        });
        for delivery in deliveries {
            self.waiting().insert(&delivery);
            self.start(delivery);
        }
    }

    /// Whether a delivery is under way or due soon.
    pub fn is_busy(&self) -> bool {
        self.is_due_within(KEEPS_RUNNING)
    }

    /// Whether a delivery is under way or due within this time.
    pub fn is_due_within(&self, time: Duration) -> bool {
        let soon = self.clock.now() + millis(time);
        let waiting = self.waiting();
        let mut entries = waiting.entries();
        entries.any(|entry| entry.due_at <= soon && entry.is_running())
    }

    /// Ends all attempts. What has not ended is resumed by the next process.
    pub fn stop(&self) {
        let mut waiting = self.waiting();
        waiting.stopped = true;
        for entry in waiting.entries() {
            entry.task.iter().for_each(AbortHandle::abort);
        }
    }

    fn start(self: &Arc<Self>, delivery: Delivery) {
        self.start_in(&mut self.waiting(), delivery);
    }

    /// Starts a delivery when it is its turn.
    fn start_in(self: &Arc<Self>, waiting: &mut Waiting, delivery: Delivery) {
        if waiting.stopped {
            return;
        }
        let Some(delivery) = waiting.in_turn(delivery) else {
            return;
        };
        let id = delivery.id.clone();
        let queue = self.clone();
        let task = tokio::spawn(async move { queue.run(delivery).await });
        waiting.runs(&id, task.abort_handle());
    }

    /// Tries a delivery until it has ended. What it is handed over as is tried at once, and is recorded only if it has
    /// to be tried again: until then, a kill has the delivery begin anew.
    async fn run(self: Arc<Self>, mut delivery: Delivery) {
        let mut attempts = Attempts::begin(self.clock.now());
        self.clock.sleep_until(delivery.due_at).await;
        let (recorded, mut following) = (delivery.id.clone(), Vec::new());
        loop {
            let mut attempt = self.attempt(&delivery).await;
            let (failures, now) = (delivery.failures, self.clock.now());
            match attempts.next(&mut delivery, &attempt.outcome, now) {
                Next::RetryAt(_) if delivery.id != recorded => {
                    following.push(delivery);
                    return self.end(recorded, following).await;
                }
                Next::RetryAt(due_at) => {
                    self.waiting().postpone(&delivery.id, due_at);
                    // A target that was unavailable is tried again at once after a restart.
                    if delivery.failures > failures {
                        self.persist(|transaction| self.put(transaction, &delivery))
                            .await;
                    }
                    self.clock.sleep_until(due_at).await;
                }
                Next::Ended(ended) => {
                    let handed_over = attempt.handed_over.take().map(|next| begun(next, now));
                    following.extend(self.following(&delivery, ended, &attempt));
                    match handed_over {
                        // Others wait for the end of one that has an order, and not longer.
                        Some(next) if delivery.order.is_none() => {
                            attempts = Attempts::begin(now);
                            delivery = next;
                        }
                        next => {
                            following.extend(next);
                            return self.end(recorded, following).await;
                        }
                    }
                }
            }
        }
    }

    async fn attempt(&self, delivery: &Delivery) -> Attempt {
        match self.target(&delivery.target) {
            Some(target) => target.deliver(delivery).await,
            None => Outcome::Rejected("no service accepts deliveries to it".to_owned()).into(),
        }
    }

    fn target(&self, arn: &str) -> Option<Arc<dyn Target>> {
        let service = arn.split(':').nth(2)?;
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let kind = resource.split('/').next().unwrap_or_default();
        let targets = self.targets.read().unwrap_or_else(PoisonError::into_inner);
        let of_kind = targets.get(format!("{service}/{kind}").as_str());
        of_kind.or_else(|| targets.get(service))?.upgrade()
    }

    /// Records the end, together with the deliveries that follow from it.
    async fn end(self: &Arc<Self>, id: String, following: Vec<Delivery>) {
        let recorded = self.ends.record(End { id, following }, |ends| async {
            self.persist(|transaction| {
                ends.iter()
                    .try_for_each(|end| self.put_end(transaction, end))
            })
            .await;
            ends
        });
        let Some(End { id, following }) = recorded.await else {
            return;
        };
        let mut waiting = self.waiting();
        let next = waiting.remove(&id);
        for delivery in following {
            waiting.insert(&delivery);
            self.start_in(&mut waiting, delivery);
        }
        if let Some(next) = next {
            self.start_in(&mut waiting, next);
        }
    }

    /// The deliveries to destinations that follow from one that has ended. What is lost is noted.
    fn following(&self, delivery: &Delivery, ended: Ended, attempt: &Attempt) -> Vec<Delivery> {
        let Delivery { id, target, .. } = delivery;
        let following = match self.target(target) {
            Some(target) => target.following(delivery, ended, attempt),
            None => delivery.dead_letter(ended).map(Ok).into_iter().collect(),
        };
        let now = self.clock.now();
        let mut deliveries = Vec::new();
        for next in following {
            match next {
                Ok(next) => deliveries.push(begun(next, now)),
                Err(reason) => self.journal.note(&format!(
                    "{DROPPED} what follows from delivery {id}: {reason}"
                )),
            }
        }
        if let Outcome::Failed(reason) | Outcome::Unavailable(reason) | Outcome::Rejected(reason) =
            &attempt.outcome
        {
            let lost = match deliveries.is_empty() {
                true => DROPPED,
                // A destination is told of it.
                false => "gave up",
            };
            self.journal
                .note(&format!("{lost} delivery {id} to {target}: {reason}"));
        }
        deliveries
    }

    /// Writes as soon as the store lets it.
    async fn persist(&self, work: impl Fn(&Transaction) -> Result<(), StoreError>) {
        let mut is_noted = false;
        while let Err(error) = self.write(&work) {
            if !is_noted {
                self.journal
                    .note(&format!("cannot record deliveries, trying again: {error}"));
                is_noted = true;
            }
            let again = self.clock.now() + millis(WRITE_AGAIN);
            self.clock.sleep_until(again).await;
        }
    }

    fn write<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        #[cfg(test)]
        self.count_write();
        self.store.write(work)
    }

    /// For tests: with a journal in this folder.
    #[cfg(test)]
    pub fn in_folder(folder: &std::path::Path, store: &Arc<Store>) -> Arc<Self> {
        let journal = Journal::open(&crate::state_dir::StateDir::new(folder)).expect("it opens");
        Self::new(
            store,
            &Arc::new(journal),
            Arc::new(crate::clock::SystemClock),
        )
    }

    /// How many deliveries are tried or wait for it.
    #[cfg(test)]
    pub fn running(&self) -> usize {
        let waiting = self.waiting();
        waiting.entries().filter(|it| it.is_running()).count()
    }

    /// Ends the task that writes, as a kill would, when a test allows no more.
    #[cfg(test)]
    fn count_write(&self) {
        use std::sync::atomic::Ordering::SeqCst;
        let one_less = |left: usize| left.checked_sub(1);
        let counted = self.writes_left.fetch_update(SeqCst, SeqCst, one_less);
        if counted.is_err() {
            // Unlike a panic it prints nothing.
            std::panic::resume_unwind(Box::new("killed"));
        }
    }

    fn put_end(&self, transaction: &Transaction, end: &End) -> Result<(), StoreError> {
        self.records.remove_in(transaction, &end.id)?;
        let mut following = end.following.iter();
        following.try_for_each(|delivery| self.put(transaction, delivery))
    }

    fn put(&self, transaction: &Transaction, delivery: &Delivery) -> Result<(), StoreError> {
        self.records.put_in(transaction, &delivery.id, delivery)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As it is accepted now.
fn begun(delivery: Delivery, now: i64) -> Delivery {
    Delivery {
        accepted_at: now,
        due_at: now,
        ..delivery
    }
}
