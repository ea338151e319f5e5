//! AWS's protocols: how requests are read and answers and faults are written. One encoder each; which
//! service speaks which is said by [`Protocol`]. (S3's REST-XML is the s3s library's, but for the
//! faults that are met before a request gets there.)

mod body_timeout;
pub mod json;
pub mod query;
mod read;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

pub use body_timeout::{BodyTimedOut, BodyTimeout};
pub use read::{lenient, list, read};

use super::fault::Fault;

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// Of one service, or of a request that got to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Parameters in a form, answers in XML of this namespace.
    Query {
        namespace: &'static str,
    },
    /// The operation in `X-Amz-Target`, JSON both ways; the version is part of the content type.
    Json {
        version: &'static str,
    },
    /// The operation in method and path, JSON in the body.
    RestJson,
    RestXml,
}

impl Protocol {
    pub fn answer(self, operation: &str, answer: &Value, request_id: &str) -> Response<Body> {
        let (kind, body) = match self {
            Self::Query { namespace } => (
                "text/xml".to_owned(),
                query::answer(operation, namespace, answer, request_id),
            ),
            Self::Json { version } => (json::content_type(version), json::answer(answer)),
            Self::RestJson => ("application/json".to_owned(), answer.to_string()),
            Self::RestXml => ("application/xml".to_owned(), String::new()),
        };
        response(StatusCode::OK, &kind, body, request_id)
    }

    pub fn fault(self, fault: &Fault, request_id: &str) -> Response<Body> {
        let (kind, body) = match self {
            Self::Query { namespace } => (
                "text/xml".to_owned(),
                query::fault(fault, namespace, request_id),
            ),
            Self::Json { version } => (json::content_type(version), json::fault(fault)),
            Self::RestJson => ("application/json".to_owned(), json::rest_fault(fault)),
            Self::RestXml => (
                "application/xml".to_owned(),
                query::s3_fault(fault, request_id),
            ),
        };
        let mut response = response(fault.status, &kind, body, request_id);
        if let (Self::Json { .. } | Self::RestJson, Ok(code)) =
            (self, HeaderValue::from_str(&fault.code))
        {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        response
    }
}

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
    set(headers, "x-amzn-requestid", request_id);
    response
}

/// Sets a header; a value that no header can hold is left out.
pub fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

pub fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}
