//! The Runtime API, version 2018-06-01, over HTTP: a process's requests brought to its [`Desk`].
//!
//! [`Desk`]: super::desk::Desk

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as Incoming;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::desk::{Ask, Delivery, Desks, NotReady, Outcome, Refusal};
use super::failure;
use crate::wire::{self, Body};

/// In bytes; Lambda's quota for a response of 6 MB, with what it adds.
pub const LONGEST_RESPONSE: usize = 6_291_556;
/// How much of a response that is too large is read, so that its sender comes to hear of it.
const LONGEST_READ: u64 = 10 * LONGEST_RESPONSE as u64;

const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// Why a request gets no better answer.
struct Declined(StatusCode, &'static str, String);

impl Declined {
    fn lost() -> Self {
        let message = "The environment has ended".to_owned();
        Self(StatusCode::GONE, "EnvironmentEnded", message)
    }

    fn response(self) -> Response<Body> {
        let Self(status, kind, message) = self;
        let body = json!({ "errorMessage": message, "errorType": kind });
        json_response(status, body.to_string())
    }
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        let (status, kind) = match refusal {
            Refusal::UnknownRequest => (StatusCode::BAD_REQUEST, "InvalidRequestID"),
            Refusal::OutOfTurn(_) => (StatusCode::FORBIDDEN, "InvalidStateTransition"),
        };
        Self(status, kind, refusal.to_string())
    }
}

/// Answers a request to `path`: a secret, then the API's own path.
pub async fn answer<B>(desks: &Desks, path: &str, request: Request<B>) -> Response<Body>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let (secret, path) = path.split_once('/').unwrap_or((path, ""));
    let Some(desk) = desks.find(secret) else {
        let message = "no running function has this Runtime API".to_owned();
        return Declined(StatusCode::FORBIDDEN, "AccessDenied", message).response();
    };
    let answered = route(desk, path, request).await;
    answered.unwrap_or_else(Declined::response)
}

async fn route<B>(
    desk: mpsc::Sender<Ask>,
    path: &str,
    request: Request<B>,
) -> Result<Response<Body>, Declined>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let steps: Vec<&str> = path.split('/').collect();
    let (parts, body) = request.into_parts();
    match (&parts.method, &steps[..]) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(&desk).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            let outcome = match read(body).await? {
                Ok(payload) => Outcome::Response(payload),
                Err(length) => Outcome::TooLarge(length),
            };
            done(&desk, id, outcome).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            let payload = read(body).await?.map_err(|_| too_large())?;
            let payload = failure::reported(payload, error_type(&parts.headers));
            done(&desk, id, Outcome::Error(payload)).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            let payload = read(body).await?.map_err(|_| too_large())?;
            let payload = failure::reported(payload, error_type(&parts.headers));
            let reason = NotReady(payload);
            ask(&desk, |taken| Ask::NotReady { reason, taken }).await?;
            Ok(accepted())
        }
        (method, _) => {
            let message = format!("the Runtime API has no {method} /{path}");
            Err(Declined(StatusCode::NOT_FOUND, "NotFound", message))
        }
    }
}

async fn next(desk: &mpsc::Sender<Ask>) -> Result<Response<Body>, Declined> {
    let delivery = ask(desk, Ask::Next).await?;
    let mut response = json_response(StatusCode::OK, delivery.payload.clone());
    put_headers(response.headers_mut(), &delivery);
    Ok(response)
}

fn put_headers(headers: &mut HeaderMap, delivery: &Delivery) {
    let deadline = delivery.deadline_ms.to_string();
    let named = [
        ("lambda-runtime-aws-request-id", Some(&delivery.request_id)),
        ("lambda-runtime-deadline-ms", Some(&deadline)),
        ("lambda-runtime-invoked-function-arn", Some(&delivery.arn)),
        ("lambda-runtime-trace-id", Some(&delivery.trace)),
        (
            "lambda-runtime-client-context",
            delivery.client_context.as_ref(),
        ),
    ];
    for (name, value) in named {
        // A client's context may be any text.
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_bytes(value.as_bytes())) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

async fn done(
    desk: &mpsc::Sender<Ask>,
    request_id: &str,
    outcome: Outcome,
) -> Result<Response<Body>, Declined> {
    let is_too_large = matches!(outcome, Outcome::TooLarge(_));
    let request_id = request_id.to_owned();
    ask(desk, |taken| Ask::Done {
        request_id,
        outcome,
        taken,
    })
    .await?;
    if is_too_large {
        Err(too_large())
    } else {
        Ok(accepted())
    }
}

async fn ask<T>(
    desk: &mpsc::Sender<Ask>,
    question: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Ask,
) -> Result<T, Declined> {
    let (sender, answer) = oneshot::channel();
    let sent = desk.send(question(sender)).await;
    sent.map_err(|_| Declined::lost())?;
    Ok(answer.await.map_err(|_| Declined::lost())??)
}

/// The whole body or, where it is longer than Lambda takes, how long it is.
async fn read<B>(mut body: B) -> Result<Result<Bytes, u64>, Declined>
where
    B: Incoming<Data = Bytes> + Unpin,
{
    let (mut whole, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let broken = || {
            let message = "The request ends too early".to_owned();
            Declined(StatusCode::BAD_REQUEST, "TruncatedRequest", message)
        };
        let Ok(data) = frame.map_err(|_| broken())?.into_data() else {
            continue;
        };
        length += data.len() as u64;
        if length <= LONGEST_RESPONSE as u64 {
            whole.extend_from_slice(&data);
        } else if length > LONGEST_READ {
            break;
        }
    }
    Ok(if length > LONGEST_RESPONSE as u64 {
        Err(length)
    } else {
        Ok(whole.freeze())
    })
}

fn error_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(ERROR_TYPE)?.to_str().ok()
}

fn too_large() -> Declined {
    let message = format!("Exceeded maximum allowed payload size ({LONGEST_RESPONSE} bytes).");
    Declined(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        message,
    )
}

fn accepted() -> Response<Body> {
    json_response(StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n")
}

fn json_response(status: StatusCode, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(wire::full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    wire::set(headers, "content-type", "application/json");
    response
}
