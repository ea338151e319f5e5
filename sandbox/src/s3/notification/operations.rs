//! The operations on a bucket's configuration of events.

use std::collections::BTreeSet;

use s3s::dto::{
    GetBucketNotificationConfigurationInput, GetBucketNotificationConfigurationOutput,
    NotificationConfiguration, PutBucketNotificationConfigurationInput,
    PutBucketNotificationConfigurationOutput,
};
use s3s::{S3Request, S3Response};
use serde_json::Value;

use super::Notice;
use super::check::check_receivers;
use super::event::{Origin, test_event};
use super::rules::{self, Kind, Rule};
use crate::delivery::Delivery;
use crate::fault::Fault;
use crate::s3::bucket::configuration::{Configuration, to_value};
use crate::s3::storage::Storage;

pub async fn put(
    storage: &Storage,
    request: S3Request<PutBucketNotificationConfigurationInput>,
) -> Result<S3Response<PutBucketNotificationConfigurationOutput>, Fault> {
    let origin = Origin::of(&request.extensions);
    let input = request.input;
    let configuration = input.notification_configuration;
    configuration.validate()?;
    storage.bucket(&input.bucket)?;
    let rules = rules::read(&configuration);
    let written = NotificationConfiguration {
        event_bridge_configuration: configuration.event_bridge_configuration,
        ..rules::write(&rules)
    };
    let value = match written == NotificationConfiguration::default() {
        true => None,
        false => Some(to_value(&written)?),
    };
    let is_checked = input.skip_destination_validation != Some(true);
    let asked = Asked {
        bucket: &input.bucket,
        rules: &rules,
        origin: &origin,
        is_checked,
    };
    asked.configure(storage, value)?;
    Ok(S3Response::new(
        PutBucketNotificationConfigurationOutput::default(),
    ))
}

pub async fn get(
    storage: &Storage,
    request: S3Request<GetBucketNotificationConfigurationInput>,
) -> Result<S3Response<GetBucketNotificationConfigurationOutput>, Fault> {
    let bucket = storage.bucket(&request.input.bucket)?;
    let stored: NotificationConfiguration = bucket.get()?.unwrap_or_default();
    let configuration = rules::write(&rules::read(&stored));
    Ok(S3Response::new(GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: stored.event_bridge_configuration,
        lambda_function_configurations: configuration.lambda_function_configurations,
        queue_configurations: configuration.queue_configurations,
        topic_configurations: configuration.topic_configurations,
    }))
}

/// Sets the property of a template, or removes it.
pub fn configure(storage: &Storage, bucket: &str, value: Option<Value>) -> Result<(), Fault> {
    let configuration = value
        .as_ref()
        .and_then(NotificationConfiguration::from_template);
    let rules = configuration.as_ref().map(rules::read).unwrap_or_default();
    let asked = Asked {
        bucket,
        rules: &rules,
        origin: &Origin::default(),
        is_checked: true,
    };
    asked.configure(storage, value)
}

/// A configuration that is to be set.
struct Asked<'a> {
    bucket: &'a str,
    rules: &'a [Rule],
    origin: &'a Origin,
    /// Whether the receivers are looked at, and get a test event.
    is_checked: bool,
}

impl Asked<'_> {
    fn configure(&self, storage: &Storage, value: Option<Value>) -> Result<(), Fault> {
        let mut tests = Vec::new();
        if self.is_checked {
            check_receivers(&storage.notifier, self.bucket, self.rules)?;
            tests = self.tests()?;
        }
        let property = NotificationConfiguration::PROPERTY;
        storage.notifier.write(|transaction| {
            storage.configure_in(transaction, self.bucket, property, value)?;
            Ok(((), tests))
        })
    }

    /// A test event for each queue and each topic.
    fn tests(&self) -> Result<Vec<Delivery>, Fault> {
        let rules = self.rules.iter();
        let told = rules.filter(|rule| rule.kind != Kind::Function);
        let told: BTreeSet<&String> = told.map(|rule| &rule.receiver).collect();
        let tests = told.into_iter().map(|receiver| {
            let notice = Notice {
                receiver: receiver.clone(),
                event: test_event(self.bucket, self.origin),
            };
            notice.delivery(self.bucket)
        });
        tests.collect()
    }
}
