//! What can go wrong when talking to AWS, told apart by what a person would do about it.

use std::error::Error;

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::Target;
use super::retry::is_refused;
use crate::wording::shortened;

/// A failed request, or the lack of what a request needs.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    #[error("{}", no_region(profile.as_deref()))]
    NoRegion { profile: Option<String> },

    #[error("`{url}` is not the address of an endpoint")]
    BadEndpoint { url: String },

    #[error("no credentials for {target}{}", in_detail(target.profile.as_deref(), reason.as_deref()))]
    NoCredentials {
        /// Its profile is the only place to look for them, where one was named.
        target: Target,
        /// What failed on the way to them; `None` when nothing names any.
        reason: Option<String>,
    },

    #[error("cannot reach {target}: {reason}")]
    Unreachable { target: Target, reason: String },

    /// Whatever answers there does not speak AWS's protocols.
    #[error(
        "{target} is no AWS: it answered {operation} with {}",
        shortened(answer)
    )]
    NotAws {
        target: Target,
        operation: &'static str,
        answer: String,
    },

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

    /// The thing exists already, as it does when an answer was lost and the request repeated.
    pub fn is_already_there(&self) -> bool {
        matches!(
            self.code(),
            Some("AlreadyExistsException" | "AlreadyExists" | "BucketAlreadyOwnedByYou")
        )
    }

    /// A change set that is not there any more, or not to be executed any more.
    pub fn is_obsolete_change_set(&self) -> bool {
        matches!(
            self.code(),
            Some("InvalidChangeSetStatus" | "ChangeSetNotFound")
        )
    }

    /// An operation on the stack is under way, and takes no other beside it.
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
            reason: why_none(cause),
        };
    }
    let Some(response) = error.raw_response() else {
        return CloudError::Unreachable {
            target: target.clone(),
            reason: unreachable(&error),
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
            message: root(&error),
            status,
        },
        None => CloudError::NotAws {
            target: target.clone(),
            operation,
            answer: describe(response),
        },
    }
}

fn no_region(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => {
            format!("no region: profile `{profile}` names none, or there is no such profile")
        }
        None => "no region: neither an option nor AWS's settings say which".to_owned(),
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

/// What failed on the way to credentials, if any were to be had somewhere.
fn why_none(cause: &CredentialsError) -> Option<String> {
    // The machine's metadata service is asked last: nothing before it named any.
    let in_vain = matches!(cause, CredentialsError::CredentialsNotLoaded(_))
        || chain(cause).any(|cause| cause.is::<ImdsError>());
    (!in_vain).then(|| root(cause))
}

/// Why no answer came, in words for who waits for it.
fn unreachable(error: &(dyn Error + 'static)) -> String {
    if is_refused(error) {
        return "nothing listens there".to_owned();
    }
    in_words(root(error))
}

fn in_words(reason: String) -> String {
    const BROKEN_OFF: [&str; 3] = ["Connection reset", "connection closed", "Broken pipe"];
    match reason {
        reason if BROKEN_OFF.iter().any(|words| reason.contains(words)) => {
            "the connection broke off".to_owned()
        }
        reason if reason.contains("failed to lookup address") => {
            "its name is not known to the network".to_owned()
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
    use super::in_words;

    #[test]
    fn why_no_answer_came_is_said_without_the_systems_numbers() {
        for (reason, words) in [
            (
                "Connection reset by peer (os error 104)",
                "the connection broke off",
            ),
            (
                "connection closed before message completed",
                "the connection broke off",
            ),
            ("operation timed out", "it does not answer"),
            ("something else", "something else"),
        ] {
            assert_eq!(in_words(reason.to_owned()), words);
        }
    }
}
