//! What a stage serves beside what the API is now: a stage serves the copy that was made when the API was deployed
//! last. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::cloud::ApiMethod;

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY: &str = "x-amazon-apigateway-any-method";
/// The members of an integration that are compared; others have defaults that differ by where they are read.
const COMPARED: [&str; 5] = [
    "type",
    "uri",
    "requestTemplates",
    "requestParameters",
    "responses",
];

/// The methods that differ from what the document of a stage says, such as `GET /night-turn`.
pub fn changed(methods: &[ApiMethod], document: &Value) -> Vec<String> {
    let now = methods.iter().map(|it| {
        let integration = it.integration.as_ref();
        (
            format!("{} {}", it.method, it.path),
            integration.map(compared).unwrap_or_default(),
        )
    });
    let (now, served): (BTreeMap<_, _>, _) = (now.collect(), of_document(document));
    let names: BTreeSet<&String> = now.keys().chain(served.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| now.get(*name) != served.get(*name));
    differing.cloned().collect()
}

fn of_document(document: &Value) -> BTreeMap<String, Map<String, Value>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.filter_map(move |(name, method)| {
            let name = match name.as_str() {
                ANY => "ANY".to_owned(),
                "parameters" => return None,
                name => name.to_uppercase(),
            };
            Some((format!("{name} {path}"), compared(&method[INTEGRATION])))
        })
    });
    methods.collect()
}

/// Without what is empty.
fn compared(integration: &Value) -> Map<String, Value> {
    let members = COMPARED.iter().filter_map(|name| {
        let value = integration.get(name)?;
        let is_empty = value.as_object().is_some_and(Map::is_empty);
        let value = match (*name, value) {
            ("type", Value::String(kind)) => kind.to_lowercase().into(),
            _ => value.clone(),
        };
        (!is_empty).then(|| ((*name).to_owned(), value))
    });
    members.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn method(method: &str, path: &str, integration: Value) -> ApiMethod {
        ApiMethod {
            resource: "r".to_owned(),
            path: path.to_owned(),
            method: method.to_owned(),
            query: Vec::new(),
            authorization: "NONE".to_owned(),
            integration: Some(integration),
        }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let document = json!({ "paths": {
            "/a": {
                "get": { INTEGRATION: {
                    "type": "aws_proxy", "uri": "one", "httpMethod": "POST",
                    "passthroughBehavior": "when_no_match", "requestTemplates": {},
                } },
                "options": { INTEGRATION: {
                    "type": "mock", "responses": { "default": { "statusCode": "204" } },
                } },
            },
            "/b": { ANY: { INTEGRATION: { "type": "aws", "uri": "two" } }, "parameters": [] },
        }});
        let get = |uri: &str| method("GET", "/a", json!({ "type": "AWS_PROXY", "uri": uri }));
        let options = |status: &str| {
            let responses = json!({ "default": { "statusCode": status } });
            method(
                "OPTIONS",
                "/a",
                json!({ "type": "mock", "responses": responses }),
            )
        };
        let any = || method("ANY", "/b", json!({ "type": "aws", "uri": "two" }));
        let differing = |methods: &[ApiMethod]| changed(methods, &document);
        assert_eq!(differing(&[get("one"), options("204"), any()]), [""; 0]);
        assert_eq!(differing(&[get("two"), options("204"), any()]), ["GET /a"]);
        assert_eq!(
            differing(&[get("one"), options("200"), any()]),
            ["OPTIONS /a"]
        );
        assert_eq!(differing(&[get("one"), any()]), ["OPTIONS /a"]);
        let more = method("GET", "/c", Value::Null);
        assert_eq!(
            differing(&[get("one"), options("204"), any(), more]),
            ["GET /c"]
        );
    }
}
