//! What requests say of a schedule: as it is recorded and shown, and what is refused of it.

use serde::{Deserialize, Serialize};

use super::Scheduler;
use super::fault::invalid;
use crate::arn::Arn;
use crate::constraint::{TextShape, check_number};
use crate::fault::Fault;
use crate::handover::{self, DeadLetterConfig, Principal, RetrySettings, SqsParameters};
use crate::schedule_expression::{ScheduleExpression, Zone};

/// Source: the service's API model.
const EXPRESSION: TextShape = TextShape::of_length(1, 256);
const DESCRIPTION: TextShape = TextShape::of_length(0, 512);
const MOST_MINUTES: i64 = 1440;
/// In bytes. Source: "Maximum payload size" in the quotas of Scheduler.
const LONGEST_INPUT: usize = 256 << 10;
const UTC: &str = "UTC";
/// In seconds since 1970: the times that have a date.
const DATES: std::ops::Range<f64> = 0.0..253_402_300_800.0;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Settings {
    #[serde(default)]
    pub schedule_expression: String,
    #[serde(default = "utc")]
    pub schedule_expression_timezone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// In seconds since 1970, as the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<f64>,
    pub flexible_time_window: FlexibleTimeWindow,
    #[serde(default)]
    pub state: State,
    #[serde(default)]
    pub action_after_completion: ActionAfterCompletion,
    pub target: Target,
}

fn utc() -> String {
    UTC.to_owned()
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlexibleTimeWindow {
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_window_in_minutes: Option<i64>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    Off,
    Flexible,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    #[default]
    Enabled,
    Disabled,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ActionAfterCompletion {
    #[default]
    None,
    Delete,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    #[serde(default)]
    pub arn: String,
    #[serde(default)]
    pub role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    #[serde(default)]
    pub retry_policy: RetrySettings,
}

impl Settings {
    /// Refuses what Scheduler does not take of the schedule with this ARN, and adds what is left out.
    pub fn checked(mut self, scheduler: &Scheduler, arn: &str) -> Result<Self, Fault> {
        EXPRESSION
            .check("scheduleExpression", &self.schedule_expression)
            .map_err(invalid)?;
        if let Some(description) = &self.description {
            DESCRIPTION
                .check("description", description)
                .map_err(invalid)?;
        }
        if self.expression().is_none() {
            let message = format!("Invalid Schedule Expression {}.", self.schedule_expression);
            return Err(invalid(message));
        }
        if Zone::named(&self.schedule_expression_timezone).is_none() {
            return Err(invalid(format!(
                "Invalid ScheduleExpressionTimezone {}.",
                self.schedule_expression_timezone
            )));
        }
        for (name, date) in [("StartDate", self.start_date), ("EndDate", self.end_date)] {
            if date.is_some_and(|date| !DATES.contains(&date)) {
                return Err(invalid(format!("Invalid {name}.")));
            }
        }
        if let (Some(start), Some(end)) = (self.start_date, self.end_date)
            && end <= start
        {
            return Err(invalid(
                "The EndDate you specify must come after the StartDate.",
            ));
        }
        self.flexible_time_window.check()?;
        self.target.check(scheduler, arn)?;
        let policy = self.target.retry_policy.policy();
        self.target.retry_policy = RetrySettings {
            maximum_event_age_in_seconds: Some(policy.max_age_seconds.into()),
            maximum_retry_attempts: Some(policy.max_retries.into()),
        };
        Ok(self)
    }

    pub fn expression(&self) -> Option<ScheduleExpression> {
        ScheduleExpression::parse(&self.schedule_expression).ok()
    }

    pub fn zone(&self) -> Zone {
        Zone::named(&self.schedule_expression_timezone).unwrap_or_else(Zone::utc)
    }

    /// In milliseconds since 1970, as [`Self::end`].
    pub fn start(&self) -> Option<i64> {
        self.start_date.map(|seconds| (seconds * 1000.0) as i64)
    }

    pub fn end(&self) -> Option<i64> {
        self.end_date.map(|seconds| (seconds * 1000.0) as i64)
    }
}

impl FlexibleTimeWindow {
    fn check(&self) -> Result<(), Fault> {
        match (self.mode, self.maximum_window_in_minutes) {
            (Mode::Off, None) => Ok(()),
            (Mode::Flexible, Some(minutes)) => {
                let member = "flexibleTimeWindow.maximumWindowInMinutes";
                check_number(member, minutes, 1..=MOST_MINUTES).map_err(invalid)
            }
            (Mode::Off, Some(_)) => Err(invalid(
                "MaximumWindowInMinutes must not be set when the flexible time window is OFF.",
            )),
            (Mode::Flexible, None) => Err(invalid(
                "MaximumWindowInMinutes must be set when the flexible time window is FLEXIBLE.",
            )),
        }
    }

    /// In milliseconds; 0 if it is off.
    pub fn longest(&self) -> i64 {
        self.maximum_window_in_minutes.unwrap_or_default() * 60_000
    }
}

impl Target {
    fn check(&self, scheduler: &Scheduler, schedule: &str) -> Result<(), Fault> {
        let Self { arn, role_arn, .. } = self;
        if Arn::parse(arn).is_none() {
            return Err(invalid(format!(
                "Provided Arn is not in correct format: {arn}"
            )));
        }
        if !handover::is_target(arn) {
            return Err(invalid(format!(
                "the sandbox supports only its own functions, queues and topics as targets, not {arn}"
            )));
        }
        if self
            .input
            .as_ref()
            .is_some_and(|input| input.len() > LONGEST_INPUT)
        {
            return Err(invalid("The size of Input must not exceed 262144 bytes."));
        }
        self.retry_policy
            .check("target.retryPolicy")
            .map_err(invalid)?;
        if let Some(dead_letter) = &self.dead_letter_config {
            dead_letter.check().map_err(invalid)?;
        }
        if let Some(parameters) = &self.sqs_parameters {
            parameters.check("target.sqsParameters").map_err(invalid)?;
        }
        if arn.ends_with(".fifo") && self.group().is_none() {
            return Err(invalid(
                "SqsParameters.MessageGroupId must be specified for a FIFO queue.",
            ));
        }
        let may = scheduler
            .handover
            .may_assume(role_arn, Principal::Scheduler, schedule)?;
        match may {
            true => Ok(()),
            false => Err(invalid(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
            )),
        }
    }

    pub fn group(&self) -> Option<String> {
        self.sqs_parameters.clone()?.message_group_id
    }
}
