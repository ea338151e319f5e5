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
use crate::event_pattern::Pattern;
use crate::fault::Fault;

/// Before the first retry, in milliseconds. It doubles with each further one.
const SHORTEST_BACKOFF: i64 = 250;
const LONGEST_BACKOFF: i64 = 60_000;

#[derive(Clone, Debug)]
pub struct Lane {
    lambda: Arc<Lambda>,
    mapping: Arc<Mapping>,
    settings: Arc<StreamSettings>,
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
            match gathered.deadline {
                Some(deadline) if deadline <= clock.now() => return Ok(gathered),
                Some(deadline) => tokio::select! {
                    _ = watch.changed() => {}
                    () = clock.sleep_until(deadline) => {}
                },
                None => {
                    self.move_to(&gathered.part.end)?;
                    self.note(None);
                    // The tables keep the sender as long as somebody waits.
                    let _ = watch.changed().await;
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
        let (mut parts, mut failures) = (vec![gathered.part], 0);
        let mut working = gathered.working;
        while let Some(mut part) = parts.pop() {
            let now = self.sources().clock.now();
            if let Some(old) = part.split_old(self.settings.max_age(), now) {
                self.give_up(&old, Condition::RecordAgeExceeded, reader)?;
                parts.push(part);
                continue;
            }
            if part.records.is_empty() {
                self.move_to(&part.end)?;
                continue;
            }
            let event = batch::event(&part.records).to_string();
            if event.len() > LARGEST_EVENT && part.records.len() > 1 {
                let first = part.split_off_front(part.records.len() / 2);
                parts.extend([part, first]);
                continue;
            }
            let (done, reason) = match self.attempt(&part, event).await {
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
    async fn attempt(&self, part: &Part, event: String) -> Outcome {
        let (lane, part) = (self.clone(), part.clone());
        let attempt = self.load.attempt().await;
        let attempted = tokio::spawn(async move {
            let outcome = lane.invoke(&part, event).await;
            let reached = match &outcome {
                Ok(Outcome::Done) => part.end.as_str(),
                Ok(Outcome::Failed {
                    done: done @ 1.., ..
                }) => super::sequence_number(&part.records[done - 1]),
                _ => "",
            };
            let moved = lane.move_to(reached);
            drop(attempt);
            moved.and(outcome)
        });
        let outcome = match attempted.await {
            Ok(outcome) => outcome,
            Err(error) => Err(Fault::internal(error.to_string())),
        };
        outcome.unwrap_or_else(Outcome::Unavailable)
    }

    async fn invoke(&self, part: &Part, event: String) -> Result<Outcome, Fault> {
        let function_ref = FunctionRef::parse(&self.mapping.function, None)?;
        let request = InvocationRequest {
            id: Uuid::new_v4().to_string(),
            payload: Bytes::from(event),
            client_context: None,
        };
        let response = self.lambda.run(&function_ref, request).await?;
        if response.function_error.is_some() {
            let reason = "Function call failed".to_owned();
            return Ok(Outcome::Failed { done: 0, reason });
        }
        if !self.mapping.settings.reports_failures {
            return Ok(Outcome::Done);
        }
        let numbers = part.records.iter().map(super::sequence_number);
        let sent: BTreeSet<&str> = numbers.clone().collect();
        let Some(failed) = reported_failures(&response.payload, &sent) else {
            let reason = "Function response is not a report of batchItemFailures".to_owned();
            return Ok(Outcome::Failed { done: 0, reason });
        };
        let mut numbers = numbers;
        Ok(match numbers.position(|number| failed.contains(number)) {
            // What comes after the first that failed is processed again.
            Some(done) => Outcome::Failed {
                done,
                reason: "Function call failed".to_owned(),
            },
            None => Outcome::Done,
        })
    }

    /// Tells the destination of records that the function does not get any more, and goes on after them.
    fn give_up(&self, part: &Part, condition: Condition, reader: &Reader) -> Result<(), Fault> {
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
        let (id, lanes) = (&self.mapping.id, self.settings.parallel);
        match end.is_empty() {
            true => Ok(()),
            false => self.sources().move_to(id, self.number, lanes, end),
        }
    }

    fn note(&self, problem: Option<String>) {
        self.sources().note(&self.mapping.id, problem);
    }

    fn sources(&self) -> &EventSources {
        &self.lambda.event_sources
    }
}
