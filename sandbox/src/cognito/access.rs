//! What the operations of a pool's owner act on.
//!
//! Source: the page of Amazon Cognito User Pools in the Service Authorization Reference.

use serde_json::Value;

use super::Cognito;
use super::names::pool_arn;
use crate::authorise::{Access, text};

pub fn pool(_: &Cognito, action: &'static str, parameters: &Value) -> Vec<Access> {
    vec![Access::new(
        action,
        pool_arn(text(parameters, "UserPoolId")),
    )]
}

pub fn any(_: &Cognito, action: &'static str, _: &Value) -> Vec<Access> {
    vec![Access::any(action)]
}

/// Of the operations on tags.
pub fn resource(_: &Cognito, action: &'static str, parameters: &Value) -> Vec<Access> {
    vec![Access::new(action, text(parameters, "ResourceArn"))]
}
