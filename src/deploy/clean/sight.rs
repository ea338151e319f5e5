//! How a clean-up looks at what exists: by a request for each thing, or in listings that serve many
//! stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::{join, join4, try_join};
use tokio::sync::Mutex;

use super::leftover::{BUCKET, FUNCTION, LOG_GROUP, ROLE, TABLE};
use crate::cloud::{
    Cloud, CloudError, DeletedStack, Phase, Resource, Stack, StackEvent, TemplateStage,
};
use crate::deploy::template::Template;
use crate::deploy::{Membership, ownership};
use crate::names::{class_workshop, function_name, log_group};

/// How many deleted stacks of one name are looked at, the newest first.
const MAX_DELETED_STACKS: usize = 3;

/// Whose stacks are cleaned.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A game that somebody named.
    Game,
    /// Everything that has the tag of this class, and the labs that its students have deployed.
    Class(&'a str),
}

impl Whose<'_> {
    pub fn has(self, stack: &Stack) -> bool {
        match self {
            Self::Game => ownership::check_game(stack, true).is_ok(),
            Self::Class(class) => match Membership::of(stack) {
                Some(place) => place.class == class && ownership::role(stack).is_some(),
                None => ownership::is_lab_of(stack, &class_workshop(class)),
            },
        }
    }
}

/// Looks at what exists.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    pub cloud: &'a Cloud,
    pub whose: Whose<'a>,
    /// `None` to ask for each thing.
    pub listing: Option<&'a Listing>,
}

impl<'a> Sight<'a> {
    /// Asks for each thing.
    pub fn by_requests(cloud: &'a Cloud) -> Self {
        Self {
            cloud,
            whose: Whose::Game,
            listing: None,
        }
    }

    /// Whether a stack of that name exists.
    pub async fn has_stack(&self, name: &str) -> Result<bool, CloudError> {
        match self.listing {
            Some(listing) => Ok(listing.living().any(|stack| stack.name == name)),
            None => Ok(self.cloud.stack(name).await?.is_some()),
        }
    }

    /// Whether the stack of that id exists.
    pub async fn still_has(&self, id: &str) -> Result<bool, CloudError> {
        let is_it = |stack: &Stack| stack.status.phase() != Phase::Deleted;
        match self.listing {
            Some(listing) => Ok(listing.living().any(|stack| stack.id == id)),
            None => Ok(self.cloud.stack(id).await?.as_ref().is_some_and(is_it)),
        }
    }

    /// Whether it is there; `None` where only CloudFormation knows.
    pub async fn exists(&self, kind: &str, name: &str) -> Result<Option<bool>, CloudError> {
        if let Some(known) = self.listing.and_then(|it| it.exists(kind, name)) {
            return Ok(Some(known));
        }
        let cloud = self.cloud;
        Ok(match kind {
            BUCKET => Some(cloud.count_objects(name).await?.is_some()),
            FUNCTION => Some(cloud.function(name).await?.is_some()),
            LOG_GROUP => Some(cloud.log_groups(name).await?.iter().any(|it| it == name)),
            _ => None,
        })
    }

    /// False where it is known to be gone.
    pub async fn may_exist(&self, kind: &str, name: &str) -> Result<bool, CloudError> {
        Ok(match self.exists(kind, name).await? {
            Some(exists) => exists,
            // Not every table may be looked at.
            None if kind == TABLE => !matches!(self.cloud.table(name).await, Ok(None)),
            None => true,
        })
    }

    /// The log groups whose names begin with `prefix`.
    pub async fn log_groups(&self, prefix: &str) -> Result<Vec<String>, CloudError> {
        match self.listing.filter(|it| it.has_log_groups_of(prefix)) {
            Some(listing) => {
                let groups = listing.of_kind(LOG_GROUP);
                let groups = groups.filter(|name| name.starts_with(prefix));
                Ok(groups.cloned().collect())
            }
            None => self.cloud.log_groups(prefix).await,
        }
    }

    /// The ids of deleted stacks of that name, the newest first.
    pub async fn deleted_stacks(&self, name: &str) -> Result<Vec<String>, CloudError> {
        let deleted = match self.listing {
            Some(listing) => listing.deleted.clone(),
            None => self.cloud.deleted_stacks(|it| it == name).await?,
        };
        let deleted = deleted.into_iter().filter(|it| it.name == name);
        let ids = deleted.map(|stack| stack.id);
        Ok(ids.take(MAX_DELETED_STACKS).collect())
    }

    /// The logical ids of those of its resources that outlive the stack.
    ///
    /// The stacks of a class are created with one template. As long as they have the same resources and none
    /// was updated, one of them is asked for all. Not where that says whether a bucket is emptied.
    pub async fn retained(
        &self,
        stack: &Stack,
        resources: &[Resource],
    ) -> Result<BTreeSet<String>, CloudError> {
        let read = async || {
            let template = self.cloud.template(&stack.id, TemplateStage::Processed);
            Ok::<_, CloudError>(Template::new(template.await?).retained())
        };
        let has_bucket = resources.iter().any(|it| it.resource_type == BUCKET);
        let Some(listing) = self.listing.filter(|_| !stack.is_updated && !has_bucket) else {
            return read().await;
        };
        let part = |it: &Resource| (it.logical_id.clone(), it.resource_type.clone());
        let parts: Parts = resources.iter().map(part).collect();
        let mut known = listing.retained.lock().await;
        if let Some(retained) = known.get(&parts) {
            return Ok(retained.clone());
        }
        let retained = read().await?;
        known.insert(parts, retained.clone());
        Ok(retained)
    }

