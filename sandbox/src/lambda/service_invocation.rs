//! Invocations by other services of AWS, which a function's policy has to allow.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::Lambda;
use super::function::Function;
use super::function_ref::FunctionRef;
use super::runtime::{InvocationRequest, InvocationResponse};
use crate::authorise::policy::ResourcePolicy;
use crate::authorise::{Access, allows_service};
use crate::delivery::Delivery;
use crate::fault::Fault;

/// An invocation by a service.
#[derive(Clone, Debug)]
pub struct ServiceInvocation {
    /// A name or an ARN.
    pub function: String,
    pub payload: Bytes,
    /// Of the invocation.
    pub id: String,
    /// On whose behalf it is; `None` if the service acts in a role, which needs no permission of the
    /// function.
    pub source: Option<Source>,
}

#[derive(Clone, Debug)]
pub struct Source {
    /// Such as `apigateway.amazonaws.com`.
    pub principal: &'static str,
    /// What the service invokes the function for.
    pub arn: String,
}

/// Why a service's invocation did not come to the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotInvoked {
    /// There is no such function, or its policy does not allow it.
    NotPermitted,
    Fault(Fault),
}

impl From<Fault> for NotInvoked {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Lambda {
    /// Invokes the function and waits for its response. The function goes on if nobody waits any more.
    pub async fn invoke_for_service(
        self: &Arc<Self>,
        invocation: ServiceInvocation,
    ) -> Result<InvocationResponse, NotInvoked> {
        let (function_ref, _) = self.permitted(&invocation)?;
        let request = InvocationRequest {
            id: invocation.id,
            payload: invocation.payload,
            client_context: None,
        };
        let lambda = self.clone();
        let running = tokio::spawn(async move { lambda.run(&function_ref, request).await });
        let ended = running.await;
        Ok(ended.map_err(|error| Fault::internal(error.to_string()))??)
    }

    /// Accepts an event for the function.
    pub fn accept_for_service(&self, invocation: ServiceInvocation) -> Result<(), NotInvoked> {
        Ok(self.accept_event(self.event_for_service(invocation)?)?)
    }

    /// The delivery of an event to the function, for who accepts it.
    pub fn event_for_service(&self, invocation: ServiceInvocation) -> Result<Delivery, NotInvoked> {
        let (function_ref, function) = self.permitted(&invocation)?;
        // A payload is JSON, which is UTF-8.
        let payload = String::from_utf8_lossy(&invocation.payload).into_owned();
        Ok(self.event_to(&function, &function_ref, invocation.id, payload)?)
    }

    /// Whether there is such a function, and its policy lets the service invoke it for the source.
    pub fn permits(&self, function: &str, source: Source) -> Result<bool, Fault> {
        let invocation = ServiceInvocation {
            function: function.to_owned(),
            payload: Bytes::new(),
            id: String::new(),
            source: Some(source),
        };
        match self.permitted(&invocation) {
            Ok(_) => Ok(true),
            Err(NotInvoked::NotPermitted) => Ok(false),
            Err(NotInvoked::Fault(fault)) => Err(fault),
        }
    }

    fn permitted(
        &self,
        invocation: &ServiceInvocation,
    ) -> Result<(FunctionRef, Function), NotInvoked> {
        let parsed = FunctionRef::parse(&invocation.function, None);
        let function_ref = parsed.map_err(|_| NotInvoked::NotPermitted)?;
        let function = self.function(&function_ref);
        let function = function.map_err(|fault| match fault.is_client_error() {
            true => NotInvoked::NotPermitted,
            false => NotInvoked::Fault(fault),
        })?;
        if let Some(source) = &invocation.source
            && !function.allows(source, &function_ref.arn())?
        {
            return Err(NotInvoked::NotPermitted);
        }
        Ok((function_ref, function))
    }
}

/// What a function's policy allows, and whom.
pub fn policy_of(lambda: &Lambda, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
    let Ok(function_ref) = FunctionRef::parse(&access.resource, None) else {
        return Ok(None);
    };
    match lambda.function(&function_ref) {
        Ok(function) => function.resource_policy(),
        Err(fault) if fault.is_client_error() => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl Function {
    fn resource_policy(&self) -> Result<Option<ResourcePolicy>, Fault> {
        let statements = &self.policy.statements;
        if statements.is_empty() {
            return Ok(None);
        }
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        ResourcePolicy::read(&document).map(Some)
    }

    fn allows(&self, source: &Source, arn: &str) -> Result<bool, Fault> {
        let access = Access::new("lambda:InvokeFunction", arn);
        let policy = self.resource_policy()?;
        Ok(allows_service(
            policy,
            source.principal,
            &source.arn,
            &access,
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::ACCOUNT;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets/1";

    #[test]
    fn a_statement_allows_its_service_and_its_source() {
        let source = Source {
            principal: "apigateway.amazonaws.com",
            arn: ARN.to_owned(),
        };
        let allowed = |principal: Value, action: &str, condition: Value| {
            let mut function = Function::new("game");
            let arn = function.arn();
            function.policy.statements = vec![json!({ "Effect": "Allow", "Principal": principal,
                "Action": action, "Resource": arn, "Condition": condition })];
            function.allows(&source, &arn).expect("it can be read")
        };
        let service = || json!({ "Service": "apigateway.amazonaws.com" });
        let invoke = "lambda:InvokeFunction";
        let like = |arn: &str| json!({ "ArnLike": { "AWS:SourceArn": arn } });
        assert!(allowed(service(), invoke, Value::Null));
        assert!(allowed(json!("*"), "lambda:*", Value::Null));
        assert!(allowed(
            service(),
            invoke,
            like("arn:aws:execute-api:*:*:abc/*")
        ));
        let account = json!({ "StringEquals": { "AWS:SourceAccount": ACCOUNT } });
        assert!(allowed(service(), invoke, account));
        let events = json!({ "Service": "events.amazonaws.com" });
        assert!(!allowed(events, invoke, Value::Null));
        assert!(!allowed(service(), "lambda:GetFunction", Value::Null));
        assert!(!allowed(
            service(),
            invoke,
            like("arn:aws:execute-api:*:*:abd/*")
        ));
        let other = json!({ "StringEquals": { "lambda:EventSourceToken": "t" } });
        assert!(!allowed(service(), invoke, other));
    }
}
