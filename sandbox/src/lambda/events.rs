//! Asynchronous invocations: accepted as deliveries, and delivered by invoking the function.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;

use super::Lambda;
use super::event_invoke;
use super::function_ref::FunctionRef;
use super::runtime::{InvocationRequest, InvocationResponse};
use crate::delivery::{Attempt, Delivery, Ended, Following, NotAccepted, Outcome, Target};
use crate::fault::Fault;

impl Lambda {
    /// Takes an event, to be delivered in the background.
    pub fn accept(
        &self,
        function_ref: &FunctionRef,
        request: InvocationRequest,
    ) -> Result<(), Fault> {
        // A payload is JSON, which is UTF-8.
        let payload = String::from_utf8_lossy(&request.payload).into_owned();
        let delivery = self.event(function_ref, request.id, payload)?;
        self.accept_event(delivery)
    }

    /// Takes the delivery of an event.
    pub fn accept_event(&self, event: Delivery) -> Result<(), Fault> {
        self.deliveries.accept(event).map_err(|error| match error {
            NotAccepted::Full => Fault::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Rate Exceeded.: too many events are waiting for their functions",
            ),
            NotAccepted::Store(error) => error.into(),
        })
    }
}

#[async_trait]
impl Target for Lambda {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        let request = InvocationRequest {
            id: delivery.id.clone(),
            payload: Bytes::from(delivery.payload.clone()),
            client_context: None,
        };
        match FunctionRef::parse(&delivery.target, None) {
            Ok(function_ref) => {
                let _turn = self.turns.of(&function_ref.name).await;
                let invoked = self.run(&function_ref, request).await;
                let answered = invoked.as_ref().ok();
                Attempt {
                    answer: answered.map(|it| event_invoke::answer(function_ref.version(), it)),
                    outcome: outcome(invoked),
                    handed_over: None,
                }
            }
            Err(fault) => Outcome::Rejected(fault.to_string()).into(),
        }
    }

    fn following(&self, delivery: &Delivery, ended: Ended, attempt: &Attempt) -> Vec<Following> {
        self.reports(delivery, ended, attempt)
    }
}

/// Only what the function does counts as an attempt; throttling (429) and errors of the service (500
/// and more) do not.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
fn outcome(invoked: Result<InvocationResponse, Fault>) -> Outcome {
    match invoked {
        Ok(invoked) if invoked.function_error.is_none() => Outcome::Succeeded,
        Ok(_) => Outcome::Failed("the function failed".to_owned()),
        // The function may have been changed or deleted since.
        Err(fault) => Outcome::of_fault(&fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoked(function_error: Option<&'static str>) -> Result<InvocationResponse, Fault> {
        Ok(InvocationResponse {
            payload: Bytes::new(),
            function_error,
            log_tail: String::new(),
        })
    }

    #[test]
    fn only_failures_of_the_function_count() {
        assert_eq!(outcome(invoked(None)), Outcome::Succeeded);
        let failed = outcome(invoked(Some("Unhandled")));
        assert!(matches!(failed, Outcome::Failed(_)));
        let throttled = Fault::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "",
        );
        for fault in [throttled, Fault::internal("")] {
            assert!(matches!(outcome(Err(fault)), Outcome::Unavailable(_)));
        }
        let gone = Fault::not_found("ResourceNotFoundException", "");
        assert!(matches!(outcome(Err(gone)), Outcome::Rejected(_)));
    }
}
