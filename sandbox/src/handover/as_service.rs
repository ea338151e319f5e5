//! Handing something over as a service, which the policy of who receives it has to allow.

use bytes::Bytes;
use uuid::Uuid;

use super::{Handover, NotHandedOver, service_of, unsupported};
use crate::delivery::Delivery;
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
    /// Hands it over, but for an event of a function: that is returned, for who records that it was handed over.
    pub fn as_service(&self, it: AsService<'_>) -> Result<Option<Delivery>, NotHandedOver> {
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
                let event = self.event(receiver, message.body, Some(source))?;
                Ok(Some(event))
            }
            "sqs" => {
                let sent = self
                    .sqs
                    .send_for_service(receiver, message, principal, source);
                sent.map_err(|error| match error {
                    NotSent::NotPermitted => NotHandedOver::NotPermitted,
                    NotSent::Fault(fault) => fault.into(),
                })?;
                Ok(None)
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
                })?;
                Ok(None)
            }
            _ => Err(unsupported(receiver).into()),
        }
    }

    /// The asynchronous invocation of a function, of which the retries are Lambda's.
    pub fn event(
        &self,
        function: &str,
        event: String,
        source: Option<Source>,
    ) -> Result<Delivery, NotHandedOver> {
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
        let event = self.lambda.event_for_service(invocation);
        event.map_err(|error| match error {
            NotInvoked::NotPermitted => NotHandedOver::NotPermitted,
            NotInvoked::Fault(fault) => fault.into(),
        })
    }
}
