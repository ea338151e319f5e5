//! What can be set of an event source mapping.
//!
//! Source: the documentation of CreateEventSourceMapping.

mod queue;
mod stream;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid};
use super::source::Source;
use crate::event_pattern::Pattern;
use crate::fault::Fault;
use crate::wire::lenient;
pub use queue::QueueSettings;
use queue::{QueueChange, SMALL_BATCH};
use stream::StreamChange;
pub use stream::{StartingPosition, StreamSettings};

const BATCHES: RangeInclusive<u32> = 1..=10_000;
/// Of a stream, if the mapping does not say.
const USUAL_BATCH_OF_STREAM: u32 = 100;
/// In seconds.
const WINDOWS: RangeInclusive<u32> = 0..=300;
/// Source: "Lambda event filtering".
const MOST_FILTERS: usize = 5;
const REPORT_FAILURES: &str = "ReportBatchItemFailures";

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub batch_size: u32,
    /// In seconds.
    pub window: u32,
    /// Whether the function says which items of a batch have failed.
    pub reports_failures: bool,
    /// Patterns, one of which an item has to match. Without any, all items are for the function.
    filters: Vec<String>,
    #[serde(flatten)]
    pub of_source: OfSource,
}

/// What differs by what the mapping is of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OfSource {
    /// Has members that must be there, and so is tried first.
    Stream(StreamSettings),
    Queue(QueueSettings),
}

/// The members of requests that change them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Change {
    #[serde(default, deserialize_with = "lenient")]
    batch_size: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    maximum_batching_window_in_seconds: Option<u32>,
    function_response_types: Option<Vec<String>>,
    filter_criteria: Option<FilterCriteria>,
    #[serde(flatten)]
    queue: QueueChange,
    #[serde(flatten)]
    stream: StreamChange,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

impl Settings {
    /// Of a new mapping of the source with this ARN.
    pub fn new(change: Change, source: &str) -> Result<Self, Fault> {
        let (batch_size, of_source) = match Source::of(source)? {
            Source::Queue => (SMALL_BATCH, OfSource::Queue(QueueSettings::default())),
            Source::Stream => {
                let position = change.stream.starting_position(source)?;
                let stream = StreamSettings::new(position);
                (USUAL_BATCH_OF_STREAM, OfSource::Stream(stream))
            }
        };
        let mut settings = Self {
            batch_size,
            window: 0,
            reports_failures: false,
            filters: Vec::new(),
            of_source,
        };
        settings.change(change, source)?;
        Ok(settings)
    }

    /// Changes those that are given.
    pub fn change(&mut self, change: Change, source: &str) -> Result<(), Fault> {
        if let Some(size) = change.batch_size {
            self.batch_size = size;
        }
        if let Some(window) = change.maximum_batching_window_in_seconds {
            self.window = window;
        }
        if let Some(types) = change.function_response_types {
            self.reports_failures = types.iter().any(|kind| kind == REPORT_FAILURES);
        }
        if let Some(criteria) = change.filter_criteria {
            let filters = criteria.filters.into_iter();
            self.filters = filters.map(|filter| filter.pattern).collect();
        }
        let of_others = match &self.of_source {
            OfSource::Queue(_) => change.stream.given(),
            OfSource::Stream(_) => change.queue.given(),
        };
        if let Some(member) = of_others {
            return Err(invalid(format!(
                "Unsupported {member} parameter for given event source mapping type."
            )));
        }
        match &mut self.of_source {
            OfSource::Queue(queue) => queue.change(change.queue),
            OfSource::Stream(stream) => stream.change(change.stream),
        }
        self.check_filters()?;
        self.check(source)
    }

    /// The ARN of the destination that is told of what is given up.
    pub fn on_failure(&self) -> Option<&str> {
        match &self.of_source {
            OfSource::Queue(_) => None,
            OfSource::Stream(stream) => stream.on_failure.as_deref(),
        }
    }

    pub fn patterns(&self) -> Result<Vec<Pattern>, Fault> {
        let refused = |reason| invalid(format!("Invalid filter pattern definition. {reason}"));
        let filters = self.filters.iter();
        filters
            .map(|it| Pattern::parse(it).map_err(refused))
            .collect()
    }

    fn check_filters(&self) -> Result<(), Fault> {
        if self.filters.len() > MOST_FILTERS {
            let count = self.filters.len();
            return Err(invalid(format!(
                "At most {MOST_FILTERS} filters are allowed, and {count} were given."
            )));
        }
        self.patterns().map(|_| ())
    }

    fn check(&self, source: &str) -> Result<(), Fault> {
        let (size, window) = (self.batch_size, self.window);
        if !BATCHES.contains(&size) {
            return Err(constraint("batchSize", size, "from 1 to 10000"));
        }
        if !WINDOWS.contains(&window) {
            let member = "maximumBatchingWindowInSeconds";
            return Err(constraint(member, window, "from 0 to 300"));
        }
        match &self.of_source {
            OfSource::Queue(queue) => queue.check(size, window, source.ends_with(".fifo")),
            OfSource::Stream(stream) => stream.check(),
        }
    }

