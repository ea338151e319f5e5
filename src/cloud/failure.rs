//! From the SDK's errors to ours.

use std::error::Error;

use aws_config::imds::client::error::ImdsError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::error::{CloudError, Way};
use super::misconfigured::Misconfigured;
use super::network::{self, Unanswered};
use super::patience::{is_connection_refused, is_too_long, is_unsent};
use super::target::{Target, TargetKind};
use crate::wording::without_number;

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
        return no_credentials(target, cause);
    }
    let Some(response) = error.raw_response() else {
        return CloudError::Unreachable {
            target: Box::new(target.clone()),
            reason: unreachable_reason(&error),
            sent: !is_unsent(&error),
            way: unanswered(&error).map(|unanswered| Box::new(way(&unanswered.url))),
        };
    };
    let status = response.status().as_u16();
    if let Some(url) = proxied_endpoint(target).filter(|_| status == PROXY_WANTS_PASSWORD) {
        return CloudError::Unreachable {
            target: Box::new(target.clone()),
            reason: NO_PASSWORD_FOR_PROXY.to_owned(),
            sent: false,
            way: Some(Box::new(way(url))),
        };
    }
    if is_too_long(&error) {
        return CloudError::NotAws {
            target: Box::new(target.clone()),
            answer: format!("HTTP {status}, an answer without an end"),
        };
    }
    match error.code() {
        Some(code) => CloudError::Refused {
            operation,
            code: code.to_owned(),
            message: with_reason(error.message().unwrap_or("no reason given"), response),
            status,
        },
        None if operation.starts_with("Head") && !is_web_page(response) => {
            let (code, message) = of_head(response);
            CloudError::Refused {
                operation,
                code: code.to_owned(),
                message,
                status,
            }
        }
        None if looks_like_aws(response) => CloudError::Refused {
            operation,
            code: format!("HTTP {status}"),
            message: innermost(&error),
            status,
        },
        None => CloudError::NotAws {
            target: Box::new(target.clone()),
            answer: describe(response),
        },
    }
}

/// Lambda's message, with the reason for which it refuses calls: the message is the same for all of them.
///
/// Source: Lambda API reference, `TooManyRequestsException`.
fn with_reason(message: &str, response: &HttpResponse) -> String {
    let body = response.body().bytes().unwrap_or_default();
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    match answer["Reason"].as_str() {
        Some(reason) => format!("{message} ({reason})"),
        None => message.to_owned(),
    }
}

/// "Proxy Authentication Required" in RFC 9110.
const PROXY_WANTS_PASSWORD: u16 = 407;
const NO_PASSWORD_FOR_PROXY: &str = "the proxy wants a user name and a password, or other ones";

fn way(url: &str) -> Way {
    Way {
        url: url.to_owned(),
        proxy: network::proxy_of(url),
    }
}

/// The endpoint whose answers may be those of a proxy: requests to it are not encrypted.
fn proxied_endpoint(target: &Target) -> Option<&str> {
    match &target.kind {
        TargetKind::Endpoint { url } if network::proxy_of(url).is_some() => Some(url),
        _ => None,
    }
}

fn unanswered<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Unanswered> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

pub(super) fn no_credentials(target: &Target, cause: &CredentialsError) -> CloudError {
    match chain(cause).find_map(|cause| cause.downcast_ref::<Misconfigured>()) {
        Some(wrong) => wrong.clone().into(),
        None => CloudError::NoCredentials {
            target: Box::new(target.clone()),
            reason: credentials_failure(cause),
        },
    }
}

fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// Why a source of credentials failed; `None` when there is no source.
fn credentials_failure(cause: &CredentialsError) -> Option<String> {
    // The SDK asks the machine's metadata service last, when no other source is configured.
    let no_source = matches!(cause, CredentialsError::CredentialsNotLoaded(_))
        || chain(cause).any(|cause| cause.is::<ImdsError>());
    (!no_source).then(|| match unanswered(cause) {
        None => reason_of_source(&innermost(cause)),
        Some(Unanswered { url, .. }) => {
            let through = network::proxy_of(url)
                .map(|proxy| format!(" through the proxy {} ({})", proxy.url, proxy.variable));
            let through = through.unwrap_or_default();
            format!("cannot reach {url}{through}: {}", unreachable_reason(cause))
        }
    })
}

/// The SDK's words about a source of credentials, for people.
pub(super) fn reason_of_source(text: &str) -> String {
    let text = [
        "ProfileFile provider could not be built: ",
        "Error retrieving credentials: ",
    ]
    .iter()
    .fold(text, |text, start| text.strip_prefix(start).unwrap_or(text));
    let text = without_number(text).trim_end();
    match text.strip_prefix("external process exited with code ") {
        Some(ended) => {
            let ended = ended.replace(". Stderr:", ":");
            format!("the program ended with {}", ended.trim_end_matches(':'))
        }
        None => text.to_owned(),
    }
}

/// What a service said when it refused `operation`, or why it did not answer.
pub(super) fn refusal_text<E>(operation: &str, error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), message) => {
            let message = message.unwrap_or("no reason given");
            format!("{operation} was refused: {message} ({code})")
        }
        _ => format!("{operation} failed: {}", unreachable_reason(error)),
    }
}

