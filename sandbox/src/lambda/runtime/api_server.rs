//! The Runtime API, version 2018-06-01, over HTTP: takes a process's requests to its [`RuntimeApi`].
//!
//! [`RuntimeApi`]: super::api::RuntimeApi

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as Incoming;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::api::{ApiError, ApiRequest, InitError, NextInvocation, Outcome};
use super::failure;
use crate::wire::{self, Body};

/// In bytes; Lambda's quota for a response of 6 MB, with what it adds.
pub const MAX_RESPONSE_BYTES: usize = 6_291_556;
/// How much of a response that is too large is read, so that its sender can read the error.
const MAX_READ_BYTES: u64 = 10 * MAX_RESPONSE_BYTES as u64;

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// An error as the Runtime API writes it: status, `errorType`, `errorMessage`.
struct ErrorResponse(StatusCode, &'static str, String);

impl ErrorResponse {
    fn ended() -> Self {
        let message = "The environment has ended".to_owned();
        Self(StatusCode::GONE, "EnvironmentEnded", message)
    }

    fn response(self) -> Response<Body> {
        let Self(status, kind, message) = self;
        let body = json!({ "errorMessage": message, "errorType": kind });
        json_response(status, body.to_string())
    }
}

impl From<ApiError> for ErrorResponse {
    fn from(refusal: ApiError) -> Self {
        let (status, kind) = match refusal {
            ApiError::UnknownRequest => (StatusCode::BAD_REQUEST, "InvalidRequestID"),
            ApiError::InvalidState(_) => (StatusCode::FORBIDDEN, "InvalidStateTransition"),
        };
        Self(status, kind, refusal.to_string())
    }
}

/// Answers a request to the API's `path`, without the slash before it.
pub async fn answer<B>(
    api: mpsc::Sender<ApiRequest>,
    path: &str,
    request: Request<B>,
) -> Response<Body>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let answered = route(api, path, request).await;
    answered.unwrap_or_else(ErrorResponse::response)
}

/// The answer to a request that is for no API.
pub fn no_api() -> Response<Body> {
    let message = "this Runtime API is of another function's processes".to_owned();
    ErrorResponse(StatusCode::FORBIDDEN, "AccessDenied", message).response()
}

async fn route<B>(
    api: mpsc::Sender<ApiRequest>,
    path: &str,
    request: Request<B>,
) -> Result<Response<Body>, ErrorResponse>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let segments: Vec<&str> = path.split('/').collect();
    let (parts, body) = request.into_parts();
    match (&parts.method, &segments[..]) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(&api).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            let outcome = match read(body).await? {
                Ok(payload) => Outcome::Response(payload),
                Err(length) => Outcome::TooLarge(length),
            };
            complete(&api, id, outcome).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            let payload = read(body).await?.map_err(|_| too_large())?;
            let payload = failure::reported_error(payload, error_type(&parts.headers));
            complete(&api, id, Outcome::Error(payload)).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            let payload = read(body).await?.map_err(|_| too_large())?;
            let payload = failure::reported_error(payload, error_type(&parts.headers));
            let error = InitError(payload);
            send(&api, |accepted| ApiRequest::InitError { error, accepted }).await?;
            Ok(accepted_response())
        }
        (method, _) => {
            let message = format!("the Runtime API has no {method} /{path}");
            Err(ErrorResponse(StatusCode::NOT_FOUND, "NotFound", message))
        }
    }
}

async fn next(api: &mpsc::Sender<ApiRequest>) -> Result<Response<Body>, ErrorResponse> {
    let invocation = send(api, ApiRequest::Next).await?;
    let mut response = json_response(StatusCode::OK, invocation.payload.clone());
    put_headers(response.headers_mut(), &invocation);
    Ok(response)
}

fn put_headers(headers: &mut HeaderMap, invocation: &NextInvocation) {
    let deadline = invocation.deadline_ms.to_string();
    let named = [
        (
            "lambda-runtime-aws-request-id",
            Some(&invocation.request_id),
        ),
        ("lambda-runtime-deadline-ms", Some(&deadline)),
        ("lambda-runtime-invoked-function-arn", Some(&invocation.arn)),
        ("lambda-runtime-trace-id", Some(&invocation.trace)),
        (
            "lambda-runtime-client-context",
            invocation.client_context.as_ref(),
        ),
    ];
    for (name, value) in named {
        // A client context may have characters that no header can have.
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_bytes(value.as_bytes())) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

async fn complete(
    api: &mpsc::Sender<ApiRequest>,
    request_id: &str,
    outcome: Outcome,
) -> Result<Response<Body>, ErrorResponse> {
    let is_too_large = matches!(outcome, Outcome::TooLarge(_));
    let request_id = request_id.to_owned();
    send(api, |accepted| ApiRequest::Complete {
        request_id,
        outcome,
        accepted,
    })
    .await?;
    if is_too_large {
        Err(too_large())
    } else {
        Ok(accepted_response())
    }
}

async fn send<T>(
    api: &mpsc::Sender<ApiRequest>,
    request: impl FnOnce(oneshot::Sender<Result<T, ApiError>>) -> ApiRequest,
) -> Result<T, ErrorResponse> {
    let (sender, answer) = oneshot::channel();
    let sent = api.send(request(sender)).await;
    sent.map_err(|_| ErrorResponse::ended())?;
    Ok(answer.await.map_err(|_| ErrorResponse::ended())??)
}

/// The whole body or, where it is longer than Lambda allows, its length in bytes.
async fn read<B>(mut body: B) -> Result<Result<Bytes, u64>, ErrorResponse>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let (mut whole, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let truncated = || {
            let message = "The request ends too early".to_owned();
            ErrorResponse(StatusCode::BAD_REQUEST, "TruncatedRequest", message)
        };
        let Ok(data) = frame.map_err(|_| truncated())?.into_data() else {
            continue;
        };
        length += data.len() as u64;
        if length <= MAX_RESPONSE_BYTES as u64 {
            whole.extend_from_slice(&data);
        } else if length > MAX_READ_BYTES {
            break;
        }
    }
    Ok(if length > MAX_RESPONSE_BYTES as u64 {
        Err(length)
    } else {
        Ok(whole.freeze())
    })
}

fn error_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(ERROR_TYPE)?.to_str().ok()
}

fn too_large() -> ErrorResponse {
    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    ErrorResponse(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        message,
    )
}

fn accepted_response() -> Response<Body> {
    json_response(StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n")
}

fn json_response(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(wire::full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    wire::set(headers, "content-type", "application/json");
    response
}
