//! What a clean-up will delete.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::deletion::{Deletion, deletion_of};
use super::earlier::{Remains, earlier, remains};
use super::leftover::Kept;
use super::players::players;
use super::sight::{Sight, Whose};
use crate::cloud::{Cloud, CloudError, Stack};
use crate::deploy::{DeployError, Membership, artifacts, game, ownership};
use crate::names::WORKSHOP;

/// How many stacks are looked at and deleted at the same time, those that wait for their turn among them. An
/// account deletes 250 tables with secondary indexes at once; some are left to others.
///
/// Source: DynamoDB API reference, `LimitExceededException`.
pub(super) const MAX_CONCURRENT_STACKS: usize = 200;

/// What a clean-up will delete.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Plan {
    pub stacks: Vec<Deletion>,
    /// The shared stack, when no other game uses it.
    pub workshop: Option<Deletion>,
    /// Other games, which use the shared stack.
    pub kept_for: Vec<String>,
    /// Stacks of labs that play one of the games and stay.
    pub played_by: Vec<String>,
    /// What is left of stacks that do not exist any more.
    pub remains: Vec<Remains>,
    /// The names of stacks that stay, because their termination protection is on.
    #[serde(skip)]
    pub protected: Vec<String>,
    /// The names that were asked for, whether or not there are such stacks.
    #[serde(skip)]
    pub(super) asked: Vec<String>,
    #[serde(skip)]
    pub(super) shared: Option<Stack>,
    /// Why the shared stack stays, though no other game uses it.
    #[serde(skip)]
    pub(super) shared_stays: Option<Kept>,
}

/// What is to be cleaned.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The stacks of games that exist.
    pub stacks: Vec<Stack>,
    /// The names of games that have no stack.
    pub gone: Vec<String>,
    /// The shared stack, which is deleted when no other game uses it.
    pub shared: Option<Stack>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        let remains = self.remains.iter();
        let mut groups = remains.flat_map(|it| &it.log_groups);
        self.stacks.is_empty() && self.workshop.is_none() && groups.next().is_none()
    }

    /// In the order of deletion: the shared stack last.
    pub fn deletions(&self) -> impl Iterator<Item = &Deletion> {
        self.stacks.iter().chain(&self.workshop)
    }

    /// The names of the games that are cleaned.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.asked.iter()
    }

    /// Leaves out deleted stacks that left nothing.
    pub fn forget_empty_remains(&mut self) {
        self.remains
            .retain(|it| !it.log_groups.is_empty() || !it.kept.is_empty());
    }

    /// The stacks that were asked for and do not exist.
    pub fn missing(&self) -> impl Iterator<Item = &String> {
        let exists = |name: &&String| self.stacks.iter().any(|stack| stack.name == **name);
        self.asked.iter().filter(move |name| !exists(name))
    }

    /// The names of the games that do not use the shared stack afterwards.
    pub(super) fn leaving(&self, failed: &[String]) -> Vec<String> {
        let stays = |name: &String| failed.contains(name) || self.protected.contains(name);
        self.asked
            .iter()
            .filter(|name| !stays(name))
            .cloned()
            .collect()
    }
}

/// What cleaning these games will delete. A stack that `mafia` did not create is an error. The
/// shared stack is the one that the first game's tag names, or else `workshop`.
pub async fn plan(
    cloud: &Cloud,
    stacks: &[String],
    workshop: Option<&str>,
    adopts: bool,
) -> Result<Plan, DeployError> {
    let mut scope = Scope::default();
    for name in stacks {
        match game(cloud, name, adopts).await? {
            Some(stack) if stack.protected => {
                return Err(DeployError::Protected { stack: stack.name });
            }
            Some(stack) => scope.stacks.push(stack),
            None => scope.gone.push(name.clone()),
        }
    }
    let tagged = scope.stacks.first().and_then(ownership::workshop_of);
    let workshop = tagged.or(workshop).unwrap_or(WORKSHOP);
    let shared = cloud.stack(workshop).await?;
    scope.shared = shared.filter(ownership::is_workshop);
    let played_by = players(cloud, &scope.stacks).await?;
    let plan = plan_of(Sight::by_requests(cloud), scope).await?;
    Ok(Plan { played_by, ..plan })
}

/// What cleaning these games will delete.
pub async fn plan_of(sight: Sight<'_>, scope: Scope) -> Result<Plan, DeployError> {
    let mut plan = Plan {
        asked: scope
            .stacks
            .iter()
            .map(|it| it.name.clone())
            .chain(scope.gone.clone())
            .collect(),
        shared: scope.shared,
        ..Plan::default()
    };
    let (protected, stacks): (Vec<_>, Vec<_>) =
        scope.stacks.into_iter().partition(|stack| stack.protected);
    plan.protected = protected.into_iter().map(|stack| stack.name).collect();
    let deletions = stream::iter(&stacks).map(async |stack| {
        let mut deletion = deletion_of(sight, stack).await?;
        deletion.add(earlier(sight, &stack.name, &deletion.resources).await?);
        Ok::<_, DeployError>(deletion)
    });
    plan.stacks = deletions
        .buffered(MAX_CONCURRENT_STACKS)
        .try_collect()
        .await?;
    let remains = stream::iter(&scope.gone).map(|name| remains(sight, name));
    plan.remains = remains
        .buffered(MAX_CONCURRENT_STACKS)
        .try_collect()
        .await?;
    let Some(shared) = &plan.shared else {
        return Ok(plan);
    };
    plan.kept_for = users(sight, shared, &plan.leaving(&[])).await?;
    plan.shared_stays = shared.protected.then_some(Kept::Protected);
    if plan.kept_for.is_empty() && plan.shared_stays.is_none() {
        plan.workshop = if_allowed(deletion_of(sight, shared).await)?;
    }
    Ok(plan)
}

/// Students need not be allowed to delete what the class shares.
fn if_allowed(deletion: Result<Deletion, CloudError>) -> Result<Option<Deletion>, CloudError> {
    match deletion {
        Err(error) if error.is_not_allowed() => Ok(None),
        deletion => deletion.map(Some),
    }
}

/// Who uses the shared stack besides the `cleaned` games. That of a class is deleted with the class.
pub(super) async fn users(
    sight: Sight<'_>,
    shared: &Stack,
    cleaned: &[String],
) -> Result<Vec<String>, DeployError> {
    if let (Whose::Game, Some(place)) = (sight.whose, Membership::of(shared)) {
        return Ok(vec![format!("class {}", place.class)]);
    }
    match artifacts::bucket_of(shared) {
        Ok(bucket) => artifacts::other_games(sight.cloud, bucket, cleaned).await,
        // Its creation failed: it is of use to nobody.
        Err(_) => Ok(Vec::new()),
    }
}
