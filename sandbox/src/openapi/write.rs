//! A description as a document: the opposite of reading, for exports.

use serde_json::{Map, Value, json};

use super::document::{members, shown};
use super::{Description, Method, Version, security};

const KEY_SCHEME: &str = "api_key";
const IAM_SCHEME: &str = "sigv4";

impl Version {
    fn schemas(self) -> &'static str {
        match self {
            Self::Swagger => "#/definitions/",
            Self::OpenApi => "#/components/schemas/",
        }
    }

    /// A parameter or a header that is a text.
    fn text(self) -> (&'static str, Value) {
        match self {
            Self::Swagger => ("type", json!("string")),
            Self::OpenApi => ("schema", json!({"type": "string"})),
        }
    }
}

/// Writes a document. Without `extensions` it has nothing that only API Gateway knows.
pub(super) fn write(description: &Description, version: Version, extensions: bool) -> Value {
    let mut document = Map::new();
    match version {
        Version::Swagger => document.insert("swagger".to_owned(), json!("2.0")),
        Version::OpenApi => document.insert("openapi".to_owned(), json!("3.0.1")),
    };
    document.insert("info".to_owned(), info(description));
    let mut paths = Map::new();
    for (path, methods) in &description.paths {
        let mut item = Map::new();
        for (name, method) in methods {
            let name = match name.as_str() {
                "ANY" => "x-amazon-apigateway-any-method".to_owned(),
                name => name.to_ascii_lowercase(),
            };
            item.insert(name, operation(method, version, extensions));
        }
        paths.insert(path.clone(), item.into());
    }
    document.insert("paths".to_owned(), paths.into());
    add_parts(description, version, extensions, &mut document);
    if extensions {
        add_extensions(description, &mut document);
    }
    document.into()
}

fn info(description: &Description) -> Value {
    let mut info = Map::new();
    let parts = [
        ("title", &description.name),
        ("description", &description.description),
        ("version", &description.version),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            info.insert(name.to_owned(), json!(part));
        }
    }
    info.into()
}

/// Schemas and security schemes.
fn add_parts(
    description: &Description,
    version: Version,
    extensions: bool,
    document: &mut Map<String, Value>,
) {
    let schemas: Map<_, _> = description
        .models
        .iter()
        .filter_map(|(name, model)| Some((name.clone(), schema(model, version)?)))
        .collect();
    let methods = || {
        description
            .paths
            .values()
            .flat_map(|methods| methods.values())
    };
    let mut schemes = Map::new();
    if methods().any(|method| method.method["apiKeyRequired"] == true) {
        let scheme = json!({"type": "apiKey", "name": "x-api-key", "in": "header"});
        schemes.insert(KEY_SCHEME.to_owned(), scheme);
    }
    if methods().any(|method| method.method["authorizationType"] == "AWS_IAM") {
        let scheme = json!({
            "type": "apiKey", "name": "Authorization", "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        });
        schemes.insert(IAM_SCHEME.to_owned(), scheme);
    }
    for authorizer in &description.authorizers {
        let name = shown(&authorizer["name"]).unwrap_or_default();
        schemes.insert(name, security::scheme(authorizer, extensions));
    }
    match version {
        Version::Swagger => {
            insert(document, "definitions", schemas.into());
            insert(document, "securityDefinitions", schemes.into());
        }
        Version::OpenApi => {
            let mut components = Map::new();
            insert(&mut components, "schemas", schemas.into());
            insert(&mut components, "securitySchemes", schemes.into());
            insert(document, "components", components.into());
        }
    }
}

/// The schema of a model, with references to schemas of the document.
fn schema(model: &Value, version: Version) -> Option<Value> {
    let mut schema = serde_json::from_str(model["schema"].as_str()?).ok()?;
    redirect(&mut schema, version);
    Some(schema)
}

fn redirect(schema: &mut Value, version: Version) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some((_, name)) = reference.rsplit_once("/models/")
            {
                *reference = format!("{}{name}", version.schemas());
            }
            members
                .values_mut()
                .for_each(|member| redirect(member, version));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, version)),
        _ => {}
    }
}

fn add_extensions(description: &Description, document: &mut Map<String, Value>) {
    let by_name = |items: &[Value], key: &str| -> Map<String, Value> {
        let without = |item: &Value| {
            let mut item = item.as_object().cloned().unwrap_or_default();
            item.remove(key);
            item
        };
        let named = items
            .iter()
            .filter_map(|item| Some((shown(&item[key])?, without(item).into())));
        named.collect()
    };
    let validators = by_name(&description.request_validators, "name");
    insert(
        document,
        "x-amazon-apigateway-request-validators",
        validators.into(),
    );
    let responses = by_name(&description.gateway_responses, "responseType");
    insert(
        document,
        "x-amazon-apigateway-gateway-responses",
        responses.into(),
    );
    let types = json!(description.binary_media_types);
    insert(document, "x-amazon-apigateway-binary-media-types", types);
    if let Some(source) = &description.api_key_source {
        document.insert(
            "x-amazon-apigateway-api-key-source".to_owned(),
            json!(source),
        );
    }
    let mut endpoint = Map::new();
    insert(&mut endpoint, "types", json!(description.endpoint_types));
    if let Some(is_disabled) = description.disable_execute_api_endpoint {
        endpoint.insert("disableExecuteApiEndpoint".to_owned(), is_disabled.into());
    }
    insert(
        document,
        "x-amazon-apigateway-endpoint-configuration",
        endpoint.into(),
    );
}

