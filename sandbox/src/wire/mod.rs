//! AWS's protocols: reads requests, writes answers and faults. REST-XML is S3's alone: the s3s library
//! reads and writes it, except for faults before a request gets there.

mod body_timeout;
mod json;
mod json_and_query;
mod noted_end;
mod query;
mod read;
mod route;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::Value;

pub use body_timeout::{BodyTimedOut, BodyTimeout};
pub use json::TARGET;
pub use json_and_query::{JsonAndQuery, Numbered};
pub use noted_end::noting_end;
pub use query::map;
pub use read::{lenient, list, read};
pub use route::{Route, begins_like};

use super::fault::Fault;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// The protocol of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Parameters in a form, answers in XML of this namespace.
    Query { namespace: &'static str },
    /// The operation in `X-Amz-Target`, after the target and a dot; JSON both ways. The version is part
    /// of the content type.
    Json {
        version: &'static str,
        target: &'static str,
    },
    /// Both of these. A description says JSON; [`Protocol::of_request`] which one a request is in.
    JsonAndQuery {
        spoken: &'static JsonAndQuery,
        is_query: bool,
    },
    /// The operation in method and path, JSON in the body.
    RestJson { routes: &'static [Route] },
    /// The operation in method and path, XML in the body. Read by a library, see
    /// [`crate::service::OwnWire`].
    RestXml,
}

/// A request, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method and path of a REST request that matches no route.
    pub operation: String,
    pub parameters: Value,
    /// The body, where the operation takes it as it is.
    pub payload: Bytes,
    /// The status of an answer that has no status of its own.
    pub success: StatusCode,
}

impl Call {
    fn new(operation: impl Into<String>, parameters: Value) -> Self {
        Self {
            operation: operation.into(),
            parameters,
            payload: Bytes::new(),
            success: StatusCode::OK,
        }
    }
}

impl Protocol {
    /// The protocol of a request, for services that speak two.
    pub fn of_request(self, headers: &HeaderMap) -> Self {
        match self {
            Self::JsonAndQuery { spoken, .. } => Self::JsonAndQuery {
                spoken,
                is_query: JsonAndQuery::is_query(headers),
            },
            other => other,
        }
    }

    /// What begins the names of operations in `X-Amz-Target`, before the dot.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::Json { target, .. } => Some(target),
            Self::JsonAndQuery { spoken, .. } => Some(spoken.target),
            _ => None,
        }
    }

    pub fn read(self, parts: &Parts, body: Bytes) -> Result<Call, Fault> {
        match self {
            Self::Query { .. } => {
                let (operation, parameters) = query::parameters(&body)?;
                Ok(Call::new(operation, parameters))
            }
            Self::Json { target, .. } => {
                let operation = json::operation(&parts.headers, target)?;
                Ok(Call::new(operation, json::parameters(&body)?))
            }
            Self::JsonAndQuery { spoken, is_query } if is_query => form(spoken, parts, &body),
            Self::JsonAndQuery { spoken, .. } => {
                let operation = json::operation(&parts.headers, spoken.target)?;
                Ok(Call::new(operation, json::parameters(&body)?))
            }
            Self::RestJson { routes } => rest(routes, parts, body),
            Self::RestXml => Err(Fault::internal("REST-XML requests are not supported here")),
        }
    }

    pub fn answer(
        self,
        operation: &str,
        answer: &Value,
        success: StatusCode,
        request_id: &str,
    ) -> Response<Body> {
        let (kind, body) = match self {
            _ if success == StatusCode::NO_CONTENT => (self.content_type(), String::new()),
            Self::Query { namespace } => (
                self.content_type(),
                query::answer(operation, namespace, answer, request_id),
            ),
            Self::JsonAndQuery { spoken, is_query } if is_query => (
                self.content_type(),
                spoken.query_answer(operation, answer, request_id),
            ),
            Self::Json { .. } | Self::JsonAndQuery { .. } => {
                (self.content_type(), json::answer(answer))
            }
            Self::RestJson { .. } => (self.content_type(), answer.to_string()),
            Self::RestXml => (self.content_type(), String::new()),
        };
        response(success, &kind, body, request_id)
    }

    pub fn fault(self, fault: &Fault, request_id: &str) -> Response<Body> {
        let body = match self {
            Self::Query { namespace } => query::fault(fault, namespace, request_id),
            Self::JsonAndQuery { spoken, is_query } if is_query => {
                query::fault(&spoken.in_query(fault), spoken.namespace, request_id)
            }
            Self::Json { .. } | Self::JsonAndQuery { .. } => json::fault(fault),
            Self::RestJson { .. } => json::rest_fault(fault),
            Self::RestXml => query::s3_fault(fault, request_id),
        };
        let mut response = response(fault.status, &self.content_type(), body, request_id);
        if let (Self::Json { .. } | Self::RestJson { .. }, Ok(code)) =
            (self, HeaderValue::from_str(&fault.code))
        {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        if let Self::JsonAndQuery { spoken, is_query } = self
            && !is_query
        {
            let error = spoken.query_error(fault);
            set(response.headers_mut(), "x-amzn-query-error", &error);
        }
        response
    }

    fn content_type(self) -> String {
        match self {
            Self::Query { .. } => "text/xml".to_owned(),
            Self::JsonAndQuery { is_query, .. } if is_query => "text/xml".to_owned(),
            Self::Json { version, .. } => json::content_type(version),
            Self::JsonAndQuery { spoken, .. } => json::content_type(spoken.version),
            Self::RestJson { .. } => "application/json".to_owned(),
            Self::RestXml => "application/xml".to_owned(),
        }
    }

    /// The services' name for parameters that are missing or of the wrong type.
    pub fn validation_code(self) -> &'static str {
        match self {
            Self::Query { .. } => "ValidationError",
            _ => "ValidationException",
        }
    }
}

