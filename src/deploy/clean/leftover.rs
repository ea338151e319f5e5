//! What still exists after a clean-up, and why. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::cloud::{Resource, StackEvent};

pub const BUCKET: &str = "AWS::S3::Bucket";
pub const FUNCTION: &str = crate::deploy::declared::FUNCTION;
pub const LOG_GROUP: &str = "AWS::Logs::LogGroup";
pub const ROLE: &str = "AWS::IAM::Role";
pub const TABLE: &str = "AWS::DynamoDB::Table";
pub const STACK: &str = "AWS::CloudFormation::Stack";

/// Something that still exists after a clean-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leftover {
    pub resource_type: String,
    pub name: String,
    /// Why it stays; `None` for what should have been deleted.
    pub kept: Option<Kept>,
}

/// Why something outlives its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// Its DeletionPolicy.
    Retained,
    /// Its policy in the template, when an earlier update removed or replaced it.
    RetainedEarlier,
    /// An earlier update took it out of the template, but could not delete it.
    LeftTheTemplate,
    /// It stayed when an earlier stack of this name was deleted.
    Earlier,
    /// The termination protection of its stack.
    Protected,
    /// The caller may not delete the shared stack.
    NotAllowed,
    /// Games use it that are not deleted.
    InUse,
    /// It is named like something of a stack that does not exist, and nothing says whose it is.
    NamedAlike,
}

pub fn leftover(resource_type: &str, name: &str, kept: Option<Kept>) -> Leftover {
    Leftover {
        resource_type: resource_type.to_owned(),
        name: name.to_owned(),
        kept,
    }
}

/// What the stack had once, and let go of without deleting it.
pub fn released(events: &[StackEvent], resources: &[Resource], stack_id: &str) -> Vec<Leftover> {
    let known: BTreeSet<&str> = resources.iter().map(|it| it.physical_id.as_str()).collect();
    let mut last: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for event in events {
        let (resource_type, name) = (event.resource_type.as_str(), event.physical_id.as_str());
        if !name.is_empty() && name != stack_id && !known.contains(name) {
            last.insert((resource_type, name), &event.status.0);
        }
    }
    let stayed = last
        .into_iter()
        .filter_map(|((resource_type, name), status)| {
            let kept = match status {
                "DELETE_SKIPPED" => Kept::RetainedEarlier,
                "DELETE_FAILED" => Kept::LeftTheTemplate,
                _ => return None,
            };
            Some(leftover(resource_type, name, Some(kept)))
        });
    stayed.collect()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::cloud::Status;

    #[test]
    fn why_something_stays_is_told_by_its_last_event() {
        let event = |name: &str, status: &str| StackEvent {
            id: String::new(),
            time: SystemTime::UNIX_EPOCH,
            logical_id: "Attic".to_owned(),
            physical_id: name.to_owned(),
            resource_type: BUCKET.to_owned(),
            status: Status(status.to_owned()),
            reason: None,
        };
        let events = [
            event("kept", "CREATE_COMPLETE"),
            event("kept", "DELETE_SKIPPED"),
            event("full", "DELETE_FAILED"),
            event("gone", "DELETE_FAILED"),
            event("gone", "DELETE_COMPLETE"),
            event("id", "DELETE_FAILED"),
        ];
        assert_eq!(
            released(&events, &[], "id"),
            [
                leftover(BUCKET, "full", Some(Kept::LeftTheTemplate)),
                leftover(BUCKET, "kept", Some(Kept::RetainedEarlier)),
            ]
        );
    }
}
