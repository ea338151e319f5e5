//! The role that a function runs with.

use super::Lambda;
use super::fault::{constraint, invalid};
use crate::arn::{Arn, Foreign};
use crate::fault::Fault;

const SERVICE: &str = "lambda.amazonaws.com";

/// Checks that it is the ARN of a role, not that the role exists.
pub fn checked(role: String) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c);
    let is_role = |arn: &Arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.region.is_empty() && !name.is_empty() && name.chars().all(plain)
    };
    let arn = Arn::parse(&role).filter(is_role);
    match arn.map(|arn| arn.check_owner("iam")) {
        Some(Ok(())) => Ok(role),
        Some(Err(Foreign::Account)) => Err(Fault::denied(
            "AccessDeniedException",
            format!("Cross-account pass role is not allowed: {role}"),
        )),
        _ => Err(constraint(
            "role",
            role,
            "the ARN of a role, such as arn:aws:iam::000000000000:role/NAME",
        )),
    }
}

impl Lambda {
    /// Refuses a role that does not exist, or whose trust policy does not name Lambda.
    pub fn check_assumable(&self, role: &str) -> Result<(), Fault> {
        if self.iam.can_be_assumed(role, SERVICE)? {
            Ok(())
        } else {
            Err(invalid(
                "The role defined for the function cannot be assumed by Lambda.",
            ))
        }
    }
}
