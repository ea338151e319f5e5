//! One of the lanes of a mapping: reads what is its own, and has the function process it.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use uuid::Uuid;

use super::super::super::Lambda;
use super::super::super::function_ref::FunctionRef;
use super::super::super::runtime::InvocationRequest;
use super::super::mapping::Mapping;
use super::super::report::reported_failures;
use super::super::settings::StreamSettings;
use super::super::{EventSources, LARGEST_EVENT, OFTEN, PAUSE};
use super::batch;
use super::discard::{Condition, report};
use super::load::{Load, Working};
use super::part::{Next, Part};
use super::reader::Reader;
use super::window::{self, Window};
use super::windowed::Windowed;
use crate::clock::Clock;
use crate::event_pattern::Pattern;
use crate::fault::Fault;

/// Before the first retry, in milliseconds. It doubles with each further one.
const SHORTEST_BACKOFF: i64 = 250;
const LONGEST_BACKOFF: i64 = 60_000;

#[derive(Clone, Debug)]
pub struct Lane {
    pub lambda: Arc<Lambda>,
    pub mapping: Arc<Mapping>,
    pub settings: Arc<StreamSettings>,
    number: u32,
    load: Arc<Load>,
}

/// How an attempt ended.
enum Outcome {
    /// The function is done with so many of the records, from the first on, and failed with the next.
    Failed {
        done: usize,
        reason: String,
    },
    Done,
    /// It was not invoked.
    Unavailable(Fault),
}

/// What a function hands on in a window.
type State = serde_json::Map<String, Value>;

/// What was read for the function.
#[derive(Debug, Default)]
struct Gathered {
    part: Part,
    bytes: usize,
    /// In milliseconds since 1970, from its first record on.
    deadline: Option<i64>,
    working: Option<Working>,
}

impl Lane {
    pub fn new(
        lambda: &Arc<Lambda>,
        mapping: &Arc<Mapping>,
        settings: &Arc<StreamSettings>,
        number: u32,
        load: &Arc<Load>,
    ) -> Self {
        Self {
            lambda: lambda.clone(),
            mapping: mapping.clone(),
            settings: settings.clone(),
            number,
            load: load.clone(),
        }
    }

    pub async fn run(self) {
        loop {
            let Err(fault) = self.read().await;
            self.note(Some(fault.message));
            let clock = &self.sources().clock;
            clock.sleep_until(clock.now() + PAUSE).await;
        }
    }

    /// Reads on from the position until something fails that is not the function.
    async fn read(&self) -> Result<std::convert::Infallible, Fault> {
        let (id, lanes) = (&self.mapping.id, self.settings.parallel);
        let after = self.sources().position(id, self.number, lanes)?;
        let mut reader = Reader::new(&self.lambda, &self.mapping, after);
        let patterns = self.mapping.settings.patterns()?;
        loop {
            let gathered = self.gather(&mut reader, &patterns).await?;
            self.process(gathered, &reader).await?;
        }
    }

    /// A batch: what is there at once, or what comes until the batch is full or its window over.
    async fn gather(&self, reader: &mut Reader, patterns: &[Pattern]) -> Result<Gathered, Fault> {
        let settings = &self.mapping.settings;
        let (most, clock) = (settings.batch_size as usize, &self.sources().clock);
        let mut gathered = Gathered::default();
        let mut watch = self.sources().streams.watch(&self.mapping.source);
        loop {
            watch.borrow_and_update();
            let page = reader.page(most - gathered.part.records.len()).await?;
            let is_at_the_end = page.is_empty();
            for record in page {
                super::sequence_number(&record).clone_into(&mut gathered.part.end);
                let record = batch::record(record, &self.mapping.source);
                if self.is_own(&record, &reader.key) && batch::is_wanted(&record, patterns) {
                    gathered.bytes += record.to_string().len();
                    gathered.part.records.push(record);
                }
            }
            let records = gathered.part.records.len();
            if records > 0 && gathered.deadline.is_none() {
                gathered.working = Some(self.load.begin());
                gathered.deadline = Some(clock.now() + i64::from(settings.window) * 1_000);
            }
            if records >= most || gathered.bytes >= LARGEST_EVENT / 2 {
                return Ok(gathered);
            }
            if !is_at_the_end {
                continue;
            }
            let window_ends = self.window_ends()?;
            match gathered.deadline {
                Some(deadline) if deadline <= clock.now() => return Ok(gathered),
                Some(deadline) => tokio::select! {
                    _ = watch.changed() => {}
                    () = clock.sleep_until(deadline) => {}
                },
                None if window_ends.is_some_and(|end| end <= clock.now()) => {
                    gathered.working = Some(self.load.begin());
                    return Ok(gathered);
                }
                None => {
                    self.move_to(&gathered.part.end)?;
                    self.note(None);
                    tokio::select! {
                        // The tables keep the sender as long as somebody waits.
                        _ = watch.changed() => {}
                        () = sleep_until(&**clock, window_ends) => {}
                    }
                }
            }
        }
    }

