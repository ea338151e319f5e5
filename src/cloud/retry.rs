//! Which requests are worth repeating, beyond what the SDK thinks of it.

use std::error::Error;
use std::io;

use aws_sdk_lambda::config::interceptors::InterceptorContext;
use aws_sdk_lambda::config::retry::{ClassifyRetry, RetryAction};

/// Lets only throttled calls be repeated: those surely did not run.
#[derive(Debug)]
pub(super) struct OnlyThrottled;

impl ClassifyRetry for OnlyThrottled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 429 => RetryAction::NoActionIndicated,
            Some(response) if response.status().is_success() => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only throttled calls"
    }
}

/// Repeats nothing where nothing listens: a person should hear at once that the server isn't there.
#[derive(Debug)]
pub(super) struct SomethingListens;

impl ClassifyRetry for SomethingListens {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let connector = error.and_then(|error| error.as_connector_error());
        if connector.is_some_and(|error| is_refused(error)) {
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "only where something listens"
    }
}

/// Whether the machine was reached and has nobody at that port.
pub(super) fn is_refused(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&cause| cause.source())
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}
