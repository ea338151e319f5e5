//! The ways in which a function is called, each with its own shape of event and answer.
//!
//! - Called directly, a function gets the payload as it was sent, and answers a plain body.
//! - Behind API Gateway (Lambda proxy integration), the event describes the HTTP request, and the
//!   answer describes the HTTP response: `statusCode`, `headers`, and `body` as a JSON *string*.
//!   API Gateway turns an answer of any other shape into `502 Bad Gateway`.
//! - Behind a custom integration of API Gateway, the API's mapping template makes the event, and the
//!   answer is the body of the HTTP response.
//! - Other services, such as SQS, have events of their own, and read a plain answer or none.
//!
//! Shapes: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;

/// One call of a function, whichever way it came.
#[derive(Debug)]
pub struct Request {
    event: Value,
    caller: Caller,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Caller {
    Direct,
    ApiGateway,
    /// The mapping template of lab 02.3.
    MappingTemplate,
    /// Another service of AWS, with an event of its own; in words for the log.
    Service(&'static str),
}

/// Where a mapping template puts the body of the HTTP request.
const MAPPED_BODY: &str = "body-json";

/// The fields of API Gateway's event that are used here. REST APIs and HTTP APIs name them alike.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent {
    body: Option<String>,
    is_base64_encoded: Option<bool>,
    query_string_parameters: Option<Value>,
}

impl Request {
    pub fn new(event: Value) -> Self {
        // REST APIs have `httpMethod`; HTTP APIs have the method in the context. A payload that
        // happens to have a `requestContext` alone is no such event.
        let context = event.get("requestContext");
        let method = event.get("httpMethod").or_else(|| context?.get("http"));
        let caller = match (context, method) {
            (Some(_), Some(_)) => Caller::ApiGateway,
            _ if event.get(MAPPED_BODY).is_some() => Caller::MappingTemplate,
            _ => service(&event).map_or(Caller::Direct, Caller::Service),
        };
        Self { event, caller }
    }

    /// The whole event, as it came.
    pub fn event(&self) -> &Value {
        &self.event
    }

    /// The text in the field `name` of the payload. Behind an API: of the body, or else of the query
    /// string.
    ///
    /// Without one, the answer is a 400 that shows how to send the field, with `example` in it.
    pub fn text(&self, name: &str, example: &str) -> Result<String, Answer> {
        self.find(name, |value| text_of(name, value))
            .and_then(|text| text.ok_or_else(|| format!("{name} is missing")))
            .map_err(|problem| {
                let example = json!({ name: example });
                Answer::refusal(400, format!("{problem}: send {example}"))
            })
    }

    /// Like [`Request::text`], for a whole number that need not be there. In a query string, it is text.
    pub fn number(&self, name: &str, example: u64) -> Result<Option<u64>, Answer> {
        let number = |value: &Value| {
            let of_text = || value.as_str()?.trim().parse().ok();
            let number = value.as_u64().or_else(of_text);
            number.ok_or_else(|| format!("{name} must be a whole number, but is {}", kind(value)))
        };
        self.find(name, number).map_err(|problem| {
            let example = json!({ name: example });
            Answer::refusal(400, format!("{problem}: send {example}"))
        })
    }

    /// What `read` makes of the field `name`, if there is one, or what is wrong with the request.
    fn find<T>(
        &self,
        name: &str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let (body, query) = match self.caller {
            Caller::Direct | Caller::Service(_) => {
                return self.event.get(name).map(read).transpose();
            }
            Caller::MappingTemplate => (
                self.event[MAPPED_BODY].clone(),
                self.event["params"]["querystring"].clone(),
            ),
            Caller::ApiGateway => {
                let event = ProxyEvent::deserialize(&self.event).map_err(|error| {
                    format!(
                        "The event isn't one of API Gateway's, whose body is a string or null \
                         ({error})"
                    )
                })?;
                (
                    event.body()?,
                    event.query_string_parameters.unwrap_or_default(),
                )
            }
        };
        let value = body.get(name).or_else(|| query.get(name));
        value.map(read).transpose()
    }

    /// `answer` in the shape that the caller expects.
    pub fn reply(&self, answer: &Answer) -> Value {
        match self.caller {
            Caller::Direct | Caller::MappingTemplate | Caller::Service(_) => answer.plain(),
            Caller::ApiGateway => answer.for_api_gateway(),
        }
    }

    /// How the call came, in words for the log.
    pub fn origin(&self) -> &'static str {
        match self.caller {
            Caller::Direct => "directly",
            Caller::ApiGateway | Caller::MappingTemplate => "through API Gateway",
            Caller::Service(service) => service,
        }
    }
}

/// Which service's event this is.
///
/// Source: Lambda developer guide, "Invoking Lambda with events from other AWS services".
fn service(event: &Value) -> Option<&'static str> {
    let record = event["Records"].get(0).unwrap_or(&Value::Null);
    // SNS begins the names of its fields with a capital.
    let source = record["eventSource"].as_str();
    match source.or_else(|| record["EventSource"].as_str()) {
        Some("aws:dynamodb") => Some("by DynamoDB Streams"),
        Some("aws:s3") => Some("by S3"),
        Some("aws:sns") => Some("by SNS"),
        Some("aws:sqs") => Some("by SQS"),
        _ if event["source"] == "aws.scheduler" => Some("by EventBridge Scheduler"),
        _ if event["detail-type"].is_string() => Some("by EventBridge"),
        _ => None,
    }
}