    /// The events of the stack with these resources, as far as they may tell what it had once. Where everything
    /// is listed, those of a stack that was never updated need not be read, unless something is there that
    /// its resources do not explain.
    pub async fn events(
        &self,
        stack: &Stack,
        resources: &[Resource],
    ) -> Result<Vec<StackEvent>, CloudError> {
        match stack.is_updated || self.may_have_earlier(&stack.name, resources) {
            true => self.cloud.events_after(&stack.id, None).await,
            false => Ok(Vec::new()),
        }
    }

    /// Whether there may be something of earlier stacks of that name, besides these resources. CloudFormation
    /// answers few requests, so where everything is listed, only what is there is explained.
    pub fn may_have_earlier(&self, stack: &str, resources: &[Resource]) -> bool {
        let listing = self.listing;
        listing.is_none_or(|listing| listing.has_unexplained(stack, resources))
    }
}

/// What an account has, listed once for many stacks.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// What the names of the stacks begin with.
    prefix: String,
    pub stacks: Vec<Stack>,
    pub deleted: Vec<DeletedStack>,
    /// The names by the type of resource; without those that may not be listed. Log groups are those of
    /// functions of stacks with the prefix.
    names: BTreeMap<&'static str, BTreeSet<String>>,
    /// The logical ids of resources that outlive their stacks, by the ids and types of all their resources.
    retained: Arc<Mutex<BTreeMap<Parts, BTreeSet<String>>>>,
}

type Parts = BTreeSet<(String, String)>;

impl Listing {
    /// Lists the stacks of the account, and what stacks leave behind whose names begin with `prefix`.
    pub async fn of(cloud: &Cloud, prefix: &str) -> Result<Self, CloudError> {
        let group_prefix = log_group(prefix);
        let deleted = cloud.deleted_stacks(|name| name.starts_with(prefix));
        let needed = try_join(cloud.stacks(), cloud.log_groups(&group_prefix));
        let others = join4(
            cloud.list_functions(),
            cloud.list_tables(),
            cloud.list_buckets(),
            cloud.list_roles(),
        );
        let (needed, (deleted, others)) = join(needed, join(deleted, others)).await;
        let (stacks, groups) = needed?;
        let (functions, tables, buckets, roles) = others;
        let functions = functions.map(|all| all.into_iter().map(|it| it.name).collect());
        let mut names = BTreeMap::from([(LOG_GROUP, groups.into_iter().collect())]);
        for (kind, listed) in [
            (FUNCTION, functions),
            (TABLE, tables),
            (BUCKET, buckets),
            (ROLE, roles),
        ] {
            if let Some(listed) = where_allowed(listed)? {
                names.insert(kind, listed.into_iter().collect());
            }
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            stacks,
            deleted: where_allowed(deleted)?.unwrap_or_default(),
            names,
            retained: Arc::default(),
        })
    }

    /// The same as it is now.
    pub async fn again(&self, cloud: &Cloud) -> Result<Self, CloudError> {
        Self::of(cloud, &self.prefix).await
    }

    /// The types of resources that were listed.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.names.keys().copied()
    }

    /// The stacks that exist.
    pub fn living(&self) -> impl Iterator<Item = &Stack> {
        let lives = |stack: &&Stack| stack.status.phase() != Phase::Deleted;
        self.stacks.iter().filter(lives)
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &String> {
        self.names.get(kind).into_iter().flatten()
    }

    fn exists(&self, kind: &str, name: &str) -> Option<bool> {
        let is_listed = kind != LOG_GROUP || self.has_log_groups_of(name);
        let names = self.names.get(kind).filter(|_| is_listed)?;
        Some(names.contains(name))
    }

    fn has_log_groups_of(&self, prefix: &str) -> bool {
        prefix.starts_with(&log_group(&self.prefix))
    }

    /// Type and name of what is named like something of `stack`, and not like something of another stack that
    /// exists and has a longer name.
    pub fn named_like(&self, stack: &str) -> impl Iterator<Item = (&'static str, &String)> {
        let own = function_name(stack, "");
        let longer: Vec<String> = self
            .living()
            .filter(|it| it.name.starts_with(&own))
            .map(|it| function_name(&it.name, ""))
            .collect();
        let all = self.names.iter();
        let all = all.flat_map(|(kind, names)| names.iter().map(|name| (*kind, name)));
        all.filter(move |(kind, name)| {
            let name = match *kind {
                LOG_GROUP => name.strip_prefix(&log_group("")).unwrap_or(name),
                _ => name,
            };
            let is_anothers = longer.iter().any(|longer| name.starts_with(longer));
            name.starts_with(&own) && !is_anothers
        })
    }

    fn has_unexplained(&self, stack: &str, resources: &[Resource]) -> bool {
        let known: BTreeSet<&str> = resources.iter().map(|it| &*it.physical_id).collect();
        let is_known = |name: &str| {
            let function = name.strip_prefix(&log_group(""));
            known.contains(name) || function.is_some_and(|name| known.contains(name))
        };
        self.named_like(stack).any(|(_, name)| !is_known(name))
    }
}

/// `None` where the caller may not look.
pub(super) fn where_allowed<T>(listed: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match listed {
        Err(error) if error.concerns_one_request() => Ok(None),
        listed => listed.map(Some),
    }
}
