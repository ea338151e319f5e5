//! The two shapes in which a function is called, and the answer in the same shape.
//!
//! Invoked directly, a function gets the payload as it is and answers a plain body. Behind API
//! Gateway (Lambda proxy integration) the payload is a description of the HTTP request, and the
//! answer has to be a description of the HTTP response: `statusCode`, `headers`, and the body as
//! a JSON *string*. API Gateway turns anything else into `502 Bad Gateway`.
//!
//! Shapes: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Why a `Name` couldn't be read from what the caller sent.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadRequest {
    #[error("Name is missing: say whom to sentence, for example {{\"Name\": \"John\"}}")]
    NoName,
    #[error("Name must be a text that isn't empty, but is {0}: send {{\"Name\": \"John\"}}")]
    NotAName(&'static str),
    #[error("The body isn't JSON ({0}): send {{\"Name\": \"John\"}}")]
    NotJson(String),
    #[error("The body isn't a JSON object, but {0}: send {{\"Name\": \"John\"}}")]
    NotAnObject(&'static str),
    #[error("The body is said to be base64, but isn't ({0}): send {{\"Name\": \"John\"}}")]
    NotBase64(String),
    #[error("The event isn't one of API Gateway's ({0}): its body must be a string or null")]
    NotAnEvent(String),
}

/// A call of a function, by whichever way it came.
#[derive(Debug)]
pub struct Request {
    event: Value,
    caller: Caller,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Caller {
    Direct,
    ApiGateway,
}

/// What is of interest in API Gateway's description of a request. REST APIs and HTTP APIs use the
/// same names for it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent {
    body: Option<String>,
    is_base64_encoded: Option<bool>,
    query_string_parameters: Option<HashMap<String, Value>>,
}

/// What a function answers: a body, and the HTTP status that goes with it behind an API.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<T> {
    message: T,
}

impl Answer {
    /// `{"Message": [line, line, …]}`
    pub fn lines(lines: Vec<String>) -> Self {
        Self {
            status: 200,
            body: json!(Message { message: lines }),
        }
    }

    /// `{"Message": text}`
    pub fn refusal(status: u16, text: String) -> Self {
        Self {
            status,
            body: json!(Message { message: text }),
        }
    }

    /// Any other body.
    pub fn body(body: Value) -> Self {
        Self { status: 200, body }
    }
}

impl Request {
    pub fn new(event: Value) -> Self {
        // REST APIs say `httpMethod`; HTTP APIs put the method into the context. `requestContext`
        // alone could be anybody's.
        let context = event.get("requestContext");
        let method = event.get("httpMethod").or_else(|| context?.get("http"));
        let caller = match (context, method) {
            (Some(_), Some(_)) => Caller::ApiGateway,
            _ => Caller::Direct,
        };
        Self { event, caller }
    }

    /// The `Name` in the payload; behind an API in the body, or else in the query string.
    pub fn name(&self) -> Result<String, BadRequest> {
        match self.caller {
            Caller::Direct => name_in(&self.event)?.ok_or(BadRequest::NoName),
            Caller::ApiGateway => {
                let event = ProxyEvent::deserialize(&self.event)
                    .map_err(|error| BadRequest::NotAnEvent(error.to_string()))?;
                if let Some(name) = event.body()?.as_ref().map_or(Ok(None), name_in)? {
                    return Ok(name);
                }
                let query = event.query_string_parameters.unwrap_or_default();
                query
                    .get("Name")
                    .map(name_from)
                    .transpose()?
                    .ok_or(BadRequest::NoName)
            }
        }
    }

    /// `answer` in the shape that the caller expects.
    pub fn reply(&self, answer: &Answer) -> Value {
        match self.caller {
            Caller::Direct => answer.body.clone(),
            Caller::ApiGateway => json!({
                "statusCode": answer.status,
                "headers": {"Content-Type": "application/json"},
                "body": answer.body.to_string(),
            }),
        }
    }

    /// How the call came, in words for the log.
    pub fn origin(&self) -> &'static str {
        match self.caller {
            Caller::Direct => "directly",
            Caller::ApiGateway => "through API Gateway",
        }
    }
}

impl ProxyEvent {
    /// The body as JSON, if there is one.
    fn body(&self) -> Result<Option<Value>, BadRequest> {
        let Some(body) = self.body.as_deref().filter(|body| !body.trim().is_empty()) else {
            return Ok(None);
        };
        let bytes = if self.is_base64_encoded == Some(true) {
            BASE64
                .decode(body)
                .map_err(|error| BadRequest::NotBase64(error.to_string()))?
        } else {
            body.as_bytes().to_vec()
        };
        let body: Value = serde_json::from_slice(&bytes)
            .map_err(|error| BadRequest::NotJson(error.to_string()))?;
        match body {
            Value::Object(_) => Ok(Some(body)),
            Value::Null => Ok(None),
            other => Err(BadRequest::NotAnObject(kind(&other))),
        }
    }
}