impl ProxyEvent {
    /// The body as JSON: an object, or null if there is none.
    fn body(&self) -> Result<Value, String> {
        let Some(body) = self.body.as_deref().filter(|body| !body.trim().is_empty()) else {
            return Ok(Value::Null);
        };
        let bytes = if self.is_base64_encoded == Some(true) {
            BASE64.decode(body).map_err(|error| {
                format!("The body should be base64, as the event says, but isn't ({error})")
            })?
        } else {
            body.as_bytes().to_vec()
        };
        let body = serde_json::from_slice(&bytes);
        match body.map_err(|error| format!("The body isn't JSON ({error})"))? {
            body @ (Value::Object(_) | Value::Null) => Ok(body),
            other => Err(format!(
                "The body isn't a JSON object, but {}",
                kind(&other)
            )),
        }
    }
}

fn text_of(name: &str, value: &Value) -> Result<String, String> {
    match value.as_str().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(format!(
            "{name} must be a text that isn't empty, but is {}",
            kind(value)
        )),
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

    /// The `Name` that was sent, or the text of the refusal.
    fn name_of(request: &Request) -> Result<String, String> {
        request.text("Name", "John").map_err(|answer| {
            assert_eq!(answer.status, 400);
            let text = answer.body["Message"].as_str();
            text.expect("a refusal has a text").to_owned()
        })
    }

    const MISSING: &str = "Name is missing: send {\"Name\":\"John\"}";

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
            assert_eq!(name(payload), Err(MISSING.into()));
        }
        assert_eq!(
            name(json!({"Name": 5})),
            Err(
                "Name must be a text that isn't empty, but is a number: send {\"Name\":\"John\"}"
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
            Err(MISSING.into())
        );
    }

    #[test]
    fn a_number_may_be_missing_and_is_text_in_a_query() {
        let seed = |request: Request| {
            let refusal = |answer: Answer| answer.body["Message"].to_string();
            request.number("Seed", 7).map_err(refusal)
        };

        assert_eq!(seed(Request::new(json!({"Seed": 5}))), Ok(Some(5)));
        assert_eq!(seed(Request::new(json!({}))), Ok(None));
        let query = json!({"queryStringParameters": {"Seed": "5"}});
        assert_eq!(seed(proxied(query)), Ok(Some(5)));
        for wrong in [json!(-1), json!(1.5), json!("five"), json!(null)] {
            let refused = seed(Request::new(json!({ "Seed": wrong }))).expect_err("no number");
            assert!(refused.contains("Seed must be a whole number"), "{refused}");
        }
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
            complaint(json!({"body": "!", "isBase64Encoded": true})).contains("should be base64")
        );
        assert!(complaint(json!({"body": {"Name": "John"}})).contains("body is a string or null"));
    }

    #[test]
    fn behind_a_mapping_template_the_body_or_the_query_names_the_player() {
        let mapped = |body: Value| {
            let query = json!({"querystring": {"Name": "Zoë"}});
            Request::new(json!({"body-json": body, "params": query}))
        };

        assert_eq!(name_of(&mapped(json!({"Name": "John"}))), Ok("John".into()));
        for body in [json!({}), json!(null), json!("")] {
            assert_eq!(name_of(&mapped(body)), Ok("Zoë".into()));
        }
        let answer = Answer::refusal(404, "Player with name John not found");
        assert_eq!(mapped(json!({})).reply(&answer), answer.body);
        assert_eq!(mapped(json!({})).origin(), "through API Gateway");
    }

    #[test]
    fn the_answer_has_the_shape_of_the_call() {
        let answer = Answer::refusal(404, "Player with name John not found");
        let body = json!({"Message": "Player with name John not found"});

        assert_eq!(Request::new(json!({"Name": "John"})).reply(&answer), body);
        assert_eq!(
            proxied(json!({})).reply(&answer),
            json!({
                "statusCode": 404,
                "headers": {
                    "Content-Type": "application/json",
                    "Access-Control-Allow-Origin": "*",
                },
                "body": "{\"Message\":\"Player with name John not found\"}",
            })
        );
    }

    #[test]
    fn the_log_says_which_service_has_called() {
        let record = |source: &str| json!({ "Records": [{ "eventSource": source }] });
        for (event, origin) in [
            (record("aws:sqs"), "by SQS"),
            (record("aws:s3"), "by S3"),
            (record("aws:dynamodb"), "by DynamoDB Streams"),
            (
                json!({ "Records": [{ "EventSource": "aws:sns" }] }),
                "by SNS",
            ),
            (
                json!({ "detail-type": "Scheduled Event", "source": "aws.scheduler" }),
                "by EventBridge Scheduler",
            ),
            (
                json!({ "detail-type": "Scheduled Event", "source": "aws.events" }),
                "by EventBridge",
            ),
            (record("aws:elsewhere"), "directly"),
            (json!({ "Records": [] }), "directly"),
        ] {
            let request = Request::new(event);
            assert_eq!(request.origin(), origin);
            let answer = Answer::lines(["Hello"]);
            assert_eq!(request.reply(&answer), answer.body);
        }
    }

    #[test]
    fn a_payload_that_only_looks_a_bit_like_an_event_is_a_payload() {
        for payload in [json!({"httpMethod": "GET"}), json!({"requestContext": {}})] {
            assert_eq!(Request::new(payload).origin(), "directly");
        }
    }
}
