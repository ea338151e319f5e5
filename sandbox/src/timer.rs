//! One timer for all that services do at a certain time, such as rules and schedules.
//!
//! A service keeps in its own records when each thing is due, and tells the timer at its start and after each
//! change. One task sleeps until the first of them; nothing is looked at in between. A sandbox that has stopped
//! does what it has missed when it starts: [`Timed::fire`] decides what that is.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::adjustable_clock::AdjustableClock;
use super::clock::Clock;
use super::fault::Fault;
use super::journal::Journal;
use super::service::Background;
use super::store::StoreError;

/// After what is due could not be done, such as when the disk is full; in milliseconds.
const AGAIN: i64 = 5_000;

/// A service that does things at certain times.
pub trait Timed: Send + Sync {
    /// Does what is due at `now` under a key, once.
    fn fire(&self, key: &str, now: i64) -> Result<Firing, Fault>;

    /// What is under the key, for people.
    fn title(&self, key: &str) -> String;
}

/// What came of something that was due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Firing {
    /// False if it was not due after all.
    pub happened: bool,
    /// After now, in milliseconds since 1970.
    pub next: Option<i64>,
}

#[derive(Debug)]
pub struct Timer {
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
    owners: RwLock<HashMap<&'static str, Weak<dyn Timed>>>,
    due: watch::Sender<Due>,
    /// Held while things are done, so that each is done at its own time.
    firing: Mutex<()>,
    is_stopped: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A service and one of its keys.
type Key = (&'static str, String);

#[derive(Debug, Default)]
struct Due {
    at: HashMap<Key, i64>,
    by_time: BTreeSet<(i64, Key)>,
}

impl Due {
    fn set(&mut self, key: Key, at: Option<i64>) {
        if let Some(before) = self.at.remove(&key) {
            self.by_time.remove(&(before, key.clone()));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key.clone()));
            self.at.insert(key, at);
        }
    }

    fn first(&self) -> Option<i64> {
        self.by_time.first().map(|(at, _)| *at)
    }

    fn take(&mut self, now: i64) -> Option<Key> {
        let (at, key) = self.by_time.first()?;
        if *at > now {
            return None;
        }
        let key = key.clone();
        self.set(key.clone(), None);
        Some(key)
    }
}

