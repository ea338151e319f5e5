//! Deletes what a class has in an account: the stacks with its tag, whatever their names, and what stacks of
//! these names left. Then looks again.
//!
//! Tags decide whose a stack is. Names decide alone only for what has no tags, such as a log group that
//! Lambda made, and only for names that the roster, the class's bucket or a deleted stack of the class says.

use std::collections::BTreeSet;

use super::event::{ClassEvent, Emit, Stage};
use super::name;
use crate::cloud::{Cloud, CloudError, Stack};
use crate::deploy::clean::{self, Listing, Plan, Scope, Sight, Whose, leftover};
use crate::deploy::{self, DeployError, Event, EventKind, Kept, Leftover, Membership, STACK};

/// Stacks that appear while others are deleted, such as those of an `up` that still runs, are deleted in
/// further rounds.
const MAX_ROUNDS: usize = 3;

/// What will be deleted of a class in one account.
#[derive(Clone, Debug)]
pub struct ClassPlan {
    pub class: String,
    listing: Listing,
    pub plan: Plan,
    /// Stacks with names of the class's students that are not the class's. They stay.
    pub foreign: Vec<String>,
}

/// What became of it.
#[derive(Debug)]
pub struct ClassCleaned {
    pub class: String,
    /// The stacks that were to be deleted, the shared one too.
    pub stacks: Vec<Cleaned>,
    pub left: Vec<Leftover>,
    /// The types of resources that were looked for in the end.
    pub looked_for: Vec<&'static str>,
}

#[derive(Debug)]
pub struct Cleaned {
    /// `None` for the shared stack.
    pub student: Option<String>,
    pub stack: String,
    pub end: CleanEnd,
    pub milliseconds: u128,
}

#[derive(Debug)]
pub enum CleanEnd {
    Deleted,
    /// Its termination protection is on.
    Protected,
    Failed(DeployError),
}

/// The classes in the account with their last days, as far as their stacks say.
pub async fn classes(cloud: &Cloud) -> Result<Vec<(String, Option<String>)>, CloudError> {
    let stacks = cloud.stacks().await?;
    let places = stacks.iter().filter_map(Membership::of);
    let mut classes = std::collections::BTreeMap::<String, Option<String>>::new();
    for place in places {
        // The latest of them counts.
        let last = classes.entry(place.class).or_default();
        *last = std::mem::take(last).max(place.expires);
    }
    Ok(classes.into_iter().collect())
}

/// What cleaning the class will delete. `named` are the stacks that the roster names.
pub async fn plan(cloud: &Cloud, class: &str, named: &[String]) -> Result<ClassPlan, DeployError> {
    let listing = Listing::of(cloud, &name::stack(class, "")).await?;
    planned(cloud, class, named, listing, &BTreeSet::new()).await
}

/// The same, without the stacks whose ids were `seen` before.
async fn planned(
    cloud: &Cloud,
    class: &str,
    named: &[String],
    listing: Listing,
    seen: &BTreeSet<String>,
) -> Result<ClassPlan, DeployError> {
    let whose = Whose::Class(class);
    let (mut shared, mut stacks): (Vec<Stack>, Vec<Stack>) = listing
        .living()
        .filter(|stack| whose.has(stack))
        .cloned()
        .partition(deploy::is_workshop);
    let is_living = |name: &String| listing.living().any(|stack| stack.name == *name);
    let is_ours = |name: &String| stacks.iter().any(|stack| stack.name == *name);
    let foreign = named.iter().filter(|it| is_living(it) && !is_ours(it));
    let foreign = foreign.cloned().collect();
    stacks.retain(|stack| !seen.contains(&stack.id));
    stacks.sort_by(|one, other| one.name.cmp(&other.name));
    let mut scope = Scope {
        stacks,
        shared: shared.pop(),
        ..Scope::default()
    };
    let bucket = scope.shared.as_ref();
    let bucket = bucket.and_then(|shared| deploy::bucket_of(shared).ok());
    let marked = match bucket {
        Some(bucket) => deploy::games_of(cloud, bucket).await?,
        None => Vec::new(),
    };
    let prefix = name::stack(class, "");
    let deleted = listing.deleted.iter().map(|stack| &stack.name);
    let known: BTreeSet<&String> = named.iter().chain(&marked).chain(deleted).collect();
    let gone = known.into_iter();
    let gone = gone.filter(|name| name.starts_with(&prefix) && !is_living(name));
    let leaves_something =
        |name: &&String| marked.contains(name) || listing.named_like(name).next().is_some();
    scope.gone = gone.filter(leaves_something).cloned().collect();
    let sight = Sight {
        cloud,
        whose,
        listing: Some(&listing),
    };
    let mut plan = clean::plan_of(sight, scope).await?;
    plan.forget_empty_remains();
    Ok(ClassPlan {
        class: class.to_owned(),
        plan,
        foreign,
        listing,
    })
}

impl ClassPlan {
    /// Whether there is nothing of the class, not even something that stays.
    pub fn is_empty(&self) -> bool {
        let plan = &self.plan;
        plan.is_empty() && plan.protected.is_empty() && plan.remains.is_empty()
    }

