//! Deploys a release to all students of a class: the same operation as for one stack, over many.
//!
//! What is the same for all in an account is done once. The state of all stacks comes from one list. Then
//! each student's stack is deployed by itself: one that fails does not concern the others.

use std::collections::HashMap;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::accounts::{Accounts, Place};
use super::event::{ClassEvent, Emit, Stage};
use super::member::Member;
use super::outcome::{ClassOutcome, Ended, StudentOutcome};
use super::stop::Stop;
use crate::cloud::{Phase, Stack, limits};
use crate::deploy::{
    self, Action, Claim, DeployError, Deployment, Destination, EventKind, Membership, Observed,
    Prepared, Release,
};

/// How many stacks of an account are worked on at the same time, those that wait for their turn among them.
/// An account creates 250 tables with secondary indexes at once; some are left to others.
///
/// Source: DynamoDB API reference, `LimitExceededException`.
pub const MAX_CONCURRENT_STACKS: usize = 200;
/// Who events about what the class shares are of; no student has this name.
pub const SHARED: &str = "workshop";

/// What is deployed to whom.
pub struct Order<'a> {
    pub class: &'a str,
    /// The last day of the class.
    pub expires: Option<&'a str>,
    pub members: &'a [Member],
    pub release: &'a Release,
    pub reach: Reach,
    /// Makes a cause, and what to do about it, of an error.
    pub explain: fn(DeployError) -> (String, Vec<String>),
}

/// How far a deployment to a class goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Stacks that failed.
    Failed,
    /// Those, and stacks that are missing. The others may have code of their students.
    Missing,
    /// All stacks.
    All,
}

/// Where a student's stack stands before the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Missing,
    /// It failed, and has to be recovered or updated.
    Failed,
    /// An operation on it is running.
    Busy,
    Complete,
}

impl Found {
    fn of(stack: Option<&Stack>) -> Self {
        let Some(stack) = stack else {
            return Self::Missing;
        };
        match stack.status.phase() {
            Phase::Deleted => Self::Missing,
            Phase::InProgress => Self::Busy,
            Phase::RollbackFailed | Phase::Unusable => Self::Failed,
            Phase::Updatable if stack.status.is_failure() => Self::Failed,
            Phase::Updatable => Self::Complete,
        }
    }
}

/// Deploys to all members of the order; each ends by itself. An error when nothing could be tried, because
/// what all need cannot be had.
pub async fn bring_up(
    accounts: &Accounts,
    order: &Order<'_>,
    stop: &Stop,
    emit: Emit<'_>,
) -> Result<ClassOutcome, DeployError> {
    let since = Instant::now();
    for member in order.members {
        emit(ClassEvent {
            student: member.student.clone(),
            stage: Stage::Waiting,
        });
    }
    let works = accounts.places().iter().map(|place| Work {
        place,
        order,
        stop,
        emit,
    });
    let works: Vec<Work<'_>> = works.collect();
    let mut ended = join_all(works.iter().map(Work::run)).await;
    if ended.iter().all(Result::is_err)
        && let Some(Err(error)) = ended.pop()
    {
        return Err(error);
    }
    let ended = works.iter().zip(ended);
    let students = ended.flat_map(|(work, ended)| match ended {
        Ok(students) => students,
        Err(error) => {
            let ended = work.failed(error, None);
            let members = work.members();
            let told = members.iter().map(|it| work.told(it, ended.clone(), 0));
            told.collect()
        }
    });
    let mut students: Vec<StudentOutcome> = students.collect();
    students.sort_by(|a, b| a.student.cmp(&b.student));
    Ok(ClassOutcome {
        class: order.class.to_owned(),
        dry_run: order.release.dry_run,
        students,
        milliseconds: since.elapsed().as_millis(),
    })
}

/// The part of the work that is in one account.
struct Work<'a> {
    place: &'a Place,
    order: &'a Order<'a>,
    stop: &'a Stop,
    emit: Emit<'a>,
}

