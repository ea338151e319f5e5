//! What can go wrong when talking to AWS, told apart by what a person would do about it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// A failed request, or the lack of what a request needs.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    #[error("no AWS credentials: {reason}")]
    NoCredentials { reason: String },

    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable { endpoint: String, reason: String },

    #[error("{endpoint} answered {operation} with {answer}, which is not what AWS would say")]
    NotAws {
        endpoint: String,
        operation: &'static str,
        answer: String,
    },

    /// The service understood the request and refused it.
    #[error("{operation} was refused: {message} ({code})")]
    Refused {
        operation: &'static str,
        /// The service's own error code, such as `ValidationError`.
        code: String,
        message: String,
        status: u16,
    },

    /// A setting that no request can be made with.
    #[error("{0}")]
    Settings(String),
}

impl CloudError {
    /// The service's error code, if it was the service that refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Refused { code, status, .. } => {
                *status == 404
                    || matches!(code.as_str(), "ResourceNotFoundException" | "NoSuchBucket")
            }
            _ => false,
        }
    }

    /// The thing exists already, as it does when an answer was lost and the request repeated.
    pub fn is_already_there(&self) -> bool {
        matches!(
            self.code(),
            Some("AlreadyExistsException" | "AlreadyExists" | "BucketAlreadyOwnedByYou")
        )
    }

    /// Missing permission or rejected credentials.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "AccessDenied"
                    | "AccessDeniedException"
                    | "UnrecognizedClientException"
                    | "InvalidClientTokenId"
                    | "InvalidAccessKeyId"
                    | "SignatureDoesNotMatch"
                    | "ExpiredToken"
                    | "ExpiredTokenException"
            )
        )
    }

    /// The service (or a quota of the account) asks for fewer requests, after all retries.
    pub fn is_throttled(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "Throttling"
                    | "ThrottlingException"
                    | "TooManyRequestsException"
                    | "RequestLimitExceeded"
                    | "SlowDown"
                    | "LimitExceededException"
            )
        )
    }

    /// The service itself failed, after all retries.
    pub fn is_server_fault(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status >= 500)
    }
}

/// Turns the SDK's error for `operation` into ours. `endpoint` names the target for people.
pub(super) fn failed<E>(
    endpoint: &str,
    operation: &'static str,
    error: SdkError<E, HttpResponse>,
) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(reason) = missing_credentials(&error) {
        return CloudError::NoCredentials { reason };
    }
    let endpoint = endpoint.to_owned();
    let Some(response) = error.raw_response() else {
        return CloudError::Unreachable {
            endpoint,
            reason: root(&error),
        };
    };
    let status = response.status().as_u16();
    match error.code() {
        Some(code) => CloudError::Refused {
            operation,
            code: code.to_owned(),
            message: error.message().unwrap_or("no reason given").to_owned(),
            status,
        },
        // S3 answers HEAD requests without a body, so without a code.
        None if status == 404 => CloudError::Refused {
            operation,
            code: "NotFound".to_owned(),
            message: "no such resource".to_owned(),
            status,
        },
        None if looks_like_aws(response) => CloudError::Refused {
            operation,
            code: format!("HTTP {status}"),
            message: root(&error),
            status,
        },
        None => CloudError::NotAws {
            endpoint,
            operation,
            answer: describe(response),
        },
    }
}

fn missing_credentials(error: &(dyn Error + 'static)) -> Option<String> {
    chain(error)
        .find_map(|cause| cause.downcast_ref::<CredentialsError>())
        .map(|cause| match cause {
            CredentialsError::CredentialsNotLoaded(_) => {
                "none in the environment, the config files or the instance".to_owned()
            }
            other => root(other),
        })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// The innermost cause: `Connection refused` rather than `dispatch failure`.
fn root(error: &(dyn Error + 'static)) -> String {
    match chain(error).last() {
        Some(cause) => cause.to_string(),
        None => DisplayErrorContext(error).to_string(),
    }
}

fn looks_like_aws(response: &HttpResponse) -> bool {
    let content_type = response.headers().get("content-type").unwrap_or("");
    response.status().as_u16() >= 500 && !content_type.contains("html")
}

fn describe(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    let kind = response
        .headers()
        .get("content-type")
        .unwrap_or("no content type");
    let start: String = response
        .body()
        .bytes()
        .map(|body| {
            String::from_utf8_lossy(body)
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect()
        })
        .unwrap_or_default();
    if start.is_empty() {
        format!("HTTP {status} ({kind})")
    } else {
        format!("HTTP {status} ({kind}) \"{start}…\"")
    }
}
