//! Why a check stops early: something is wrong with what is deployed, or nothing can be said.

use std::path::PathBuf;

use super::report::Finding;
use crate::cloud::{CloudError, Status};
use crate::deploy::DeployError;
use crate::functions::CallError;
use crate::wording::in_a_line;

/// Why nothing can be said, for a reason that is not in the student's code.
#[derive(Debug, thiserror::Error)]
pub enum Blocked {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error(transparent)]
    Call(CallError),

    #[error(transparent)]
    Deploy(DeployError),

    #[error("stack {stack} does not exist on {target}")]
    NoStack { stack: String, target: String },

    #[error("stack {stack} is of the lab {lab}, and this check is of the game")]
    OtherLab { stack: String, lab: String },

    #[error("stack {stack} is still being {}: {status}", if status.is_going() { "deleted" } else { "changed" })]
    InProgress { stack: String, status: Status },

    #[error("stack {stack} is in {status}{}", if status.has_failed_to_go() { ": its deletion has failed" } else { "" })]
    Broken { stack: String, status: Status },

    #[error("stack {stack} belongs to somebody else{}", owner.as_ref().map(|it| format!(": {it}")).unwrap_or_default())]
    Strangers {
        stack: String,
        owner: Option<String>,
    },

    /// What is deployed is not what the student has in the folder.
    #[error("{function} is not deployed as it is in your folder: {why}")]
    Stale { function: String, why: Stale },

    #[error("{function} {state}")]
    NotReady {
        function: String,
        state: &'static str,
    },

    #[error("stack {stack} has no table that {function} uses")]
    NoTable { stack: String, function: String },

    #[error("the table of stack {stack} has the key {}, not Name", key.join(" and "))]
    OtherKey { stack: String, key: Vec<String> },

    #[error("{function} has no {variable} that is a number of players")]
    Setting {
        function: String,
        variable: &'static str,
    },

    #[error("a check is running in this folder already")]
    Running,

    /// The file for the game that was there before.
    #[error("cannot {action} {}: {reason}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        reason: String,
    },
}

/// How deployed code differs from the student's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stale {
    #[error("it is not deployed")]
    NotDeployed,
    #[error("edited since: {}", .0.iter().map(|file| in_a_line(file)).collect::<Vec<_>>().join(", "))]
    Edited(Vec<String>),
    #[error("the last build is other code")]
    Differs,
    #[error("the last deployment was undone")]
    TakenBack,
    #[error("nothing was built in this folder yet")]
    NotBuilt,
}

/// Why a check does not pass.
#[derive(Debug)]
pub enum Stop {
    Wrong(Box<Finding>),
    Blocked(Box<Blocked>),
}

/// What was found to be right, in a few words.
pub type Checked = Result<String, Stop>;

impl From<Blocked> for Stop {
    fn from(blocked: Blocked) -> Self {
        Self::Blocked(Box::new(blocked))
    }
}

impl From<CloudError> for Stop {
    fn from(error: CloudError) -> Self {
        Blocked::from(error).into()
    }
}

impl Stop {
    /// Something that is wrong without a call.
    pub fn wrong(got: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Wrong(Box::new(Finding {
            sent: None,
            got: got.into(),
            expected: expected.into(),
        }))
    }
}