    fn is_own(&self, record: &Value, key: &str) -> bool {
        let lanes = self.settings.parallel;
        lanes == 1 || batch::lane(record, key, lanes) == self.number
    }

    /// Has the function process what was read, part by part, until it is done with all of it.
    async fn process(&self, gathered: Gathered, reader: &Reader) -> Result<(), Fault> {
        let first = match gathered.part.records.is_empty() {
            true => Part {
                end: gathered.part.end,
                ..Part::end_of_window()
            },
            false => gathered.part,
        };
        let (mut parts, mut failures) = (vec![first], 0);
        let mut working = gathered.working;
        while let Some(mut part) = parts.pop() {
            let now = self.sources().clock.now();
            if let Some(old) = part.split_old(self.settings.max_age(), now) {
                self.give_up(&old, Condition::RecordAgeExceeded, reader)?;
                parts.push(part);
                continue;
            }
            if part.records.is_empty() && !part.is_final {
                self.move_to(&part.end)?;
                continue;
            }
            let window = match self.windowed(&mut part)? {
                Windowed::Now(window) => window,
                Windowed::After(first) => {
                    parts.extend([part, first]);
                    continue;
                }
            };
            let event = self.event(&part, window.as_ref(), reader);
            if event.len() > LARGEST_EVENT && part.records.len() > 1 {
                let first = part.split_off_front(part.records.len() / 2);
                parts.extend([part, first]);
                continue;
            }
            let (done, reason) = match self.attempt(&part, window, event).await {
                Outcome::Done => {
                    self.note(None);
                    failures = 0;
                    continue;
                }
                Outcome::Failed { done, reason } => (Some(done), reason),
                Outcome::Unavailable(fault) => (None, fault.message),
            };
            self.note(Some(reason));
            if let Some(done) = done {
                match part.after_failure(done, &self.settings) {
                    Next::Retry(part) => parts.push(part),
                    Next::Halves(first, second) => parts.extend([second, first]),
                    Next::GiveUp(part) => {
                        self.give_up(&part, Condition::RetryAttemptsExhausted, reader)?;
                        continue;
                    }
                }
            } else {
                parts.push(part);
            }
            failures += 1;
            if failures >= OFTEN {
                // Of a function that always fails, the sandbox would never end.
                working = None;
            }
            self.back_off(failures).await;
        }
        drop(working);
        Ok(())
    }

    async fn back_off(&self, failures: u32) {
        let pause = SHORTEST_BACKOFF << (failures - 1).min(16);
        let clock = &self.sources().clock;
        clock
            .sleep_until(clock.now() + pause.min(LONGEST_BACKOFF))
            .await;
    }