fn name_in(payload: &Value) -> Result<Option<String>, BadRequest> {
    payload.get("Name").map(name_from).transpose()
}

fn name_from(value: &Value) -> Result<String, BadRequest> {
    match value.as_str().map(str::trim) {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(BadRequest::NotAName(kind(value))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(text) if text.trim().is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// API Gateway's event as the workshop shows it, with `changes`.
    fn proxied(changes: Value) -> Request {
        let mut event = json!({
            "body": null, "resource": "/", "requestContext": {}, "queryStringParameters": {},
            "httpMethod": "GET", "pathParameters": null, "headers": null, "stageVariables": null,
            "path": "/", "isBase64Encoded": false,
        });
        for (field, value) in changes.as_object().expect("an object of changes") {
            event[field] = value.clone();
        }
        Request::new(event)
    }

    fn name_of(request: &Request) -> Result<String, String> {
        request.name().map_err(|error| error.to_string())
    }

    #[test]
    fn called_directly_the_payload_names_the_player() {
        let name = |payload| name_of(&Request::new(payload));

        assert_eq!(name(json!({"Name": "John"})), Ok("John".into()));
        assert_eq!(name(json!({"Name": " John\n"})), Ok("John".into()));
        for payload in [
            json!({}),
            json!(null),
            json!("John"),
            json!([1]),
            json!({"name": "John"}),
        ] {
            assert_eq!(name(payload), Err(BadRequest::NoName.to_string()));
        }
        assert_eq!(
            name(json!({"Name": 5})),
            Err(
                "Name must be a text that isn't empty, but is a number: send {\"Name\": \"John\"}"
                    .into()
            )
        );
    }

    #[test]
    fn behind_an_api_the_body_or_the_query_names_the_player() {
        let name = |changes| name_of(&proxied(changes));

        assert_eq!(
            name(json!({"body": "{\"Name\":\"John\"}"})),
            Ok("John".into())
        );
        assert_eq!(
            name(json!({"body": "eyJOYW1lIjoiSm9obiJ9", "isBase64Encoded": true})),
            Ok("John".into())
        );
        let query = json!({"Name": "Zoë"});
        for body in [json!(null), json!(""), json!("null"), json!("{}")] {
            let changes = json!({"body": body, "queryStringParameters": query});
            assert_eq!(name(changes), Ok("Zoë".into()));
        }
        assert_eq!(
            name(json!({"queryStringParameters": null})),
            Err(BadRequest::NoName.to_string())
        );
    }

    #[test]
    fn http_apis_and_function_urls_are_understood_too() {
        let request = Request::new(json!({
            "version": "2.0", "rawPath": "/", "headers": {}, "isBase64Encoded": false,
            "requestContext": {"http": {"method": "POST", "path": "/"}},
            "body": "{\"Name\":\"John\"}",
        }));

        assert_eq!(name_of(&request), Ok("John".into()));
        assert_eq!(request.origin(), "through API Gateway");
    }

    #[test]
    fn a_malformed_body_is_refused_in_words() {
        let complaint = |changes| name_of(&proxied(changes)).expect_err("no name can be read");

        assert!(complaint(json!({"body": "{Name: John"})).starts_with("The body isn't JSON (key"));
        assert!(complaint(json!({"body": "[]"})).contains("isn't a JSON object, but a list"));
        assert!(
            complaint(json!({"body": "!", "isBase64Encoded": true})).contains("said to be base64")
        );
        assert!(complaint(json!({"body": {"Name": "John"}})).contains("must be a string or null"));
    }

    #[test]
    fn the_answer_has_the_shape_of_the_call() {
        let answer = Answer::refusal(404, "Player with name John not found".into());
        let body = json!({"Message": "Player with name John not found"});

        assert_eq!(Request::new(json!({"Name": "John"})).reply(&answer), body);
        assert_eq!(
            proxied(json!({})).reply(&answer),
            json!({
                "statusCode": 404,
                "headers": {"Content-Type": "application/json"},
                "body": "{\"Message\":\"Player with name John not found\"}",
            })
        );
    }

    #[test]
    fn a_payload_that_only_looks_a_bit_like_an_event_is_a_payload() {
        for payload in [json!({"httpMethod": "GET"}), json!({"requestContext": {}})] {
            assert_eq!(Request::new(payload).origin(), "directly");
        }
    }
}
