//! `AWS::Serverless::Api`, and the `Api` events of functions: a REST API with a resource for each segment of
//! a path, a method for each event, a deployment and a stage. Events that name no API share one.
//!
//! SAM writes the paths into a document of OpenAPI; what comes of it is the same.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::auth::{ApiAuth, EventAuth};
use super::cors::Cors;
use super::declared::{Declared, MEMBERS, invalid};

pub const TYPE: &str = "AWS::Serverless::Api";
/// The API of events that name none.
pub const IMPLICIT: &str = "ServerlessRestApi";

/// Properties that mean the same to a REST API.
const OF_API: [&str; 4] = [
    "ApiKeySourceType",
    "Description",
    "DisableExecuteApiEndpoint",
    "Name",
];
/// Properties that mean the same to a stage.
const OF_STAGE: [&str; 4] = [
    "AccessLogSetting",
    "MethodSettings",
    "TracingEnabled",
    "Variables",
];
/// Properties that are read here.
const READ: [&str; 7] = [
    "Auth",
    "BinaryMediaTypes",
    "Cors",
    "EndpointConfiguration",
    "OpenApiVersion",
    "StageName",
    "Tags",
];

/// An `Api` event of a function.
#[derive(Clone, Debug)]
pub struct Endpoint {
    function: String,
    condition: Option<Value>,
    event: String,
    pub api: String,
    path: String,
    /// As in a method, `ANY` for all.
    method: String,
    auth: EventAuth,
}

/// The logical ids and the resources that are made.
type Made = Vec<(String, Value)>;

/// The `Api` events of a function.
pub fn endpoints(function: &Declared, condition: Option<&Value>) -> Result<Vec<Endpoint>, String> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    let of_apis = events.filter(|(_, event)| event["Type"] == "Api");
    of_apis
        .map(|(name, event)| {
            let invalid = |reason: String| function.invalid(format_args!("Event with id [{name}] is invalid. {reason}"));
            let given = event["Properties"].as_object().cloned().unwrap_or_default();
            let known = ["Auth", "Method", "Path", "RestApiId"];
            if let Some(other) = given.keys().find(|key| !known.contains(&key.as_str())) {
                return Err(invalid(format!(
                    "The sandbox does not support property '{other}'; it supports {}",
                    known.join(", ")
                )));
            }
            let text = |property: &str| {
                let value = given.get(property).and_then(Value::as_str);
                value.ok_or_else(|| invalid(format!("Event is missing property '{property}'.")))
            };
            let (path, method) = (text("Path")?, text("Method")?);
            if !path.starts_with('/') {
                return Err(invalid("Api Event must have a String with a leading slash as 'Path'.".to_owned()));
            }
            let api = match given.get("RestApiId") {
                None => IMPLICIT,
                Some(api) => api["Ref"].as_str().or_else(|| api.as_str()).ok_or_else(|| {
                    invalid("RestApiId must be a valid reference to an 'AWS::Serverless::Api' resource in same template.".to_owned())
                })?,
            };
            let method = method.to_ascii_uppercase();
            let auth = EventAuth::read(given.get("Auth")).map_err(invalid)?;
            Ok(Endpoint {
                function: function.id.to_owned(),
                condition: condition.cloned(),
                event: name.clone(),
                api: api.to_owned(),
                path: path.to_owned(),
                method: if method == "*" { "ANY".to_owned() } else { method },
                auth,
            })
        })
        .collect()
}