/// Why no answer came, for people.
pub(super) fn unreachable_reason(error: &(dyn Error + 'static)) -> String {
    if is_connection_refused(error) {
        return "no server is listening there".to_owned();
    }
    plain_reason(innermost(error))
}

fn plain_reason(reason: String) -> String {
    const BROKEN_CONNECTION: [&str; 3] = ["Connection reset", "connection closed", "Broken pipe"];
    match reason {
        reason if reason.contains("proxy authorization required") => {
            NO_PASSWORD_FOR_PROXY.to_owned()
        }
        reason if reason.contains("tunnel error") => {
            "the proxy does not let the request through".to_owned()
        }
        reason if BROKEN_CONNECTION.iter().any(|words| reason.contains(words)) => {
            "the connection was closed".to_owned()
        }
        reason if reason.contains("failed to lookup address") => {
            "its host name was not found".to_owned()
        }
        reason if reason.contains("timeout") || reason.contains("timed out") => {
            "it does not answer".to_owned()
        }
        reason => without_number(&reason).to_owned(),
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

/// The code and the message that S3 would give if answers to HEAD requests had a body.
///
/// Source: Amazon S3 API reference, "HeadObject": a failed request has only a generic status.
fn of_head(response: &HttpResponse) -> (&'static str, String) {
    let status = response.status().as_u16();
    match status {
        404 => ("NotFound", "no such bucket or object".to_owned()),
        403 => (
            "Forbidden",
            "S3 does not say which permission is missing".to_owned(),
        ),
        301 | 307 => {
            let region = response.headers().get("x-amz-bucket-region");
            let region = region.unwrap_or("another region");
            ("PermanentRedirect", format!("the bucket is in {region}"))
        }
        400 => (
            "BadRequest",
            "S3 does not say why: the session may be over, or the bucket in another region"
                .to_owned(),
        ),
        _ => (
            "Unknown",
            format!("S3 answered HTTP {status} without a reason"),
        ),
    }
}

fn is_web_page(response: &HttpResponse) -> bool {
    let content_type = response.headers().get("content-type").unwrap_or("");
    content_type.contains("html")
}

fn looks_like_aws(response: &HttpResponse) -> bool {
    let request_ids = ["x-amzn-requestid", "x-amz-request-id"];
    let has_an_id = request_ids
        .iter()
        .any(|name| response.headers().get(name).is_some());
    (has_an_id || response.status().as_u16() >= 500) && !is_web_page(response)
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
    use aws_sdk_lambda::primitives::SdkBody;
    use aws_sdk_s3::operation::head_object::HeadObjectError;

    use super::*;
    use crate::cloud::Refusal;

    /// What we make of S3's answer to a HEAD request, which never has a body.
    fn head_answered(status: u16, header: (&str, &str)) -> CloudError {
        let response = http::Response::builder()
            .status(status)
            .header(header.0, header.1)
            .body(SdkBody::empty())
            .expect("a valid answer");
        let response = HttpResponse::try_from(response).expect("a valid answer");
        let target = Target::new(TargetKind::Aws, "eu-west-1");
        let error = SdkError::<HeadObjectError, _>::response_error("no body", response);
        failed(&target, "HeadObject", error)
    }

    #[test]
    fn an_answer_without_a_body_is_told_by_its_status() {
        let id = ("x-amz-request-id", "1");
        for (status, header, refusal, words) in [
            (403, id, Refusal::NotAllowed, "permission"),
            (404, id, Refusal::NotFound, "no such bucket"),
            (400, id, Refusal::Other, "the session may be over"),
            (
                301,
                ("x-amz-bucket-region", "eu-west-3"),
                Refusal::OtherRegion,
                "eu-west-3",
            ),
            (503, id, Refusal::ServiceFailed, "503"),
        ] {
            let error = head_answered(status, header);
            assert_eq!(error.refusal(), Some(refusal), "{status}: {error}");
            assert!(error.to_string().contains(words), "{status}: {error}");
        }
        let page = head_answered(403, ("content-type", "text/html"));
        assert!(matches!(page, CloudError::NotAws { .. }), "{page:?}");
    }

    #[test]
    fn lambdas_reason_for_a_refused_call_is_told() {
        let of_body = |body: &str| {
            let response = http::Response::builder()
                .status(429)
                .body(SdkBody::from(body))
                .expect("a valid answer");
            let response = HttpResponse::try_from(response).expect("a valid answer");
            with_reason("Rate Exceeded.", &response)
        };
        let reserved = r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}"#;
        assert_eq!(
            of_body(reserved),
            "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)"
        );
        for other in ["", "{}", "<html>", r#"{"Reason":7}"#] {
            assert_eq!(of_body(other), "Rate Exceeded.", "{other}");
        }
    }

    #[test]
    fn the_reason_of_a_source_is_told_in_plain_words() {
        for (text, words) in [
            (
                "No such file or directory (os error 2)",
                "No such file or directory",
            ),
            (
                "ProfileFile provider could not be built: no session",
                "no session",
            ),
            (
                "Error retrieving credentials: external process exited with code exit status: 1. \
                 Stderr: not logged in\n",
                "the program ended with exit status: 1: not logged in",
            ),
            (
                "Error retrieving credentials: external process exited with code exit status: 1. Stderr: ",
                "the program ended with exit status: 1",
            ),
        ] {
            assert_eq!(reason_of_source(text), words);
        }
    }

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
