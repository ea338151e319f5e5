//! A stack's resource: what the stack knows of the thing that it made, or is about to make.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Status;
use crate::cloudformation::template::Retention;

/// Under its logical id in the stack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Resource {
    pub kind: String,
    pub status: Status,
    pub reason: Option<String>,
    /// Milliseconds since 1970.
    pub changed: i64,
    /// The last physical id that was told of, for who describes the stack.
    pub physical: Option<String>,
    pub made: Option<Made>,
    /// A thing that is being made, or was when an operation failed.
    pub intent: Option<Intent>,
    /// A change in place that is being made, or failed, or is to be undone should the update be.
    pub attempt: Option<Attempt>,
    pub terms: Terms,
}

/// What the template says of a resource besides its properties.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Terms {
    pub depends_on: BTreeSet<String>,
    pub deletion_policy: Retention,
    pub update_replace_policy: Retention,
    pub metadata: Option<Value>,
}

impl Terms {
    /// Whether a thing stays that its stack gives up; `is_new` when the operation made it that is
    /// rolled back.
    pub fn keeps(&self, is_new: bool, retain_except_on_create: bool) -> bool {
        match self.deletion_policy {
            Retention::Delete | Retention::Snapshot => false,
            Retention::RetainExceptOnCreate => !is_new,
            Retention::Retain => !(is_new && retain_except_on_create),
        }
    }

    /// Whether a thing stays that another was made in place of.
    pub fn keeps_replaced(&self) -> bool {
        matches!(
            self.update_replace_policy,
            Retention::Retain | Retention::RetainExceptOnCreate
        )
    }
}

/// A thing that stands.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Made {
    pub physical: String,
    /// As they were when the thing was made or changed last, evaluated.
    pub properties: Value,
    pub attributes: BTreeMap<String, Value>,
}

/// Written down before a thing is made, so that it is known as the stack's own should the sandbox
/// end before the answer comes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Intent {
    /// The turn of the stack that began it.
    pub turn: u64,
    pub physical: String,
    pub properties: Value,
    /// Whether it was seen that nothing has this id: what has it from then on is the stack's.
    pub absent: bool,
}

/// Written down before a thing is changed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Attempt {
    pub turn: u64,
    pub properties: Value,
}

/// A thing of the stack that no logical id stands for any more. It goes, or is let go of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Leftover {
    pub logical: String,
    pub kind: String,
    pub physical: String,
    pub properties: Value,
    pub depends_on: BTreeSet<String>,
    pub keep: bool,
    /// The properties of a change that was attempted, and perhaps made in part.
    #[serde(default)]
    pub attempted: Option<Value>,
    /// Whether its removal was told of.
    #[serde(default)]
    pub going: bool,
}

impl Resource {
    /// One that is still to be made.
    pub fn planned(kind: &str, terms: Terms) -> Self {
        Self {
            kind: kind.to_owned(),
            status: Status::CreateInProgress,
            reason: None,
            changed: 0,
            physical: None,
            made: None,
            intent: None,
            attempt: None,
            terms,
        }
    }

    pub fn stands_as(&self) -> Option<&str> {
        self.made.as_ref().map(|made| made.physical.as_str())
    }

    /// What was made, as a leftover.
    pub fn leave(&self, logical: &str, keep: bool) -> Option<Leftover> {
        let made = self.made.as_ref()?;
        let mut leftover = self.leftover(logical, &made.physical, &made.properties, keep);
        leftover.attempted = (self.attempt.as_ref()).map(|attempt| attempt.properties.clone());
        Some(leftover)
    }

    /// What was perhaps made, as a leftover.
    pub fn leave_intended(&self, logical: &str) -> Option<Leftover> {
        let intent = self.intent.as_ref().filter(|intent| intent.absent)?;
        Some(self.leftover(logical, &intent.physical, &intent.properties, false))
    }

    fn leftover(&self, logical: &str, physical: &str, properties: &Value, keep: bool) -> Leftover {
        Leftover {
            logical: logical.to_owned(),
            kind: self.kind.clone(),
            physical: physical.to_owned(),
            properties: properties.clone(),
            depends_on: self.terms.depends_on.clone(),
            keep,
            attempted: None,
            going: false,
        }
    }
}
