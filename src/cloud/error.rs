//! Failures of requests to AWS, distinguished by what a person would do about them.

use std::error::Error;

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::Target;
use super::retry::is_connection_refused;
use crate::wording::shortened;

/// A failed request, or a missing precondition of one.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    #[error("{}", no_region(profile.as_deref()))]
    NoRegion { profile: Option<String> },

    #[error("`{url}` is not a valid endpoint URL")]
    BadEndpoint { url: String },

    #[error("no credentials for {target}{}", in_detail(target.profile.as_deref(), reason.as_deref()))]
    NoCredentials {
        /// Where it names a profile, credentials were looked for only there.
        target: Target,
        /// Why a source of credentials failed; `None` when there is no source.
        reason: Option<String>,
    },

    #[error("cannot reach {target}: {reason}")]
    Unreachable { target: Target, reason: String },

    /// The server that answered does not speak AWS's protocols.
    #[error("{target} does not answer like AWS")]
    NotAws { target: Target, answer: String },

    /// The service understood the request and refused it.
    #[error("{operation} was refused: {} ({code})", shortened(message))]
    Refused {
        operation: &'static str,
        /// The service's own error code, such as `ValidationError`.
        code: String,
        message: String,
        status: u16,
    },
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

    /// It exists already. This also happens when an answer was lost and the request repeated.
    pub fn already_exists(&self) -> bool {
        matches!(
            self.code(),
            Some("AlreadyExistsException" | "AlreadyExists" | "BucketAlreadyOwnedByYou")
        )
    }

    /// The change set no longer exists or can no longer be executed.
    pub fn is_obsolete_change_set(&self) -> bool {
        matches!(
            self.code(),
            Some("InvalidChangeSetStatus" | "ChangeSetNotFound")
        )
    }

    /// Another operation on the stack is running.
    pub fn is_stack_busy(&self) -> bool {
        match self {
            Self::Refused { code, message, .. } => {
                code == "ValidationError" && message.contains("_IN_PROGRESS state")
            }
            _ => false,
        }
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

    /// Too many requests for the service or for a quota of the account, after all retries.
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

/// Turns the SDK's error for `operation` at `target` into ours.
pub(super) fn failed<E>(
    target: &Target,
    operation: &'static str,
    error: SdkError<E, HttpResponse>,
) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(cause) = credentials_error(&error) {
        return CloudError::NoCredentials {
            target: target.clone(),
            reason: credentials_failure(cause),
        };
    }
    let Some(response) = error.raw_response() else {
        return CloudError::Unreachable {
            target: target.clone(),
            reason: unreachable_reason(&error),
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
        // Answers to HEAD requests have no body, so no code.
        None if status == 404 && operation.starts_with("Head") => CloudError::Refused {
            operation,
            code: "NotFound".to_owned(),
            message: "no such resource".to_owned(),
            status,
        },
        None if looks_like_aws(response) => CloudError::Refused {
            operation,
            code: format!("HTTP {status}"),
            message: innermost(&error),
            status,
        },
        None => CloudError::NotAws {
            target: target.clone(),
            answer: describe(response),
        },
    }
}

fn no_region(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => {
            format!("no region set: profile `{profile}` has none or does not exist")
        }
        None => "no region set".to_owned(),
    }
}

fn in_detail(profile: Option<&str>, reason: Option<&str>) -> String {
    let profile = profile.map(|name| format!(" in profile {name}"));
    let reason = reason.map(|reason| format!(": {reason}"));
    [profile, reason].into_iter().flatten().collect()
}

fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Why a source of credentials failed; `None` when there is no source.
fn credentials_failure(cause: &CredentialsError) -> Option<String> {
    // The SDK asks the machine's metadata service last, when no other source is configured.
    let no_source = matches!(cause, CredentialsError::CredentialsNotLoaded(_))
        || chain(cause).any(|cause| cause.is::<ImdsError>());
    (!no_source).then(|| innermost(cause))
}

/// Why no answer came, for people.
fn unreachable_reason(error: &(dyn Error + 'static)) -> String {
    if is_connection_refused(error) {
        return "no server is listening there".to_owned();
    }
    plain_reason(innermost(error))
}

fn plain_reason(reason: String) -> String {
    const BROKEN_CONNECTION: [&str; 3] = ["Connection reset", "connection closed", "Broken pipe"];
    match reason {
        reason if BROKEN_CONNECTION.iter().any(|words| reason.contains(words)) => {
            "the connection was closed".to_owned()
        }
        reason if reason.contains("failed to lookup address") => {
            "its host name was not found".to_owned()
        }
        reason if reason.contains("timeout") || reason.contains("timed out") => {
            "it does not answer".to_owned()
        }
        reason => reason,
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// The innermost cause: `Connection refused` rather than `dispatch failure`.
fn innermost(error: &(dyn Error + 'static)) -> String {
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
        .and_then(|kind| kind.split(';').next())
        .unwrap_or("no content type");
    let start: String = response
        .body()
        .bytes()
        .map(|body| {
            String::from_utf8_lossy(body)
                .chars()
                .filter(|c| !c.is_control())
                .take(40)
                .collect()
        })
        .unwrap_or_default();
    if start.is_empty() {
        format!("HTTP {status} ({kind})")
    } else {
        format!("HTTP {status} ({kind}) \"{start}…\"")
    }
}

#[cfg(test)]
mod tests {
    use super::plain_reason;

    #[test]
    fn the_reason_for_no_answer_has_no_error_numbers() {
        for (reason, words) in [
            (
                "Connection reset by peer (os error 104)",
                "the connection was closed",
            ),
            (
                "connection closed before message completed",
                "the connection was closed",
            ),
            ("operation timed out", "it does not answer"),
            ("something else", "something else"),
        ] {
            assert_eq!(plain_reason(reason.to_owned()), words);
        }
    }
}
