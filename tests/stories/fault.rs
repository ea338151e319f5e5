//! What a proxy does to a request instead of passing it on and back, and how each of AWS's
//! protocols writes the errors among it.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use crate::operation::{Operation, Protocol};

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused because too many came, with the code and the status that the service uses for it.
    Throttle,
    /// Refused with this status (500 to 599), in the service's own words.
    ServerError(u16),
    /// Refused with this status and error code, in the service's own shape.
    Refuse {
        status: u16,
        code: &'static str,
        message: &'static str,
    },
    /// The connection closes and the server never hears of the request.
    DropBefore,
    /// The server does what was asked, and the connection closes before the answer.
    DropAfter,
    /// The server does what was asked, and its answer comes late.
    Late,
    /// Another answer than the server's: the operation's result as the query protocol writes it.
    Result(&'static str),
    /// A web page with this status, as captive portals and misconfigured gateways send.
    Html(u16),
}

pub type Answer = Response<Full<Bytes>>;

impl Fault {
    /// What the client gets, or nothing when its connection closes.
    pub fn answer(&self, operation: &Operation) -> Option<Answer> {
        match self {
            Self::Throttle => {
                let (status, code) = throttled(operation);
                Some(refusal(operation, status, code, "Rate exceeded"))
            }
            Self::ServerError(status) => {
                let code = server_error(operation, *status);
                Some(refusal(
                    operation,
                    *status,
                    code,
                    "We encountered an internal error",
                ))
            }
            Self::Refuse {
                status,
                code,
                message,
            } => Some(refusal(operation, *status, code, message)),
            Self::Result(content) => {
                let name = &operation.name;
                let body = format!(
                    "<{name}Response><{name}Result>{content}</{name}Result></{name}Response>"
                );
                Some(answer(200, "text/xml", body))
            }
            Self::Html(status) => {
                let page = "<!DOCTYPE html><meta charset=utf-8><h1>Welcome<br>to the network</h1>";
                Some(answer(*status, "text/html; charset=utf-8", page.to_owned()))
            }
            Self::DropBefore | Self::DropAfter | Self::Late => None,
        }
    }
}

fn throttled(operation: &Operation) -> (u16, &'static str) {
    match operation.protocol {
        Protocol::Query => (400, "Throttling"),
        Protocol::Json => (400, "ThrottlingException"),
        Protocol::RestJson => (429, "TooManyRequestsException"),
        Protocol::RestXml => (503, "SlowDown"),
    }
}

fn server_error(operation: &Operation, status: u16) -> &'static str {
    match (operation.protocol, status) {
        (_, 503) => "ServiceUnavailable",
        (Protocol::Query, _) => "InternalFailure",
        (Protocol::Json, _) => "InternalServerError",
        (Protocol::RestJson, _) => "ServiceException",
        (Protocol::RestXml, _) => "InternalError",
    }
}

/// An error as the operation's protocol writes it.
fn refusal(operation: &Operation, status: u16, code: &str, message: &str) -> Answer {
    let json = serde_json::json!({ "__type": code, "message": message }).to_string();
    match operation.protocol {
        Protocol::Query => {
            let party = if status < 500 { "Sender" } else { "Receiver" };
            let body = format!(
                "<ErrorResponse><Error><Type>{party}</Type><Code>{code}</Code><Message>{message}\
                 </Message></Error><RequestId>injected</RequestId></ErrorResponse>"
            );
            answer(status, "text/xml", body)
        }
        Protocol::RestXml => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>\
                 {message}</Message><RequestId>injected</RequestId></Error>"
            );
            answer(status, "application/xml", body)
        }
        Protocol::Json => answer(status, "application/x-amz-json-1.1", json),
        Protocol::RestJson => {
            let mut answer = answer(status, "application/json", json);
            if let Ok(code) = HeaderValue::from_str(code) {
                answer.headers_mut().insert("x-amzn-errortype", code);
            }
            answer
        }
    }
}

fn answer(status: u16, kind: &'static str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a story names a real HTTP status");
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
