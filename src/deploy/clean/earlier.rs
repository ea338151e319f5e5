//! What earlier stacks of a name left behind when they were deleted. CloudFormation knows a deleted stack
//! for 90 days.
//!
//! Source: CloudFormation API reference, `ListStacks`.

use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all};
use serde::Serialize;

use super::leftover::{FUNCTION, Kept, Leftover, leftover, released};
use super::log_groups;
use super::sight::Sight;
use crate::cloud::{CloudError, Resource};
use crate::names::log_group;

#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The full names of the functions that they had.
    pub functions: Vec<String>,
    /// What still exists of them, as far as that can be found out.
    pub left: Vec<Leftover>,
    /// Whether the last stack of the name is known to be one that may not be cleaned.
    strangers: bool,
}

/// What earlier stacks of the name left, besides these `resources` of the stack that has it now. Nothing
/// where the caller may not look.
pub(super) async fn earlier(
    sight: Sight<'_>,
    stack: &str,
    resources: &[Resource],
) -> Result<Earlier, CloudError> {
    if !sight.may_have_earlier(stack, resources) {
        return Ok(Earlier::default());
    }
    match look(sight, stack).await {
        Err(error) if error.concerns_one_request() => Ok(Earlier::default()),
        found => found,
    }
}

async fn look(sight: Sight<'_>, stack: &str) -> Result<Earlier, CloudError> {
    let mut earlier = Earlier::default();
    let mut candidates = Vec::new();
    let ids = sight.deleted_stacks(stack).await?;
    let stacks = try_join_all(ids.iter().map(|id| former(sight, id))).await?;
    for (age, stack) in stacks.into_iter().enumerate() {
        match stack {
            Former::Own { functions, left } => {
                earlier.functions.extend(functions);
                candidates.extend(left);
            }
            Former::Strangers => earlier.strangers |= age == 0,
            Former::Forgotten => {}
        }
    }
    let mut seen = BTreeSet::new();
    candidates.retain(|it| seen.insert(it.clone()));
    let exist = candidates
        .iter()
        .map(|(kind, name)| sight.may_exist(kind, name));
    let exist = try_join_all(exist).await?;
    let left = candidates.iter().zip(exist).filter(|(_, exists)| *exists);
    let left = left.map(|((kind, name), _)| leftover(kind, name, Some(Kept::Earlier)));
    earlier.left = left.collect();
    Ok(earlier)
}

/// A deleted stack.
enum Former {
    Own {
        /// The full names of the functions that it had.
        functions: Vec<String>,
        /// The type and name of each resource that it did not delete.
        left: Vec<(String, String)>,
    },
    /// It may not be cleaned.
    Strangers,
    /// CloudFormation does not know it any more.
    Forgotten,
}

async fn former(sight: Sight<'_>, id: &str) -> Result<Former, CloudError> {
    let cloud = sight.cloud;
    match cloud.stack(id).await? {
        Some(stack) if sight.whose.has(&stack) => {}
        Some(_) => return Ok(Former::Strangers),
        None => return Ok(Former::Forgotten),
    }
    let (resources, events) = try_join(cloud.resources(id), cloud.events_after(id, None)).await?;
    let functions = resources.iter().filter(|it| it.resource_type == FUNCTION);
    let retained = resources
        .iter()
        .filter(|it| it.status.0 == "DELETE_SKIPPED");
    let retained = retained.map(|it| (it.resource_type.clone(), it.physical_id.clone()));
    let released = released(&events, &resources, id);
    let released = released.into_iter().map(|it| (it.resource_type, it.name));
    Ok(Former::Own {
        functions: functions.map(|it| it.physical_id.clone()).collect(),
        left: retained.chain(released).collect(),
    })
}

/// What a stack left behind that was deleted earlier.
#[derive(Clone, Debug, Serialize)]
pub struct Remains {
    pub stack: String,
    /// They are deleted.
    pub log_groups: Vec<String>,
    /// It stays.
    pub kept: Vec<Leftover>,
    #[serde(skip)]
    functions: Vec<String>,
    /// Whether what is only named like its own may be deleted.
    #[serde(skip)]
    by_name: bool,
}

/// What a stack that does not exist has left behind.
pub(super) async fn remains(sight: Sight<'_>, stack: &str) -> Result<Remains, CloudError> {
    let earlier = earlier(sight, stack, &[]).await?;
    let mut remains = Remains {
        stack: stack.to_owned(),
        log_groups: Vec::new(),
        kept: earlier.left,
        functions: earlier.functions,
        by_name: !earlier.strangers,
    };
    remains.log_groups = remains.existing_log_groups(sight).await?;
    Ok(remains)
}

impl Remains {
    pub(super) async fn existing_log_groups(
        &self,
        sight: Sight<'_>,
    ) -> Result<Vec<String>, CloudError> {
        let known = self.functions.iter().map(|name| log_group(name)).collect();
        let kept = self.kept.iter().map(|kept| kept.name.clone()).collect();
        log_groups::existing(sight, &self.stack, &known, &kept, self.by_name).await
    }
}
