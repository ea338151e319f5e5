//! An operation of a path: a method with its parameters, bodies and responses.

use serde_json::{Map, Value, json};

use super::document::{Document, members, shown, texts};
use super::security::Security;
use super::{Description, Invalid, Method, integration, models};

/// The operations of a path item, and the methods that they are.
pub(super) const METHODS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const VALIDATOR: &str = "x-amazon-apigateway-request-validator";

pub(super) struct Reader<'a> {
    document: &'a Document,
    api: &'a str,
    path: &'a str,
    method: &'a str,
    description: &'a mut Description,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        document: &'a Document,
        api: &'a str,
        path: &'a str,
        method: &'a str,
        description: &'a mut Description,
    ) -> Self {
        Self {
            document,
            api,
            path,
            method,
            description,
        }
    }

    pub(super) fn read(mut self, item: &Value, operation: &Value) -> Result<Method, Invalid> {
        let mut method = Map::new();
        method.insert("httpMethod".to_owned(), self.method.into());
        if let Some(name) = shown(&operation["operationId"]) {
            method.insert("operationName".to_owned(), name.into());
        }
        let security = Security::of(self.document, operation);
        security.describe(&mut method);
        let mut request = Request::default();
        self.add_path_parameters(&mut request);
        for parameters in [&item["parameters"], &operation["parameters"]] {
            for parameter in parameters.as_array().into_iter().flatten() {
                self.add_parameter(parameter, operation, &mut request)?;
            }
        }
        if let Some(body) = operation.get("requestBody") {
            let body = self.document.resolve(body)?;
            request.models.extend(self.models_by_type(&body["content"]));
        }
        insert_all(&mut method, "requestParameters", request.parameters);
        insert_all(&mut method, "requestModels", request.models);
        let responses = self.responses(operation)?;
        insert_all(&mut method, "methodResponses", responses);
        if let Some(integration) = operation.get(INTEGRATION) {
            let integration = self.document.resolve(integration)?;
            let place = format!("resource '{}' and method '{}'", self.path, self.method);
            let shape = integration::read(integration, &place, &mut self.description.warnings);
            method.insert("methodIntegration".to_owned(), shape);
        }
        let validator = operation
            .get(VALIDATOR)
            .unwrap_or_else(|| self.document.top(VALIDATOR));
        Ok(Method {
            method: Value::Object(method),
            request_validator: shown(validator),
            authorizer: security.authorizer,
        })
    }

    /// Those that the path has in braces are required, whether the document names them or not.
    fn add_path_parameters(&self, request: &mut Request) {
        for segment in self.path.split('/') {
            let name = segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'));
            if let Some(name) = name {
                request.add("path", name.trim_end_matches('+'), true);
            }
        }
    }

    fn add_parameter(
        &mut self,
        parameter: &Value,
        operation: &Value,
        request: &mut Request,
    ) -> Result<(), Invalid> {
        let parameter = self.document.resolve(parameter)?;
        let name = shown(&parameter["name"]).unwrap_or_default();
        let is_required = parameter["required"] == true;
        match parameter["in"].as_str() {
            Some("query") => request.add("querystring", &name, is_required),
            Some("header") => request.add("header", &name, is_required),
            Some("path") => request.add("path", &name, true),
            Some("body") => {
                let model = models::name(&parameter["schema"], self.api, self.description);
                for media_type in self.media_types(operation, "consumes") {
                    request.models.insert(media_type, model.clone().into());
                }
            }
            place => self.description.warnings.push(format!(
                "The parameter '{name}' of resource '{}' and method '{}' is left out: it is in '{}'",
                self.path,
                self.method,
                place.unwrap_or_default()
            )),
        }
        Ok(())
    }

    /// The media types of Swagger 2.0: of the operation, of the document, or JSON.
    fn media_types(&self, operation: &Value, name: &str) -> Vec<String> {
        let own = texts(
            operation
                .get(name)
                .unwrap_or_else(|| self.document.top(name)),
        );
        if own.is_empty() {
            vec!["application/json".to_owned()]
        } else {
            own
        }
    }

    /// The models of OpenAPI 3's `content`.
    fn models_by_type(&mut self, content: &Value) -> Map<String, Value> {
        let mut models = Map::new();
        for (media_type, content) in members(content) {
            if let Some(schema) = content.get("schema") {
                let name = models::name(schema, self.api, self.description);
                models.insert(media_type.clone(), name.into());
            }
        }
        models
    }

    fn responses(&mut self, operation: &Value) -> Result<Map<String, Value>, Invalid> {
        let mut responses = Map::new();
        for (status, response) in members(&operation["responses"]) {
            if !(status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())) {
                // API Gateway has no `default`.
                continue;
            }
            let response = self.document.resolve(response)?;
            let mut shape = Map::new();
            shape.insert("statusCode".to_owned(), json!(status));
            let headers = members(&response["headers"]);
            let headers =
                headers.map(|(name, _)| (format!("method.response.header.{name}"), false.into()));
            insert_all(&mut shape, "responseParameters", headers.collect());
            let mut models = self.models_by_type(&response["content"]);
            if let Some(schema) = response.get("schema") {
                let name = models::name(schema, self.api, self.description);
                for media_type in self.media_types(operation, "produces") {
                    models.insert(media_type, name.clone().into());
                }
            }
            insert_all(&mut shape, "responseModels", models);
            responses.insert(status.clone(), Value::Object(shape));
        }
        Ok(responses)
    }
}

/// What a method takes.
#[derive(Default)]
struct Request {
    parameters: Map<String, Value>,
    models: Map<String, Value>,
}

impl Request {
    fn add(&mut self, place: &str, name: &str, is_required: bool) {
        self.parameters
            .insert(format!("method.request.{place}.{name}"), is_required.into());
    }
}

fn insert_all(shape: &mut Map<String, Value>, name: &str, members: Map<String, Value>) {
    if !members.is_empty() {
        shape.insert(name.to_owned(), Value::Object(members));
    }
}
