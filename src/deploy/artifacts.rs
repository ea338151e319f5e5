//! The artifact bucket in the workshop's shared stack, and the bundles in it.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use super::event::{Emit, EventKind, Reporter};
use super::{DeployError, Recovery, clean, ownership, waiter};
use crate::bundle::Bundle;
use crate::cloud::{Cloud, Phase, Stack, StackRequest};

const TEMPLATE: &str = include_str!("../../templates/workshop.yaml");
const BUCKET_OUTPUT: &str = "ArtifactBucket";

/// The name of the artifact bucket of `workshop`; creates the shared stack if there is none.
pub(super) async fn bucket(
    cloud: &Cloud,
    workshop: &str,
    emit: Emit<'_>,
) -> Result<String, DeployError> {
    let report = Reporter {
        stack: workshop,
        emit,
    };
    loop {
        let stack = match cloud.stack(workshop).await? {
            None => create(cloud, workshop, report).await?,
            Some(stack) => stack,
        };
        ownership::check_workshop(&stack)?;
        match stack.status.phase() {
            Phase::Updatable => {
                return stack
                    .outputs
                    .get(BUCKET_OUTPUT)
                    .cloned()
                    .ok_or(DeployError::NoBucket {
                        workshop: workshop.to_owned(),
                    });
            }
            Phase::InProgress => {
                waiter::wait_for_running_operation(cloud, &stack, report).await?;
            }
            Phase::RollbackFailed => {
                super::stack::recover(cloud, &stack, Recovery::ContinueRollback, report).await?
            }
            Phase::Unusable => {
                report.emit(EventKind::Recovering {
                    status: stack.status.clone(),
                    how: Recovery::DeleteAndCreate,
                });
                // A bucket can only be deleted when it is empty. Deployed functions keep their code, and
                // missing bundles are uploaded again.
                let deletion = clean::deletion_of(cloud, &stack).await?;
                clean::delete(cloud, &deletion, emit).await?;
            }
            Phase::Deleted => {}
        }
    }
}

/// The artifact bucket of a workshop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactBucket {
    /// The shared stack is not there yet.
    NotCreated,
    /// The shared stack has it, but it was deleted.
    Gone {
        name: String,
    },
    There {
        name: String,
        objects: usize,
    },
}

impl ArtifactBucket {
    /// Its name, if it is there.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::There { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// The artifact bucket of `workshop`. Changes nothing.
pub async fn artifact_bucket(cloud: &Cloud, workshop: &str) -> Result<ArtifactBucket, DeployError> {
    let Some(stack) = cloud.stack(workshop).await? else {
        return Ok(ArtifactBucket::NotCreated);
    };
    ownership::check_workshop(&stack)?;
    let Some(bucket) = stack.outputs.get(BUCKET_OUTPUT) else {
        return Err(DeployError::NoBucket {
            workshop: workshop.to_owned(),
        });
    };
    let name = bucket.clone();
    Ok(match cloud.count_objects(bucket).await? {
        Some(objects) => ArtifactBucket::There { name, objects },
        None => ArtifactBucket::Gone { name },
    })
}

async fn create(cloud: &Cloud, workshop: &str, report: Reporter<'_>) -> Result<Stack, DeployError> {
    let request = StackRequest {
        name: workshop.to_owned(),
        template: TEMPLATE.to_owned(),
        parameters: Vec::new(),
        tags: ownership::workshop_tags(),
    };
    super::stack::create(cloud, &request, report).await
}

/// The artifact bucket of a workshop, looked for when it is first needed.
pub(super) struct LazyBucket<'a> {
    cloud: &'a Cloud,
    workshop: &'a str,
    emit: Emit<'a>,
    name: OnceCell<String>,
}

impl<'a> LazyBucket<'a> {
    pub fn new(cloud: &'a Cloud, workshop: &'a str, emit: Emit<'a>) -> Self {
        Self {
            cloud,
            workshop,
            emit,
            name: OnceCell::new(),
        }
    }

    pub async fn name(&self) -> Result<&str, DeployError> {
        let look = || bucket(self.cloud, self.workshop, self.emit);
        self.name.get_or_try_init(look).await.map(String::as_str)
    }
}

/// Uploads the bundles that are not in the bucket yet; returns the key of each, by function.
pub(super) async fn upload(
    cloud: &Cloud,
    bucket: &str,
    bundles: &[Bundle],
    report: Reporter<'_>,
) -> Result<BTreeMap<String, String>, DeployError> {
    let uploads = bundles.iter().map(|bundle| async move {
        let key = upload_one(cloud, bucket, bundle, report).await?;
        Ok::<_, DeployError>((bundle.function.name.clone(), key))
    });
    Ok(try_join_all(uploads).await?.into_iter().collect())
}

/// Uploads the bundle if it is not in the bucket yet; returns its key.
pub(super) async fn upload_one(
    cloud: &Cloud,
    bucket: &str,
    bundle: &Bundle,
    report: Reporter<'_>,
) -> Result<String, DeployError> {
    let key = key(bundle);
    if !cloud.object_exists(bucket, &key).await? {
        report.emit(EventKind::Uploading {
            function: bundle.function.name.clone(),
            bytes: bundle.zip.len(),
        });
        cloud.put_object(bucket, &key, bundle.zip.clone()).await?;
    }
    Ok(key)
}

const FOLDER: &str = "bundles/";

/// The key contains the digest, so no object is ever overwritten with another content.
fn key(bundle: &Bundle) -> String {
    // Base64 for URLs: a key may stand in a path.
    let digest = bundle.digest.as_str().replace('/', "_").replace('+', "-");
    format!(
        "{FOLDER}{}-{}.zip",
        bundle.function.name,
        digest.trim_end_matches('=')
    )
}

/// The function of a bundle that is in a bucket under `key`.
pub(super) fn function_of(key: &str) -> Option<&str> {
    let name = key.strip_prefix(FOLDER)?.strip_suffix(".zip")?;
    let (function, digest) = name.split_at_checked(name.len().checked_sub(DIGEST)?)?;
    let function = function.strip_suffix('-')?;
    let is_digest = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    digest.chars().all(is_digest).then_some(function)
}

/// The characters of a SHA-256 in base64 without padding.
const DIGEST: usize = 43;

/// The SHA-256 of a template in hexadecimal.
pub fn template_digest(template: &str) -> String {
    Sha256::digest(template.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