    /// Invokes the function, and moves the position to where it is done. Goes on if nobody waits any more.
    async fn attempt(&self, part: &Part, window: Option<Window>, event: String) -> Outcome {
        let (lane, part) = (self.clone(), part.clone());
        let attempt = self.load.attempt().await;
        let attempted = tokio::spawn(async move {
            let invoked = lane.invoke(&part, window.is_some(), event).await;
            let (outcome, state) = match invoked {
                Ok((outcome, state)) => (Ok(outcome), state),
                Err(fault) => (Err(fault), None),
            };
            let reached = match &outcome {
                Ok(Outcome::Done) => part.end.as_str(),
                Ok(Outcome::Failed {
                    done: done @ 1.., ..
                }) => super::sequence_number(&part.records[done - 1]),
                _ => "",
            };
            let window = match (window, state) {
                // It has ended when the function is done with its end.
                (Some(_), Some(_)) if part.is_final => Some(None),
                (Some(window), Some(state)) => Some(Some(window.with(state))),
                _ => None,
            };
            let moved = lane.move_on(reached, window);
            drop(attempt);
            moved.and(outcome)
        });
        let outcome = match attempted.await {
            Ok(outcome) => outcome,
            Err(error) => Err(Fault::internal(error.to_string())),
        };
        outcome.unwrap_or_else(Outcome::Unavailable)
    }

    /// With the state that the function returns, if it has to and is done with a record.
    async fn invoke(
        &self,
        part: &Part,
        has_state: bool,
        event: String,
    ) -> Result<(Outcome, Option<State>), Fault> {
        let function_ref = FunctionRef::parse(&self.mapping.function, None)?;
        let request = InvocationRequest {
            id: Uuid::new_v4().to_string(),
            payload: Bytes::from(event),
            client_context: None,
        };
        let response = self.lambda.run(&function_ref, request).await?;
        if response.function_error.is_some() {
            let reason = "Function call failed".to_owned();
            return Ok((Outcome::Failed { done: 0, reason }, None));
        }
        let state = has_state.then(|| window::state(&response.payload));
        if let Some(None) = state {
            let reason = "Function response has no state".to_owned();
            return Ok((Outcome::Failed { done: 0, reason }, None));
        }
        let state = state.flatten();
        if !self.mapping.settings.reports_failures || part.is_final {
            return Ok((Outcome::Done, state));
        }
        let numbers = part.records.iter().map(super::sequence_number);
        let sent: BTreeSet<&str> = numbers.clone().collect();
        let Some(failed) = reported_failures(&response.payload, &sent) else {
            let reason = "Function response is not a report of batchItemFailures".to_owned();
            return Ok((Outcome::Failed { done: 0, reason }, None));
        };
        let mut numbers = numbers;
        Ok(match numbers.position(|number| failed.contains(number)) {
            // What comes after the first that failed is processed again.
            Some(done) => {
                let reason = "Function call failed".to_owned();
                (Outcome::Failed { done, reason }, state.filter(|_| done > 0))
            }
            None => (Outcome::Done, state),
        })
    }

    /// Tells the destination of records that the function does not get any more, and goes on after them.
    fn give_up(&self, part: &Part, condition: Condition, reader: &Reader) -> Result<(), Fault> {
        if part.is_final {
            return self.move_on("", Some(None));
        }
        if let Some(destination) = &self.settings.on_failure {
            let now = self.sources().clock.now();
            let report = report(&self.mapping, &reader.shard, part, condition, now);
            let told = self.lambda.tell(&self.mapping, destination, &report);
            if let Err(fault) = told {
                self.note(Some(fault.message));
            }
        }
        self.move_to(&part.end)
    }

    fn move_to(&self, end: &str) -> Result<(), Fault> {
        self.move_on(end, None)
    }

    /// Also opens, changes or ends a window, in the same write.
    fn move_on(&self, end: &str, window: Option<Option<Window>>) -> Result<(), Fault> {
        let (id, lanes) = (&self.mapping.id, self.settings.parallel);
        match end.is_empty() && window.is_none() {
            true => Ok(()),
            false => self.sources().move_to(id, self.number, lanes, end, window),
        }
    }

    fn note(&self, problem: Option<String>) {
        self.sources().note(&self.mapping.id, problem);
    }

    pub fn sources(&self) -> &EventSources {
        &self.lambda.event_sources
    }
}

/// Never returns if there is no time.
async fn sleep_until(clock: &dyn Clock, at: Option<i64>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
