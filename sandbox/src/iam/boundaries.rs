//! Permissions boundaries: the managed policies that limit what roles and users can be allowed.

use serde::Deserialize;

use super::entity::{self, Entity};
use super::{Iam, managed_policies};
use crate::fault::Fault;

/// Of a role or a user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutPermissionsBoundaryRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
    permissions_boundary: String,
}

#[derive(Debug, Deserialize)]
pub struct DeletePermissionsBoundaryRequest {
    #[serde(rename = "RoleName", alias = "UserName")]
    name: String,
}

/// Fails if the policy cannot be a boundary. Call it with the lock of attachments.
pub fn check(iam: &Iam, arn: &str) -> Result<(), Fault> {
    if managed_policies::exists(iam, arn)? {
        return Ok(());
    }
    let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
    Err(Fault::not_found("NoSuchEntity", message))
}

pub async fn put<E: Entity>(
    iam: &Iam,
    request: PutPermissionsBoundaryRequest,
) -> Result<(), Fault> {
    let _lock = iam.lock_attachments();
    check(iam, &request.permissions_boundary)?;
    entity::modify(iam, &request.name, |entity: &mut E| {
        entity.held_mut().boundary = Some(request.permissions_boundary);
        Ok(())
    })
}

/// What has no boundary stays as it is.
pub async fn delete<E: Entity>(
    iam: &Iam,
    request: DeletePermissionsBoundaryRequest,
) -> Result<(), Fault> {
    entity::modify(iam, &request.name, |entity: &mut E| {
        entity.held_mut().boundary = None;
        Ok(())
    })
}