impl Work<'_> {
    fn members(&self) -> Vec<&Member> {
        let members = self.order.members.iter();
        members.filter(|it| self.place.is_of(it)).collect()
    }

    async fn run(&self) -> Result<Vec<StudentOutcome>, DeployError> {
        let members = self.members();
        let on_event = |event| self.pass_on(&members, event);
        let prepared = Prepared::new(&self.place.cloud, self.order.release, &on_event);
        let stacks = tokio::select! {
            biased;
            () = self.stop.asked() => {
                let all = members.iter();
                return Ok(all.map(|it| self.told(it, not_started(), 0)).collect());
            }
            stacks = self.prepare(&prepared, &members) => stacks?,
        };
        (self.emit)(ClassEvent {
            student: SHARED.to_owned(),
            stage: Stage::Ready("ready".to_owned()),
        });
        // Who asks for the failed ones does not ask about the others.
        let is_asked_for = |member: &&&Member| {
            let found = Found::of(stacks.get(&member.stack));
            self.order.reach != Reach::Failed || self.is_in_reach(found)
        };
        let work = members.iter().filter(is_asked_for).map(|member| async {
            let since = Instant::now();
            let ended = self.one(&prepared, member, stacks.get(&member.stack)).await;
            self.told(member, ended, since.elapsed().as_millis())
        });
        let ended = stream::iter(work).buffer_unordered(MAX_CONCURRENT_STACKS);
        Ok(ended.collect().await)
    }

    /// Does what is the same for all, unless there is nothing to do; returns the account's stacks by name.
    async fn prepare(
        &self,
        prepared: &Prepared<'_>,
        members: &[&Member],
    ) -> Result<HashMap<String, Stack>, DeployError> {
        let stacks = self.place.cloud.stacks().await?.into_iter();
        let stacks = stacks.filter(|stack| stack.status.phase() != Phase::Deleted);
        let stacks = stacks.map(|stack| (stack.name.clone(), stack));
        let stacks: HashMap<String, Stack> = stacks.collect();
        let mut found = members.iter().map(|it| Found::of(stacks.get(&it.stack)));
        if found.any(|found| self.is_in_reach(found)) {
            prepared.prepare().await?;
        }
        Ok(stacks)
    }

    fn is_in_reach(&self, found: Found) -> bool {
        match self.order.reach {
            Reach::Failed => found == Found::Failed,
            Reach::Missing => found != Found::Complete,
            Reach::All => true,
        }
    }

    /// How the deployment to one student ended.
    async fn one(&self, prepared: &Prepared<'_>, member: &Member, stack: Option<&Stack>) -> Ended {
        let found = Found::of(stack);
        let destination = self.destination(member);
        if let Some(stack) = stack.filter(|_| found != Found::Missing)
            && let Err(error) = deploy::check_claim(stack, &destination.claim)
        {
            return self.failed(error, None);
        }
        if !self.is_in_reach(found) {
            return ready(UNCHANGED);
        }
        let is_created = matches!(found, Found::Missing | Found::Failed);
        let turn = async {
            if is_created && !self.order.release.dry_run {
                let load = prepared.load(limits::Work::Create, &member.parameters);
                self.place.cloud.pace(&load).await;
            }
        };
        tokio::select! {
            biased;
            () = self.stop.asked() => return not_started(),
            () = turn => {}
        }
        tokio::select! {
            deployed = self.deploy(prepared, &destination, stack.filter(|_| found != Found::Missing)) => {
                match deployed {
                    Ok(what) => ready(what),
                    Err(error) => self.failed(error, Some(&member.stack)),
                }
            }
            () = self.stop.ran_out() => Ended::Skipped {
                reason: "not waited for any longer; CloudFormation finishes what it has started"
                    .to_owned(),
            },
        }
    }

    /// Deploys to one student's stack; returns what was done.
    async fn deploy(
        &self,
        prepared: &Prepared<'_>,
        destination: &Destination,
        stack: Option<&Stack>,
    ) -> Result<&'static str, DeployError> {
        let cloud = &self.place.cloud;
        let mut stack = stack.cloned();
        while let Some(busy) = stack
            .as_ref()
            .filter(|it| Found::of(Some(it)) == Found::Busy)
        {
            if self.order.release.dry_run {
                break;
            }
            prepared.wait_until_idle(busy).await?;
            stack = cloud.stack(&destination.stack).await?;
            if !self.is_in_reach(Found::of(stack.as_ref())) {
                return Ok(UNCHANGED);
            }
        }
        let observed = match &stack {
            None => Observed::default(),
            Some(stack) if stack.status.phase() == Phase::Updatable => {
                deploy::observe_known(cloud, stack, &self.order.release.functions()).await?
            }
            Some(stack) => Observed {
                stack: Some(stack.clone()),
                ..Observed::default()
            },
        };
        let deployment = deploy::deploy(prepared, destination, Some(observed)).await?;
        Ok(what_was_done(&deployment))
    }

    fn destination(&self, member: &Member) -> Destination {
        let membership = Membership {
            class: self.order.class.to_owned(),
            student: Some(member.student.clone()),
            expires: self.order.expires.map(str::to_owned),
        };
        Destination {
            stack: member.stack.clone(),
            parameters: member.parameters.clone(),
            claim: Claim {
                owner: self.place.owner.clone(),
                adopts: false,
                membership: Some(membership),
            },
            since: Instant::now(),
        }
    }

    /// The cause is told without the name of the student's stack: others may have the same.
    fn failed(&self, error: DeployError, stack: Option<&str>) -> Ended {
        if let DeployError::Unseen { .. } = error {
            let reason = format!("{error}; run the same command again to see");
            return Ended::Skipped { reason };
        }
        let (cause, hints) = (self.order.explain)(error);
        let general = |text: String| match stack {
            Some(stack) => text
                .replace(&format!("stack {stack}"), "the stack")
                .replace(stack, "STACK"),
            None => text,
        };
        Ended::Failed {
            cause: general(cause),
            hints: hints.into_iter().map(general).collect(),
        }
    }

    fn told(&self, member: &Member, ended: Ended, milliseconds: u128) -> StudentOutcome {
        let stage = match &ended {
            Ended::Ready { what } => Stage::Ready(Ended::done(what, self.order.release.dry_run)),
            Ended::Deleted => Stage::Ready("deleted".to_owned()),
            Ended::Failed { cause, .. } => Stage::Failed(cause.clone()),
            Ended::Skipped { reason } => Stage::Skipped(reason.clone()),
        };
        (self.emit)(ClassEvent {
            student: member.student.clone(),
            stage,
        });
        StudentOutcome {
            student: member.student.clone(),
            stack: member.stack.clone(),
            ended,
            milliseconds,
            line: None,
        }
    }

    fn pass_on(&self, members: &[&Member], event: deploy::Event) {
        let Some(doing) = doing(&event.kind) else {
            return;
        };
        let mut members = members.iter();
        let member = members.find(|member| member.stack == event.stack);
        (self.emit)(ClassEvent {
            student: member.map_or(SHARED, |it| &it.student).to_owned(),
            stage: Stage::Working(doing),
        });
    }
}

