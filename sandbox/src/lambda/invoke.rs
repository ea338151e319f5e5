//! `Invoke`: with a response, as an event, or as a dry run.

use std::fmt::Display;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{StatusCode, header};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::Lambda;
use super::function_ref::FunctionRef;
use super::runtime::{InvocationRequest, InvocationResponse, NotRun};
use crate::fault::Fault;
use crate::service::{Request, Response};
use crate::wire;

/// In bytes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST_REQUEST: usize = 6 << 20;
const LARGEST_EVENT: usize = 1 << 20;
/// How often the code of a function is unpacked for one invocation, where something else changes its files.
const MAX_UNPACKED: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

/// `Invoke`, in each of its three kinds.
pub async fn invoke(lambda: &Lambda, request: Request) -> Result<Response, Fault> {
    let text = |name| request.parameters.get(name).and_then(Value::as_str);
    let name = text("FunctionName").unwrap_or_default();
    let function_ref = FunctionRef::parse(name, text("Qualifier"))?;
    let kind = kind(text("InvocationType"));
    let tail = text("LogType") == Some("Tail");
    let context = text("ClientContext").map(client_context);
    let mut invocation = InvocationRequest {
        id: request.id,
        payload: checked_payload(request.payload, kind)?,
        client_context: None,
    };
    match kind {
        Kind::DryRun => {
            lambda.function(&function_ref)?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Kind::Event => {
            lambda.accept(&function_ref, invocation)?;
            Ok(empty(StatusCode::ACCEPTED))
        }
        Kind::RequestResponse => {
            invocation.client_context = context.transpose()?;
            let response = lambda.run(&function_ref, invocation).await?;
            Ok(answer(response, tail, function_ref.version()))
        }
    }
}

impl Lambda {
    /// Invokes the function and waits for its response.
    pub async fn run(
        &self,
        function_ref: &FunctionRef,
        mut request: InvocationRequest,
    ) -> Result<InvocationResponse, Fault> {
        for _ in 0..MAX_UNPACKED {
            let revision = match self.cached_revision(function_ref) {
                Some(revision) => revision,
                None => self.revision(function_ref).await?,
            };
            request = match self.runtime.invoke(revision, request).await {
                Ok(response) => return Ok(response),
                Err(NotRun::Fault(fault)) => return Err(fault),
                Err(NotRun::CodeLost(unseen)) => unseen,
            };
            self.revisions.invalidate(&function_ref.name);
        }
        Err(Fault::internal(format!(
            "the files of {} are changed as soon as they are unpacked",
            function_ref.name
        )))
    }
}

fn kind(given: Option<&str>) -> Kind {
    match given {
        Some("Event") => Kind::Event,
        Some("DryRun") => Kind::DryRun,
        _ => Kind::RequestResponse,
    }
}

/// The payload, if it is JSON and not too large; an empty one is an empty object.
fn checked_payload(body: Bytes, kind: Kind) -> Result<Bytes, Fault> {
    let largest = match kind {
        Kind::Event => LARGEST_EVENT,
        Kind::RequestResponse | Kind::DryRun => LARGEST_REQUEST,
    };
    if body.len() > largest {
        return Err(Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            format!(
                "{} must be smaller than {largest} bytes for the InvokeFunction operation",
                body.len()
            ),
        ));
    }
    if body.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    let unreadable =
        |error: &dyn Display| content(format!("Could not parse request body into json: {error}"));
    // `IgnoredAny` does not check that strings are UTF-8.
    let text = std::str::from_utf8(&body).map_err(|error| unreadable(&error))?;
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(body),
        Err(error) => Err(unreadable(&error)),
    }
}

/// `ClientContext`, from Base64 to the JSON that functions get.
fn client_context(encoded: &str) -> Result<String, Fault> {
    let decoded = BASE64_STANDARD.decode(encoded).ok();
    let context = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    match context {
        Some(context) if serde_json::from_str::<IgnoredAny>(&context).is_ok() => Ok(context),
        _ => Err(content(
            "Client context must be a valid Base64-encoded JSON object.",
        )),
    }
}

fn answer(invoked: InvocationResponse, tail: bool, version: &str) -> Response {
    let mut response = http::Response::new(invoked.payload);
    let headers = response.headers_mut();
    wire::set(headers, header::CONTENT_TYPE.as_str(), "application/json");
    wire::set(headers, "x-amz-executed-version", version);
    if let Some(kind) = invoked.function_error {
        wire::set(headers, "x-amz-function-error", kind);
    }
    if tail {
        let tail = BASE64_STANDARD.encode(invoked.log_tail);
        wire::set(headers, "x-amz-log-result", &tail);
    }
    Response::Payload(response)
}

fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = status;
    Response::Payload(response)
}

fn content(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidRequestContentException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_and_of_a_size() {
        let checked = |body: &[u8], kind| checked_payload(Bytes::copy_from_slice(body), kind);
        let nothing = checked(b"", Kind::RequestResponse).expect("taken");
        assert_eq!(nothing, "{}");
        assert_eq!(checked(b"[1]", Kind::Event).expect("taken"), "[1]");
        for (body, code) in [
            (&b"{"[..], "InvalidRequestContentException"),
            (b"\xff", "InvalidRequestContentException"),
            (b"\"\xff\"", "InvalidRequestContentException"),
            (b"{} {}", "InvalidRequestContentException"),
        ] {
            assert_eq!(checked(body, Kind::DryRun).expect_err("bad").code, code);
        }
        let text = |size: usize| format!("\"{}\"", "x".repeat(size - 2)).into_bytes();
        assert!(checked(&text(LARGEST_REQUEST), Kind::RequestResponse).is_ok());
        assert!(checked(&text(LARGEST_EVENT), Kind::Event).is_ok());
        for (size, kind) in [
            (LARGEST_REQUEST + 1, Kind::RequestResponse),
            (LARGEST_EVENT + 1, Kind::Event),
        ] {
            let refused = checked(&text(size), kind).expect_err("too large");
            assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(refused.code, "RequestTooLargeException");
        }
    }

    #[test]
    fn an_invocation_waits_for_its_response_unless_it_is_another_kind() {
        assert_eq!(kind(None), Kind::RequestResponse);
        assert_eq!(kind(Some("Event")), Kind::Event);
        assert_eq!(kind(Some("DryRun")), Kind::DryRun);
        let given = BASE64_STANDARD.encode(r#"{"custom":{}}"#);
        let context = client_context(&given);
        assert_eq!(context, Ok(r#"{"custom":{}}"#.to_owned()));
        assert!(client_context("{}").is_err());
    }

    #[test]
    fn a_response_has_the_invocations_result_in_headers() {
        let invoked = || InvocationResponse {
            payload: Bytes::from_static(b"{}"),
            function_error: Some("Unhandled"),
            log_tail: "END\n".to_owned(),
        };
        let answered = |tail| match answer(invoked(), tail, "$LATEST") {
            Response::Payload(response) => response,
            Response::Value(value) => panic!("a payload, not {value}"),
        };
        let response = answered(true);
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        assert_eq!(header("x-amz-function-error"), Some("Unhandled"));
        assert_eq!(header("x-amz-log-result"), Some("RU5ECg=="));
        assert_eq!(header("x-amz-executed-version"), Some("$LATEST"));
        let response = answered(false);
        assert!(!response.headers().contains_key("x-amz-log-result"));
    }
}
