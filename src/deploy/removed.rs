//! What became of the resources that an update removed or replaced. Pure.

use crate::cloud::{Change, StackEvent, holds_data};

/// A resource that is no more part of its stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    pub logical_id: String,
    pub resource_type: String,
    pub name: String,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is gone, with what it contained.
    Deleted,
    /// It still exists, because its DeletionPolicy or UpdateReplacePolicy says so.
    Retained,
    /// It still exists, because it could not be deleted.
    NotDeleted,
}

impl Removed {
    fn of(event: &StackEvent, fate: Fate) -> Self {
        Self {
            logical_id: event.logical_id.clone(),
            resource_type: event.resource_type.clone(),
            name: event.physical_id.clone(),
            fate,
        }
    }
}

/// What outlives the stack whose deletion had these `events`.
pub fn retained(events: &[StackEvent]) -> Vec<Removed> {
    let retained = events.iter().filter(|it| it.status.0 == "DELETE_SKIPPED");
    retained
        .map(|event| Removed::of(event, Fate::Retained))
        .collect()
}

/// What an update with these `events` did to the resources that its `changes` remove or replace, where it
/// deleted data or left something behind.
pub fn removed(events: &[StackEvent], changes: &[Change]) -> Vec<Removed> {
    let goes = |event: &StackEvent| {
        changes.iter().any(|change| {
            change.logical_id == event.logical_id && (change.action == "Remove" || change.replaced)
        })
    };
    let mut removed: Vec<Removed> = Vec::new();
    for event in events.iter().filter(|event| goes(event)) {
        let fate = match event.status.0.as_str() {
            "DELETE_COMPLETE" => Fate::Deleted,
            "DELETE_SKIPPED" => Fate::Retained,
            "DELETE_FAILED" => Fate::NotDeleted,
            _ => continue,
        };
        // A deletion is tried several times.
        removed.retain(|it| it.name != event.physical_id);
        removed.push(Removed::of(event, fate));
    }
    removed.retain(|it| it.fate != Fate::Deleted || holds_data(&it.resource_type));
    removed
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::cloud::Status;

    #[test]
    fn what_data_was_deleted_and_what_stays_is_told() {
        let event = |logical_id: &str, resource_type: &str, status: &str| StackEvent {
            id: String::new(),
            time: SystemTime::UNIX_EPOCH,
            logical_id: logical_id.to_owned(),
            physical_id: format!("the-{logical_id}"),
            resource_type: resource_type.to_owned(),
            status: Status(status.to_owned()),
            reason: None,
        };
        let change = |logical_id: &str, action: &str, replaced| Change {
            action: action.to_owned(),
            logical_id: logical_id.to_owned(),
            resource_type: String::new(),
            replaced,
            loses_data: false,
            properties: Vec::new(),
        };
        let (bucket, table, role) = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::IAM::Role");
        let events = [
            event("Attic", bucket, "DELETE_FAILED"),
            event("Cellar", bucket, "DELETE_FAILED"),
            event("Cellar", bucket, "DELETE_COMPLETE"),
            event("Table", table, "UPDATE_COMPLETE"),
            event("Table", table, "DELETE_COMPLETE"),
            event("Kept", role, "DELETE_SKIPPED"),
            event("Role", role, "DELETE_COMPLETE"),
            event("Other", bucket, "DELETE_COMPLETE"),
        ];
        let changes = [
            change("Attic", "Remove", false),
            change("Cellar", "Remove", false),
            change("Table", "Modify", true),
            change("Kept", "Remove", false),
            change("Role", "Remove", false),
            change("Other", "Modify", false),
        ];
        let found: Vec<_> = removed(&events, &changes)
            .into_iter()
            .map(|it| (it.logical_id, it.fate))
            .collect();
        let expected = [
            ("Attic", Fate::NotDeleted),
            ("Cellar", Fate::Deleted),
            ("Table", Fate::Deleted),
            ("Kept", Fate::Retained),
        ];
        assert_eq!(found, expected.map(|(name, fate)| (name.to_owned(), fate)));
    }
}