fn operation(method: &Method, version: Version, extensions: bool) -> Value {
    let shape = &method.method;
    let mut operation = Map::new();
    if let Some(name) = shown(&shape["operationName"]) {
        operation.insert("operationId".to_owned(), name.into());
    }
    let mut parameters: Vec<Value> = members(&shape["requestParameters"])
        .filter_map(|(source, is_required)| parameter(source, is_required, version))
        .collect();
    add_request_models(
        &shape["requestModels"],
        version,
        &mut operation,
        &mut parameters,
    );
    insert(&mut operation, "parameters", parameters.into());
    let produces = members(&shape["methodResponses"])
        .flat_map(|(_, response)| members(&response["responseModels"]));
    let mut produces: Vec<&String> = produces.map(|(media_type, _)| media_type).collect();
    produces.sort();
    produces.dedup();
    if version == Version::Swagger {
        insert(&mut operation, "produces", json!(produces));
    }
    let responses = members(&shape["methodResponses"]);
    let responses = responses.map(|(status, method_response)| {
        (status.clone(), response(status, method_response, version))
    });
    operation.insert(
        "responses".to_owned(),
        responses.collect::<Map<_, _>>().into(),
    );
    let mut security = Vec::new();
    if shape["authorizationType"] == "AWS_IAM" {
        security.push(json!({IAM_SCHEME: []}));
    }
    if let Some(authorizer) = &method.authorizer {
        let scopes = shape.get("authorizationScopes").cloned();
        security.push(json!({ authorizer: scopes.unwrap_or_else(|| json!([])) }));
    }
    if shape["apiKeyRequired"] == true {
        security.push(json!({KEY_SCHEME: []}));
    }
    insert(&mut operation, "security", security.into());
    if extensions {
        if let Some(validator) = &method.request_validator {
            operation.insert(
                "x-amazon-apigateway-request-validator".to_owned(),
                json!(validator),
            );
        }
        if let Some(integration) = shape.get("methodIntegration") {
            operation.insert(
                "x-amazon-apigateway-integration".to_owned(),
                integration_of(integration),
            );
        }
    }
    operation.into()
}

/// `method.request.querystring.page` as a parameter.
fn parameter(source: &str, is_required: &Value, version: Version) -> Option<Value> {
    let (place, name) = source.strip_prefix("method.request.")?.split_once('.')?;
    let place = if place == "querystring" {
        "query"
    } else {
        place
    };
    let (key, text) = version.text();
    let mut parameter = json!({"name": name, "in": place, key: text});
    if *is_required == true {
        parameter["required"] = true.into();
    }
    Some(parameter)
}

fn add_request_models(
    models: &Value,
    version: Version,
    operation: &mut Map<String, Value>,
    parameters: &mut Vec<Value>,
) {
    let mut models = members(models).peekable();
    if models.peek().is_none() {
        return;
    }
    match version {
        Version::OpenApi => {
            let body = json!({"content": content(models, version), "required": true});
            operation.insert("requestBody".to_owned(), body);
        }
        // Swagger has one schema for all media types.
        Version::Swagger => {
            let (types, names): (Vec<_>, Vec<_>) = models.unzip();
            let name = names
                .first()
                .and_then(|name| shown(name))
                .unwrap_or_default();
            operation.insert("consumes".to_owned(), json!(types));
            parameters.push(json!({
                "in": "body", "name": name, "required": true,
                "schema": {"$ref": format!("{}{name}", version.schemas())},
            }));
        }
    }
}

/// The models by media type as OpenAPI 3's `content`.
fn content<'a>(
    models: impl Iterator<Item = (&'a String, &'a Value)>,
    version: Version,
) -> Map<String, Value> {
    let content = models.filter_map(|(media_type, name)| {
        let schema = format!("{}{}", version.schemas(), shown(name)?);
        Some((media_type.clone(), json!({"schema": {"$ref": schema}})))
    });
    content.collect()
}

fn response(status: &str, shape: &Value, version: Version) -> Value {
    let mut response = Map::new();
    response.insert(
        "description".to_owned(),
        json!(format!("{status} response")),
    );
    let headers: Map<_, _> = members(&shape["responseParameters"])
        .filter_map(|(name, _)| name.strip_prefix("method.response.header."))
        .map(|name| {
            let (key, text) = version.text();
            (name.to_owned(), json!({key: text}))
        })
        .collect();
    insert(&mut response, "headers", headers.into());
    let models = members(&shape["responseModels"]);
    match version {
        Version::OpenApi => insert(&mut response, "content", content(models, version).into()),
        Version::Swagger => {
            if let Some(name) = models.filter_map(|(_, name)| shown(name)).next() {
                let schema = json!({"$ref": format!("{}{name}", version.schemas())});
                response.insert("schema".to_owned(), schema);
            }
        }
    }
    response.into()
}

/// The integration as its extension has it: some words in small letters, and the responses by pattern.
fn integration_of(shape: &Value) -> Value {
    let mut integration = shape.as_object().cloned().unwrap_or_default();
    for name in ["type", "passthroughBehavior"] {
        if let Some(word) = integration.get_mut(name) {
            *word = shown(word).unwrap_or_default().to_ascii_lowercase().into();
        }
    }
    let responses = integration
        .remove("integrationResponses")
        .unwrap_or_default();
    let responses: Map<_, _> = members(&responses)
        .map(|(_, response)| {
            let mut response = response.as_object().cloned().unwrap_or_default();
            let pattern = response.remove("selectionPattern");
            let pattern = pattern
                .as_ref()
                .and_then(shown)
                .filter(|pattern| !pattern.is_empty());
            (
                pattern.unwrap_or_else(|| "default".to_owned()),
                response.into(),
            )
        })
        .collect();
    insert(&mut integration, "responses", responses.into());
    integration.into()
}

/// Inserts a value that is not empty.
fn insert(object: &mut Map<String, Value>, name: &str, value: Value) {
    let is_empty = match &value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    if !is_empty {
        object.insert(name.to_owned(), value);
    }
}
