//! What an operation over stacks tells while it works.

use crate::cloud::{Change, StackEvent, Status};

/// Something that happened to one stack.
#[derive(Clone, Debug)]
pub struct Event {
    pub stack: String,
    pub what: Happening,
}

#[derive(Clone, Debug)]
pub enum Happening {
    /// A stack is being made, with what is to be in it.
    Creating,
    /// A stack is being updated by a change set of these changes.
    Updating {
        changes: Vec<Change>,
    },
    Deleting,
    /// An earlier operation, ours or not, is still under way.
    WaitingFor {
        status: Status,
    },
    /// Somebody else's operation came in between, so that the stack is looked at again.
    Overtaken,
    /// An earlier operation left the stack unusable; this is being mended.
    Recovering {
        status: Status,
        how: Recovery,
    },
    /// The endpoint knows no Express mode; the standard one is used.
    ExpressRefused,
    /// CloudFormation's own word on the stack or one of its resources.
    Reported(StackEvent),
    /// The target could not be asked how things stand, and will be asked again.
    AskingAgain {
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
    /// Something that CloudFormation left behind is being removed.
    Removing {
        what: String,
    },
}

/// How a stack that cannot be updated is brought back.
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
    pub fn say(&self, what: Happening) {
        (self.emit)(Event {
            stack: self.stack.to_owned(),
            what,
        });
    }
}