/// The API with these endpoints.
pub fn expand(api: &Declared, endpoints: &[Endpoint]) -> Result<Made, String> {
    let given = &api.properties;
    let is_known = |key: &&String| {
        let key = key.as_str();
        OF_API.contains(&key) || OF_STAGE.contains(&key) || READ.contains(&key)
    };
    if let Some(property) = given.keys().find(|key| !is_known(key)) {
        return Err(api.invalid(format_args!(
            "The sandbox does not support property '{property}' of {TYPE}; it supports {}, {}, {}",
            OF_API.join(", "),
            OF_STAGE.join(", "),
            READ.join(", ")
        )));
    }
    let stage_name = given.get("StageName");
    let stage_name =
        stage_name.ok_or_else(|| api.invalid("Missing required property 'StageName'."))?;
    let mut tree = Tree::new(api.id, ApiAuth::read(api)?);
    for endpoint in endpoints {
        tree.add(api, endpoint)?;
    }
    if let Some(cors) = given.get("Cors") {
        tree.add_cors(&Cors::read(api, cors)?);
    }
    let methods: Vec<&String> = tree.methods.keys().collect();
    let deployment_id = format!(
        "{}Deployment{}",
        api.id,
        digest(&json!(tree.made()).to_string())
    );
    let reference = json!({ "Ref": api.id });
    let with = |kind: &str, properties: Value| {
        api.becomes(
            kind,
            properties.as_object().cloned().unwrap_or_default(),
            &["Condition"],
        )
    };
    let mut deployment = with(
        "AWS::ApiGateway::Deployment",
        json!({ "RestApiId": reference }),
    );
    deployment["DependsOn"] = json!(methods);
    let mut stage = pick(given, &OF_STAGE);
    stage.extend([
        ("RestApiId".to_owned(), reference),
        ("DeploymentId".to_owned(), json!({ "Ref": deployment_id })),
        ("StageName".to_owned(), stage_name.clone()),
    ]);
    let tags = api.tags()?;
    if !tags.is_empty() {
        stage.insert("Tags".to_owned(), json!(tags));
    }
    let named = stage_name.as_str().map(alphanumeric).unwrap_or_default();
    let mut made = vec![
        (
            api.id.to_owned(),
            api.becomes("AWS::ApiGateway::RestApi", rest_api(api)?, &MEMBERS),
        ),
        (deployment_id, deployment),
        (
            format!("{}{named}Stage", api.id),
            with("AWS::ApiGateway::Stage", Value::Object(stage)),
        ),
    ];
    made.extend(tree.made());
    for endpoint in endpoints {
        made.push(endpoint.permission(&named));
    }
    Ok(made)
}

fn rest_api(api: &Declared) -> Result<Map<String, Value>, String> {
    let given = &api.properties;
    let mut properties = pick(given, &OF_API);
    let name = properties
        .entry("Name")
        .or_insert_with(|| json!({ "Ref": "AWS::StackName" }));
    if name.as_str() == Some("") {
        return Err(api.invalid("Property 'Name' must not be empty."));
    }
    if let Some(types) = given.get("BinaryMediaTypes").and_then(Value::as_array) {
        let types = types.iter().filter_map(Value::as_str);
        let types: Vec<String> = types.map(|it| it.replace("~1", "/")).collect();
        properties.insert("BinaryMediaTypes".to_owned(), json!(types));
    }
    match given.get("EndpointConfiguration") {
        None => {}
        Some(Value::Object(parts)) if parts.len() == 1 && parts.contains_key("Type") => {
            let types = json!({ "Types": [parts["Type"]] });
            properties.insert("EndpointConfiguration".to_owned(), types);
        }
        Some(kind @ Value::String(_)) => {
            properties.insert(
                "EndpointConfiguration".to_owned(),
                json!({ "Types": [kind] }),
            );
        }
        Some(_) => {
            return Err(api.invalid(
                "The sandbox supports 'EndpointConfiguration' as a text or with the property 'Type' alone",
            ));
        }
    }
    let tags = api.tags()?;
    if !tags.is_empty() {
        properties.insert("Tags".to_owned(), json!(tags));
    }
    Ok(properties)
}

fn pick(given: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let found = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), given.get(*name)?.clone())));
    found.collect()
}

