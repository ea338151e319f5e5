//! Where reports of invocations can go, and whether a function's role may hand them over.

use super::super::Lambda;
use super::super::fault::{constraint, invalid};
use super::super::function::Function;
use super::super::function_ref::FunctionRef;
use super::configuration::Reports;
use crate::arn::Arn;
use crate::authorise::{Access, authorise};
use crate::fault::Fault;
use crate::service::Service;

/// In characters. Source: `DestinationArn` in Lambda's API reference.
const LONGEST: usize = 350;

/// A service that takes reports, and what the function's role needs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Queue,
    Topic,
    Function,
    EventBus,
}

impl Kind {
    /// Of an ARN of this sandbox; `None` if it is of nothing that takes reports.
    pub fn of(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let is_plain = !arn.resource.contains([':', '/']);
        let is_here = |service| arn.check_owner(service).is_ok() && !arn.region.is_empty();
        match arn.service {
            "sqs" if is_here("sqs") && is_plain => Some(Self::Queue),
            "sns" if is_here("sns") && is_plain => Some(Self::Topic),
            "lambda" if is_here("lambda") && FunctionRef::parse(text, None).is_ok() => {
                Some(Self::Function)
            }
            "events" if is_here("events") => {
                let bus = arn.resource.strip_prefix("event-bus/")?;
                (!bus.is_empty() && !bus.contains(['/', ':'])).then_some(Self::EventBus)
            }
            _ => None,
        }
    }

    pub fn action(self) -> &'static str {
        match self {
            Self::Queue => "sqs:SendMessage",
            Self::Topic => "sns:Publish",
            Self::Function => "lambda:InvokeFunction",
            Self::EventBus => "events:PutEvents",
        }
    }

    /// As Lambda names it in errors.
    pub fn operation(self) -> &'static str {
        match self {
            Self::Queue => "SendMessage",
            Self::Topic => "Publish",
            Self::Function => "InvokeFunction",
            Self::EventBus => "PutEvents",
        }
    }

    pub fn service(self) -> &'static str {
        match self {
            Self::Queue => "SQS",
            Self::Topic => "SNS",
            Self::Function => "Lambda",
            Self::EventBus => "EventBridge",
        }
    }
}

impl Lambda {
    /// Refuses destinations that take no reports, or none from this function.
    pub fn check_reports(&self, function: &Function, reports: &Reports) -> Result<(), Fault> {
        for (member, arn) in [
            ("onFailure", &reports.on_failure),
            ("onSuccess", &reports.on_success),
        ] {
            let Some(arn) = arn else { continue };
            let kind = self.check_report(function, member, arn, reports)?;
            if !self.may_reach(function, kind, arn)? {
                return Err(invalid(format!(
                    "The function's execution role does not have permissions to call {} on {arn}",
                    kind.operation()
                )));
            }
        }
        Ok(())
    }

    fn check_report(
        &self,
        function: &Function,
        member: &str,
        arn: &str,
        reports: &Reports,
    ) -> Result<Kind, Fault> {
        if Arn::parse(arn).is_none() || arn.len() > LONGEST {
            let member = format!("destinationConfig.{member}.destination");
            return Err(constraint(&member, arn, "an ARN, or empty"));
        }
        let service = Arn::parse(arn).map_or("", |arn| arn.service);
        let Some(kind) = Kind::of(arn) else {
            return Err(match service {
                "s3" => invalid(format!(
                    "the sandbox does not support buckets as destinations, such as {arn}; it supports queues \
                     of SQS, topics of SNS, event buses of EventBridge and functions"
                )),
                _ => not_valid(reports),
            });
        };
        let is_fifo = matches!(kind, Kind::Queue | Kind::Topic) && arn.ends_with(".fifo");
        if is_fifo {
            return Err(not_valid(reports));
        }
        if kind == Kind::Function {
            let destination = FunctionRef::parse(arn, None)?;
            if destination.name == function.name {
                return Err(invalid(
                    "You can't specify the function as a destination for itself.",
                ));
            }
            self.function(&destination).map_err(|fault| {
                let message = format!("The destination ARN {arn} is invalid.");
                match fault.is_client_error() {
                    true => invalid(message),
                    false => fault,
                }
            })?;
        }
        Ok(kind)
    }

    /// Whether the function's role may hand something over to what has this ARN.
    pub fn may_reach(&self, function: &Function, kind: Kind, arn: &str) -> Result<bool, Fault> {
        let access = Access::new(kind.action(), arn);
        let sqs = &*self.event_sources.sqs;
        let policy_of = |access: &Access| match kind {
            Kind::Queue => sqs.policy_of(access),
            Kind::Function => self.policy_of(access),
            // Whom the policy of a topic or a bus allows, besides those whose own policies do, it says of others.
            Kind::Topic | Kind::EventBus => Ok(None),
        };
        let allowed = authorise(
            &*self.authority,
            &self.session_of(function)?,
            &[access],
            &policy_of,
            sqs.description().protocol,
        );
        match allowed {
            Ok(()) => Ok(true),
            Err(fault) if fault.is_client_error() => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}

/// Refuses a dead-letter queue that is none, or to which the function's role may not send.
pub fn check_dead_letter(lambda: &Lambda, function: &Function) -> Result<(), Fault> {
    let Some(arn) = &function.dead_letter else {
        return Ok(());
    };
    let kind = match Kind::of(arn) {
        Some(kind @ (Kind::Queue | Kind::Topic)) => kind,
        _ => {
            return Err(constraint(
                "deadLetterConfig.targetArn",
                arn,
                "the ARN of a queue or a topic of this account and region, or empty",
            ));
        }
    };
    if arn.ends_with(".fifo") {
        return Err(invalid(format!(
            "The dead-letter queue {arn} is a FIFO queue or topic, which Lambda does not support."
        )));
    }
    if lambda.may_reach(function, kind, arn)? {
        return Ok(());
    }
    Err(invalid(format!(
        "The provided execution role does not have permissions to call {} on {}",
        kind.operation(),
        kind.service()
    )))
}

fn not_valid(reports: &Reports) -> Fault {
    let part = |name: &str, arn: &Option<String>| match arn {
        Some(arn) => format!("{name}(destination={arn})"),
        None => "null".to_owned(),
    };
    invalid(format!(
        "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
        part("OnSuccess", &reports.on_success),
        part("OnFailure", &reports.on_failure)
    ))
}
