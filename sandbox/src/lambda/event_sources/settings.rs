//! What can be set of an event source mapping.
//!
//! Source: the documentation of CreateEventSourceMapping.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault::{constraint, invalid};
use crate::event_pattern::Pattern;
use crate::fault::Fault;
use crate::wire::lenient;

const BATCHES: std::ops::RangeInclusive<u32> = 1..=10_000;
/// Of a FIFO queue, and of any queue without a window.
const SMALL_BATCH: u32 = 10;
/// In seconds.
const WINDOWS: std::ops::RangeInclusive<u32> = 0..=300;
const CONCURRENCIES: std::ops::RangeInclusive<u32> = 2..=1_000;
/// How many batches of a mapping are with its function at the same time, if the mapping does not say.
const USUAL_CONCURRENCY: u32 = 5;
/// Source: "Lambda event filtering".
const MOST_FILTERS: usize = 5;
const REPORT_FAILURES: &str = "ReportBatchItemFailures";

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub batch_size: u32,
    /// In seconds.
    pub window: u32,
    /// Whether the function says which messages of a batch have failed.
    pub reports_failures: bool,
    max_concurrency: Option<u32>,
    /// Patterns, one of which a message has to match. Without any, all messages are for the function.
    pub filters: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: SMALL_BATCH,
            window: 0,
            reports_failures: false,
            max_concurrency: None,
            filters: Vec::new(),
        }
    }
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
    scaling_config: Option<ScalingConfig>,
    filter_criteria: Option<FilterCriteria>,
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: Option<u32>,
}

impl Settings {
    /// Changes those that are given, of a mapping of the queue with this ARN.
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
        if let Some(scaling) = change.scaling_config {
            // An empty one removes it.
            self.max_concurrency = scaling.maximum_concurrency;
        }
        if let Some(criteria) = change.filter_criteria {
            let filters = criteria.filters.into_iter();
            self.filters = filters.map(|filter| filter.pattern).collect();
        }
        self.check_filters()?;
        self.check(source.ends_with(".fifo"))
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

    fn check(&self, is_fifo: bool) -> Result<(), Fault> {
        let Self {
            batch_size,
            window,
            max_concurrency,
            ..
        } = self;
        if !BATCHES.contains(batch_size) {
            return Err(constraint("batchSize", batch_size, "from 1 to 10000"));
        }
        if !WINDOWS.contains(window) {
            let member = "maximumBatchingWindowInSeconds";
            return Err(constraint(member, window, "from 0 to 300"));
        }
        if let Some(most) = max_concurrency.filter(|most| !CONCURRENCIES.contains(most)) {
            let member = "scalingConfig.maximumConcurrency";
            return Err(constraint(member, most, "from 2 to 1000"));
        }
        if is_fifo && *window > 0 {
            return Err(invalid(
                "Batching window is not supported for FIFO queues: set MaximumBatchingWindowInSeconds to 0.",
            ));
        }
        if is_fifo && *batch_size > SMALL_BATCH {
            return Err(invalid("Batch size must be 10 or less for FIFO queues."));
        }
        if *batch_size > SMALL_BATCH && *window == 0 {
            return Err(invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater \
                 than 10",
            ));
        }
        Ok(())
    }

    pub fn concurrency(&self) -> usize {
        self.max_concurrency.unwrap_or(USUAL_CONCURRENCY) as usize
    }

    pub fn show(&self, configuration: &mut Value) {
        configuration["BatchSize"] = json!(self.batch_size);
        configuration["MaximumBatchingWindowInSeconds"] = json!(self.window);
        let types = self.reports_failures.then_some(REPORT_FAILURES);
        configuration["FunctionResponseTypes"] = types.into_iter().collect();
        if let Some(most) = self.max_concurrency {
            configuration["ScalingConfig"] = json!({ "MaximumConcurrency": most });
        }
        if !self.filters.is_empty() {
            let filters = self.filters.iter();
            let filters: Vec<Value> = filters.map(|it| json!({ "Pattern": it })).collect();
            configuration["FilterCriteria"] = json!({ "Filters": filters });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: Value, source: &str) -> Result<Settings, Fault> {
        let change = serde_json::from_value(change).expect("a change");
        let mut settings = Settings::default();
        settings.change(change, source).map(|()| settings)
    }

    #[test]
    fn settings_are_shown_as_they_were_given() {
        let given = json!({ "BatchSize": 100, "MaximumBatchingWindowInSeconds": 5,
            "FunctionResponseTypes": [REPORT_FAILURES], "ScalingConfig": { "MaximumConcurrency": 2 },
            "FilterCriteria": { "Filters": [{ "Pattern": r#"{"body":{"a":[1]}}"# }] } });
        let settings = changed(given.clone(), "q").expect("right");
        let mut shown = json!({});
        settings.show(&mut shown);
        assert_eq!(shown, given);
        assert_eq!(
            (settings.concurrency(), Settings::default().concurrency()),
            (2, 5)
        );
    }

    #[test]
    fn what_no_mapping_can_have_is_refused() {
        for (change, source, said) in [
            (json!({ "BatchSize": 0 }), "q", "batchSize"),
            (
                json!({ "BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1 }),
                "q",
                "batchSize",
            ),
            (json!({ "BatchSize": 11 }), "q", "greater than 0 if"),
            (json!({ "BatchSize": 11 }), "q.fifo", "FIFO"),
            (
                json!({ "MaximumBatchingWindowInSeconds": 301 }),
                "q",
                "maximumBatchingWindow",
            ),
            (
                json!({ "MaximumBatchingWindowInSeconds": 1 }),
                "q.fifo",
                "FIFO",
            ),
            (
                json!({ "FilterCriteria": { "Filters": [{ "Pattern": "{" }] } }),
                "q",
                "Invalid filter pattern definition",
            ),
            (
                json!({ "ScalingConfig": { "MaximumConcurrency": 1 } }),
                "q",
                "maximumConcurrency",
            ),
        ] {
            let refused = changed(change, source).expect_err(said);
            assert!(refused.message.contains(said), "{refused}");
        }
    }
}
