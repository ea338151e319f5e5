//! A stack with everything that is deleted with it.

use std::collections::BTreeSet;

use futures_util::future::try_join;
use serde::Serialize;

use super::earlier::Earlier;
use super::leftover::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, leftover, released};
use super::log_groups;
use super::sight::Sight;
use crate::cloud::{CloudError, Resource, Stack};
use crate::names::log_group;

/// A stack to be deleted, with everything that is deleted with it.
#[derive(Clone, Debug, Serialize)]
pub struct Deletion {
    pub name: String,
    #[serde(skip)]
    pub stack: Stack,
    pub resources: Vec<Resource>,
    /// The log groups of its functions: resources of the stack, and those that Lambda created.
    pub log_groups: Vec<String>,
    /// Its buckets, with the number of objects in each.
    pub buckets: Vec<Bucket>,
    /// What stays, because the template or an earlier operation says so.
    pub kept: Vec<Leftover>,
    /// The full names of functions that it had once.
    #[serde(skip)]
    former_functions: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Bucket {
    pub name: String,
    pub objects: usize,
}

/// The stack with everything that is deleted with it.
pub(in crate::deploy) async fn deletion_of(
    sight: Sight<'_>,
    stack: &Stack,
) -> Result<Deletion, CloudError> {
    let cloud = sight.cloud;
    let resources = cloud.resources(&stack.id).await?;
    let (retained, events) = try_join(
        sight.retained(stack, &resources),
        sight.events(stack, &resources),
    )
    .await?;
    let mut kept: Vec<Leftover> = resources
        .iter()
        .filter(|it| retained.contains(&it.logical_id) && !it.physical_id.is_empty())
        .map(|it| leftover(&it.resource_type, &it.physical_id, Some(Kept::Retained)))
        .collect();
    for left in released(&events, &resources, &stack.id) {
        if sight.may_exist(&left.resource_type, &left.name).await? {
            kept.push(left);
        }
    }
    let functions = events
        .iter()
        .filter(|event| event.resource_type == FUNCTION);
    let mut deletion = Deletion {
        former_functions: functions.map(|event| event.physical_id.clone()).collect(),
        name: stack.name.clone(),
        stack: stack.clone(),
        resources,
        log_groups: Vec::new(),
        buckets: Vec::new(),
        kept,
    };
    let mut buckets = Vec::new();
    for resource in of_type(&deletion.resources, BUCKET).filter(|it| !deletion.keeps(it)) {
        if let Some(objects) = cloud.count_objects(&resource.physical_id).await? {
            let name = resource.physical_id.clone();
            buckets.push(Bucket { name, objects });
        }
    }
    deletion.buckets = buckets;
    deletion.log_groups = deletion.existing_log_groups(sight).await?;
    Ok(deletion)
}

fn of_type<'a>(
    resources: &'a [Resource],
    resource_type: &str,
) -> impl Iterator<Item = &'a Resource> {
    resources
        .iter()
        .filter(move |r| r.resource_type == resource_type && !r.physical_id.is_empty())
}

impl Deletion {
    /// Adds what earlier stacks of the name left, unless it is a resource of this one.
    pub(super) fn add(&mut self, earlier: Earlier) {
        let resources = &self.resources;
        let is_other = |left: &Leftover| resources.iter().all(|it| it.physical_id != left.name);
        self.kept.extend(earlier.left.into_iter().filter(is_other));
        self.former_functions.extend(earlier.functions);
    }

    /// Whether the resource stays when the stack is deleted.
    pub fn keeps(&self, resource: &Resource) -> bool {
        self.kept.iter().any(|kept| {
            kept.name == resource.physical_id && kept.resource_type == resource.resource_type
        })
    }

    /// The log groups of this stack's functions that exist now, but for those that stay.
    pub(super) async fn existing_log_groups(
        &self,
        sight: Sight<'_>,
    ) -> Result<Vec<String>, CloudError> {
        let names = |kept: bool| -> BTreeSet<String> {
            let resources = self.resources.iter().filter(|it| self.keeps(it) == kept);
            let names = resources.filter_map(|resource| match resource.resource_type.as_str() {
                _ if resource.physical_id.is_empty() => None,
                LOG_GROUP => Some(resource.physical_id.clone()),
                FUNCTION => Some(log_group(&resource.physical_id)),
                _ => None,
            });
            names.collect()
        };
        let former = self.former_functions.iter().filter(|it| !it.is_empty());
        let known = former.map(|name| log_group(name)).chain(names(false));
        let mut kept = names(true);
        let groups = self.kept.iter().filter(|it| it.resource_type == LOG_GROUP);
        kept.extend(groups.map(|it| it.name.clone()));
        log_groups::existing(sight, &self.name, &known.collect(), &kept, false).await
    }
}
