//! Handing something over as a service, which the policy of who receives it has to allow.

use bytes::Bytes;
use uuid::Uuid;

use super::{Handover, NotHandedOver, service_of, unsupported};
use crate::fault::Fault;
use crate::lambda::{NotInvoked, ServiceInvocation, Source};
use crate::sns::{NotPublished, ServiceNotification};
use crate::sqs::{NotSent, ServiceMessage};

/// What is handed over to whom, and by whom.
#[derive(Clone, Debug)]
pub struct AsService<'a> {
    /// The ARN of a function, a queue or a topic.
    pub receiver: &'a str,
    pub message: ServiceMessage,
    /// For a topic.
    pub subject: Option<&'a str>,
    /// Such as `events.amazonaws.com`.
    pub principal: &'static str,
    /// The ARN of what it is done for.
    pub source: &'a str,
}

impl Handover {
    pub fn as_service(&self, it: AsService<'_>) -> Result<(), NotHandedOver> {
        let AsService {
            receiver,
            message,
            subject,
            principal,
            source,
        } = it;
        match service_of(receiver) {
            "lambda" => {
                let source = Source {
                    principal,
                    arn: source.to_owned(),
                };
                self.invoke(receiver, message.body, Some(source))
            }
            "sqs" => {
                let sent = self
                    .sqs
                    .send_for_service(receiver, message, principal, source);
                sent.map_err(|error| match error {
                    NotSent::NotPermitted => NotHandedOver::NotPermitted,
                    NotSent::Fault(fault) => fault.into(),
                })
            }
            "sns" => {
                let message = ServiceNotification {
                    subject: subject.map(str::to_owned),
                    text: message.body,
                    attributes: Vec::new(),
                };
                let published = self
                    .sns
                    .publish_for_service(receiver, message, principal, source);
                published.map_err(|error| match error {
                    NotPublished::NotPermitted => NotHandedOver::NotPermitted,
                    NotPublished::Fault(fault) => fault.into(),
                })
            }
            _ => Err(unsupported(receiver).into()),
        }
    }

    /// Hands an event to Lambda as an asynchronous invocation, of which the retries are Lambda's.
    pub fn invoke(
        &self,
        function: &str,
        event: String,
        source: Option<Source>,
    ) -> Result<(), NotHandedOver> {
        if serde_json::from_str::<serde::de::IgnoredAny>(&event).is_err() {
            let message = "Could not parse request body into json";
            return Err(Fault::invalid("INVALID_JSON", message).into());
        }
        let invocation = ServiceInvocation {
            function: function.to_owned(),
            payload: Bytes::from(event),
            // The delivery's own id is in use until it has ended.
            id: Uuid::new_v4().to_string(),
            source,
        };
        let accepted = self.lambda.accept_for_service(invocation);
        accepted.map_err(|error| match error {
            NotInvoked::NotPermitted => NotHandedOver::NotPermitted,
            NotInvoked::Fault(fault) => fault.into(),
        })
    }
}
