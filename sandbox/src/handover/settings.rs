//! What targets of rules and of schedules have alike.

use serde::{Deserialize, Serialize};

use super::service_of;
use crate::constraint::{TextShape, check_number};
use crate::delivery::{Pause, RetryPolicy};

/// Source: `MaximumRetryAttempts` and `MaximumEventAgeInSeconds` in the models of EventBridge and Scheduler.
const MOST_RETRIES: u32 = 185;
const LONGEST_AGE: u32 = 24 * 60 * 60;
const SHORTEST_AGE: u32 = 60;
/// Source: `MessageGroupId` in the documentation of SQS.
const GROUP: TextShape = TextShape::of_length(1, 128);

/// `RetryPolicy`
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetrySettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i64>,
}

/// `DeadLetterConfig`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeadLetterConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// `SqsParameters`
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SqsParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

impl RetrySettings {
    /// Why they are refused, if they are; `member` is what has them.
    pub fn check(&self, member: &str) -> Result<(), String> {
        if let Some(age) = self.maximum_event_age_in_seconds {
            let member = format!("{member}.maximumEventAgeInSeconds");
            check_number(&member, age, SHORTEST_AGE.into()..=LONGEST_AGE.into())?;
        }
        if let Some(attempts) = self.maximum_retry_attempts {
            let member = format!("{member}.maximumRetryAttempts");
            check_number(&member, attempts, 0..=MOST_RETRIES.into())?;
        }
        Ok(())
    }

    pub fn policy(&self) -> RetryPolicy {
        let or = |given: Option<i64>, default| {
            let given = given.and_then(|given| u32::try_from(given).ok());
            given.unwrap_or(default)
        };
        RetryPolicy {
            max_retries: or(self.maximum_retry_attempts, MOST_RETRIES),
            max_age_seconds: or(self.maximum_event_age_in_seconds, LONGEST_AGE),
            pause: Pause::Growing,
        }
    }

    /// Whether something of this age, in milliseconds, is still to be handed over.
    pub fn allow(&self, age: i64) -> bool {
        age <= i64::from(self.policy().max_age_seconds) * 1000
    }
}

impl DeadLetterConfig {
    pub fn check(&self) -> Result<(), String> {
        let arn = self.arn.as_deref();
        match arn {
            Some(arn)
                if service_of(arn) != "sqs" || !super::is_target(arn) || arn.ends_with(".fifo") =>
            {
                Err(format!(
                    "Parameter DeadLetterConfig.Arn is not valid. Reason: {arn} is no standard queue of this \
                     sandbox."
                ))
            }
            _ => Ok(()),
        }
    }
}

impl SqsParameters {
    pub fn check(&self, member: &str) -> Result<(), String> {
        match &self.message_group_id {
            Some(group) => GROUP.check(&format!("{member}.messageGroupId"), group),
            None => Ok(()),
        }
    }
}
