//! What a bucket's configuration of events may be.
//!
//! Source: "Supported event types for SQS, SNS, and Lambda" and "Configuring event notifications using object
//! key name filtering" in S3's user guide.

use std::collections::BTreeSet;

use s3s::dto::NotificationConfiguration;

use super::rules::{Kind, Rule, read};
use super::{Notifier, Refusal};
use crate::arn::Arn;
use crate::fault::Fault;
use crate::s3::errors::{invalid_argument, not_implemented};

/// In characters. Source: `FilterRule` in S3's API reference.
const LONGEST_FILTER: usize = 1024;

/// What happens here.
const EVENTS: [&str; 8] = [
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
];
/// What AWS knows besides.
const OTHERS: [&str; 8] = [
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectRestore:",
    "s3:ObjectTagging:",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:",
];

/// Refuses a configuration that no bucket can have.
pub fn check(configuration: &NotificationConfiguration) -> Result<(), Fault> {
    let rules = read(configuration);
    for rule in &rules {
        check_receiver(rule)?;
        check_events(rule)?;
        check_filter(rule)?;
    }
    let ids: BTreeSet<&String> = rules.iter().filter_map(|it| it.given_id.as_ref()).collect();
    let given = rules.iter().filter(|it| it.given_id.is_some()).count();
    if ids.len() < given {
        return Err(invalid_argument(
            "Same ID used for multiple configurations. IDs must be unique.",
        ));
    }
    check_overlaps(&rules)
}

fn check_receiver(rule: &Rule) -> Result<(), Fault> {
    let (service, argument) = match rule.kind {
        Kind::Function => ("lambda", "CloudFunction"),
        Kind::Queue => ("sqs", "Queue"),
        Kind::Topic => ("sns", "Topic"),
    };
    let arn = Arn::parse(&rule.receiver);
    if arn.is_some_and(|arn| arn.service == service) {
        return Ok(());
    }
    let fault = invalid_argument("The ARN could not be parsed");
    Err(fault
        .with("ArgumentName", argument)
        .with("ArgumentValue", &*rule.receiver))
}

fn check_events(rule: &Rule) -> Result<(), Fault> {
    if rule.events.is_empty() {
        return Err(Fault::invalid(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema: \
             a configuration needs an Event",
        ));
    }
    let is_known = |event: &&String| EVENTS.contains(&event.as_str());
    let Some(other) = rule.events.iter().find(|event| !is_known(event)) else {
        return Ok(());
    };
    if OTHERS.iter().any(|begin| other.starts_with(begin)) {
        return Err(not_implemented(format!(
            "the sandbox does not support the event {other}; it supports {}",
            EVENTS.join(", ")
        )));
    }
    let fault = invalid_argument("The event is not supported for notifications");
    Err(fault
        .with("ArgumentName", "Event")
        .with("ArgumentValue", other.as_str()))
}

fn check_filter(rule: &Rule) -> Result<(), Fault> {
    for name in ["prefix", "suffix"] {
        let same = rule
            .filter
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name));
        if same.count() > 1 {
            return Err(invalid_argument(format!(
                "Cannot specify more than one {name} rule in a filter."
            )));
        }
    }
    for (name, value) in &rule.filter {
        if !["prefix", "suffix"].contains(&&*name.to_ascii_lowercase()) {
            let fault = invalid_argument("filter rule name must be either prefix or suffix");
            return Err(fault
                .with("ArgumentName", "FilterRule.Name")
                .with("ArgumentValue", name.as_str()));
        }
        if value.chars().count() > LONGEST_FILTER {
            let fault = invalid_argument("Size of filter rule value cannot exceed 1024 bytes");
            return Err(fault
                .with("ArgumentName", "FilterRule.Value")
                .with("ArgumentValue", value.as_str()));
        }
    }
    Ok(())
}

/// Refuses two rules for which the same event could be.
fn check_overlaps(rules: &[Rule]) -> Result<(), Fault> {
    let begin_alike = |one: &str, two: &str| one.starts_with(two) || two.starts_with(one);
    let end_alike = |one: &str, two: &str| one.ends_with(two) || two.ends_with(one);
    for (index, one) in rules.iter().enumerate() {
        for two in &rules[index + 1..] {
            if !one.shares_events(two)
                || !begin_alike(one.value("prefix"), two.value("prefix"))
                || !end_alike(one.value("suffix"), two.value("suffix"))
            {
                continue;
            }
            return Err(invalid_argument(
                match one.filter.is_empty() && two.filter.is_empty() {
                    true => {
                        "Configurations overlap. Configurations on the same bucket cannot share a common \
                         event type."
                    }
                    false => {
                        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules \
                         if the prefixes are overlapping for the same event type."
                    }
                },
            ));
        }
    }
    Ok(())
}

/// Refuses receivers that would get nothing of the bucket.
pub fn check_receivers(notifier: &Notifier, bucket: &str, rules: &[Rule]) -> Result<(), Fault> {
    for rule in rules {
        let receiver = &rule.receiver;
        let named = match rule.kind {
            Kind::Queue | Kind::Topic => receiver.clone(),
            // As S3 names it.
            Kind::Function => format!("{receiver}, null"),
        };
        let is_fifo = rule.kind != Kind::Function && receiver.ends_with(".fifo");
        let why = if is_fifo {
            "FIFO queues and topics are not supported".to_owned()
        } else {
            match (notifier.refusal(receiver, bucket)?, rule.kind) {
                (None, _) => continue,
                (Some(Refusal::Missing), Kind::Queue) => {
                    "The destination queue does not exist".to_owned()
                }
                (Some(Refusal::Missing), Kind::Topic) => {
                    "The destination topic does not exist".to_owned()
                }
                (Some(_), Kind::Function) => {
                    format!("Not authorized to invoke function [{receiver}]")
                }
                (Some(Refusal::NotPermitted), kind) => format!(
                    "Permissions on the destination {} do not allow S3 to publish notifications from this \
                     bucket",
                    match kind {
                        Kind::Topic => "topic",
                        _ => "queue",
                    }
                ),
            }
        };
        let message = "Unable to validate the following destination configurations";
        let fault = invalid_argument(message);
        return Err(fault
            .with("ArgumentName1", named)
            .with("ArgumentValue1", why));
    }
    Ok(())
}
