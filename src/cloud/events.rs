//! CloudFormation: the events and the resources of stacks.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudformation::operation::describe_events::builders::DescribeEventsFluentBuilder;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types;

use super::{Cloud, CloudError, Status};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    pub id: String,
    pub time: SystemTime,
    pub logical_id: String,
    /// Equals the stack's id for an event of the stack itself.
    pub physical_id: String,
    pub resource_type: String,
    pub status: Status,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Resource {
    pub logical_id: String,
    pub physical_id: String,
    pub resource_type: String,
    pub status: Status,
    pub reason: Option<String>,
}

impl Cloud {
    /// The events after the one with id `last`, or all, oldest first.
    pub async fn events_after(
        &self,
        stack: &str,
        last: Option<&str>,
    ) -> Result<Vec<StackEvent>, CloudError> {
        let mut events = Vec::new();
        let mut pages = self
            .stacks
            .describe_stack_events()
            .stack_name(stack)
            .into_paginator()
            .items()
            .send();
        while let Some(event) = pages.next().await {
            let event = StackEvent::from(event.map_err(self.failed("DescribeStackEvents"))?);
            if last == Some(event.id.as_str()) {
                break;
            }
            events.push(event);
        }
        events.reverse();
        Ok(events)
    }

    /// The id of the newest event; the events after it belong to later operations.
    pub async fn newest_event(&self, stack: &str) -> Result<Option<String>, CloudError> {
        let page = self
            .stacks
            .describe_stack_events()
            .stack_name(stack)
            .send()
            .await
            .map_err(self.failed("DescribeStackEvents"))?;
        Ok(page
            .stack_events()
            .first()
            .and_then(|event| event.event_id.clone()))
    }

    /// The findings of CloudFormation's validation before the last operation that it refused, as
    /// events with the status `VALIDATION_FAILED`.
    pub async fn validation_failures(&self, stack: &str) -> Result<Vec<StackEvent>, CloudError> {
        let events = self.stacks.describe_events().stack_name(stack);
        self.failures_among(events).await
    }

    /// The findings of CloudFormation's validation of a change set, which last as long as it.
    ///
    /// Source: CloudFormation user guide, "Validate stack deployments".
    pub async fn change_set_failures(
        &self,
        stack: &str,
        change_set: &str,
    ) -> Result<Vec<StackEvent>, CloudError> {
        let events = self.stacks.describe_events();
        let events = events.stack_name(stack).change_set_name(change_set);
        self.failures_among(events).await
    }

    async fn failures_among(
        &self,
        events: DescribeEventsFluentBuilder,
    ) -> Result<Vec<StackEvent>, CloudError> {
        let mut found = Vec::new();
        let failed = types::EventFilter::builder().failed_events(true).build();
        let mut pages = events.filters(failed).into_paginator().items().send();
        while let Some(event) = pages.next().await {
            let event = event.map_err(self.failed("DescribeEvents"))?;
            found.extend(event.validation_status_reason.is_some().then_some(event));
        }
        let newest = found.iter().max_by_key(|event| event.timestamp.map(time));
        let last = newest.and_then(|event| event.operation_id.clone());
        found.retain(|event| event.operation_id == last);
        Ok(found.into_iter().map(validation_failure).collect())
    }

    /// The resources of the stack of that name or id.
    pub async fn resources(&self, stack: &str) -> Result<Vec<Resource>, CloudError> {
        let mut resources = Vec::new();
        let mut pages = self
            .stacks
            .list_stack_resources()
            .stack_name(stack)
            .into_paginator()
            .items()
            .send();
        while let Some(resource) = pages.next().await {
            resources.push(Resource::from(
                resource.map_err(self.failed("ListStackResources"))?,
            ));
        }
        Ok(resources)
    }
}

pub(super) fn time(time: DateTime) -> SystemTime {
    let millis = time.to_millis().unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis.try_into().unwrap_or_default())
}

impl From<types::StackEvent> for StackEvent {
    fn from(event: types::StackEvent) -> Self {
        Self {
            id: event.event_id.unwrap_or_default(),
            time: event.timestamp.map_or(SystemTime::UNIX_EPOCH, time),
            logical_id: event.logical_resource_id.unwrap_or_default(),
            physical_id: event.physical_resource_id.unwrap_or_default(),
            resource_type: event.resource_type.unwrap_or_default(),
            status: Status(
                event
                    .resource_status
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            reason: event
                .resource_status_reason
                .filter(|reason| !reason.is_empty()),
        }
    }
}

fn validation_failure(event: types::OperationEvent) -> StackEvent {
    StackEvent {
        id: event.event_id.unwrap_or_default(),
        time: event.timestamp.map_or(SystemTime::UNIX_EPOCH, time),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id.unwrap_or_default(),
        resource_type: event.resource_type.unwrap_or_default(),
        status: Status("VALIDATION_FAILED".to_owned()),
        reason: event.validation_status_reason,
    }
}

impl From<types::StackResourceSummary> for Resource {
    fn from(resource: types::StackResourceSummary) -> Self {
        Self {
            logical_id: resource.logical_resource_id.unwrap_or_default(),
            physical_id: resource.physical_resource_id.unwrap_or_default(),
            resource_type: resource.resource_type.unwrap_or_default(),
            status: Status(
                resource
                    .resource_status
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            reason: resource
                .resource_status_reason
                .filter(|reason| !reason.is_empty()),
        }
    }
}
