//! Handing events over to functions, queues and topics, for EventBridge and its Scheduler, and as S3.
//!
//! A [`Parcel`] is a delivery to whom it comes from, a rule or a schedule. This is the target of these deliveries:
//! it hands a parcel to its own target, as the service, which the target's policy has to allow, or in a role. One
//! that is given up goes to its dead-letter queue in the same way.

mod as_service;
mod dead_letter;
mod parcel;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::arn::Arn;
use super::authorise::{Access, Authority, allows_service};
use super::caller::Caller;
use super::delivery::{Attempt, Delivery, Ended, Following, Outcome, Target};
use super::fault::Fault;
use super::iam::Iam;
use super::lambda::Lambda;
use super::service::{self, Service};
use super::sns::Sns;
use super::sqs::Sqs;

pub use as_service::AsService;
pub use parcel::{Parcel, Principal, Sender};
pub use settings::{DeadLetterConfig, RetrySettings, SqsParameters};

/// The services whose resources can be targets.
const SERVICES: [&str; 3] = ["lambda", "sns", "sqs"];
/// Of what is not retried. Source: "Using dead-letter queues to process undelivered events" in EventBridge's user
/// guide.
const NO_PERMISSIONS: &str = "NO_PERMISSIONS";

#[derive(Debug)]
pub struct Handover {
    pub lambda: Arc<Lambda>,
    pub sqs: Arc<Sqs>,
    pub sns: Arc<Sns>,
    pub iam: Arc<Iam>,
    pub authority: Arc<dyn Authority>,
}

/// Why something did not come to its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotHandedOver {
    NotPermitted,
    Fault(Fault),
}

impl From<Fault> for NotHandedOver {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Whether something can be handed over to what has this ARN.
pub fn is_target(arn: &str) -> bool {
    Arn::parse(arn)
        .is_some_and(|arn| SERVICES.contains(&arn.service) && arn.check_owner(arn.service).is_ok())
}

#[async_trait]
impl Target for Handover {
    async fn deliver(&self, delivery: &Delivery) -> Attempt {
        match serde_json::from_str(&delivery.payload) {
            Ok(parcel) => self.hand_over(delivery, parcel).await,
            Err(_) => Outcome::Rejected("it cannot be read".to_owned()).into(),
        }
    }

    /// What is given up is handed over to a dead-letter queue, by this target too.
    fn following(&self, delivery: &Delivery, ended: Ended, attempt: &Attempt) -> Vec<Following> {
        let parcel = serde_json::from_str::<Parcel>(&delivery.payload).ok();
        let dead = delivery.reported_to(ended).zip(parcel).map(|(to, parcel)| {
            let dead = dead_letter::of(parcel, delivery.failures, ended, &attempt.outcome);
            Ok(Delivery::new(Uuid::new_v4(), to, dead.written()))
        });
        dead.into_iter().collect()
    }
}

impl Handover {
    async fn hand_over(&self, delivery: &Delivery, parcel: Parcel) -> Attempt {
        let parcel = parcel.at_attempt(delivery.failures + 1);
        let handed_over = match &parcel.sender.role {
            Some(role) => self.in_role(role, &parcel).await,
            None => self.as_service(AsService {
                receiver: &parcel.target,
                message: parcel.message(),
                subject: None,
                principal: parcel.sender.principal.name(),
                source: &parcel.sender.source,
            }),
        };
        let outcome = match handed_over {
            Ok(Some(event)) => return Attempt::handed_over(event),
            Ok(None) => Outcome::Succeeded,
            Err(NotHandedOver::NotPermitted) => Outcome::Rejected(not_permitted(&parcel)),
            // What a client could not do either is not tried again.
            Err(NotHandedOver::Fault(fault))
                if fault.is_client_error() && fault.status != StatusCode::TOO_MANY_REQUESTS =>
            {
                Outcome::Rejected(fault.to_string())
            }
            Err(NotHandedOver::Fault(fault)) => Outcome::Failed(fault.to_string()),
        };
        outcome.into()
    }
}

fn not_permitted(parcel: &Parcel) -> String {
    let Parcel { target, sender, .. } = parcel;
    match &sender.role {
        Some(role) => format!(
            "{NO_PERMISSIONS}: there is no such role as {role}, or {} may not assume it",
            sender.principal.name()
        ),
        None => format!(
            "{NO_PERMISSIONS}: there is no such target as {target}, or its policy does not allow {} to use it for {}",
            sender.principal.name(),
            sender.source
        ),
    }
}

/// In a role.
impl Handover {
    /// Whether the service may assume the role for this rule or schedule.
    pub fn may_assume(
        &self,
        role: &str,
        principal: Principal,
        source: &str,
    ) -> Result<bool, Fault> {
        let trust = self.iam.trust_policy(role)?;
        let assume = Access::new("sts:AssumeRole", role);
        Ok(trust.is_some() && allows_service(trust, principal.name(), source, &assume))
    }

    async fn in_role(
        &self,
        role: &str,
        parcel: &Parcel,
    ) -> Result<Option<Delivery>, NotHandedOver> {
        let Parcel { target, sender, .. } = parcel;
        if !self.may_assume(role, sender.principal, &sender.source)? {
            return Err(NotHandedOver::NotPermitted);
        }
        let Some(id) = self.iam.role_id(role)? else {
            return Err(NotHandedOver::NotPermitted);
        };
        let name = role.rsplit('/').next().unwrap_or_default();
        let caller = Caller::in_role(&id, name, sender.principal.session());
        match service_of(target) {
            "lambda" => {
                let parameters = json!({ "FunctionName": target });
                self.authorise(&*self.lambda, "Invoke", &parameters, &caller)?;
                let event = self.event(target, parcel.body.clone(), None)?;
                Ok(Some(event))
            }
            "sqs" => {
                let queue = target.rsplit(':').next();
                let parameters = json!({ "QueueUrl": queue, "MessageBody": parcel.body,
                    "MessageGroupId": parcel.group, "MessageAttributes": parcel.attributes() });
                self.ask(&*self.sqs, "SendMessage", parameters, &caller)
                    .await
            }
            "sns" => {
                let parameters = json!({ "TopicArn": target, "Message": parcel.body });
                self.ask(&*self.sns, "Publish", parameters, &caller).await
            }
            _ => Err(unsupported(target).into()),
        }
    }

    async fn ask(
        &self,
        service: &dyn Service,
        operation: &'static str,
        parameters: Value,
        caller: &Caller,
    ) -> Result<Option<Delivery>, NotHandedOver> {
        self.authorise(service, operation, &parameters, caller)?;
        service::call(service, operation, parameters, caller).await?;
        Ok(None)
    }

    fn authorise(
        &self,
        service: &dyn Service,
        operation: &str,
        parameters: &Value,
        caller: &Caller,
    ) -> Result<(), Fault> {
        service::authorise_call(&*self.authority, service, operation, parameters, caller)
    }
}

fn service_of(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}

fn unsupported(target: &str) -> Fault {
    Fault::invalid(
        "NO_RESOURCE",
        format!("the sandbox hands nothing over to {target}"),
    )
}
