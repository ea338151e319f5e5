//! AWS::Lambda::Function.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::live::overlaid;
use super::tags::{TagOperations, by_key, retag};
use super::{
    Attributes, Live, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, has, look_up,
    only, unless_again,
};
use crate::arn;
use crate::fault::Fault;
use crate::lambda::Lambda;

pub struct Function(pub Arc<Lambda>);

const CODE: Shape = Shape::Object(&[
    Property::required("S3Bucket", Shape::Text),
    Property::required("S3Key", Shape::Text),
    Property::optional("S3ObjectVersion", Shape::Text),
]);
const DEAD_LETTERS: Shape = Shape::Object(&[Property::optional("TargetArn", Shape::Text)]);
const ENVIRONMENT: Shape = Shape::Object(&[Property::optional("Variables", Shape::Texts)]);
const LOGGING: Shape = Shape::Object(&[
    Property::optional("ApplicationLogLevel", Shape::Text),
    Property::optional("LogFormat", Shape::Text),
    Property::optional("LogGroup", Shape::Text),
    Property::optional("SystemLogLevel", Shape::Text),
]);
const STORAGE: Shape = Shape::Object(&[Property::required("Size", Shape::Whole)]);
const TRACING: Shape = Shape::Object(&[Property::required("Mode", Shape::Text)]);
const TAG_OPERATIONS: TagOperations = TagOperations::new("Resource", "Tags", "TagKeys").with_map();
const MISSING: &str = "ResourceNotFoundException";
const CONCURRENCY: &str = "ReservedConcurrentExecutions";
/// What `UpdateFunctionConfiguration` takes.
const CONFIGURATION: &[&str] = &[
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
];

#[async_trait]
impl ResourceType for Function {
    fn name(&self) -> &'static str {
        "AWS::Lambda::Function"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("Architectures", Shape::List(&Shape::Text)),
                Property::required("Code", CODE),
                Property::optional("DeadLetterConfig", DEAD_LETTERS),
                Property::optional("Description", Shape::Text),
                Property::optional("Environment", ENVIRONMENT),
                Property::optional("EphemeralStorage", STORAGE),
                Property::optional("FunctionName", Shape::Text).replaces(),
                Property::optional("Handler", Shape::Text),
                Property::optional("Layers", Shape::List(&Shape::Text)),
                Property::optional("LoggingConfig", LOGGING),
                Property::optional("MemorySize", Shape::Whole),
                Property::optional("PackageType", Shape::Text).replaces(),
                Property::optional(CONCURRENCY, Shape::Whole),
                Property::required("Role", Shape::Text),
                Property::optional("Runtime", Shape::Text),
                TAGS,
                Property::optional("Timeout", Shape::Whole),
                Property::optional("TracingConfig", TRACING),
            ]
        }
    }

    fn refusal(&self, properties: &Value) -> Option<String> {
        properties["Code"].get("ZipFile")?;
        let refusal = "the sandbox does not support inline code (ZipFile in Code); upload a bundle \
                       with a program called `bootstrap` and set S3Bucket and S3Key";
        Some(refusal.to_owned())
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::by("FunctionName", 64)
    }

    async fn exists(&self, physical_id: &str, _: &Value) -> Result<bool, Fault> {
        let parameters = json!({ "FunctionName": physical_id });
        has(&*self.0, "GetFunction", parameters, MISSING).await
    }

    async fn live(&self, physical_id: &str, properties: &Value) -> Result<Live, Fault> {
        let parameters = json!({ "FunctionName": physical_id });
        let Some(mut found) =
            look_up(&*self.0, "GetFunctionConfiguration", parameters, MISSING).await?
        else {
            return Ok(Live::Deleted);
        };
        let layers = found["Layers"].as_array().into_iter().flatten();
        found["Layers"] = layers.map(|layer| layer["Arn"].clone()).collect();
        let set = Value::Object(only(properties, CONFIGURATION));
        let mut live = properties.clone();
        if let (Value::Object(live), Value::Object(set)) = (&mut live, overlaid(&set, &found)) {
            live.extend(set);
        }
        if let Some(variables) = live
            .get_mut("Environment")
            .and_then(|it| it.get_mut("Variables"))
        {
            // A variable that somebody added is a change too.
            *variables = found["Environment"]["Variables"].clone();
        }
        if live.get(CONCURRENCY).is_some() {
            let parameters = json!({ "FunctionName": physical_id });
            let found = ask(&*self.0, "GetFunctionConcurrency", parameters).await?;
            live[CONCURRENCY] = found[CONCURRENCY].clone();
        }
        Ok(Live::Is(live))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let mut parameters = only(properties, CONFIGURATION);
        parameters.extend(only(properties, &["Architectures", "Code", "PackageType"]));
        parameters.insert("FunctionName".to_owned(), json!(physical_id));
        parameters.insert("Tags".to_owned(), json!(by_key(properties)));
        let created = ask(&*self.0, "CreateFunction", Value::Object(parameters)).await;
        unless_again(created, again, "ResourceConflictException")?;
        self.reserve(physical_id, &Value::Null, properties).await
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok(attributes([("Arn", arn(physical_id))]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        let differ = |name: &&str| old.get(*name) != new.get(*name);
        if ["Code", "Architectures"].iter().any(differ) {
            let mut parameters = only(&new["Code"], &["S3Bucket", "S3Key", "S3ObjectVersion"]);
            parameters.extend(only(new, &["Architectures"]));
            parameters.insert("FunctionName".to_owned(), json!(physical_id));
            ask(&*self.0, "UpdateFunctionCode", Value::Object(parameters)).await?;
        }
        if CONFIGURATION.iter().any(differ) {
            let parameters = Value::Object(configuration(physical_id, old, new));
            ask(&*self.0, "UpdateFunctionConfiguration", parameters).await?;
        }
        self.reserve(physical_id, old, new).await?;
        retag(&*self.0, &TAG_OPERATIONS, &arn(physical_id), old, new).await
    }

    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        let parameters = json!({ "FunctionName": physical_id });
        ask(&*self.0, "DeleteFunction", parameters).await.map(drop)
    }
}

