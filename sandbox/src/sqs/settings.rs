//! The attributes of a queue that can be set: their names, values and defaults.
//!
//! Source: the documentation of SetQueueAttributes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::{invalid_attribute, unknown_attribute, unsupported};
use super::redrive::{AllowPolicy, RedrivePolicy};
use crate::authorise::policy::Document;
use crate::fault::Fault;

pub type Attributes = BTreeMap<String, String>;

/// In bytes: of a message, and of all messages of a batch.
pub const LARGEST: u32 = 1 << 20;
/// In seconds.
pub const LONGEST_DELAY: u32 = 900;
pub const LONGEST_WAIT: u32 = 20;
pub const LONGEST_VISIBILITY: u32 = 43_200;

/// Says that a queue is FIFO. Only given at the creation, and only as true.
pub const FIFO_QUEUE: &str = "FifoQueue";
/// Of the encryption with keys of KMS, which the sandbox does not have.
const KMS: [&str; 2] = ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId"];

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Settings {
    pub delay: u32,
    pub largest_message: u32,
    /// In seconds.
    pub retention: u32,
    /// Of a receive request that names no time to wait.
    pub wait: u32,
    pub visibility_timeout: u32,
    /// As it was given.
    pub policy: Option<String>,
    pub redrive: Option<RedrivePolicy>,
    pub redrive_allow: Option<AllowPolicy>,
    pub deduplicates_contents: bool,
    /// Whether ids of duplicates are those of a group, rather than of the queue.
    pub deduplicates_in_groups: bool,
    /// `FifoThroughputLimit`: returned, without effect.
    throughput_limit: String,
    /// `SqsManagedSseEnabled`: returned, without effect.
    is_encrypted: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay: 0,
            largest_message: LARGEST,
            retention: 345_600,
            wait: 0,
            visibility_timeout: 30,
            policy: None,
            redrive: None,
            redrive_allow: None,
            deduplicates_contents: false,
            deduplicates_in_groups: false,
            throughput_limit: "perQueue".to_owned(),
            is_encrypted: true,
        }
    }
}

/// An attribute that is a number, with those it can be, and its place.
type Number = (
    &'static str,
    RangeInclusive<u32>,
    fn(&mut Settings) -> &mut u32,
);

const NUMBERS: [Number; 5] = [
    ("DelaySeconds", 0..=LONGEST_DELAY, |it| &mut it.delay),
    ("MaximumMessageSize", 1_024..=LARGEST, |it| {
        &mut it.largest_message
    }),
    ("MessageRetentionPeriod", 60..=1_209_600, |it| {
        &mut it.retention
    }),
    ("ReceiveMessageWaitTimeSeconds", 0..=LONGEST_WAIT, |it| {
        &mut it.wait
    }),
    ("VisibilityTimeout", 0..=LONGEST_VISIBILITY, |it| {
        &mut it.visibility_timeout
    }),
];

impl Settings {
    /// Sets the attributes, of a FIFO queue or another one. An empty policy is none.
    pub fn set(&mut self, attributes: &Attributes, is_fifo: bool) -> Result<(), Fault> {
        for (name, value) in attributes {
            self.set_one(name, value, is_fifo)?;
        }
        let per_group = self.throughput_limit == "perMessageGroupId";
        if per_group && !self.deduplicates_in_groups {
            return Err(invalid_attribute(
                "FifoThroughputLimit",
                "perMessageGroupId is valid only when DeduplicationScope is messageGroup.",
            ));
        }
        Ok(())
    }

