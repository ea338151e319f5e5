//! Which failed requests are repeated, where the SDK's own rules do not fit.

use std::error::Error;
use std::io;

use aws_sdk_lambda::config::interceptors::InterceptorContext;
use aws_sdk_lambda::config::retry::{ClassifyRetry, RetryAction};

/// Repeats only throttled requests, which did not run.
#[derive(Debug)]
pub(super) struct RetryOnlyThrottled;

impl ClassifyRetry for RetryOnlyThrottled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 429 => RetryAction::NoActionIndicated,
            Some(response) if response.status().is_success() => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "retry only throttled requests"
    }
}

/// Does not repeat a request whose connection was refused: a person should hear at once that no
/// server is there.
#[derive(Debug)]
pub(super) struct FailOnRefusedConnection;

impl ClassifyRetry for FailOnRefusedConnection {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let connector = error.and_then(|error| error.as_connector_error());
        if connector.is_some_and(|error| is_connection_refused(error)) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "fail on a refused connection"
    }
}

/// Whether the machine answered that nothing listens at that port.
pub(super) fn is_connection_refused(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&cause| cause.source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