impl Endpoint {
    /// What allows the API to invoke the function for this endpoint.
    fn permission(&self, stage: &str) -> (String, Value) {
        let parts = self
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "*" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let method = if self.method == "ANY" {
            "*"
        } else {
            &self.method
        };
        let arn = format!(
            "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}}}/*/{method}{path}",
            self.api
        );
        let mut permission = json!({
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": { "Ref": self.function },
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": { "Fn::Sub": arn },
            },
        });
        if let Some(condition) = &self.condition {
            permission["Condition"] = condition.clone();
        }
        (
            format!("{}{}Permission{stage}", self.function, self.event),
            permission,
        )
    }

    /// Fails with what is wrong.
    fn method(&self, resource: &Value, auth: &ApiAuth) -> Result<Value, String> {
        let auth = self.auth.with(auth, &self.method, &self.path)?;
        let uri = format!(
            "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
             ${{{}.Arn}}/invocations",
            self.function
        );
        let mut method = json!({
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": { "Ref": self.api },
                "ResourceId": resource,
                "HttpMethod": self.method,
                "AuthorizationType": auth.kind,
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "Uri": { "Fn::Sub": uri },
                },
            },
        });
        if let Some(credentials) = auth.credentials {
            method["Properties"]["Integration"]["Credentials"] = credentials;
        }
        if let Some(condition) = &self.condition {
            method["Condition"] = condition.clone();
        }
        Ok(method)
    }
}

/// The resources and methods of an API, by logical id.
struct Tree<'a> {
    api: &'a str,
    auth: ApiAuth,
    resources: BTreeMap<String, Value>,
    methods: BTreeMap<String, Value>,
    /// The names of the methods of each path.
    paths: BTreeMap<String, Vec<String>>,
}

impl<'a> Tree<'a> {
    fn new(api: &'a str, auth: ApiAuth) -> Self {
        Self {
            api,
            auth,
            resources: BTreeMap::new(),
            methods: BTreeMap::new(),
            paths: BTreeMap::new(),
        }
    }

    fn made(&self) -> Made {
        let all = self.resources.iter().chain(&self.methods);
        all.map(|(id, made)| (id.clone(), made.clone())).collect()
    }

    fn id(&self, path: &str, end: &str) -> String {
        format!("{}{}{}{end}", self.api, alphanumeric(path), digest(path))
    }

    fn add(&mut self, api: &Declared, endpoint: &Endpoint) -> Result<(), String> {
        let path = match endpoint.path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let methods = self.paths.entry(path.to_owned()).or_default();
        if methods.contains(&endpoint.method) {
            return Err(api.invalid(format_args!(
                "API method \"{}\" defined multiple times for path \"{path}\".",
                endpoint.method.to_lowercase()
            )));
        }
        methods.push(endpoint.method.clone());
        let resource = self.resource(path);
        let id = self.id(path, &format!("{}Method", endpoint.method));
        let method = endpoint.method(&resource, &self.auth);
        let method = method.map_err(|reason| {
            let Endpoint {
                function, event, ..
            } = endpoint;
            let event = format!("Event with id [{event}] is invalid. {reason}");
            invalid(function, event)
        })?;
        self.methods.insert(id, method);
        Ok(())
    }

    /// The id of the resource with the path, which is made with all above it.
    fn resource(&mut self, path: &str) -> Value {
        let mut parent = json!({ "Fn::GetAtt": [self.api, "RootResourceId"] });
        let mut above = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            above.push('/');
            above.push_str(part);
            let id = self.id(&above, "Resource");
            let resource = json!({
                "Type": "AWS::ApiGateway::Resource",
                "Properties": {
                    "RestApiId": { "Ref": self.api },
                    "ParentId": parent,
                    "PathPart": part,
                },
            });
            self.resources.insert(id.clone(), resource);
            parent = json!({ "Ref": id });
        }
        parent
    }

    /// A method OPTIONS for each path that has none.
    fn add_cors(&mut self, cors: &Cors) {
        for (path, names) in self.paths.clone() {
            if names.iter().any(|name| name == "OPTIONS") {
                continue;
            }
            let resource = self.resource(&path);
            let id = self.id(&path, "OPTIONSMethod");
            self.methods
                .insert(id, cors.method(self.api, &resource, &names, &self.auth));
        }
    }
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Ten hexadecimal digits that differ for different texts.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(5)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
