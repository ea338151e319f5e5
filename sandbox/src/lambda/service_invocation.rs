//! Invocations by other services of AWS, which a function's policy has to allow.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::Lambda;
use super::function_ref::FunctionRef;
use super::runtime::{InvocationRequest, InvocationResponse};
use crate::ACCOUNT;
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
        let (function_ref, request) = self.permitted(invocation)?;
        let lambda = self.clone();
        let running = tokio::spawn(async move { lambda.run(&function_ref, request).await });
        let ended = running.await;
        Ok(ended.map_err(|error| Fault::internal(error.to_string()))??)
    }

    /// Accepts an event for the function.
    pub fn accept_for_service(&self, invocation: ServiceInvocation) -> Result<(), NotInvoked> {
        let (function_ref, request) = self.permitted(invocation)?;
        Ok(self.accept(&function_ref, request)?)
    }

    fn permitted(
        &self,
        invocation: ServiceInvocation,
    ) -> Result<(FunctionRef, InvocationRequest), NotInvoked> {
        let parsed = FunctionRef::parse(&invocation.function, None);
        let function_ref = parsed.map_err(|_| NotInvoked::NotPermitted)?;
        let function = self.function(&function_ref);
        let function = function.map_err(|fault| match fault.is_client_error() {
            true => NotInvoked::NotPermitted,
            false => NotInvoked::Fault(fault),
        })?;
        if let Some(source) = &invocation.source
            && !function
                .policy
                .statements
                .iter()
                .any(|it| allows(it, source))
        {
            return Err(NotInvoked::NotPermitted);
        }
        let request = InvocationRequest {
            id: invocation.id,
            payload: invocation.payload,
            client_context: None,
        };
        Ok((function_ref, request))
    }
}

/// Whether a statement of a function's policy allows the invocation. Conditions that are about other
/// things than its source are not met.
fn allows(statement: &Value, source: &Source) -> bool {
    let principal = &statement["Principal"];
    let is_principal = principal == "*" || principal["Service"] == source.principal;
    let action = statement["Action"].as_str().unwrap_or_default();
    let action = action.to_ascii_lowercase();
    let is_action = ["*", "lambda:*", "lambda:invokefunction"].contains(&action.as_str());
    let mut conditions = statement["Condition"].as_object().into_iter().flatten();
    is_principal
        && is_action
        && conditions.all(|(operator, keys)| {
            let mut keys = keys.as_object().into_iter().flatten();
            keys.all(|(key, expected)| {
                let expected = expected.as_str().unwrap_or_default();
                match (operator.as_str(), key.to_ascii_lowercase().as_str()) {
                    ("ArnLike", "aws:sourcearn") => is_arn_like(expected, &source.arn),
                    ("StringEquals", "aws:sourceaccount") => expected == ACCOUNT,
                    _ => false,
                }
            })
        })
}

/// Each of the six parts of an ARN is matched by itself.
///
/// Source: "ARN condition operators" in IAM's user guide.
fn is_arn_like(pattern: &str, arn: &str) -> bool {
    let mut patterns = pattern.splitn(6, ':');
    let all = arn.splitn(6, ':').all(|part| {
        let pattern = patterns.next();
        pattern.is_some_and(|pattern| is_like(pattern.as_bytes(), part.as_bytes()))
    });
    all && patterns.next().is_none()
}

/// `*` is any text, `?` any one character.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    // Where the last star is, and what it stands for up to now.
    let (mut at, mut position, mut star) = (0, 0, None);
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == text[position] => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, position) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|left| *left == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets/1";

    #[test]
    fn an_arn_is_matched_part_by_part() {
        for pattern in [
            ARN,
            "arn:aws:execute-api:us-east-1:000000000000:abc/*",
            "arn:aws:execute-api:*:*:abc/*/GET/pets/?",
            "arn:aws:execute-api:us-east-1:000000000000:abc/*/*/pets/*",
            "arn:*:*:*:*:*",
        ] {
            assert!(is_arn_like(pattern, ARN), "{pattern}");
        }
        for pattern in [
            "",
            "*",
            "arn:*",
            "arn:aws:execute-api:us-east-1:000000000000:abd/*",
            "arn:aws:execute-api:us-east-1:000000000000:abc/*/POST/*",
            "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets",
        ] {
            assert!(!is_arn_like(pattern, ARN), "{pattern}");
        }
        // Neither hangs nor overflows.
        assert!(!is_like(
            "*a".repeat(2000).as_bytes(),
            "a".repeat(1999).as_bytes()
        ));
    }

    #[test]
    fn a_statement_allows_its_service_and_its_source() {
        let source = Source {
            principal: "apigateway.amazonaws.com",
            arn: ARN.to_owned(),
        };
        let allowed = |principal: Value, action: &str, condition: Value| {
            let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": action,
                "Condition": condition });
            allows(&statement, &source)
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
