//! Delivery policies: how web servers are tried again, and the type of what they get.
//!
//! Source: "Creating an HTTP/S delivery policy" in "Amazon SNS message delivery retries".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::invalid;
use crate::delivery::{Backoff, Pause, Phases, RetryPolicy};
use crate::fault::Fault;

/// Of all pauses between retries, in seconds.
const LONGEST: u32 = 3600;
const MOST_RETRIES: u32 = 100;
pub const TEXT: &str = "text/plain; charset=UTF-8";
const JSON: &str = "application/json";
/// The types of contents. Source: there, `headerContentType`.
const CONTENT_TYPES: [&str; 13] = [
    JSON,
    TEXT,
    "application/atom+xml",
    "application/octet-stream",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "application/xhtml+xml",
    "application/xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/plain",
    "text/xml",
];
/// Of what is not raw.
const CONTENT_TYPES_OF_NOTIFICATIONS: [&str; 3] = [JSON, TEXT, "text/plain"];

/// `healthyRetryPolicy` of a subscription, and `defaultHealthyRetryPolicy` of a topic.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Retries {
    min_delay_target: u32,
    max_delay_target: u32,
    num_retries: u32,
    num_max_delay_retries: u32,
    num_no_delay_retries: u32,
    num_min_delay_retries: u32,
    backoff_function: Backoff,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            min_delay_target: 20,
            max_delay_target: 20,
            num_retries: 3,
            num_max_delay_retries: 0,
            num_no_delay_retries: 0,
            num_min_delay_retries: 0,
            backoff_function: Backoff::Linear,
        }
    }
}

/// `requestPolicy`, and `defaultRequestPolicy` of a topic.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Request {
    header_content_type: String,
}

/// The policy of a subscription.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct DeliveryPolicy {
    healthy_retry_policy: Option<Retries>,
    sickly_retry_policy: Option<Value>,
    throttle_policy: Option<Value>,
    request_policy: Option<Request>,
    guaranteed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTopic {
    http: Http,
}

/// The policy of a topic.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct TopicDeliveryPolicy {
    default_healthy_retry_policy: Option<Retries>,
    default_sickly_retry_policy: Option<Value>,
    default_throttle_policy: Option<Value>,
    default_request_policy: Option<Request>,
    disable_subscription_overrides: bool,
}

type Http = TopicDeliveryPolicy;

/// What both say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    retries: Retries,
    /// If a policy says it.
    pub content_type: Option<String>,
}

impl DeliveryPolicy {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let policy: Self = serde_json::from_str(text).map_err(wrong)?;
        check(
            policy.healthy_retry_policy.as_ref(),
            policy.throttle_policy.as_ref(),
            policy.sickly_retry_policy.as_ref(),
            policy.request_policy.as_ref(),
        )?;
        if policy.guaranteed {
            return Err(unsupported("guaranteed"));
        }
        Ok(policy)
    }

    /// Whether the type of contents fits notifications, which are JSON.
    pub fn fits_notifications(&self) -> bool {
        fits_notifications(self.request_policy.as_ref())
    }
}

impl TopicDeliveryPolicy {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let OfTopic { http } = serde_json::from_str(text).map_err(wrong)?;
        check(
            http.default_healthy_retry_policy.as_ref(),
            http.default_throttle_policy.as_ref(),
            http.default_sickly_retry_policy.as_ref(),
            http.default_request_policy.as_ref(),
        )?;
        match fits_notifications(http.default_request_policy.as_ref()) {
            true => Ok(http),
            false => Err(not_for_notifications()),
        }
    }

    /// As `EffectiveDeliveryPolicy` of a topic shows it.
    pub fn effective(&self) -> Value {
        let request = self.default_request_policy.clone().unwrap_or(Request {
            header_content_type: TEXT.to_owned(),
        });
        json!({ "http": {
            "defaultHealthyRetryPolicy": self.default_healthy_retry_policy.unwrap_or_default(),
            "disableSubscriptionOverrides": self.disable_subscription_overrides,
            "defaultRequestPolicy": request,
        } })
    }
}

