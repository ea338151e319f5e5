//! Patience: which failed requests are repeated, how often, and for how long. One policy for all
//! requests of all commands.
//!
//! A request is repeated while it fails in a way that passes by itself: too many requests, a failure
//! of the service, a lost connection. In a class, the account's limits are shared by everybody, so
//! that a request may have to wait for its turn longer than the SDK waits by default.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_sdk_lambda::config::StalledStreamProtectionConfig;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::config::interceptors::InterceptorContext;
use aws_sdk_lambda::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use http_body_util::LengthLimitError;

use super::refusal::Refusal;

/// How often a request is sent. With the pauses between, this is about half a minute.
const MAX_ATTEMPTS: u32 = 16;
/// The longest first pause; pauses are drawn, and their limit doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Long enough to upload a bundle through a classroom's shared uplink.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
/// For one request with all its repetitions.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(900);
/// The same three limits where the answer only informs a person.
const BRIEF_ATTEMPTS: u32 = 6;
const BRIEF_TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
const BRIEF_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE)
}

/// For a large body: where it is refused, the caller has a smaller request.
pub(super) fn no_retries() -> RetryConfig {
    RetryConfig::disabled()
}

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_timeout(TOTAL_TIMEOUT)
        .build()
}

/// A request that waits for its turn sends nothing: the SDK would take it for stalled after seconds, and give up
/// its turn with it.
pub(super) fn may_stall() -> StalledStreamProtectionConfig {
    let protection = StalledStreamProtectionConfig::enabled();
    protection.upload_enabled(false).build()
}

/// For requests that wait for no turn.
pub(super) fn may_not_stall() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::enabled().build()
}

/// For a request whose answer only informs a person.
pub(super) fn brief_retries() -> RetryConfig {
    retries().with_max_attempts(BRIEF_ATTEMPTS)
}

/// For a request whose answer only informs a person.
pub(super) fn brief_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(BRIEF_TIMEOUT)
        .operation_timeout(BRIEF_TOTAL_TIMEOUT)
        .build()
}

/// Without a limit that all requests of the process share: by default the SDK repeats about a hundred
/// requests and then none, whatever their number of attempts.
pub(super) fn partition() -> RetryPartition {
    let unlimited = TokenBucket::unlimited();
    RetryPartition::custom("mafia")
        .token_bucket(unlimited)
        .build()
}

/// Forbids the repetitions that cannot help, among those that the SDK would make.
#[derive(Debug)]
pub(super) struct OnlyWhatPasses;

impl ClassifyRetry for OnlyWhatPasses {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let is_web_page = context.response().is_some_and(|response| {
            let content_type = response.headers().get("content-type").unwrap_or_default();
            content_type.contains("html") && response.status().as_u16() < 500
        });
        if is_web_page
            || is_connection_refused(error)
            || is_too_long(error)
            || context.response().is_some_and(is_refused_for_good)
        {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "only what passes by itself"
    }
}

/// Repeats only a request that certainly had no effect: it was never sent, or refused for coming too
/// soon.
#[derive(Debug)]
pub(super) struct OnlyWithoutEffect;

impl ClassifyRetry for OnlyWithoutEffect {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let is_throttled = context
            .response()
            .is_some_and(|response| response.status().as_u16() == 429);
        if context.response().is_some_and(is_refused_for_good) {
            RetryAction::RetryForbidden
        } else if is_throttled || error.is_none_or(|error| is_unsent(error)) {
            RetryAction::NoActionIndicated
        } else {
            RetryAction::RetryForbidden
        }
    }

    fn name(&self) -> &'static str {
        "only what had no effect"
    }
}

/// Whether Lambda refuses every call of the function as it is set up.
fn is_refused_for_good(response: &HttpResponse) -> bool {
    // The code, and perhaps more after a colon. Source: Smithy, AWS restJson1 protocol, "Operation error
    // serialization".
    let code = response
        .headers()
        .get("x-amzn-errortype")
        .unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default();
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    Refusal::of(code, &body, response.status().as_u16()).is_of_function()
}

