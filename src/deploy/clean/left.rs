//! What still exists after a clean-up.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::deletion::Deletion;
use super::leftover::{BUCKET, Kept, LOG_GROUP, Leftover, STACK, leftover};
use super::plan::{MAX_CONCURRENT_STACKS, Plan};
use super::sight::Sight;
use crate::cloud::Stack;
use crate::deploy::DeployError;

/// What still exists of what the plan lists, and why.
pub async fn left(sight: Sight<'_>, plan: &Plan) -> Result<Vec<Leftover>, DeployError> {
    let protected = plan.protected.iter();
    let mut left: Vec<Leftover> = protected
        .map(|name| leftover(STACK, name, Some(Kept::Protected)))
        .collect();
    for remains in &plan.remains {
        left.extend(remains.kept.clone());
        if !remains.log_groups.is_empty() {
            let still = remains.existing_log_groups(sight).await?.into_iter();
            left.extend(still.map(|group| leftover(LOG_GROUP, &group, None)));
        }
    }
    if let Some(shared) = &plan.shared {
        left.extend(left_of_shared(sight, plan, shared).await?);
    }
    let of_stacks = stream::iter(plan.deletions()).map(|deletion| left_of(sight, deletion));
    let of_stacks = of_stacks.buffered(MAX_CONCURRENT_STACKS);
    let of_stacks: Vec<Vec<Leftover>> = of_stacks.try_collect().await?;
    left.extend(of_stacks.into_iter().flatten());
    Ok(left)
}

/// The shared stack, if it stays though it is not planned so. That other games use it is a leftover only of a
/// class, which should have gone whole.
async fn left_of_shared(
    sight: Sight<'_>,
    plan: &Plan,
    shared: &Stack,
) -> Result<Option<Leftover>, DeployError> {
    let is_class = sight.listing.is_some();
    let why = match plan.shared_stays {
        _ if !plan.kept_for.is_empty() => Some(Kept::InUse).filter(|_| is_class),
        Some(why) => Some(why),
        None if is_class && plan.workshop.is_none() => {
            let still = sight.still_has(&shared.id).await?;
            return Ok(still.then(|| leftover(STACK, &shared.name, None)));
        }
        None => None,
    };
    Ok(why.map(|why| leftover(STACK, &shared.name, Some(why))))
}

/// What of the deletion still exists.
pub async fn left_of(sight: Sight<'_>, deletion: &Deletion) -> Result<Vec<Leftover>, DeployError> {
    let mut left = deletion.kept.clone();
    if sight.still_has(&deletion.stack.id).await? {
        left.push(leftover(STACK, &deletion.name, None));
    }
    let resources = deletion.resources.iter();
    for resource in resources.filter(|it| !it.physical_id.is_empty() && !deletion.keeps(it)) {
        let (kind, name) = (&resource.resource_type, &resource.physical_id);
        // A bucket that was not there before is not looked for.
        let is_gone_bucket = kind == BUCKET && deletion.buckets.iter().all(|it| it.name != *name);
        if kind != LOG_GROUP && !is_gone_bucket && sight.exists(kind, name).await? == Some(true) {
            left.push(leftover(kind, name, None));
        }
    }
    for group in deletion.existing_log_groups(sight).await? {
        left.push(leftover(LOG_GROUP, &group, None));
    }
    Ok(left)
}
