//! What can be set of a mapping of a stream alone.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::super::fault::{constraint, invalid};
use crate::arn::Arn;
use crate::fault::Fault;
use crate::wire::lenient;

/// Where a mapping begins to read. A stream of DynamoDB is not read from a time on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartingPosition {
    Latest,
    TrimHorizon,
}

/// Stands for no limit.
const UNLIMITED: i64 = -1;
const RETRIES: RangeInclusive<i64> = UNLIMITED..=10_000;
/// In seconds.
const AGES: RangeInclusive<i64> = 60..=604_800;
const PARALLEL: RangeInclusive<u32> = 1..=10;
/// In seconds.
const WINDOWS: RangeInclusive<u32> = 0..=900;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct StreamSettings {
    pub starting_position: StartingPosition,
    /// Whether a batch that fails is tried in halves.
    pub bisects: bool,
    max_retries: i64,
    /// In seconds.
    max_age: i64,
    /// How many batches, of different keys, are with the function at the same time.
    pub parallel: u32,
    /// The ARN of the queue or the topic that is told of records that are given up.
    pub on_failure: Option<String>,
    /// In seconds; 0 without windows.
    #[serde(default)]
    tumbling_window: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamChange {
    starting_position: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    bisect_batch_on_function_error: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    maximum_retry_attempts: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    maximum_record_age_in_seconds: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    parallelization_factor: Option<u32>,
    #[serde(default, deserialize_with = "lenient")]
    tumbling_window_in_seconds: Option<u32>,
    destination_config: Option<DestinationConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DestinationConfig {
    on_failure: Option<Destination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destination {
    destination: Option<String>,
}

impl StreamChange {
    /// The name of a member that is given.
    pub fn given(&self) -> Option<&'static str> {
        let members = [
            ("StartingPosition", self.starting_position.is_some()),
            (
                "BisectBatchOnFunctionError",
                self.bisect_batch_on_function_error.is_some(),
            ),
            (
                "MaximumRetryAttempts",
                self.maximum_retry_attempts.is_some(),
            ),
            (
                "MaximumRecordAgeInSeconds",
                self.maximum_record_age_in_seconds.is_some(),
            ),
            (
                "ParallelizationFactor",
                self.parallelization_factor.is_some(),
            ),
            (
                "TumblingWindowInSeconds",
                self.tumbling_window_in_seconds.is_some(),
            ),
            ("DestinationConfig", self.destination_config.is_some()),
        ];
        let mut members = members.iter();
        members
            .find(|(_, is_given)| *is_given)
            .map(|(name, _)| *name)
    }

    /// Of a new mapping, which has to say it.
    pub fn starting_position(&self, source: &str) -> Result<StartingPosition, Fault> {
        match self.starting_position.as_deref() {
            Some("LATEST") => Ok(StartingPosition::Latest),
            Some("TRIM_HORIZON") => Ok(StartingPosition::TrimHorizon),
            Some(_) => Err(invalid(format!(
                "Unsupported starting position for arn type: {source}"
            ))),
            None => Err(invalid(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy \
                 constraint: Member must not be null.",
            )),
        }
    }
}

impl StreamSettings {
    pub fn new(starting_position: StartingPosition) -> Self {
        Self {
            starting_position,
            bisects: false,
            max_retries: UNLIMITED,
            max_age: UNLIMITED,
            parallel: 1,
            on_failure: None,
            tumbling_window: 0,
        }
    }

    pub fn change(&mut self, change: StreamChange) {
        if let Some(bisects) = change.bisect_batch_on_function_error {
            self.bisects = bisects;
        }
        if let Some(retries) = change.maximum_retry_attempts {
            self.max_retries = retries;
        }
        if let Some(age) = change.maximum_record_age_in_seconds {
            self.max_age = age;
        }
        if let Some(parallel) = change.parallelization_factor {
            self.parallel = parallel;
        }
        if let Some(window) = change.tumbling_window_in_seconds {
            self.tumbling_window = window;
        }
        if let Some(config) = change.destination_config {
            // An empty one removes it.
            let destination = config.on_failure.and_then(|it| it.destination);
            self.on_failure = destination.filter(|arn| !arn.is_empty());
        }
    }

    pub fn check(&self) -> Result<(), Fault> {
        let retries = self.max_retries;
        if !RETRIES.contains(&retries) {
            return Err(constraint(
                "maximumRetryAttempts",
                retries,
                "from -1 to 10000",
            ));
        }
        if self.max_age != UNLIMITED && !AGES.contains(&self.max_age) {
            let allowed = "-1, or from 60 to 604800";
            return Err(constraint(
                "maximumRecordAgeInSeconds",
                self.max_age,
                allowed,
            ));
        }
        if !PARALLEL.contains(&self.parallel) {
            return Err(constraint(
                "parallelizationFactor",
                self.parallel,
                "from 1 to 10",
            ));
        }
        if !WINDOWS.contains(&self.tumbling_window) {
            return Err(constraint(
                "tumblingWindowInSeconds",
                self.tumbling_window,
                "from 0 to 900",
            ));
        }
        if self.tumbling_window > 0 && self.parallel > 1 {
            return Err(invalid(
                "the sandbox does not support TumblingWindowInSeconds with a ParallelizationFactor above 1",
            ));
        }
        match &self.on_failure {
            Some(destination) => check_destination(destination),
            None => Ok(()),
        }
    }

    /// How long a tumbling window is, in seconds, if there are any.
    pub fn tumbling_window(&self) -> Option<u32> {
        (self.tumbling_window > 0).then_some(self.tumbling_window)
    }

    /// How often a batch is tried again; without an end if there is no number.
    pub fn max_retries(&self) -> Option<u32> {
        u32::try_from(self.max_retries).ok()
    }

    /// How old a record can be for the function, in milliseconds.
    pub fn max_age(&self) -> Option<i64> {
        (self.max_age != UNLIMITED).then_some(self.max_age * 1_000)
    }

    pub fn show(&self, configuration: &mut Value) {
        configuration["StartingPosition"] = json!(self.starting_position);
        configuration["BisectBatchOnFunctionError"] = json!(self.bisects);
        configuration["MaximumRetryAttempts"] = json!(self.max_retries);
        configuration["MaximumRecordAgeInSeconds"] = json!(self.max_age);
        configuration["ParallelizationFactor"] = json!(self.parallel);
        configuration["TumblingWindowInSeconds"] = json!(self.tumbling_window);
        let on_failure = match &self.on_failure {
            Some(destination) => json!({ "Destination": destination }),
            None => json!({}),
        };
        configuration["DestinationConfig"] = json!({ "OnFailure": on_failure });
    }
}

/// Source: "Retain discarded batch records" in Lambda's developer guide: standard queues and topics.
fn check_destination(text: &str) -> Result<(), Fault> {
    let is_of = |arn: &Arn, service: &str| arn.check_owner(service).is_ok();
    match Arn::parse(text) {
        Some(arn) if (is_of(&arn, "sqs") || is_of(&arn, "sns")) && !text.ends_with(".fifo") => {
            Ok(())
        }
        Some(arn) if ["s3", "kafka"].contains(&arn.service) => Err(invalid(format!(
            "the sandbox supports only queues and topics as destinations, not {text}"
        ))),
        _ => Err(invalid(format!("The destination ARN {text} is invalid."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_given_has_no_limit() {
        let mut settings = StreamSettings::new(StartingPosition::Latest);
        assert_eq!((settings.max_retries(), settings.max_age()), (None, None));
        let change = json!({ "MaximumRetryAttempts": 0, "MaximumRecordAgeInSeconds": 60 });
        settings.change(serde_json::from_value(change).expect("a change"));
        assert_eq!(
            (settings.max_retries(), settings.max_age()),
            (Some(0), Some(60_000))
        );
    }
}
