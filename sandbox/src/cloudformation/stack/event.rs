//! The events of a stack: one for each change of the status of the stack or of a resource.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Obsolete, OperationKind, Resource, Stack, Status};
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
    #[serde(alias = "logical")]
    pub logical_id: String,
    #[serde(alias = "physical")]
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
    pub fn key(stack_prefix: &str, number: u64) -> String {
        format!("{stack_prefix}{:010}", Self::LAST - number.min(Self::LAST))
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

/// What an event is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    logical_id: &'a str,
    physical_id: &'a str,
    kind: &'a str,
}

const STACK: &str = "AWS::CloudFormation::Stack";

impl<'a> Subject<'a> {
    pub fn stack(stack: &'a Stack) -> Self {
        Self {
            logical_id: &stack.name,
            physical_id: &stack.id,
            kind: STACK,
        }
    }

    pub fn resource(logical_id: &'a str, resource: &'a Resource) -> Self {
        Self {
            logical_id,
            physical_id: resource.physical_id.as_deref().unwrap_or_default(),
            kind: &resource.kind,
        }
    }

    pub fn obsolete(obsolete: &'a Obsolete) -> Self {
        Self {
            logical_id: &obsolete.logical_id,
            physical_id: &obsolete.physical_id,
            kind: &obsolete.kind,
        }
    }
}

/// Numbers the events of a stack, and gives each a time of its own: by that clients tell them apart.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    pub latest_number: u64,
    latest_time: i64,
    /// Those that are not written yet.
    pub new: Vec<Event>,
}

impl EventLog {
    pub fn after(latest: Option<&Event>) -> Self {
        latest.map_or_else(Self::default, |latest| Self {
            latest_number: latest.number,
            latest_time: latest.time,
            new: Vec::new(),
        })
    }

    /// Returns the event's time.
    pub fn add(
        &mut self,
        stack: &Stack,
        subject: Subject<'_>,
        status: Status,
        reason: Option<&str>,
    ) -> i64 {
        self.latest_number += 1;
        self.latest_time = clock::now().max(self.latest_time + 1);
        let unique = Uuid::new_v4();
        let operation = stack.operation.as_ref();
        self.new.push(Event {
            id: match subject.kind {
                STACK => unique.to_string(),
                _ => format!("{}-{status}-{unique}", subject.logical_id),
            },
            number: self.latest_number,
            time: self.latest_time,
            logical_id: subject.logical_id.to_owned(),
            physical_id: subject.physical_id.to_owned(),
            kind: subject.kind.to_owned(),
            status,
            reason: reason.map(str::to_owned),
            token: operation.and_then(|operation| operation.token.clone()),
            operation: stack.current(),
        });
        self.latest_time
    }
}
