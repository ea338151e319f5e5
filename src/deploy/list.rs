//! The stacks of mafia on a target.

use std::time::SystemTime;

use serde::Serialize;

use super::error::{DeployError, StackRole};
use super::membership::Membership;
use super::owner::Owner;
use super::ownership::{owner_of, role};
use crate::cloud::{Cloud, Stack};

/// A stack of mafia.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedStack {
    pub name: String,
    pub role: StackRole,
    /// CloudFormation's.
    pub status: String,
    /// Whose it is, as its tag says.
    pub owner: Option<String>,
    /// The class that it belongs to.
    pub class: Option<String>,
    /// The student of the class whose game it is.
    pub student: Option<String>,
    /// Whether it is a game of the one who asks.
    pub yours: bool,
    /// When it was last created or updated, in seconds since 1970.
    pub changed: Option<u64>,
}

/// The stacks of mafia in the account and the region, in the order of their names.
pub async fn list(cloud: &Cloud, owner: &Owner) -> Result<Vec<ListedStack>, DeployError> {
    let stacks = cloud.stacks().await?;
    let mut listed: Vec<ListedStack> = stacks
        .iter()
        .filter_map(|stack| listed_stack(stack, owner))
        .collect();
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(listed)
}

fn listed_stack(stack: &Stack, owner: &Owner) -> Option<ListedStack> {
    let role = role(stack)?;
    let tag = owner_of(stack);
    let membership = Membership::of(stack);
    let is_students = membership.is_some() && owner.is_given(&stack.name);
    let (class, student) = membership.map(|it| (it.class, it.student)).unzip();
    Some(ListedStack {
        name: stack.name.clone(),
        role,
        status: stack.status.to_string(),
        class,
        student: student.flatten(),
        yours: role == StackRole::Game
            && (is_students || tag.is_some_and(|tag| owner.may_own(tag))),
        owner: tag.map(str::to_owned),
        changed: stack.changed.map(seconds_since_1970),
    })
}

pub fn seconds_since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
