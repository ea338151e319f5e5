//! The configuration of a function's asynchronous invocations, as it is recorded and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::function_ref::arn;
use crate::delivery::RetryPolicy;
use crate::store::Record;

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct EventInvokeConfig {
    pub function: String,
    /// The number of a version, or `$LATEST`.
    pub qualifier: String,
    pub max_retries: Option<u32>,
    pub max_age_seconds: Option<u32>,
    pub destinations: Reports,
    /// In milliseconds since 1970.
    pub modified_at: i64,
}

/// Who gets reports, as ARNs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Reports {
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
}

impl Record for EventInvokeConfig {
    const KIND: &'static str = "lambda.event_invoke_config";
}

/// Begins the keys of the configurations of a function.
pub fn prefix(function: &str) -> String {
    format!("{function}/")
}

pub fn key(function: &str, qualifier: &str) -> String {
    format!("{}{qualifier}", prefix(function))
}

impl EventInvokeConfig {
    pub fn retry_policy(&self) -> RetryPolicy {
        let usual = RetryPolicy::default();
        RetryPolicy {
            max_retries: self.max_retries.unwrap_or(usual.max_retries),
            max_age_seconds: self.max_age_seconds.unwrap_or(usual.max_age_seconds),
            ..usual
        }
    }

    /// `FunctionEventInvokeConfig`.
    pub fn shown(&self) -> Value {
        let destination = |arn: &Option<String>| match arn {
            Some(arn) => json!({ "Destination": arn }),
            None => json!({}),
        };
        let Reports {
            on_success,
            on_failure,
        } = &self.destinations;
        let mut shown = json!({
            "LastModified": self.modified_at as f64 / 1000.0,
            "FunctionArn": format!("{}:{}", arn(&self.function), self.qualifier),
            "DestinationConfig": {
                "OnSuccess": destination(on_success), "OnFailure": destination(on_failure),
            },
        });
        if let Some(retries) = self.max_retries {
            shown["MaximumRetryAttempts"] = json!(retries);
        }
        if let Some(age) = self.max_age_seconds {
            shown["MaximumEventAgeInSeconds"] = json!(age);
        }
        shown
    }
}