const UNCHANGED: &str = "unchanged";

fn ready(what: &str) -> Ended {
    let what = what.to_owned();
    Ended::Ready { what }
}

fn not_started() -> Ended {
    let reason = "not started".to_owned();
    Ended::Skipped { reason }
}

fn what_was_done(deployment: &Deployment) -> &'static str {
    match deployment.action {
        _ if deployment.undecided => "undecided",
        Action::Unchanged if deployment.recovered.is_some() => "recovered",
        Action::Unchanged => UNCHANGED,
        Action::Uploaded => "uploaded",
        Action::Patched => "patched",
        Action::Updated => "updated",
        Action::Created => "created",
    }
}

/// What is being done, in words; `None` for what only explains that.
fn doing(kind: &EventKind) -> Option<String> {
    let words = match kind {
        EventKind::Creating => "creating".to_owned(),
        EventKind::Updating { .. } => "updating".to_owned(),
        EventKind::Deleting => "deleting".to_owned(),
        EventKind::Patching { .. } => "patching".to_owned(),
        EventKind::Recovering { status, .. } => format!("recovering from {}", status.0),
        EventKind::WaitingFor { status } => format!("waiting for {}", status.0),
        EventKind::Uploading { function, .. } => format!("uploading {function}"),
        EventKind::UploadingFile { file, .. } => format!("uploading {file}"),
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_whether_a_stack_has_to_be_worked_on() {
        for (status, found) in [
            ("CREATE_COMPLETE", Found::Complete),
            ("UPDATE_COMPLETE", Found::Complete),
            ("UPDATE_ROLLBACK_COMPLETE", Found::Complete),
            ("CREATE_IN_PROGRESS", Found::Busy),
            ("DELETE_IN_PROGRESS", Found::Busy),
            ("CREATE_FAILED", Found::Failed),
            ("ROLLBACK_COMPLETE", Found::Failed),
            ("DELETE_FAILED", Found::Failed),
            ("UPDATE_ROLLBACK_FAILED", Found::Failed),
            ("UPDATE_FAILED", Found::Failed),
            ("DELETE_COMPLETE", Found::Missing),
        ] {
            let stack = Stack::example("mafia-monday-ann", "id", status);
            assert_eq!(Found::of(Some(&stack)), found, "{status}");
        }
        assert_eq!(Found::of(None), Found::Missing);
    }
}
