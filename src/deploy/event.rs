//! The events of an operation on stacks.

use super::NewDefault;
use super::configuration::Changed;
use super::obstacles::Taken;
use super::removed::Removed;
use crate::cloud::{Change, Resource, StackEvent, Status};

/// Something that happened to one stack.
#[derive(Clone, Debug)]
pub struct Event {
    pub stack: String,
    pub kind: EventKind,
}

#[derive(Clone, Debug)]
pub enum EventKind {
    /// A stack is being created.
    Creating,
    /// A stack is being updated with these changes.
    Updating {
        changes: Vec<Change>,
    },
    Deleting,
    /// The stack is gone.
    Deleted,
    /// Another operation on the stack is running, ours or somebody else's.
    WaitingFor {
        status: Status,
    },
    /// Somebody else's operation came before ours: the stack is observed again.
    Conflict,
    /// An earlier operation left the stack unusable; it is being recovered.
    Recovering {
        status: Status,
        how: Recovery,
    },
    /// The rollback goes on without these resources, by logical id.
    Skipping {
        resources: Vec<String>,
    },
    /// A parameter keeps its value, though the template has another default now.
    Kept(NewDefault),
    /// A parameter was given that nothing in the template depends on.
    WithoutEffect {
        parameter: String,
    },
    /// Somebody changed these functions outside CloudFormation.
    ChangedByHand(Vec<Changed>),
    /// The target did not change them back.
    NotRestored,
    /// A function is not in the stack, because its condition does not hold.
    Conditional {
        function: String,
        condition: String,
    },
    /// In a dry run: the last deletion failed at these resources.
    NotDeleted(Vec<Resource>),
    /// In a dry run: these resources of the new stack exist already.
    Taken(Vec<Taken>),
    /// A resource that is no more part of the stack.
    Removed(Removed),
    /// The stack is nobody's, and this deployment gave it no owner.
    Ownerless,
    /// In a dry run: a deployment would first wait for the running operation, or recover the stack.
    WouldComeFirst {
        status: Status,
        how: Option<Recovery>,
    },
    /// The artifact bucket was deleted outside CloudFormation; it is created again.
    BucketGone {
        bucket: String,
    },
    /// The endpoint has no Express mode; the standard one is used.
    ExpressRefused,
    /// CloudFormation's event about the stack or one of its resources.
    Stack(StackEvent),
    /// A running operation has had no event for so long: perhaps nobody works on it.
    Silent {
        status: Status,
        minutes: u64,
    },
    /// A poll failed, and will be repeated.
    PollFailed {
        reason: String,
    },
    Uploading {
        function: String,
        bytes: usize,
    },
    /// A file of the web site.
    UploadingFile {
        file: String,
        bytes: usize,
    },
    Patching {
        function: String,
        bytes: usize,
    },
    /// QuickBuild has made the code of a function in the bucket, of so many bytes that were sent instead of the
    /// `whole` code.
    QuickBuilt {
        function: String,
        bytes: usize,
        whole: usize,
    },
    /// There is no function `patcher` that could make it.
    NoQuickBuild {
        function: String,
        patcher: String,
        /// The stack that would have it.
        stack: String,
    },
    /// QuickBuild did not make the code of a function: the whole code is sent.
    Whole {
        function: String,
        reason: String,
    },
    /// The stack has a function that the package does not have any more.
    Unlisted {
        function: String,
    },
    /// Something that CloudFormation leaves behind is being deleted.
    Removing {
        what: String,
    },
}

/// How a stack that cannot be updated is recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    DeleteAndCreate,
    ContinueRollback,
}

/// Where events go.
pub type Emit<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Events of one stack.
#[derive(Clone, Copy)]
pub(super) struct Reporter<'a> {
    pub stack: &'a str,
    pub emit: Emit<'a>,
}

impl Reporter<'_> {
    pub fn emit(&self, kind: EventKind) {
        (self.emit)(Event {
            stack: self.stack.to_owned(),
            kind,
        });
    }
}
