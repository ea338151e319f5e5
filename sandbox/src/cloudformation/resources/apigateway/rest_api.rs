//! AWS::ApiGateway::RestApi.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::tags::{TagOperations, by_key, retag};
use super::super::{
    Attributes, Naming, Property, ResourceType, Shape, TAGS, ask, attributes, list, unless_again,
};
use super::{CONFLICT, escaped, members, operation, patch, update};
use crate::apigateway::{ApiGateway, ImportOptions, arn};
use crate::fault::Fault;

pub struct RestApi(pub Arc<ApiGateway>);

const ENDPOINT: Shape = Shape::Object(&[Property::optional("Types", Shape::List(&Shape::Text))]);
const BODY: &str = "Body";
const TAG_OPERATIONS: TagOperations =
    TagOperations::new("resourceArn", "tags", "tagKeys").with_map();

#[async_trait]
impl ResourceType for RestApi {
    fn name(&self) -> &'static str {
        "AWS::ApiGateway::RestApi"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ApiKeySourceType", Shape::Text),
                Property::optional("BinaryMediaTypes", Shape::List(&Shape::Text)),
                Property::optional(BODY, Shape::Document),
                Property::optional("Description", Shape::Text),
                Property::optional("DisableExecuteApiEndpoint", Shape::Flag),
                Property::optional("EndpointConfiguration", ENDPOINT),
                Property::optional("Name", Shape::Text),
                TAGS,
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["RestApiId", "RootResourceId"]
    }

    fn naming(&self) -> Naming {
        Naming::id(10)
    }

    fn identifiers(&self) -> Vec<&'static str> {
        vec!["RestApiId"]
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        let names = [
            "BinaryMediaTypes",
            "Description",
            "DisableExecuteApiEndpoint",
            "Name",
        ];
        let mut parameters = members(properties, &names);
        let mut set = |name: &str, value: Value| parameters.insert(name.to_owned(), value);
        set("tags", json!(by_key(properties)));
        if let Some(source) = properties.get("ApiKeySourceType") {
            set("apiKeySource", source.clone());
        }
        if let Some(types) = properties["EndpointConfiguration"].get("Types") {
            set("endpointConfiguration", json!({ "types": types }));
        }
        if !parameters.contains_key("name") && properties.get(BODY).is_none() {
            let message = "Property Name cannot be empty, where there is no Body";
            return Err(Fault::invalid("BadRequestException", message));
        }
        parameters
            .entry("name")
            .or_insert_with(|| json!(physical_id));
        let created = self
            .0
            .create_as("CreateRestApi", physical_id, Value::Object(parameters));
        unless_again(created, again, CONFLICT)?;
        self.import(physical_id, properties)
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        let found = ask(&*self.0, "GetRestApi", api(physical_id)).await?;
        let root = found["rootResourceId"].as_str().unwrap_or_default();
        Ok(attributes([
            ("RestApiId", physical_id.to_owned()),
            ("RootResourceId", root.to_owned()),
        ]))
    }

    async fn update(&self, physical_id: &str, old: &Value, new: &Value) -> Result<(), Fault> {
        if new.get(BODY).is_some() && old.get(BODY) != new.get(BODY) {
            self.import(physical_id, new)?;
        }
        let mut operations: Vec<Value> = [
            patch("Name", "", old, new),
            patch("Description", "", old, new),
            patch("DisableExecuteApiEndpoint", "false", old, new),
        ]
        .into_iter()
        .flatten()
        .collect();
        let found = ask(&*self.0, "GetRestApi", api(physical_id)).await?;
        let [wanted, there] = [
            list(new, "BinaryMediaTypes"),
            list(&found, "binaryMediaTypes"),
        ];
        let each = |op: &'static str, types: &[Value], without: &[Value]| -> Vec<Value> {
            let types = types.iter().filter(|it| !without.contains(it));
            let types = types.filter_map(Value::as_str);
            types
                .map(|it| operation(op, &format!("/binaryMediaTypes/{}", escaped(it)), ""))
                .collect()
        };
        operations.extend(each("remove", there, wanted));
        operations.extend(each("add", wanted, there));
        let source = patch("ApiKeySourceType", "HEADER", old, new);
        operations.extend(source.map(|it| {
            operation(
                "replace",
                "/apiKeySource",
                it["value"].as_str().unwrap_or_default(),
            )
        }));
        let endpoint = |of: &Value| of["EndpointConfiguration"]["Types"].clone();
        if endpoint(old) != endpoint(new) {
            let now = found["endpointConfiguration"]["types"][0]
                .as_str()
                .unwrap_or_default();
            let wanted = endpoint(new);
            let wanted = wanted[0].as_str().unwrap_or("EDGE");
            let path = format!("/endpointConfiguration/types/{now}");
            operations.push(operation("replace", &path, wanted));
        }
        update(&self.0, "UpdateRestApi", api(physical_id), operations).await?;
        let arn = arn(&format!("/restapis/{physical_id}"));
        retag(&*self.0, &TAG_OPERATIONS, &arn, old, new).await
    }

    async fn delete(&self, physical_id: &str, _: &Value) -> Result<(), Fault> {
        ask(&*self.0, "DeleteRestApi", api(physical_id))
            .await
            .map(drop)
    }
}

impl RestApi {
    /// Makes the API what the body says, but for what other properties say.
    fn import(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        let Some(body) = properties.get(BODY) else {
            return Ok(());
        };
        let mut body = body.clone();
        for (name, member) in [("Name", "title"), ("Description", "description")] {
            if let Some(value) = properties.get(name) {
                body["info"][member] = value.clone();
            }
        }
        let options = ImportOptions {
            overwrite: true,
            ..ImportOptions::default()
        };
        let types = list(properties, "BinaryMediaTypes");
        if !types.is_empty() {
            body["x-amazon-apigateway-binary-media-types"] = json!(types);
        }
        self.0
            .import(physical_id, &body.to_string(), options)
            .map(drop)
    }
}

fn api(id: &str) -> Value {
    json!({ "restApiId": id })
}
