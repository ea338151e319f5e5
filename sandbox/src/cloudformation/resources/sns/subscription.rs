//! AWS::SNS::Subscription.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, attributes, has, look_up, text,
};
use super::{MISSING, by_name};
use crate::fault::Fault;
use crate::sns::Sns;

pub struct Subscription(pub Arc<Sns>);

const FLAG: &str = "RawMessageDelivery";
const SCOPE: &str = "FilterPolicyScope";
/// The properties that are attributes of the subscription.
const SETTINGS: [&str; 5] = [
    "DeliveryPolicy",
    "FilterPolicy",
    SCOPE,
    FLAG,
    "RedrivePolicy",
];

#[async_trait]
impl ResourceType for Subscription {
    fn name(&self) -> &'static str {
        "AWS::SNS::Subscription"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("DeliveryPolicy", Shape::Document),
                Property::required("Endpoint", Shape::Text).replaces(),
                Property::optional("FilterPolicy", Shape::Document),
                Property::optional(SCOPE, Shape::Text),
                Property::required("Protocol", Shape::Text).replaces(),
                Property::optional(FLAG, Shape::Flag),
                Property::optional("RedrivePolicy", Shape::Document),
                Property::required("TopicArn", Shape::Text).replaces(),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::id(32)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Arn"]
    }

    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let topic = properties["TopicArn"].as_str().unwrap_or_default();
        format!("{topic}:{name}")
    }

    async fn exists(&self, arn: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "SubscriptionArn": arn });
        has(&*self.0, "GetSubscriptionAttributes", parameters, MISSING).await
    }

    async fn live(&self, arn: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "SubscriptionArn": arn });
        let Some(answer) =
            look_up(&*self.0, "GetSubscriptionAttributes", parameters, MISSING).await?
        else {
            return Ok(Live::Deleted);
        };
        let found = by_name(&answer, "Attributes");
        let mut live = properties.clone();
        for name in SETTINGS {
            // A scope without a policy is not shown.
            if name == SCOPE && !found.contains_key(name) {
                continue;
            }
            if let Some(value) = live.get_mut(name) {
                let found = found.get(name).and_then(Value::as_str).unwrap_or_default();
                *value = match value {
                    Value::String(_) => json!(found),
                    _ => serde_json::from_str(found).unwrap_or_default(),
                };
            }
        }
        Ok(Live::Is(live))
    }

    async fn create(&self, arn: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let id = arn.rsplit(':').next().unwrap_or_default();
        let settings = SETTINGS.iter().filter_map(|name| {
            let value = properties.get(name)?;
            Some(((*name).to_owned(), text(value)))
        });
        let parameters = json!({
            "TopicArn": properties["TopicArn"],
            "Protocol": properties["Protocol"],
            "Endpoint": properties["Endpoint"],
            "Attributes": settings.collect::<Map<_, _>>(),
        });
        self.0.subscribe_as(id, parameters)
    }

    async fn attributes(&self, arn: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Arn", arn.to_owned())]))
    }

    async fn update(&self, arn: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let changed = SETTINGS
            .iter()
            .filter(|name| old.get(name) != new.get(name));
        let changed = changed.map(|name| {
            let value = new.get(name).map(text);
            let value = value.as_ref().and_then(Value::as_str).unwrap_or_default();
            ((*name).to_owned(), value.to_owned())
        });
        self.0.set_subscription_attributes(arn, &changed.collect())
    }

    async fn delete(&self, arn: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "SubscriptionArn": arn });
        ask(&*self.0, "Unsubscribe", parameters).await.map(drop)
    }
}