impl Function {
    async fn reserve(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        match (old.get(CONCURRENCY), new.get(CONCURRENCY)) {
            (_, Some(count)) => {
                let parameters = json!({ "FunctionName": physical_id, CONCURRENCY: count });
                ask(&*self.0, "PutFunctionConcurrency", parameters).await?;
            }
            (Some(_), None) => {
                let parameters = json!({ "FunctionName": physical_id });
                ask(&*self.0, "DeleteFunctionConcurrency", parameters).await?;
            }
            (None, None) => {}
        }
        Ok(())
    }
}

/// A setting that the template does not name any more goes back to its default.
fn configuration(physical_id: &str, old: &Value, new: &Value) -> Map<String, Value> {
    let defaults = json!({
        "DeadLetterConfig": { "TargetArn": "" },
        "Description": "",
        "Environment": { "Variables": {} },
        "EphemeralStorage": { "Size": 512 },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{physical_id}") },
        "Layers": [],
        "MemorySize": 128,
        "Timeout": 3,
        "TracingConfig": { "Mode": "PassThrough" },
    });
    let mut parameters = only(new, CONFIGURATION);
    for name in CONFIGURATION {
        if let (Some(_), None, Some(default)) = (old.get(name), new.get(name), defaults.get(name)) {
            parameters.insert((*name).to_owned(), default.clone());
        }
    }
    parameters.insert("FunctionName".to_owned(), json!(physical_id));
    parameters
}

fn arn(function: &str) -> String {
    arn::regional("lambda", format!("function:{function}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_not_named_any_more_go_back_to_their_defaults() {
        let old = json!({ "Timeout": 15, "MemorySize": 256, "Handler": "bootstrap" });
        let new = json!({ "Timeout": 15, "Handler": "bootstrap" });
        let expected = json!({ "FunctionName": "f", "Timeout": 15, "MemorySize": 128,
            "Handler": "bootstrap" });
        assert_eq!(Value::Object(configuration("f", &old, &new)), expected);
    }
}