/// Whether the machine answered that nothing listens at that port. Nobody starts a server there while
/// a command waits, and a person should hear of it at once.
pub(super) fn is_connection_refused(error: &(dyn Error + 'static)) -> bool {
    causes::<io::Error>(error).any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Whether no connection was made, so that no server knows of the request.
pub(super) fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    causes::<hyper_util::client::legacy::Error>(error).any(|error| error.is_connect())
}

/// Whether the answer was longer than any answer should be.
pub(super) fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    causes::<LengthLimitError>(error).next().is_some()
}

fn causes<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a E> {
    std::iter::successors(Some(error), |&cause| cause.source())
        .filter_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::primitives::SdkBody;
    use aws_smithy_runtime_api::client::interceptors::context::{Error, Input};
    use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;

    fn answered(status: u16, content_type: &str) -> InterceptorContext {
        let response = http::Response::builder()
            .status(status)
            .header("content-type", content_type)
            .body(SdkBody::empty())
            .expect("a valid answer");
        let mut context = InterceptorContext::new(Input::erase(()));
        context.set_response(HttpResponse::try_from(response).expect("a valid answer"));
        let error = OrchestratorError::operation(Error::erase(io::Error::other("refused")));
        context.set_output_or_error(Err(error));
        context
    }

    fn unanswered(kind: io::ErrorKind) -> InterceptorContext {
        let mut context = InterceptorContext::new(Input::erase(()));
        let error = ConnectorError::io(Box::new(io::Error::from(kind)));
        context.set_output_or_error(Err(OrchestratorError::connector(error)));
        context
    }

    fn forbids(classifier: &impl ClassifyRetry, context: &InterceptorContext) -> bool {
        classifier.classify_retry(context) == RetryAction::RetryForbidden
    }

    #[test]
    fn a_refused_connection_and_a_web_page_are_not_asked_again() {
        let refused = unanswered(io::ErrorKind::ConnectionRefused);
        assert!(forbids(&OnlyWhatPasses, &refused));
        assert!(!forbids(
            &OnlyWhatPasses,
            &unanswered(io::ErrorKind::ConnectionReset)
        ));
        for (status, content_type, forbidden) in [
            (200, "text/html; charset=utf-8", true),
            (404, "text/html", true),
            // The front of a service that is overloaded.
            (503, "text/html", false),
            (400, "text/xml", false),
            (500, "application/json", false),
        ] {
            let context = answered(status, content_type);
            assert_eq!(
                forbids(&OnlyWhatPasses, &context),
                forbidden,
                "{status} {content_type}"
            );
        }
    }

    #[test]
    fn what_may_have_had_an_effect_is_not_repeated() {
        for (status, forbidden) in [(429, false), (500, true), (502, true), (400, true)] {
            let context = answered(status, "application/json");
            assert_eq!(forbids(&OnlyWithoutEffect, &context), forbidden, "{status}");
        }
        assert!(forbids(
            &OnlyWithoutEffect,
            &unanswered(io::ErrorKind::ConnectionReset)
        ));
    }

    #[test]
    fn a_call_that_lambda_refuses_for_good_is_not_repeated() {
        for (status, code, body, forbidden) in [
            (
                429,
                "TooManyRequestsException",
                r#"{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}"#,
                true,
            ),
            (
                429,
                "TooManyRequestsException:http://amazon.com/",
                r#"{"Reason":"CallerRateLimitExceeded"}"#,
                false,
            ),
            (502, "InvalidZipFileException", "{}", true),
            (502, "KMSAccessDeniedException:", "{}", true),
            (502, "EC2ThrottledException", "{}", false),
        ] {
            let response = http::Response::builder()
                .status(status)
                .header("x-amzn-errortype", code)
                .body(SdkBody::from(body))
                .expect("a valid answer");
            let response = HttpResponse::try_from(response).expect("a valid answer");
            assert_eq!(is_refused_for_good(&response), forbidden, "{code} {body}");
        }
    }

    #[test]
    fn patience_has_an_end() {
        let mut limit = FIRST_PAUSE;
        let mut longest = Duration::ZERO;
        for _ in 1..retries().max_attempts() {
            longest += limit.min(LONGEST_PAUSE);
            limit *= 2;
        }
        let bounds = Duration::from_secs(40)..Duration::from_secs(60);
        assert!(
            bounds.contains(&longest),
            "all pauses at their longest: {longest:?}"
        );
        assert!(timeouts().operation_timeout().is_some());
    }
}
