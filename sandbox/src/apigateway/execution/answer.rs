//! What an API answers: what its integration returned, or a failure.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use super::request::Pairs;
use crate::wire::{self, Body};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Pairs,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers
            .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Headers that HTTP cannot carry are left out.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(wire::full(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        if !response.headers().contains_key(CONTENT_TYPE) {
            wire::set(
                response.headers_mut(),
                CONTENT_TYPE.as_str(),
                "application/json",
            );
        }
        response
    }
}

/// Why a method has no answer of its integration. Each has a type of gateway response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    MissingAuthenticationToken,
    /// No token, or one that is none.
    Unauthorized,
    TokenExpired,
    /// Of a request that has to be signed: the type of the error, and what is wrong.
    InvalidSignature(&'static str, String),
    /// The temporary keys that signed have expired.
    ExpiredKeys,
    /// Policies do not let the signer call the method, for this reason.
    AccessDenied(String),
    /// The authorizer has no answer.
    Authorizer,
    MissingParameters(Vec<String>),
    /// Why the body is none that the model allows, for the log.
    InvalidBody(String),
    UnsupportedMediaType,
    RequestTooLarge,
    Throttled,
    TimedOut,
    /// What the API's author has to change, for the log.
    Configuration(String),
    /// What the integration did wrong, for the log.
    Integration(String),
}

impl Failure {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => "MISSING_AUTHENTICATION_TOKEN",
            Self::Unauthorized | Self::TokenExpired => "UNAUTHORIZED",
            Self::InvalidSignature(..) => "INVALID_SIGNATURE",
            Self::ExpiredKeys => "EXPIRED_TOKEN",
            Self::AccessDenied(_) => "ACCESS_DENIED",
            Self::Authorizer => "AUTHORIZER_FAILURE",
            Self::MissingParameters(_) => "BAD_REQUEST_PARAMETERS",
            Self::InvalidBody(_) => "BAD_REQUEST_BODY",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::Throttled => "THROTTLED",
            Self::TimedOut => "INTEGRATION_TIMEOUT",
            Self::Configuration(_) => "API_CONFIGURATION_ERROR",
            Self::Integration(_) => "INTEGRATION_FAILURE",
        }
    }

    /// Where it is another than that of the type.
    pub fn status(&self) -> Option<u16> {
        matches!(self, Self::Integration(_)).then_some(502)
    }

    pub fn message(&self) -> String {
        match self {
            Self::MissingAuthenticationToken => "Missing Authentication Token".to_owned(),
            Self::Unauthorized => "Unauthorized".to_owned(),
            Self::TokenExpired => "The incoming token has expired".to_owned(),
            Self::InvalidSignature(_, why) | Self::AccessDenied(why) => why.clone(),
            Self::ExpiredKeys => "The security token included in the request is expired".to_owned(),
            Self::MissingParameters(names) => {
                format!(
                    "Missing required request parameters: [{}]",
                    names.join(", ")
                )
            }
            Self::InvalidBody(_) => "Invalid request body".to_owned(),
            Self::UnsupportedMediaType => "Unsupported Media Type".to_owned(),
            Self::RequestTooLarge => "Request Too Long".to_owned(),
            Self::Throttled => "Too Many Requests".to_owned(),
            Self::TimedOut => "Endpoint request timed out".to_owned(),
            Self::Authorizer | Self::Configuration(_) | Self::Integration(_) => {
                "Internal server error".to_owned()
            }
        }
    }

    /// In the header `x-amzn-ErrorType`.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::Unauthorized | Self::TokenExpired => "UnauthorizedException",
            Self::InvalidSignature(kind, _) => kind,
            Self::ExpiredKeys => "ExpiredTokenException",
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::Authorizer => "AuthorizerFailureException",
            Self::MissingParameters(_) | Self::InvalidBody(_) => "BadRequestException",
            Self::UnsupportedMediaType => "UnsupportedMediaTypeException",
            Self::RequestTooLarge => "RequestTooLargeException",
            Self::Throttled => "TooManyRequestsException",
            Self::TimedOut | Self::Configuration(_) | Self::Integration(_) => {
                "InternalServerErrorException"
            }
        }
    }

    /// In the log of the execution.
    pub fn reason(&self) -> String {
        match self {
            Self::InvalidBody(why) => {
                format!("Request body does not match model schema for content type: {why}")
            }
            Self::Configuration(why) | Self::Integration(why) => {
                format!("Execution failed due to configuration error: {why}")
            }
            Self::TimedOut => "Execution failed due to a timeout error".to_owned(),
            other => format!("Execution failed: {}", other.message()),
        }
    }
}
