//! The property of `AWS::S3::Bucket`, and how it is stored.

use s3s::dto::{EventBridgeConfiguration, NotificationConfiguration};
use serde_json::Value;

use super::check::check;
use super::rules::{Kind, Rule, write};
use crate::fault::Fault;
use crate::s3::bucket::configuration::{Configuration, boolean, string};

impl Configuration for NotificationConfiguration {
    const PROPERTY: &'static str = "NotificationConfiguration";
    /// It is never missing: a bucket without one has an empty one.
    const MISSING: (&'static str, &'static str) =
        ("NoSuchConfiguration", "notification configuration");

    fn from_template(value: &Value) -> Option<Self> {
        let mut rules = Vec::new();
        for (list, member, kind) in [
            ("QueueConfigurations", "Queue", Kind::Queue),
            ("TopicConfigurations", "Topic", Kind::Topic),
            ("LambdaConfigurations", "Function", Kind::Function),
        ] {
            for item in value[list].as_array().into_iter().flatten() {
                rules.push(rule(kind, member, item)?);
            }
        }
        let mut configuration = write(&rules);
        if let Some(bridge) = value.get("EventBridgeConfiguration") {
            let is_enabled = boolean(&bridge["EventBridgeEnabled"]).unwrap_or(true);
            configuration.event_bridge_configuration =
                is_enabled.then(EventBridgeConfiguration::default);
        }
        Some(configuration)
    }

    fn validate(&self) -> Result<(), Fault> {
        check(self)
    }
}

fn rule(kind: Kind, member: &str, item: &Value) -> Option<Rule> {
    let filter = item["Filter"]["S3Key"]["Rules"].as_array();
    let filter = filter.into_iter().flatten().map(|rule| {
        let name = string(&rule["Name"])?;
        Some((name, string(&rule["Value"])?))
    });
    Some(Rule {
        kind,
        given_id: None,
        receiver: string(&item[member])?,
        events: vec![string(&item["Event"])?],
        filter: filter.collect::<Option<_>>()?,
    })
}