impl Effective {
    pub fn of(topic: &TopicDeliveryPolicy, subscription: &DeliveryPolicy) -> Self {
        let own = Some(subscription).filter(|_| !topic.disable_subscription_overrides);
        let retries = own.and_then(|own| own.healthy_retry_policy);
        let request = own.and_then(|own| own.request_policy.as_ref());
        let request = request.or(topic.default_request_policy.as_ref());
        Self {
            retries: retries
                .or(topic.default_healthy_retry_policy)
                .unwrap_or_default(),
            content_type: request.map(|request| request.header_content_type.clone()),
        }
    }

    /// As `EffectiveDeliveryPolicy` of a subscription shows it.
    pub fn shown(&self) -> Value {
        let content_type = self.content_type.as_deref().unwrap_or(TEXT);
        json!({
            "healthyRetryPolicy": self.retries,
            "guaranteed": false,
            "requestPolicy": { "headerContentType": content_type },
        })
    }

    pub fn retry(&self) -> RetryPolicy {
        RetryPolicy {
            max_retries: self.retries.num_retries,
            max_age_seconds: 2 * LONGEST,
            pause: Pause::Phases(self.retries.phases()),
        }
    }
}

impl Retries {
    fn phases(&self) -> Phases {
        Phases {
            retries: self.num_retries,
            at_once: self.num_no_delay_retries,
            before: self.num_min_delay_retries,
            after: self.num_max_delay_retries,
            shortest_seconds: self.min_delay_target,
            longest_seconds: self.max_delay_target,
            backoff: self.backoff_function,
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let Self {
            min_delay_target,
            max_delay_target,
            num_retries,
            ..
        } = *self;
        if min_delay_target < 1 || min_delay_target > max_delay_target {
            return Err(wrong(
                "minDelayTarget must be at least 1 and not greater than maxDelayTarget",
            ));
        }
        if max_delay_target > LONGEST {
            return Err(wrong(format!(
                "maxDelayTarget must be less than or equal to {LONGEST}"
            )));
        }
        if num_retries > MOST_RETRIES {
            return Err(wrong(format!(
                "numRetries must be less than or equal to {MOST_RETRIES}"
            )));
        }
        let phases = u64::from(self.num_no_delay_retries)
            + u64::from(self.num_min_delay_retries)
            + u64::from(self.num_max_delay_retries);
        if phases > num_retries.into() {
            return Err(wrong(
                "numRetries must be greater than or equal to the sum of numNoDelayRetries, \
                 numMinDelayRetries and numMaxDelayRetries",
            ));
        }
        if self.phases().total().as_secs() > LONGEST.into() {
            return Err(wrong(format!(
                "the total retry time must not be greater than {LONGEST} seconds"
            )));
        }
        Ok(())
    }
}

fn check(
    retries: Option<&Retries>,
    throttle: Option<&Value>,
    sickly: Option<&Value>,
    request: Option<&Request>,
) -> Result<(), Fault> {
    if throttle.is_some() {
        return Err(unsupported("throttlePolicy"));
    }
    if sickly.is_some() {
        return Err(unsupported("sicklyRetryPolicy"));
    }
    let content_type = request.map(|request| request.header_content_type.as_str());
    if content_type.is_some_and(|given| !CONTENT_TYPES.contains(&given)) {
        return Err(wrong("headerContentType is not one of the supported types"));
    }
    retries.map_or(Ok(()), Retries::check)
}

fn fits_notifications(request: Option<&Request>) -> bool {
    request.is_none_or(|request| {
        CONTENT_TYPES_OF_NOTIFICATIONS.contains(&request.header_content_type.as_str())
    })
}

pub fn not_for_notifications() -> Fault {
    let types = CONTENT_TYPES_OF_NOTIFICATIONS.join(", ");
    wrong(format!(
        "without raw message delivery, headerContentType must be one of {types}"
    ))
}

fn wrong(why: impl std::fmt::Display) -> Fault {
    invalid(format!("DeliveryPolicy: {why}"))
}

fn unsupported(member: &str) -> Fault {
    wrong(format!("the sandbox does not support {member}"))
}

#[cfg(test)]
#[path = "delivery_policy_tests.rs"]
mod tests;
