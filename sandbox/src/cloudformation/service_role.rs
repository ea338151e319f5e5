//! The role in which CloudFormation is to act on a stack. It does not limit what is done here yet.

use serde::Deserialize;

use super::fault::invalid;
use super::stack::Stack;
use crate::ACCOUNT;
use crate::arn::Arn;
use crate::fault::Fault;
use crate::iam::Iam;

const SERVICE: &str = "cloudformation.amazonaws.com";

/// As a request names it, or does not.
#[derive(Debug, Default, Deserialize)]
pub struct ServiceRole {
    #[serde(rename = "RoleARN")]
    arn: Option<String>,
}

impl ServiceRole {
    /// That of the request, else the stack's from earlier.
    pub fn for_stack(&self, stack: &Stack) -> Option<String> {
        let role = self.arn.as_ref().or(stack.definition.role_arn.as_ref());
        role.cloned()
    }

    /// Refuses what is not the ARN of a role, a role that does not exist, and one whose trust policy does
    /// not name CloudFormation.
    pub fn check(&self, stack: &Stack, iam: &Iam) -> Result<(), Fault> {
        let Some(role) = self.for_stack(stack) else {
            return Ok(());
        };
        let is_role =
            |arn: Arn| arn.check_owner("iam").is_ok() && arn.resource.starts_with("role/");
        let refused = |why: &str| {
            Err(invalid(format!(
                "Role {role} is invalid or cannot be assumed: {why}"
            )))
        };
        if !Arn::parse(&role).is_some_and(is_role) {
            refused(&format!(
                "it must be the ARN of a role of the account {ACCOUNT}"
            ))
        } else if !iam.can_be_assumed(&role, SERVICE)? {
            refused("it does not exist, or its trust policy does not name CloudFormation")
        } else {
            Ok(())
        }
    }
}
