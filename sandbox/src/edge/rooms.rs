//! Which service a request is for, in which protocol, and how large it may be.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Response, header};

use super::signature::Refusal;
use crate::Caller;
use crate::fault::Fault;
use crate::lambda::Lambda;
use crate::s3::S3;
use crate::service::Service;
use crate::services::Services;
use crate::wire::{Body, Protocol, json, query};

const KNOWN: &[&str] = &[
    "cloudformation",
    "dynamodb",
    "iam",
    "lambda",
    "logs",
    "s3",
    "sts",
];
const MIB: usize = 1 << 20;
const JSON_1_0: Protocol = Protocol::Json { version: "1.0" };
const JSON_1_1: Protocol = Protocol::Json { version: "1.1" };

pub enum Room<'a> {
    Query(&'a dyn Service, &'static str),
    Json(&'a dyn Service, &'static str),
    Lambda(&'a Lambda),
    S3(&'a S3),
}

impl<'a> Room<'a> {
    /// The room of `service`, named as in signatures.
    pub fn of(service: &str, services: &'a Services) -> Option<Self> {
        Some(match service {
            "cloudformation" => Self::Query(
                &*services.cloudformation,
                "http://cloudformation.amazonaws.com/doc/2010-05-15/",
            ),
            "iam" => Self::Query(
                &*services.platform.iam,
                "https://iam.amazonaws.com/doc/2010-05-08/",
            ),
            "sts" => Self::Query(&services.sts, "https://sts.amazonaws.com/doc/2011-06-15/"),
            "dynamodb" => Self::Json(&*services.platform.dynamodb, "1.0"),
            "logs" => Self::Json(&*services.platform.logs, "1.1"),
            "lambda" => Self::Lambda(&services.platform.lambda),
            "s3" => Self::S3(&services.platform.s3),
            _ => return None,
        })
    }

    pub fn protocol(&self) -> Protocol {
        match self {
            Self::Query(_, namespace) => Protocol::Query { namespace },
            Self::Json(_, version) => Protocol::Json { version },
            Self::Lambda(_) => Protocol::RestJson,
            Self::S3(_) => Protocol::RestXml,
        }
    }

    /// In bytes. Source: the services' quotas, with room for encodings.
    pub fn longest_body(&self) -> usize {
        match self {
            // A template of 51,200 bytes, in a form.
            Self::Query(..) => MIB,
            Self::Json(..) => 16 * MIB,
            // A bundle of 50 MB, in Base64.
            Self::Lambda(_) => 70 * MIB,
            // S3 reads its own bodies.
            Self::S3(_) => 0,
        }
    }

    pub async fn answer(
        self,
        parts: &Parts,
        body: Bytes,
        caller: &Caller,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let protocol = self.protocol();
        match self {
            Self::Query(service, _) => {
                let (operation, parameters) = query::parameters(&body)?;
                let answer = service.call(&operation, parameters, caller).await?;
                Ok(protocol.answer(&operation, &answer, request_id))
            }
            Self::Json(service, _) => {
                let operation = target(&parts.headers)?;
                let parameters = json::parameters(&body)?;
                let answer = service.call(operation, parameters, caller).await?;
                Ok(protocol.answer(operation, &answer, request_id))
            }
            Self::Lambda(lambda) => lambda.answer(parts, body, caller, request_id).await,
            Self::S3(_) => Err(Fault::internal("S3 answers by itself")),
        }
    }
}

/// The operation in `X-Amz-Target: Logs_20140328.DescribeLogGroups`.
fn target(headers: &HeaderMap) -> Result<&str, Fault> {
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.rsplit_once('.'))
        .map(|(_, operation)| operation)
        .ok_or_else(|| {
            Fault::invalid(
                "UnknownOperationException",
                "the X-Amz-Target header names no operation",
            )
        })
}

/// What the client of a request seems to speak, before it is known for which service it is.
pub fn guessed_protocol(headers: &HeaderMap, path: &str) -> Protocol {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
            .unwrap_or_default()
    };
    if headers.contains_key("x-amz-target") {
        return if text(header::CONTENT_TYPE.as_str()).ends_with("1.0") {
            JSON_1_0
        } else {
            JSON_1_1
        };
    }
    if text(header::CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded") {
        return Protocol::Query { namespace: "" };
    }
    // Lambda's paths begin with the date of their version.
    let version = path.split('/').nth(1).unwrap_or_default();
    if version.len() == 10 && version.starts_with("20") {
        Protocol::RestJson
    } else {
        Protocol::RestXml
    }
}

pub fn unknown(service: &str) -> Fault {
    let message = format!(
        "the sandbox does not support the service {service}; it supports {}",
        KNOWN.join(", ")
    );
    Fault::invalid("UnknownService", message)
}

/// A refusal under the name that a client of the protocol knows.
pub fn refused(protocol: Protocol, refusal: &Refusal) -> Fault {
    use Protocol::{Json, Query, RestJson, RestXml};
    let code = match (refusal, protocol) {
        (Refusal::Unsigned, RestXml) => "AccessDenied",
        (Refusal::Unsigned, Query { .. }) => "MissingAuthenticationToken",
        (Refusal::Unsigned, Json { .. } | RestJson) => "MissingAuthenticationTokenException",
        (Refusal::Malformed(_), RestXml) => "AuthorizationHeaderMalformed",
        (Refusal::Malformed(_), _) => "IncompleteSignature",
        (Refusal::UnknownKeys, RestXml) => "InvalidAccessKeyId",
        (Refusal::UnknownKeys, Query { .. }) => "InvalidClientTokenId",
        (Refusal::UnknownKeys, Json { .. } | RestJson) => "UnrecognizedClientException",
        (Refusal::Expired(_), RestXml) => "RequestTimeTooSkewed",
        (Refusal::Expired(_) | Refusal::Mismatch, Json { .. } | RestJson) => {
            "InvalidSignatureException"
        }
        (Refusal::Expired(_), Query { .. }) => "RequestExpired",
        (Refusal::Mismatch, _) => "SignatureDoesNotMatch",
    };
    Fault::denied(code, refusal.to_string())
}
