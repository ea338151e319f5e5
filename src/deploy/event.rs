//! The events of an operation on stacks.

use super::NewDefault;
use crate::cloud::{Change, StackEvent, Status};

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
    Patching {
        function: String,
        bytes: usize,
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