    fn set_one(&mut self, name: &str, value: &str, is_fifo: bool) -> Result<(), Fault> {
        if let Some((_, range, place)) = NUMBERS.iter().find(|(known, ..)| *known == name) {
            let number = value.parse().ok().filter(|number| range.contains(number));
            *place(self) = number.ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                invalid_attribute(name, format_args!("Must be from {least} to {most}."))
            })?;
            return Ok(());
        }
        let given = Some(value).filter(|value| !value.is_empty());
        match name {
            "Policy" => self.policy = given.map(policy).transpose()?,
            "RedrivePolicy" => self.redrive = given.map(RedrivePolicy::read).transpose()?,
            "RedriveAllowPolicy" => {
                self.redrive_allow = given.map(AllowPolicy::read).transpose()?
            }
            "SqsManagedSseEnabled" => self.is_encrypted = flag(name, value)?,
            "ContentBasedDeduplication" if is_fifo => {
                self.deduplicates_contents = flag(name, value)?;
            }
            "DeduplicationScope" if is_fifo => {
                let scope = one_of(name, value, ["queue", "messageGroup"])?;
                self.deduplicates_in_groups = scope == "messageGroup";
            }
            "FifoThroughputLimit" if is_fifo => {
                let limit = one_of(name, value, ["perQueue", "perMessageGroupId"])?;
                self.throughput_limit = limit.to_owned();
            }
            _ if KMS.contains(&name) => {
                return Err(unsupported(format!(
                    "the sandbox does not support the attribute {name}; omit it, or use AWS"
                )));
            }
            _ => return Err(unknown_attribute(name)),
        }
        Ok(())
    }

    /// All attributes that have a value.
    pub fn shown(&self, is_fifo: bool) -> Attributes {
        let mut copy = self.clone();
        let numbers = NUMBERS.iter();
        let mut shown: Attributes = numbers
            .map(|(name, _, place)| ((*name).to_owned(), place(&mut copy).to_string()))
            .collect();
        let mut set = |name: &str, value: Option<String>| {
            shown.extend(value.map(|value| (name.to_owned(), value)));
        };
        set("Policy", self.policy.clone());
        set(
            "RedrivePolicy",
            self.redrive.as_ref().map(RedrivePolicy::shown),
        );
        let allow = self.redrive_allow.as_ref();
        set("RedriveAllowPolicy", allow.map(AllowPolicy::shown));
        set("SqsManagedSseEnabled", Some(self.is_encrypted.to_string()));
        if is_fifo {
            let scope = match self.deduplicates_in_groups {
                true => "messageGroup",
                false => "queue",
            };
            let by_contents = self.deduplicates_contents.to_string();
            set(FIFO_QUEUE, Some("true".to_owned()));
            set("ContentBasedDeduplication", Some(by_contents));
            set("DeduplicationScope", Some(scope.to_owned()));
            set("FifoThroughputLimit", Some(self.throughput_limit.clone()));
        }
        shown
    }

    /// What the policy says.
    pub fn policy_document(&self) -> Value {
        let text = self.policy.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The names that [`Settings::shown`] may have.
pub fn is_known(name: &str) -> bool {
    let others = [
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoQueue",
        "FifoThroughputLimit",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
    ];
    let mut numbers = NUMBERS.iter();
    others.contains(&name) || KMS.contains(&name) || numbers.any(|(known, ..)| *known == name)
}

fn policy(text: &str) -> Result<String, Fault> {
    match Document::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(reason) => Err(invalid_attribute("Policy", reason)),
    }
}

fn flag(name: &str, value: &str) -> Result<bool, Fault> {
    Ok(one_of(name, value, ["true", "false"])? == "true")
}

fn one_of<'a>(name: &str, value: &'a str, known: [&str; 2]) -> Result<&'a str, Fault> {
    let is_known = known.contains(&value);
    is_known.then_some(value).ok_or_else(|| {
        let [one, other] = known;
        invalid_attribute(name, format_args!("Must be {one} or {other}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str, is_fifo: bool) -> Result<Settings, Fault> {
        let mut settings = Settings::default();
        let attributes = [(name.to_owned(), value.to_owned())].into();
        settings.set(&attributes, is_fifo).map(|()| settings)
    }

    #[test]
    fn attributes_are_shown_as_they_were_set() {
        let policy = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:*"}}"#;
        for (name, value) in [
            ("DelaySeconds", "900"),
            ("MaximumMessageSize", "1024"),
            ("MessageRetentionPeriod", "60"),
            ("ReceiveMessageWaitTimeSeconds", "20"),
            ("VisibilityTimeout", "0"),
            ("Policy", policy),
            ("SqsManagedSseEnabled", "false"),
            ("ContentBasedDeduplication", "true"),
            ("DeduplicationScope", "messageGroup"),
            ("FifoThroughputLimit", "perQueue"),
        ] {
            let shown = set(name, value, true).expect(name).shown(true);
            assert_eq!(shown[name], value);
            assert!(is_known(name));
        }
        assert_eq!(set("Policy", "", false), Ok(Settings::default()));
    }

    #[test]
    fn what_no_queue_can_have_is_refused() {
        for (name, value, is_fifo, code) in [
            ("DelaySeconds", "901", false, "InvalidAttributeValue"),
            ("DelaySeconds", "", false, "InvalidAttributeValue"),
            ("MaximumMessageSize", "1023", false, "InvalidAttributeValue"),
            (
                "MessageRetentionPeriod",
                "59",
                false,
                "InvalidAttributeValue",
            ),
            ("VisibilityTimeout", "43201", false, "InvalidAttributeValue"),
            ("Policy", "{}", false, "InvalidAttributeValue"),
            (
                "RedrivePolicy",
                "{}",
                false,
                "InvalidParameterValueException",
            ),
            (
                "ContentBasedDeduplication",
                "true",
                false,
                "InvalidAttributeName",
            ),
            (
                "ContentBasedDeduplication",
                "yes",
                true,
                "InvalidAttributeValue",
            ),
            (
                "FifoThroughputLimit",
                "perMessageGroupId",
                true,
                "InvalidAttributeValue",
            ),
            ("FifoQueue", "true", true, "InvalidAttributeName"),
            ("QueueArn", "a", false, "InvalidAttributeName"),
            ("KmsMasterKeyId", "a", false, "UnsupportedOperation"),
        ] {
            let refused = set(name, value, is_fifo).expect_err(name);
            assert_eq!(refused.code, code, "{refused}");
        }
    }
}