    pub fn show(&self, configuration: &mut Value) {
        configuration["BatchSize"] = json!(self.batch_size);
        configuration["MaximumBatchingWindowInSeconds"] = json!(self.window);
        let types = self.reports_failures.then_some(REPORT_FAILURES);
        configuration["FunctionResponseTypes"] = types.into_iter().collect();
        if !self.filters.is_empty() {
            let filters = self.filters.iter();
            let filters: Vec<Value> = filters.map(|it| json!({ "Pattern": it })).collect();
            configuration["FilterCriteria"] = json!({ "Filters": filters });
        }
        match &self.of_source {
            OfSource::Queue(queue) => queue.show(configuration),
            OfSource::Stream(stream) => stream.show(configuration),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:q";
    const FIFO: &str = "arn:aws:sqs:us-east-1:000000000000:q.fifo";
    const STREAM: &str =
        "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-02T03:04:05.678";

    fn made(change: Value, source: &str) -> Result<Settings, Fault> {
        Settings::new(serde_json::from_value(change).expect("a change"), source)
    }

    #[test]
    fn settings_are_shown_as_they_were_given() {
        let of_both = json!({ "BatchSize": 100, "MaximumBatchingWindowInSeconds": 5,
            "FunctionResponseTypes": [REPORT_FAILURES],
            "FilterCriteria": { "Filters": [{ "Pattern": r#"{"body":{"a":[1]}}"# }] } });
        let of_queue = json!({ "ScalingConfig": { "MaximumConcurrency": 2 } });
        let of_stream = json!({ "StartingPosition": "TRIM_HORIZON", "BisectBatchOnFunctionError": true,
            "MaximumRetryAttempts": 2, "MaximumRecordAgeInSeconds": 60, "ParallelizationFactor": 1,
            "TumblingWindowInSeconds": 900, "DestinationConfig": { "OnFailure": { "Destination": QUEUE } } });
        for (source, own) in [(QUEUE, of_queue), (STREAM, of_stream)] {
            let mut given = of_both.clone();
            for (name, value) in own.as_object().expect("an object") {
                given[name] = value.clone();
            }
            let settings = made(given.clone(), source).expect("right");
            let mut shown = json!({});
            settings.show(&mut shown);
            assert_eq!(shown, given);
            let stored = serde_json::to_value(&settings).expect("JSON");
            assert_eq!(
                serde_json::from_value::<Settings>(stored).expect("stored"),
                settings
            );
        }
    }

    #[test]
    fn mappings_of_earlier_versions_are_of_queues() {
        let stored = json!({ "batch_size": 10, "window": 0, "reports_failures": false,
            "max_concurrency": null, "filters": [] });
        let settings: Settings = serde_json::from_value(stored).expect("settings");
        assert_eq!(settings, made(json!({}), QUEUE).expect("right"));
        let OfSource::Queue(queue) = settings.of_source else {
            panic!("it is of a queue");
        };
        assert_eq!(queue.concurrency(), 5);
    }

    #[test]
    fn what_no_mapping_can_have_is_refused() {
        let latest = |more: Value| {
            let mut change = json!({ "StartingPosition": "LATEST" });
            for (name, value) in more.as_object().expect("an object") {
                change[name] = value.clone();
            }
            change
        };
        let large = json!({ "BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1 });
        let filter = json!({ "FilterCriteria": { "Filters": [{ "Pattern": "{" }] } });
        let scaling = json!({ "ScalingConfig": { "MaximumConcurrency": 2 } });
        let to =
            |arn: &str| json!({ "DestinationConfig": { "OnFailure": { "Destination": arn } } });
        for (change, source, said) in [
            (json!({ "BatchSize": 0 }), QUEUE, "batchSize"),
            (large, QUEUE, "batchSize"),
            (json!({ "BatchSize": 11 }), QUEUE, "greater than 0 if"),
            (json!({ "BatchSize": 11 }), FIFO, "FIFO"),
            (
                json!({ "MaximumBatchingWindowInSeconds": 301 }),
                QUEUE,
                "maximumBatchingWindow",
            ),
            (json!({ "MaximumBatchingWindowInSeconds": 1 }), FIFO, "FIFO"),
            (filter, QUEUE, "Invalid filter pattern definition"),
            (
                json!({ "ScalingConfig": { "MaximumConcurrency": 1 } }),
                QUEUE,
                "maximumConcurrency",
            ),
            (
                latest(json!({})),
                QUEUE,
                "Unsupported StartingPosition parameter",
            ),
            (
                json!({ "MaximumRetryAttempts": 1 }),
                QUEUE,
                "Unsupported MaximumRetryAttempts parameter",
            ),
            (json!({}), STREAM, "Value null at 'startingPosition'"),
            (
                json!({ "StartingPosition": "AT_TIMESTAMP" }),
                STREAM,
                "Unsupported starting position",
            ),
            (
                latest(scaling),
                STREAM,
                "Unsupported ScalingConfig parameter",
            ),
            (latest(json!({ "BatchSize": 10_001 })), STREAM, "batchSize"),
            (
                latest(json!({ "MaximumRetryAttempts": -2 })),
                STREAM,
                "maximumRetryAttempts",
            ),
            (
                latest(json!({ "MaximumRecordAgeInSeconds": 59 })),
                STREAM,
                "maximumRecordAge",
            ),
            (
                latest(json!({ "ParallelizationFactor": 11 })),
                STREAM,
                "parallelizationFactor",
            ),
            (
                latest(to("arn:aws:s3:::bucket")),
                STREAM,
                "only queues and topics",
            ),
            (latest(to(FIFO)), STREAM, "is invalid"),
        ] {
            let refused = made(change, source).expect_err(said);
            assert!(refused.message.contains(said), "{refused}");
        }
    }
}