    /// The student of each stack that will be deleted, in the order of their names.
    pub fn students(&self) -> Vec<String> {
        let stacks = self.plan.stacks.iter();
        stacks.map(|it| student(&self.class, &it.stack)).collect()
    }
}

/// What the student is called whose stack it is.
fn student(class: &str, stack: &Stack) -> String {
    let place = Membership::of(stack);
    let tagged = place.and_then(|place| place.student);
    tagged.unwrap_or_else(|| {
        let name = stack.name.strip_prefix(&name::stack(class, ""));
        name.unwrap_or(&stack.name).to_owned()
    })
}

/// Deletes what the plan lists, and looks again.
pub async fn clean(
    cloud: &Cloud,
    first: ClassPlan,
    emit: Emit<'_>,
) -> Result<ClassCleaned, DeployError> {
    let class = first.class.clone();
    let whose = Whose::Class(&class);
    let mut seen = BTreeSet::new();
    let mut stacks = Vec::new();
    let mut plans: Vec<Plan> = Vec::new();
    let mut next = first;
    let (now, new) = loop {
        let ours = next.listing.living().filter(|stack| whose.has(stack));
        seen.extend(ours.map(|stack| stack.id.clone()));
        stacks.extend(one_round(cloud, &mut next, emit).await?);
        let now = next.listing.again(cloud).await?;
        plans.push(next.plan);
        let is_new = |stack: &&Stack| whose.has(stack) && !seen.contains(&stack.id);
        let new: Vec<String> = now
            .living()
            .filter(is_new)
            .map(|it| it.name.clone())
            .collect();
        if new.is_empty() || plans.len() == MAX_ROUNDS {
            break (now, new);
        }
        next = planned(cloud, &class, &[], now, &seen).await?;
    };
    let sight = Sight {
        cloud,
        whose,
        listing: Some(&now),
    };
    let mut left: Vec<Leftover> = Vec::new();
    for plan in &plans {
        left.extend(clean::left(sight, plan).await?);
    }
    left.extend(new.iter().map(|name| leftover(STACK, name, None)));
    left.extend(plans.iter().flat_map(|plan| named_alike(&now, plan)));
    let mut known = BTreeSet::new();
    left.retain(|it| known.insert((it.resource_type.clone(), it.name.clone())));
    Ok(ClassCleaned {
        class: class.clone(),
        stacks,
        left,
        looked_for: now.kinds().collect(),
    })
}

/// Deletes what the plan lists; returns what became of each stack.
async fn one_round(
    cloud: &Cloud,
    planned: &mut ClassPlan,
    emit: Emit<'_>,
) -> Result<Vec<Cleaned>, DeployError> {
    let ClassPlan {
        class,
        listing,
        plan,
        ..
    } = planned;
    let sight = Sight {
        cloud,
        whose: Whose::Class(class),
        listing: Some(listing),
    };
    let deletions = plan.stacks.iter();
    let students: Vec<(String, String)> = deletions
        .map(|it| (it.name.clone(), student(class, &it.stack)))
        .collect();
    let student_of = |stack: &str| {
        let found = students.iter().find(|(name, _)| name == stack);
        found.map(|(_, student)| student.clone())
    };
    let on_event = |event: Event| {
        if let (Some(student), Some(stage)) = (student_of(&event.stack), stage(&event.kind)) {
            emit(ClassEvent { student, stage });
        }
    };
    let done = clean::delete_all(sight, plan, &on_event).await?;
    let protected = plan.protected.iter().map(|name| Cleaned {
        student: name
            .strip_prefix(&name::stack(class, ""))
            .map(str::to_owned),
        stack: name.clone(),
        end: CleanEnd::Protected,
        milliseconds: 0,
    });
    let mut cleaned: Vec<Cleaned> = protected.collect();
    for deleted in done {
        let student = student_of(&deleted.stack);
        if let (Some(student), Some(error)) = (&student, &deleted.error) {
            let (student, stage) = (student.clone(), Stage::Failed(error.to_string()));
            emit(ClassEvent { student, stage });
        }
        cleaned.push(Cleaned {
            student,
            stack: deleted.stack,
            end: deleted.error.map_or(CleanEnd::Deleted, CleanEnd::Failed),
            milliseconds: deleted.milliseconds,
        });
    }
    Ok(cleaned)
}

/// What is named like something of the cleaned stacks, in no stack: nothing says that it is the class's, so
/// it stays.
fn named_alike(now: &Listing, plan: &Plan) -> Vec<Leftover> {
    let is_gone = |name: &&String| now.living().all(|stack| stack.name != **name);
    let names = plan.names().filter(is_gone);
    let alike = names.flat_map(|stack| now.named_like(stack));
    alike
        .map(|(kind, name)| leftover(kind, name, Some(Kept::NamedAlike)))
        .collect()
}

/// What a student's stack is at, after this event.
fn stage(event: &EventKind) -> Option<Stage> {
    let working = |what: &str| Some(Stage::Working(what.to_owned()));
    match event {
        EventKind::WaitingFor { status } => working(&format!("waiting, {status}")),
        EventKind::Deleting => working("deleting"),
        EventKind::Removing { what } => working(&format!("deleting {what}")),
        EventKind::Deleted => Some(Stage::Ready("deleted".to_owned())),
        _ => None,
    }
}