/// A request of the query protocol: its form may be in the query of a GET, and the path may be that of a
/// queue's URL.
fn form(spoken: &JsonAndQuery, parts: &Parts, body: &[u8]) -> Result<Call, Fault> {
    const QUEUE_URL: &str = "QueueUrl";
    let body = match body {
        [] => parts.uri.query().unwrap_or_default().as_bytes(),
        body => body,
    };
    let (operation, form) = query::parameters(body)?;
    let mut parameters = spoken.in_json(&operation, form);
    let path = parts.uri.path();
    if let (true, Value::Object(members)) = (path != "/", &mut parameters) {
        members.entry(QUEUE_URL).or_insert_with(|| path.into());
    }
    Ok(Call::new(operation, parameters))
}

fn rest(routes: &[Route], parts: &Parts, body: Bytes) -> Result<Call, Fault> {
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let Some((route, mut members)) = route::find(routes, &parts.method, path, query) else {
        return Ok(Call::new(format!("{} {path}", parts.method), Value::Null));
    };
    for (header, name) in route.headers {
        let text = parts
            .headers
            .get(*header)
            .and_then(|value| value.to_str().ok());
        members.extend(text.map(|text| ((*name).to_owned(), text.into())));
    }
    let mut call = Call::new(route.operation, Value::Null);
    call.success = StatusCode::from_u16(route.success).unwrap_or_default();
    if route.has_payload {
        call.payload = body;
        call.parameters = Value::Object(members);
    } else {
        call.parameters = json::parameters(&body)?;
        if let Value::Object(parameters) = &mut call.parameters {
            for (wire, name) in route.body_names {
                if let Some(value) = parameters.remove(*wire) {
                    parameters.insert((*name).to_owned(), value);
                }
            }
            // Path and query have precedence.
            parameters.extend(members);
        }
    }
    Ok(call)
}

pub const REQUEST_ID: &str = "x-amzn-requestid";

pub fn response(
    status: StatusCode,
    content_type: &str,
    body: impl Into<Bytes>,
    request_id: &str,
) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE.as_str(), content_type);
    set(headers, REQUEST_ID, request_id);
    response
}

/// Sets a header, unless the value is not valid in a header.
pub fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The body of a request.
pub fn incoming(body: Incoming) -> Body {
    body.map_err(Into::into).boxed_unsync()
}

pub fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}
