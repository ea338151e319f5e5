//! What is around the queue: a store in a folder, a clock, and a target that answers as it is told.
//! Queues come and go as processes do.

use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::task::yield_now;
use tokio::time::timeout;
use uuid::Uuid;

use crate::clock;
pub use crate::clock::turned::Clock;
use crate::delivery::{self, Delivery, DeliveryQueue, Ended, Following, Outcome};
use crate::journal::Journal;
use crate::state_dir::StateDir;
use crate::store::{Records, Store};

/// What does not happen within this time never does.
const NEVER: Duration = Duration::from_secs(20);

/// A destination that the target does not reach.
pub const UNREACHABLE: &str = "arn:aws:fake:us-east-1:000000000000:unreachable";

/// The ARN of the target's part with this name.
pub fn arn(name: &str) -> String {
    format!("arn:aws:fake:us-east-1:000000000000:{name}")
}

#[derive(Debug)]
pub struct World {
    pub clock: Arc<Clock>,
    target: Arc<Target>,
    store: Mutex<Option<Arc<Store>>>,
    folder: TempDir,
}

impl World {
    pub fn new(clock: Clock) -> Self {
        let clock = Arc::new(clock);
        Self {
            target: Arc::new(Target::new(&clock)),
            clock,
            store: Mutex::default(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A queue that knows only what is in the store.
    pub fn queue(&self) -> Arc<DeliveryQueue> {
        let path = self.folder.path();
        let store = Arc::new(Store::open(&path.join("state")).expect("it opens"));
        let journal = Arc::new(Journal::open(&StateDir::new(path)).expect("it opens"));
        let queue = DeliveryQueue::new(&store, &journal, self.clock.clone());
        *self.store.lock().expect("no panic") = Some(store);
        let target: Weak<dyn delivery::Target> = Arc::downgrade(&self.target) as _;
        queue.register("fake", target);
        queue
    }

    pub fn resumed(&self) -> Arc<DeliveryQueue> {
        let queue = self.queue();
        queue.resume();
        queue
    }

    /// Has the target answer the deliveries to `name` with these words, each for the failures before:
    /// any number of `busy`, then `fail`, `reject`, `done`, `hand-over` to `next`, or `hang` for no answer.
    pub fn answers(&self, name: &str, answers: &str) {
        let mut target = self.target.state();
        target.answers.insert(name.to_owned(), answers.to_owned());
        target.busy.retain(|(of, _), _| of != name);
    }

    /// All attempts, as "name failures".
    pub fn tried(&self) -> Vec<String> {
        let attempts = self.target.state().attempts.clone();
        let words = |it: Attempt| format!("{} {}", it.name, it.failures);
        attempts.into_iter().map(words).collect()
    }

    pub fn attempts_of(&self, name: &str) -> Vec<Attempt> {
        let mut attempts = self.target.state().attempts.clone();
        attempts.retain(|attempt| attempt.name == name);
        attempts
    }

    /// What was delivered, by name.
    pub fn received(&self) -> Vec<(String, String)> {
        let mut received = self.target.state().received.clone();
        received.sort();
        received
    }

    /// The payloads that were delivered to `name`.
    pub fn received_in_order(&self, name: &str) -> Vec<String> {
        let received = self.target.state().received.clone();
        let to_name = received.into_iter().filter(|(to, _)| to == name);
        to_name.map(|(_, payload)| payload).collect()
    }

    /// Waits for so many attempts in all.
    pub async fn attempts(&self, count: usize) {
        until(|| self.target.state().attempts.len() >= count).await;
    }

    /// Waits until all deliveries wait for the clock or hang.
    pub async fn asleep(&self, queue: &DeliveryQueue) {
        let hanging = || self.target.hanging.load(Ordering::SeqCst);
        until(|| queue.running() == self.clock.sleeping() + hanging()).await;
    }

    pub fn records(&self) -> Vec<Delivery> {
        Records::new(&self.store()).all().expect("it reads")
    }

    pub fn refuse_writes(&self, refused: bool) {
        let set = |connection: &rusqlite::Connection| {
            connection.pragma_update(None, "query_only", refused)
        };
        self.store().read(set).expect("it is set");
    }

    pub fn log(&self) -> String {
        let log = self.folder.path().join("sandbox.log");
        std::fs::read_to_string(log).expect("it is there")
    }

    fn store(&self) -> Arc<Store> {
        let store = self.store.lock().expect("no panic");
        store.clone().expect("there was a queue")
    }
}

/// Waits until all deliveries have ended, or broke off where the process was killed.
pub async fn ended(queue: &DeliveryQueue) {
    until(|| queue.running() == 0).await;
}

async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            yield_now().await;
        }
    };
    timeout(NEVER, wait).await.expect("it comes");
}

#[derive(Debug)]
struct Target {
    clock: Arc<Clock>,
    hanging: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, String>,
    /// How often it has been busy, by name and failures.
    busy: HashMap<(String, u32), usize>,
    attempts: Vec<Attempt>,
    received: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub struct Attempt {
    pub name: String,
    pub failures: u32,
    pub at: i64,
}

impl Target {
    fn new(clock: &Arc<Clock>) -> Self {
        Self {
            clock: clock.clone(),
            hanging: AtomicUsize::default(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn answer(&mut self, delivery: &Delivery, at: i64) -> String {
        let name = name_of(delivery);
        let failures = delivery.failures;
        self.attempts.push(Attempt {
            name: name.clone(),
            failures,
            at,
        });
        let answers = self.answers.get(&name).cloned().unwrap_or_default();
        let mut answers = answers.split(' ');
        // Those to the failures before.
        for _ in 0..failures {
            answers.find(|answer| *answer != "busy");
        }
        let busy = self.busy.entry((name.clone(), failures)).or_default();
        let mut answers = answers.skip(*busy);
        let answer = answers.next().unwrap_or("hang").to_owned();
        match answer.as_str() {
            "busy" => *busy += 1,
            "done" => self.received.push((name, delivery.payload.clone())),
            _ => {}
        }
        answer
    }
}

#[async_trait]
impl delivery::Target for Target {
    async fn deliver(&self, delivery: &Delivery) -> delivery::Attempt {
        let answer = self
            .state()
            .answer(delivery, clock::Clock::now(&*self.clock));
        yield_now().await;
        let outcome = match answer.as_str() {
            "busy" => Outcome::Unavailable(answer),
            "fail" => Outcome::Failed(answer),
            "reject" => Outcome::Rejected(answer),
            "done" => Outcome::Succeeded,
            "hand-over" => {
                let next = Delivery {
                    retry: delivery.retry,
                    ..Delivery::new(Uuid::new_v4(), arn("next"), delivery.payload.clone())
                };
                return delivery::Attempt::handed_over(next);
            }
            _ => {
                self.hanging.fetch_add(1, Ordering::SeqCst);
                pending().await
            }
        };
        outcome.into()
    }

    fn following(
        &self,
        delivery: &Delivery,
        ended: Ended,
        _: &delivery::Attempt,
    ) -> Vec<Following> {
        let report = format!("{ended:?} of {}", name_of(delivery));
        let reported = delivery.reported_to(ended).map(|to| match to {
            UNREACHABLE => Err("it is not reachable".to_owned()),
            to => Ok(Delivery::new(Uuid::new_v4(), to, report)),
        });
        let dead = delivery.dead_letter(ended).map(Ok);
        reported.into_iter().chain(dead).collect()
    }
}

fn name_of(delivery: &Delivery) -> String {
    let name = delivery.target.rsplit(':').next();
    name.unwrap_or_default().to_owned()
}
