//! The workshop's shared stack, and the bundles in its bucket.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use sha2::{Digest as _, Sha256};

use super::event::{Emit, Happening, Reporter};
use super::{DeployError, Recovery, clean, marks, settle};
use crate::bundle::Bundle;
use crate::cloud::{Cloud, Phase, Stack, StackRequest};

const TEMPLATE: &str = include_str!("../../templates/workshop.yaml");
const BUCKET_OUTPUT: &str = "ArtifactBucket";

/// The name of the artifact bucket of `workshop`, whose stack is made if it isn't there.
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
        marks::own_workshop(&stack)?;
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
                settle::join(cloud, &stack, report).await?;
            }
            Phase::RollbackFailed => {
                super::stack::recover(cloud, &stack, Recovery::ContinueRollback, report).await?
            }
            Phase::Unusable => {
                report.say(Happening::Recovering {
                    status: stack.status.clone(),
                    how: Recovery::DeleteAndCreate,
                });
                // With its bucket, which is only deleted empty. Games that are deployed keep their
                // code, and bundles that are missing are uploaded again.
                let doomed = clean::doomed(cloud, &stack).await?;
                clean::delete(cloud, &doomed, emit).await?;
            }
            Phase::Deleted => {}
        }
    }
}

/// The artifact bucket of `workshop` and how many objects are in it, if it is there. Changes nothing.
pub async fn artifact_bucket(
    cloud: &Cloud,
    workshop: &str,
) -> Result<Option<(String, usize)>, DeployError> {
    let Some(stack) = cloud.stack(workshop).await? else {
        return Ok(None);
    };
    marks::own_workshop(&stack)?;
    let Some(bucket) = stack.outputs.get(BUCKET_OUTPUT) else {
        return Err(DeployError::NoBucket {
            workshop: workshop.to_owned(),
        });
    };
    let objects = cloud.count_objects(bucket).await?;
    Ok(objects.map(|objects| (bucket.clone(), objects)))
}

async fn create(cloud: &Cloud, workshop: &str, report: Reporter<'_>) -> Result<Stack, DeployError> {
    let request = StackRequest {
        name: workshop.to_owned(),
        template: TEMPLATE.to_owned(),
        parameters: Vec::new(),
        tags: marks::workshop(),
    };
    super::stack::create(cloud, &request, report).await
}

/// Uploads what of `bundles` is not in the bucket yet; the key of each, by function.
pub(super) async fn upload(
    cloud: &Cloud,
    bucket: &str,
    bundles: &[Bundle],
    report: Reporter<'_>,
) -> Result<BTreeMap<String, String>, DeployError> {
    let uploads = bundles.iter().map(|bundle| async move {
        let key = key(bundle);
        if !cloud.object_exists(bucket, &key).await? {
            report.say(Happening::Uploading {
                function: bundle.function.name.clone(),
                bytes: bundle.zip.len(),
            });
            cloud.put_object(bucket, &key, bundle.zip.clone()).await?;
        }
        Ok::<_, DeployError>((bundle.function.name.clone(), key))
    });
    Ok(try_join_all(uploads).await?.into_iter().collect())
}

/// The key names the content, so that an object is never replaced by another.
fn key(bundle: &Bundle) -> String {
    // Base64 as it may stand in a path.
    let digest = bundle.digest.as_str().replace('/', "_").replace('+', "-");
    format!(
        "bundles/{}-{}.zip",
        bundle.function.name,
        digest.trim_end_matches('=')
    )
}

/// The digest by which a template is recognised, in hexadecimal.
pub fn template_digest(template: &str) -> String {
    Sha256::digest(template.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
