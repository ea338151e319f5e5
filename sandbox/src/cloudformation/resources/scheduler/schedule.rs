//! AWS::Scheduler::Schedule.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::handover::{DEAD_LETTER_CONFIG, RETRY_POLICY, SQS_PARAMETERS};
use super::super::live::overlaid;
use super::super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, ask, attributes, has, look_up, only,
    unless_again,
};
use super::{EXISTS, MISSING};
use crate::arn;
use crate::fault::Fault;
use crate::scheduler::Scheduler;

pub struct Schedule(pub Arc<Scheduler>);

const GROUP: &str = "GroupName";
/// Texts in templates, and numbers for the service.
const DATES: [&str; 2] = ["EndDate", "StartDate"];

const WINDOW: Shape = Shape::Object(&[
    Property::optional("MaximumWindowInMinutes", Shape::Whole),
    Property::required("Mode", Shape::Text),
]);
const TARGET: Shape = Shape::Object(&[
    Property::required("Arn", Shape::Text),
    Property::optional("DeadLetterConfig", DEAD_LETTER_CONFIG),
    Property::optional("Input", Shape::Text),
    Property::optional("RetryPolicy", RETRY_POLICY),
    Property::required("RoleArn", Shape::Text),
    Property::optional("SqsParameters", SQS_PARAMETERS),
]);
#[async_trait]
impl ResourceType for Schedule {
    fn name(&self) -> &'static str {
        "AWS::Scheduler::Schedule"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Description", Shape::Text),
                Property::optional("EndDate", Shape::Text),
                Property::required("FlexibleTimeWindow", WINDOW),
                Property::optional(GROUP, Shape::Text).replaces(),
                Property::optional("Name", Shape::Text).replaces(),
                Property::required("ScheduleExpression", Shape::Text),
                Property::optional("ScheduleExpressionTimezone", Shape::Text),
                Property::optional("StartDate", Shape::Text),
                Property::optional("State", Shape::Text),
                Property::required("Target", TARGET),
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 64)
    }

    async fn exists(&self, name: &str, properties: &Value) -> Result<bool, Fault> {
        let parameters = Value::Object(named(name, properties));
        has(&*self.0, "GetSchedule", parameters, MISSING).await
    }

    async fn live(&self, name: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = Value::Object(named(name, properties));
        let found = look_up(&*self.0, "GetSchedule", parameters, MISSING).await?;
        let Some(mut found) = found else {
            return Ok(Live::Deleted);
        };
        for date in DATES {
            // As it is given, if it is the same time.
            let is_same = seconds(&properties[date]).map(Value::from) == Some(found[date].clone());
            if is_same {
                found[date] = properties[date].clone();
            }
        }
        if found.get("Description").is_none() {
            found["Description"] = Value::Null;
        }
        Ok(Live::Is(overlaid(properties, &found)))
    }

    async fn create(&self, name: &str, properties: &Value, again: bool) -> Result<(), Fault> {
        let parameters = settings(name, properties)?;
        let created = ask(&*self.0, "CreateSchedule", parameters).await;
        unless_again(created, again, EXISTS)
    }

    async fn attributes(&self, name: &str, properties: &Value) -> Result<Attributes, Fault> {
        let group = properties[GROUP].as_str().unwrap_or("default");
        let arn = arn::regional("scheduler", format_args!("schedule/{group}/{name}"));
        Ok(attributes([("Arn", arn)]))
    }

    async fn update(&self, name: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        let parameters = settings(name, new)?;
        ask(&*self.0, "UpdateSchedule", parameters).await.map(drop)
    }

    async fn delete(&self, name: &str, properties: &Value) -> Result<(), Fault> {
        let parameters = Value::Object(named(name, properties));
        ask(&*self.0, "DeleteSchedule", parameters).await.map(drop)
    }
}

/// The parameters that say which schedule it is.
fn named(name: &str, properties: &Value) -> Map<String, Value> {
    let mut parameters = only(properties, &[GROUP]);
    parameters.insert("Name".to_owned(), json!(name));
    parameters
}

/// All that the service takes.
fn settings(name: &str, properties: &Value) -> Result<Value, Fault> {
    let same = [
        "Description",
        "FlexibleTimeWindow",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "State",
        "Target",
    ];
    let mut parameters = named(name, properties);
    parameters.extend(only(properties, &same));
    for date in DATES {
        if let Some(given) = properties.get(date) {
            let seconds = seconds(given).ok_or_else(|| {
                let message = format!("{date} is no time such as 2030-01-31T12:00:00Z: {given}");
                Fault::invalid("ValidationException", message)
            })?;
            parameters.insert(date.to_owned(), json!(seconds));
        }
    }
    Ok(Value::Object(parameters))
}

/// Since 1970.
fn seconds(date: &Value) -> Option<f64> {
    let time = OffsetDateTime::parse(date.as_str()?, &Rfc3339).ok()?;
    Some(time.unix_timestamp() as f64)
}
