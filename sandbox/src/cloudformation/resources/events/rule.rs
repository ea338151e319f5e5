//! AWS::Events::Rule.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::super::handover::{DEAD_LETTER_CONFIG, RETRY_POLICY, SQS_PARAMETERS};
use super::super::live::overlaid;
use super::super::tags::retag;
use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, list,
    look_up, only, text, unless,
};
use super::{MISSING, TAG_OPERATIONS};
use crate::arn;
use crate::events::Events;
use crate::fault::Fault;

pub struct Rule(pub Arc<Events>);

const BUS: &str = "EventBusName";
const PATTERN: &str = "EventPattern";
const TARGETS: &str = "Targets";
const DEFAULT_BUS: &str = "default";
/// Between bus and name in the physical ids of rules that are not on the default bus.
const SEPARATOR: char = '|';

const TARGET: Shape = Shape::Object(&[
    Property::required("Arn", Shape::Text),
    Property::optional("DeadLetterConfig", DEAD_LETTER_CONFIG),
    Property::required("Id", Shape::Text),
    Property::optional("Input", Shape::Text),
    Property::optional("InputPath", Shape::Text),
    Property::optional("InputTransformer", INPUT_TRANSFORMER),
    Property::optional("RetryPolicy", RETRY_POLICY),
    Property::optional("RoleArn", Shape::Text),
    Property::optional("SqsParameters", SQS_PARAMETERS),
]);
const INPUT_TRANSFORMER: Shape = Shape::Object(&[
    Property::optional("InputPathsMap", Shape::Texts),
    Property::required("InputTemplate", Shape::Text),
]);
#[async_trait]
impl ResourceType for Rule {
    fn name(&self) -> &'static str {
        "AWS::Events::Rule"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", Shape::Text),
                Property::optional(BUS, Shape::Text).replaces(),
                Property::optional(PATTERN, Shape::Document),
                Property::optional("Name", Shape::Text).replaces(),
                Property::optional("RoleArn", Shape::Text),
                Property::optional("ScheduleExpression", Shape::Text),
                Property::optional("State", Shape::Text),
                TAGS,
                Property::optional(TARGETS, Shape::List(&TARGET)),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 64)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["Arn"]
    }

    fn physical_id(&self, name: &str, properties: &Value) -> String {
        let bus = properties[BUS].as_str().unwrap_or(DEFAULT_BUS);
        let bus = bus.rsplit_once("event-bus/").map_or(bus, |(_, name)| name);
        match bus {
            DEFAULT_BUS => name.to_owned(),
            bus => format!("{bus}{SEPARATOR}{name}"),
        }
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        has(
            &*self.0,
            "DescribeRule",
            named(physical_id, "Name"),
            MISSING,
        )
        .await
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = named(physical_id, "Name");
        let found = look_up(&*self.0, "DescribeRule", parameters, MISSING).await?;
        let Some(mut found) = found else {
            return Ok(Live::Deleted);
        };
        for property in self.properties() {
            if found.get(property.name).is_none() {
                found[property.name] = Value::Null;
            }
        }
        if let (Some(pattern), true) = (found[PATTERN].as_str(), properties[PATTERN].is_object()) {
            found[PATTERN] = serde_json::from_str(pattern).unwrap_or_default();
        }
        found[BUS] = properties[BUS].clone();
        // Its tags are not compared.
        found["Tags"] = properties["Tags"].clone();
        let targets = ask(&*self.0, "ListTargetsByRule", named(physical_id, "Rule")).await?;
        found[TARGETS] = in_order(list(properties, TARGETS), list(&targets, TARGETS));
        Ok(Live::Is(overlaid(properties, &found)))
    }

    async fn create(&self, physical_id: &str, properties: &Value, _: bool) -> Result<(), Fault> {
        self.put(physical_id, properties).await?;
        self.put_targets(physical_id, properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Arn", arn_of(physical_id))]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        self.put(physical_id, new).await?;
        let ids = |properties: &Value| -> Vec<Value> {
            let targets = list(properties, TARGETS).iter();
            targets.map(|target| target["Id"].clone()).collect()
        };
        let left = ids(new);
        let mut removed = ids(old);
        removed.retain(|id| !left.contains(id));
        self.remove_targets(physical_id, removed).await?;
        self.put_targets(physical_id, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, &arn_of(physical_id), old, new).await
    }

    /// With all targets that it has, also those that the template does not know.
    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        let parameters = named(physical_id, "Rule");
        let targets = look_up(&*self.0, "ListTargetsByRule", parameters, MISSING).await?;
        let targets = targets.unwrap_or_default();
        let ids = list(&targets, TARGETS).iter();
        let ids = ids.map(|target| target["Id"].clone()).collect();
        self.remove_targets(physical_id, ids).await?;
        let deleted = ask(&*self.0, "DeleteRule", named(physical_id, "Name")).await;
        unless(deleted, MISSING)
    }
}

impl Rule {
    async fn put(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let same = [
            "Description",
            "RoleArn",
            "ScheduleExpression",
            "State",
            "Tags",
        ];
        let mut parameters = only(properties, &same);
        if let Some(pattern) = properties.get(PATTERN) {
            parameters.insert(PATTERN.to_owned(), text(pattern));
        }
        let parameters = with(named(physical_id, "Name"), parameters);
        ask(&*self.0, "PutRule", parameters).await.map(drop)
    }

    async fn put_targets(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        if list(properties, TARGETS).is_empty() {
            return Ok(());
        }
        let parameters = with(named(physical_id, "Rule"), only(properties, &[TARGETS]));
        ask(&*self.0, "PutTargets", parameters).await.map(drop)
    }

    async fn remove_targets(&self, physical_id: &str, ids: Vec<Value>) -> Result<(), Fault> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut parameters = named(physical_id, "Rule");
        parameters["Ids"] = json!(ids);
        ask(&*self.0, "RemoveTargets", parameters).await.map(drop)
    }
}

fn with(mut parameters: Value, more: Map<String, Value>) -> Value {
    if let Value::Object(members) = &mut parameters {
        members.extend(more);
    }
    parameters
}

/// The bus and the name of a rule.
fn parts(physical_id: &str) -> (&str, &str) {
    let parts = physical_id.split_once(SEPARATOR);
    parts.unwrap_or((DEFAULT_BUS, physical_id))
}

/// The parameters that say which rule it is.
fn named(physical_id: &str, name: &str) -> Value {
    let (bus, rule) = parts(physical_id);
    json!({ name: rule, BUS: bus })
}

fn arn_of(physical_id: &str) -> String {
    match parts(physical_id) {
        (DEFAULT_BUS, name) => arn::regional("events", format_args!("rule/{name}")),
        (bus, name) => arn::regional("events", format_args!("rule/{bus}/{name}")),
    }
}

/// The targets as the template has them, and after them others.
fn in_order(given: &[Value], found: &[Value]) -> Value {
    let of_id = |id: &Value| found.iter().find(|target| target["Id"] == *id);
    let known = given.iter().filter_map(|target| {
        let found = of_id(&target["Id"])?;
        Some(overlaid(target, found))
    });
    let others = found.iter().filter(|target| {
        let mut given = given.iter();
        !given.any(|it| it["Id"] == target["Id"])
    });
    known.chain(others.cloned()).collect()
}
