//! What was changed outside CloudFormation.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::cloud::{Cloud, CloudError, Drift, Resource, Stack};

/// How many resources are checked at the same time.
const CONCURRENCY: usize = 4;

/// A resource that is not as CloudFormation left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    pub resource: Resource,
    pub drift: Drift,
}

/// The resources of the stack that were changed or deleted outside CloudFormation, as far as it can
/// check them.
pub async fn drifted(cloud: &Cloud, stack: &Stack) -> Result<Vec<Drifted>, CloudError> {
    let resources = cloud.resources(&stack.id).await?;
    let checks = resources.into_iter().map(|resource| async {
        let drift = cloud.drift(&stack.id, &resource.logical_id).await?;
        Ok::<_, CloudError>(drift.map(|drift| Drifted { resource, drift }))
    });
    let found: Vec<Option<Drifted>> = stream::iter(checks)
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}
