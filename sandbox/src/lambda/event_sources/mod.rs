//! Event source mappings: Lambda receives from a queue, or reads a stream of a table, and invokes a function
//! with batches of what it got.
//!
//! Each mapping that is enabled has a task of its own, of a [`queue`] or of a [`stream`]. It waits for what is
//! sent or written, so that an idle source costs nothing. What the function may not be done with, it gets
//! again, also if the sandbox was killed in between.
//!
//! Sources: "Using Lambda with Amazon SQS" and "Using AWS Lambda with Amazon DynamoDB" in Lambda's developer
//! guide.

mod mapping;
mod operations;
mod permission;
mod queue;
mod report;
mod settings;
mod source;
mod stream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::task::AbortHandle;

use super::Lambda;
use crate::clock::Clock;
use crate::dynamodb::Streams;
use crate::fault::{Answer, Fault};
use crate::service::Service;
use crate::sqs::Sqs;
use crate::store::{Records, Store, StoreError};
use crate::wire;
pub use mapping::{Mapping, id_of_arn};
pub use operations::{create, delete, get, list, update};
use settings::OfSource;
use stream::{Load, Positions};

/// A message that is due within this time keeps the sandbox running, unless it was received so often: of a
/// function that always fails, it would never end.
const KEEPS_RUNNING: Duration = Duration::from_secs(120);
const OFTEN: u32 = 5;
/// After a request that was refused, such as of a queue that is deleted, in milliseconds.
const PAUSE: i64 = 10_000;
/// Of an event, in bytes. Source: "Lambda quotas".
const LARGEST_EVENT: usize = 6 << 20;

#[derive(Debug)]
pub struct EventSources {
    mappings: Records<Mapping>,
    positions: Records<Positions>,
    pub sqs: Arc<Sqs>,
    streams: Arc<Streams>,
    clock: Arc<dyn Clock>,
    pollers: Mutex<Pollers>,
}

#[derive(Debug, Default)]
struct Pollers {
    by_id: HashMap<String, Poller>,
    /// Of streams; they outlive the tasks.
    loads: HashMap<String, Arc<Load>>,
    is_stopped: bool,
}

#[derive(Debug)]
struct Poller {
    pending: Pending,
    task: AbortHandle,
    /// Why it does not come on.
    problem: Option<String>,
}

/// What says whether there is something for the function.
#[derive(Debug)]
enum Pending {
    /// In the queue with this ARN.
    Queue(String),
    Stream(Arc<Load>),
}

impl Pollers {
    /// Ends what polls for a mapping. What it has received goes on.
    fn end(&mut self, id: &str) {
        if let Some(poller) = self.by_id.remove(id) {
            poller.task.abort();
        }
    }
}

impl EventSources {
    pub fn open(
        store: &Arc<Store>,
        sqs: &Arc<Sqs>,
        streams: &Arc<Streams>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            mappings: Records::open(store)?,
            positions: Records::new(store),
            sqs: sqs.clone(),
            streams: streams.clone(),
            clock: clock.clone(),
            pollers: Mutex::default(),
        })
    }

    pub fn mapping(&self, id: &str) -> Result<Mapping, Fault> {
        self.mappings.get(id)?.ok_or_else(|| not_found(id))
    }

    /// Changes what is recorded of a mapping.
    pub fn change<T>(
        &self,
        id: &str,
        change: impl FnOnce(&mut Mapping) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.mappings.change(id, |mapping| match mapping {
            Some(mapping) => change(mapping),
            None => Err(not_found(id)),
        })
    }

    /// Whether there is something for a function, now or soon.
    pub fn is_busy(&self) -> bool {
        self.is_due_within(KEEPS_RUNNING)
    }

    /// Whether a queue has something for a function now.
    pub fn is_working(&self) -> bool {
        self.is_due_within(Duration::ZERO)
    }

    fn is_due_within(&self, time: Duration) -> bool {
        let pollers = self.pollers();
        let mut pollers = pollers.by_id.values();
        pollers.any(|poller| match &poller.pending {
            Pending::Queue(source) => self.sqs.is_due_within(source, time, OFTEN),
            Pending::Stream(load) => load.is_busy(),
        })
    }

    /// Receives no more. What was received is visible again after its time.
    pub fn stop(&self) {
        let mut pollers = self.pollers();
        pollers.is_stopped = true;
        pollers.by_id.drain().for_each(|(_, it)| it.task.abort());
    }

    /// Ends what polls for a mapping, whose record has been deleted.
    fn forget(&self, id: &str) -> Result<(), Fault> {
        let mut pollers = self.pollers();
        pollers.end(id);
        pollers.loads.remove(id);
        drop(pollers);
        self.positions.remove(id)?;
        Ok(())
    }

    /// Says that a mapping came on, or why it did not.
    fn note(&self, id: &str, problem: Option<String>) {
        if let Some(poller) = self.pollers().by_id.get_mut(id) {
            poller.problem = problem;
        }
    }

    fn problem(&self, id: &str) -> Option<String> {
        self.pollers().by_id.get(id)?.problem.clone()
    }

    fn pollers(&self) -> MutexGuard<'_, Pollers> {
        self.pollers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_found(id: &str) -> Fault {
    let message = format!("The resource you requested does not exist. ({id})");
    Fault::not_found("ResourceNotFoundException", message)
}

impl Lambda {
    /// Goes on with all mappings that are enabled. One that cannot be read stops no other.
    pub fn resume_event_sources(&self) {
        let mappings = self.event_sources.mappings.each();
        for mapping in mappings.into_iter().flatten().flatten() {
            let _ = self.poll(&mapping.id);
        }
    }

    /// Creates a mapping with this id, as CreateEventSourceMapping does with one that Lambda chooses.
    pub async fn create_event_source_mapping(&self, id: &str, parameters: Value) -> Answer {
        let operation = "CreateEventSourceMapping";
        let known = self.members().check(operation, &parameters);
        known.map_err(|refusal| Self::DESCRIPTION.refused(&refusal))?;
        let request = wire::read(parameters, Self::DESCRIPTION.protocol)?;
        operations::create_as(self, id, request).await
    }

    /// Polls for a mapping as it is recorded, in place of what polled for it before. To be called when the record has
    /// changed.
    fn poll(&self, id: &str) -> Result<(), Fault> {
        let Some(lambda) = self.itself.upgrade() else {
            return Ok(());
        };
        let sources = &self.event_sources;
        // Held from the look at the record on: of two who have changed it, the second finds both changes.
        let mut pollers = sources.pollers();
        pollers.end(id);
        let mapping = sources.mappings.get(id)?.filter(|it| it.is_enabled);
        let Some(mapping) = mapping.filter(|_| !pollers.is_stopped) else {
            return Ok(());
        };
        let (pending, task) = match mapping.settings.of_source.clone() {
            OfSource::Queue(settings) => (
                Pending::Queue(mapping.source.clone()),
                tokio::spawn(queue::run(lambda, mapping, settings)),
            ),
            OfSource::Stream(settings) => {
                let load = pollers.loads.entry(id.to_owned()).or_default().clone();
                let task = tokio::spawn(stream::run(lambda, mapping, settings, load.clone()));
                (Pending::Stream(load), task)
            }
        };
        let poller = Poller {
            pending,
            task: task.abort_handle(),
            problem: None,
        };
        pollers.by_id.insert(id.to_owned(), poller);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