impl Timer {
    pub fn new(clock: Arc<dyn Clock>, journal: &Arc<Journal>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            journal: journal.clone(),
            owners: RwLock::default(),
            due: watch::Sender::default(),
            firing: Mutex::default(),
            is_stopped: watch::Sender::new(false),
            task: Mutex::default(),
        })
    }

    /// Has `owner` do what is due under the keys of `service`, as long as it lives.
    pub fn register(&self, service: &'static str, owner: Weak<dyn Timed>) {
        let mut owners = self.owners.write().unwrap_or_else(PoisonError::into_inner);
        owners.insert(service, owner);
    }

    /// When something is due next, if at all.
    pub fn set(&self, service: &'static str, key: &str, at: Option<i64>) {
        let key = (service, key.to_owned());
        self.due.send_modify(|due| due.set(key, at));
    }

    /// When the first thing is due.
    pub fn first(&self) -> Option<i64> {
        self.due.borrow().first()
    }

    /// Sets the clock to `at`, and does what is due then. Says what that was.
    pub fn step(&self, clock: &AdjustableClock, at: i64) -> Result<Vec<String>, StoreError> {
        let _firing = self.lock();
        clock.set_to(at)?;
        Ok(self.fire_all(at))
    }

    async fn run(&self) {
        let (mut changes, mut stopped) = (self.due.subscribe(), self.is_stopped.subscribe());
        while !*stopped.borrow() {
            let first = changes.borrow_and_update().first();
            let sleeping = async {
                match first {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleeping => self.fire_due(),
                // The senders are this timer's own.
                _ = changes.changed() => {}
                _ = stopped.changed() => {}
            }
        }
    }

    fn fire_due(&self) {
        let _firing = self.lock();
        self.fire_all(self.clock.now());
    }

    fn fire_all(&self, now: i64) -> Vec<String> {
        let mut fired = Vec::new();
        while let Some(key) = self.take(now) {
            let (service, name) = &key;
            let Some(owner) = self.owner(service) else {
                continue;
            };
            let next = match owner.fire(name, now) {
                Ok(firing) => {
                    fired.extend(firing.happened.then(|| owner.title(name)));
                    firing.next
                }
                Err(fault) => {
                    let what = owner.title(name);
                    self.journal
                        .note(&format!("cannot fire the {what}, trying again: {fault}"));
                    Some(now + AGAIN)
                }
            };
            // It may have been changed since it was read.
            self.due.send_modify(|due| {
                if !due.at.contains_key(&key) {
                    due.set(key, next);
                }
            });
        }
        fired
    }

    fn take(&self, now: i64) -> Option<Key> {
        let mut taken = None;
        self.due.send_if_modified(|due| {
            taken = due.take(now);
            false
        });
        taken
    }

    fn owner(&self, service: &str) -> Option<Arc<dyn Timed>> {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        owners.get(service)?.upgrade()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.firing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Background for Timer {
    fn resume(self: Arc<Self>) {
        let timer = self.clone();
        let task = tokio::spawn(async move { timer.run().await });
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// What is due later keeps no sandbox running: a rate of a minute would do so for ever. What was missed
    /// happens at the next start.
    fn is_busy(&self) -> bool {
        false
    }

    async fn stop(&self) {
        self.is_stopped.send_replace(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            // Whatever it ended with, it holds the store no more.
            let _ = task.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::turned;
    use crate::state_dir::StateDir;

    /// Comes every 10 milliseconds, and fails as often as it is told.
    #[derive(Debug, Default)]
    struct Ticks {
        fired: Mutex<Vec<(String, i64)>>,
        failures: Mutex<usize>,
    }

    impl Timed for Ticks {
        fn fire(&self, key: &str, now: i64) -> Result<Firing, Fault> {
            let mut failures = self.failures.lock().expect("no panic");
            if *failures > 0 {
                *failures -= 1;
                return Err(Fault::internal("full"));
            }
            let mut fired = self.fired.lock().expect("no panic");
            fired.push((key.to_owned(), now));
            Ok(Firing {
                happened: true,
                next: (key != "once").then_some(now + 10),
            })
        }

        fn title(&self, key: &str) -> String {
            format!("tick {key}")
        }
    }

    struct World {
        timer: Arc<Timer>,
        clock: Arc<turned::Clock>,
        ticks: Arc<Ticks>,
        folder: tempfile::TempDir,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let journal = Journal::open(&StateDir::new(folder.path())).expect("it opens");
            let clock = Arc::new(turned::Clock::turned());
            let timer = Timer::new(clock.clone(), &Arc::new(journal));
            let ticks = Arc::new(Ticks::default());
            let owner: Weak<dyn Timed> = Arc::downgrade(&ticks) as _;
            timer.register("ticks", owner);
            Self {
                timer,
                clock,
                ticks,
                folder,
            }
        }

        fn fired(&self) -> Vec<(String, i64)> {
            self.ticks.fired.lock().expect("no panic").clone()
        }

        async fn until(&self, count: usize) {
            let wait = async {
                while self.fired().len() < count {
                    tokio::task::yield_now().await;
                }
            };
            let never = std::time::Duration::from_secs(20);
            tokio::time::timeout(never, wait).await.expect("it fires");
        }
    }

    #[tokio::test]
    async fn each_comes_at_its_time_and_again() {
        let world = World::new();
        world.timer.set("ticks", "a", Some(5));
        world.timer.set("ticks", "once", Some(7));
        world.timer.set("ticks", "removed", Some(6));
        world.timer.set("ticks", "removed", None);
        world.timer.clone().resume();
        world.clock.turn_to(5);
        world.until(1).await;
        world.clock.turn_to(7);
        world.until(2).await;
        world.clock.turn_to(15);
        world.until(3).await;
        let expected = [("a", 5), ("once", 7), ("a", 15)];
        assert_eq!(
            world.fired(),
            expected.map(|(key, at)| (key.to_owned(), at))
        );
        assert_eq!(world.timer.first(), Some(25));
        // What is set while it sleeps may be due earlier.
        world.timer.set("ticks", "b", Some(20));
        world.clock.turn_to(20);
        world.until(4).await;
        world.timer.stop().await;
    }

    #[tokio::test]
    async fn what_cannot_be_done_is_done_later() {
        let world = World::new();
        *world.ticks.failures.lock().expect("no panic") = 1;
        world.timer.set("ticks", "a", Some(0));
        world.timer.set("nobody", "b", Some(0));
        world.timer.fire_due();
        assert_eq!(world.timer.first(), Some(AGAIN));
        world.clock.turn_to(AGAIN);
        world.timer.fire_due();
        assert_eq!(world.fired(), [("a".to_owned(), AGAIN)]);
        let log = std::fs::read_to_string(world.folder.path().join("sandbox.log"));
        assert!(log.expect("read").contains("cannot fire the tick a"));
    }
}
