//! AWS::Lambda::EventInvokeConfig: what becomes of a function's asynchronous invocations.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::live::overlaid;
use super::{Live, Naming, Property, ResourceType, Shape, ask, has, look_up, only};
use crate::fault::Fault;
use crate::lambda::Lambda;

pub struct EventInvokeConfig(pub Arc<Lambda>);

const MISSING: &str = "ResourceNotFoundException";
const DESTINATIONS: Shape = Shape::Object(&[
    Property::optional("OnFailure", DESTINATION),
    Property::optional("OnSuccess", DESTINATION),
]);
const DESTINATION: Shape = Shape::Object(&[Property::required("Destination", Shape::Text)]);
/// What can be changed.
const SETTINGS: [&str; 3] = [
    "DestinationConfig",
    "MaximumEventAgeInSeconds",
    "MaximumRetryAttempts",
];

#[async_trait]
impl ResourceType for EventInvokeConfig {
    fn name(&self) -> &'static str {
        "AWS::Lambda::EventInvokeConfig"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("DestinationConfig", DESTINATIONS),
                Property::required("FunctionName", Shape::Text).replaces(),
                Property::optional("MaximumEventAgeInSeconds", Shape::Whole),
                Property::optional("MaximumRetryAttempts", Shape::Whole),
                Property::required("Qualifier", Shape::Text).replaces(),
            ]
        }
    }

    fn naming(&self) -> Naming {
        Naming::generated(64)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["FunctionName", "Qualifier"]
    }

    /// The function and the qualifier, of which there is one configuration.
    fn physical_id(&self, _: &str, properties: &Value) -> String {
        let text = |name: &str| properties[name].as_str().unwrap_or_default();
        format!("{}|{}", text("FunctionName"), text("Qualifier"))
    }

    async fn exists(&self, _: &str, properties: &Value) -> Result<bool, Fault> {
        let config = config(properties);
        has(&*self.0, "GetFunctionEventInvokeConfig", config, MISSING).await
    }

    async fn live(&self, _: &str, properties: &Value) -> Result<Live, Fault> {
        let config = config(properties);
        let found = look_up(&*self.0, "GetFunctionEventInvokeConfig", config, MISSING).await?;
        let Some(mut found) = found else {
            return Ok(Live::Deleted);
        };
        for end in ["OnFailure", "OnSuccess"] {
            // A destination that was removed is a change too.
            let destination = &mut found["DestinationConfig"][end]["Destination"];
            *destination = json!(destination.as_str().unwrap_or_default());
        }
        let mut live = properties.clone();
        for name in SETTINGS {
            if let Some(value) = live.get_mut(name) {
                *value = overlaid(value, &found[name]);
            }
        }
        Ok(Live::Is(live))
    }

    async fn create(&self, _: &str, properties: &Value, _again: bool) -> Result<(), Fault> {
        let mut parameters = config(properties);
        for (name, value) in only(properties, &SETTINGS) {
            parameters[name] = value;
        }
        ask(&*self.0, "PutFunctionEventInvokeConfig", parameters)
            .await
            .map(drop)
    }

    async fn update(&self, physical_id: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.create(physical_id, new, true).await
    }

    async fn delete(&self, _: &str, properties: &Value) -> Result<(), Fault> {
        ask(
            &*self.0,
            "DeleteFunctionEventInvokeConfig",
            config(properties),
        )
        .await
        .map(drop)
    }
}

/// The parameters that say which configuration it is.
fn config(properties: &Value) -> Value {
    json!({ "FunctionName": properties["FunctionName"], "Qualifier": properties["Qualifier"] })
}
