//! Permissions boundaries: the managed policies that limit what roles can be allowed.

use serde::Deserialize;

use super::{Iam, managed_policies, roles};
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRolePermissionsBoundaryRequest {
    role_name: String,
    permissions_boundary: String,
}

pub type DeleteRolePermissionsBoundaryRequest = roles::GetRoleRequest;

/// Fails if the policy cannot be a boundary. Call it with the lock of attachments.
pub fn check(iam: &Iam, arn: &str) -> Result<(), Fault> {
    if managed_policies::exists(iam, arn)? {
        return Ok(());
    }
    let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
    Err(Fault::not_found("NoSuchEntity", message))
}

pub async fn put(iam: &Iam, request: PutRolePermissionsBoundaryRequest) -> Result<(), Fault> {
    let _lock = iam.lock_attachments();
    check(iam, &request.permissions_boundary)?;
    roles::modify(iam, &request.role_name, |role| {
        role.boundary = Some(request.permissions_boundary);
        Ok(())
    })
}

/// A role without a boundary stays as it is.
pub async fn delete(iam: &Iam, request: DeleteRolePermissionsBoundaryRequest) -> Result<(), Fault> {
    roles::modify(iam, &request.role_name, |role| {
        role.boundary = None;
        Ok(())
    })
}
