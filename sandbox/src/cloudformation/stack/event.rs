//! What happened to a stack and its resources, one entry for each change of a status.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{OperationKind, Stack, Status};
use crate::clock;
use crate::store::Record;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    pub id: String,
    /// The first of a stack has 1.
    pub number: u64,
    /// Milliseconds since 1970; later than the event before.
    pub time: i64,
    /// The stack's name for an event of the stack itself, whose physical id is the stack's id.
    pub logical_id: String,
    pub physical_id: String,
    pub kind: String,
    pub status: Status,
    pub reason: Option<String>,
    pub token: Option<String>,
    pub operation: Option<(String, OperationKind)>,
}

impl Record for Event {
    const KIND: &'static str = "cloudformation.event";
}

impl Event {
    /// The largest number that a key has room for.
    const LAST: u64 = 9_999_999_999;

    /// Keys of a stack's events are in the order of the newest first.
    pub fn key(stack_key: &str, number: u64) -> String {
        format!("{stack_key}/{:010}", Self::LAST - number.min(Self::LAST))
    }

    pub fn shown(&self, stack: &Stack) -> Value {
        json!({
            "StackId": stack.id,
            "StackName": stack.name,
            "EventId": self.id,
            "OperationId": self.operation.as_ref().map(|(id, _)| id),
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.kind,
            "Timestamp": clock::to_the_millisecond(self.time),
            "ResourceStatus": self.status,
            "ResourceStatusReason": self.reason,
            "ClientRequestToken": self.token,
        })
    }

    /// As `DescribeEvents` shows it.
    pub fn shown_in_operation(&self, stack: &Stack) -> Value {
        let of_the_stack = self.physical_id == stack.id;
        let kind = match (of_the_stack, self.status.is_failure()) {
            (true, _) => "STACK_EVENT",
            (false, true) => "PROVISIONING_ERROR",
            (false, false) => "PROGRESS_EVENT",
        };
        let mut shown = self.shown(stack);
        if let Value::Object(members) = &mut shown {
            members.remove("StackName");
            members.insert("EventType".to_owned(), json!(kind));
            let operation = self.operation.as_ref().map(|(_, kind)| kind);
            members.insert("OperationType".to_owned(), json!(operation));
        }
        shown
    }
}
