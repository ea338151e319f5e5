//! AWS::ApiGateway::Stage.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::tags::{TagOperations, by_key, retag};
use super::super::{Naming, Property, ResourceType, Shape, TAGS, ask, has, list, unless_again};
use super::{CONFLICT, MISSING, escaped, members, operation, patch, patch_texts, update};
use crate::apigateway::{ApiGateway, arn};
use crate::fault::Fault;

pub struct Stage(pub Arc<ApiGateway>);

const ACCESS_LOG: Shape = Shape::Object(&[
    Property::optional("DestinationArn", Shape::Text),
    Property::optional("Format", Shape::Text),
]);
const METHOD_SETTING: Shape = Shape::Object(&[
    Property::optional("DataTraceEnabled", Shape::Flag),
    Property::optional("HttpMethod", Shape::Text),
    Property::optional("LoggingLevel", Shape::Text),
    Property::optional("MetricsEnabled", Shape::Flag),
    Property::optional("ResourcePath", Shape::Text),
    Property::optional("ThrottlingBurstLimit", Shape::Whole),
    // Not always whole.
    Property::optional("ThrottlingRateLimit", Shape::Text),
]);
const TAG_OPERATIONS: TagOperations =
    TagOperations::new("resourceArn", "tags", "tagKeys").with_map();
/// Where each setting of a method is patched.
const SETTINGS: [(&str, &str); 5] = [
    ("DataTraceEnabled", "logging/dataTrace"),
    ("LoggingLevel", "logging/loglevel"),
    ("MetricsEnabled", "metrics/enabled"),
    ("ThrottlingBurstLimit", "throttling/burstLimit"),
    ("ThrottlingRateLimit", "throttling/rateLimit"),
];

#[async_trait]
impl ResourceType for Stage {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::Stage"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("AccessLogSetting", ACCESS_LOG),
                Property::required("DeploymentId", Shape::Text),
                Property::optional("Description", Shape::Text),
                Property::optional("MethodSettings", Shape::List(&METHOD_SETTING)),
                Property::required("RestApiId", Shape::Text).replaces(),
                Property::optional("StageName", Shape::Text).replaces(),
                TAGS,
                Property::optional("TracingEnabled", Shape::Flag),
                Property::optional("Variables", Shape::Texts),
            ]
        }
    }

    fn naming(&self) -> Naming {
        Naming::by("StageName", 128)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId", "StageName"]
    }

    async fn exists(&self, physical_id: &str, properties: &Value) -> Result<bool, Fault> {
        has(
            &*self.0,
            "GetStage",
            stage(physical_id, properties),
            MISSING,
        )
        .await
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names = [
            "DeploymentId",
            "Description",
            "RestApiId",
            "TracingEnabled",
            "Variables",
        ];
        let mut parameters = Value::Object(members(properties, &names));
        parameters["stageName"] = json!(physical_id);
        parameters["tags"] = json!(by_key(properties));
        let created = ask(&*self.0, "CreateStage", parameters).await;
        unless_again(created, again, CONFLICT)?;
        let mut operations = settings(properties);
        operations.extend(access_log(&json!({}), properties, &json!({})));
        update(
            &self.0,
            "UpdateStage",
            stage(physical_id, properties),
            operations,
        )
        .await
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let it = stage(physical_id, new);
        let found = ask(&*self.0, "GetStage", it.clone()).await?;
        let mut operations: Vec<Value> = [
            patch("DeploymentId", "", old, new),
            patch("Description", "", old, new),
            patch("TracingEnabled", "false", old, new),
        ]
        .into_iter()
        .flatten()
        .collect();
        let none = json!({});
        let variables = new.get("Variables").unwrap_or(&none);
        operations.extend(patch_texts("/variables", &found["variables"], variables));
        operations.extend(access_log(old, new, &found));
        if old.get("MethodSettings") != new.get("MethodSettings") {
            let keys = found["methodSettings"].as_object().into_iter().flatten();
            let removed = keys.filter_map(|(key, _)| {
                let (path, method) = key.rsplit_once('/')?;
                Some(operation("remove", &format!("/{path}/{method}"), ""))
            });
            operations.extend(removed);
            operations.extend(settings(new));
        }
        update(&self.0, "UpdateStage", it, operations).await?;
        let api = new["RestApiId"].as_str().unwrap_or_default();
        let arn = arn(&format!("/restapis/{api}/stages/{physical_id}"));
        retag(&*self.0, &TAG_OPERATIONS, &arn, old, new).await
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let stage = stage(physical_id, properties);
        ask(&*self.0, "DeleteStage", stage).await.map(drop)
    }
}

fn stage(name: &str, properties: &Value) -> Value {
    json!({ "restApiId": properties["RestApiId"], "stageName": name })
}

/// The operations that set the settings of methods.
fn settings(properties: &Value) -> Vec<Value> {
    let mut operations = Vec::new();
    for setting in list(properties, "MethodSettings") {
        let path = setting["ResourcePath"].as_str().unwrap_or("/*");
        // `/*` is all resources, `/` the root.
        let path = match path {
            "/*" => "*".to_owned(),
            path => escaped(path),
        };
        let method = setting["HttpMethod"].as_str().unwrap_or("*");
        for (name, end) in SETTINGS {
            let value = match setting.get(name) {
                None => continue,
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            operations.push(operation(
                "replace",
                &format!("/{path}/{method}/{end}"),
                &value,
            ));
        }
    }
    operations
}

/// `found` is the stage as it is.
fn access_log(old: &Value, new: &Value, found: &Value) -> Vec<Value> {
    let name = "AccessLogSetting";
    if old.get(name) == new.get(name) {
        return Vec::new();
    }
    let Some(log) = new.get(name) else {
        let is_set = found.get("accessLogSettings").is_some();
        let remove = is_set.then(|| operation("remove", "/accessLogSettings", ""));
        return remove.into_iter().collect();
    };
    let text = |name: &str| log[name].as_str().unwrap_or_default();
    vec![
        operation(
            "replace",
            "/accessLogSettings/destinationArn",
            text("DestinationArn"),
        ),
        operation("replace", "/accessLogSettings/format", text("Format")),
    ]
}
