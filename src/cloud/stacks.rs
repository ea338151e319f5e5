//! CloudFormation: stacks, change sets and events, as the rest of the crate sees them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudformation::types;

use super::{Cloud, CloudError};

/// What CloudFormation takes of a template that comes in a request, in bytes.
///
/// Source: "CloudFormation quotas", template body size in a request.
pub const LONGEST_TEMPLATE: usize = 51_200;

/// Tags or parameters by name.
pub type Names = BTreeMap<String, String>;

/// A stack's or resource's status in CloudFormation's own words, such as `UPDATE_ROLLBACK_COMPLETE`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Status(pub String);

/// What a stack's status means for who wants to change the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// An operation is under way.
    InProgress,
    /// Standing, and open to updates.
    Settled,
    /// Never came to stand, or did not go away: only deletion helps.
    Dead,
    /// A rollback got stuck and can be continued.
    Stuck,
    Deleted,
}

impl Status {
    /// Source: "Understand CloudFormation stack creation events", table of stack status codes.
    pub fn phase(&self) -> Phase {
        match self.0.as_str() {
            "DELETE_COMPLETE" => Phase::Deleted,
            "UPDATE_ROLLBACK_FAILED" => Phase::Stuck,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED"
            | "REVIEW_IN_PROGRESS" => Phase::Dead,
            status if status.ends_with("_IN_PROGRESS") => Phase::InProgress,
            _ => Phase::Settled,
        }
    }

    pub fn is_failure(&self) -> bool {
        self.0.ends_with("_FAILED")
    }

    /// True when an operation ended where it was meant to: not failed, not rolled back.
    pub fn is_success(&self) -> bool {
        matches!(
            self.0.as_str(),
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "DELETE_COMPLETE"
        )
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

#[derive(Clone, Debug)]
pub struct Stack {
    pub name: String,
    /// The ARN; names one life of the stack, so it stays valid after deletion.
    pub id: String,
    pub status: Status,
    pub reason: Option<String>,
    pub tags: Names,
    pub parameters: Names,
    pub outputs: Names,
}

/// A stack as it should become.
#[derive(Clone, Debug)]
pub struct StackRequest {
    pub name: String,
    /// The template's text, at most [`LONGEST_TEMPLATE`].
    pub template: String,
    pub parameters: Vec<(String, ParameterValue)>,
    pub tags: Names,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    Is(String),
    /// As it was at the last deployment.
    Previous,
}

/// What CloudFormation reads in a template.
#[derive(Clone, Debug, Default)]
pub struct TemplateSummary {
    pub parameters: Vec<String>,
}

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

#[derive(Clone, Debug)]
pub struct ChangeSet {
    pub id: String,
    pub state: ChangeSetState,
    /// Whether its execution has begun, and perhaps ended.
    pub executed: bool,
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetState {
    Pending,
    Ready,
    /// There is nothing that the template or the parameters would change.
    Empty,
    Failed(String),
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`.
    pub action: String,
    pub logical_id: String,
    pub resource_type: String,
    /// True when the resource would be made anew, losing what is in it.
    pub replaced: bool,
}

impl Cloud {
    /// The stack of that name or id, if there is one. A name does not find deleted stacks.
    pub async fn stack(&self, name: &str) -> Result<Option<Stack>, CloudError> {
        let answer = self
            .stacks
            .describe_stacks()
            .stack_name(name)
            .send()
            .await
            .map_err(self.failed("DescribeStacks"));
        match answer {
            Ok(answer) => Ok(answer
                .stacks
                .unwrap_or_default()
                .into_iter()
                .next()
                .map(Stack::from)),
            Err(CloudError::Refused { code, message, .. })
                if code == "ValidationError" && message.contains("does not exist") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Every stack of the account and region that is not deleted.
    pub async fn all_stacks(&self) -> Result<Vec<Stack>, CloudError> {
        let mut pages = self
            .stacks
            .describe_stacks()
            .into_paginator()
            .items()
            .send();
        let mut stacks = Vec::new();
        while let Some(stack) = pages.next().await {
            stacks.push(Stack::from(stack.map_err(self.failed("DescribeStacks"))?));
        }
        Ok(stacks)
    }

    /// Has CloudFormation read the template; refused templates are an error here already.
    pub async fn validate_template(&self, template: &str) -> Result<TemplateSummary, CloudError> {
        let answer = self
            .stacks
            .validate_template()
            .template_body(template)
            .send()
            .await
            .map_err(self.failed("ValidateTemplate"))?;
        let parameters = answer.parameters.unwrap_or_default();
        Ok(TemplateSummary {
            parameters: parameters
                .into_iter()
                .filter_map(|p| p.parameter_key)
                .collect(),
        })
    }

    /// Starts creating a stack and returns its id. A stack that fails stays as it failed.
    pub async fn create_stack(
        &self,
        request: &StackRequest,
        express: bool,
    ) -> Result<String, CloudError> {
        let operation = self
            .stacks
            .create_stack()
            .stack_name(&request.name)
            .template_body(&request.template)
            .set_parameters(Some(parameters(&request.parameters)))
            .set_tags(Some(tags(&request.tags)))
            .capabilities(types::Capability::CapabilityIam)
            .client_request_token(token());
        // The rollback would only delay what the next deployment does anyway: begin anew.
        let operation = if express {
            operation.deployment_config(express_config(true))
        } else {
            operation.disable_rollback(true)
        };
        let answer = operation.send().await.map_err(self.failed("CreateStack"))?;
        Ok(answer.stack_id.unwrap_or_else(|| request.name.clone()))
    }

    /// Asks what `request` would change. The change set is `Pending` until described otherwise.
    pub async fn create_change_set(
        &self,
        request: &StackRequest,
        express: bool,
    ) -> Result<String, CloudError> {
        let token = token();
        let mut operation = self
            .stacks
            .create_change_set()
            .stack_name(&request.name)
            .change_set_name(format!("mafia-{token}"))
            .change_set_type(types::ChangeSetType::Update)
            .template_body(&request.template)
            .set_parameters(Some(parameters(&request.parameters)))
            .set_tags(Some(tags(&request.tags)))
            .capabilities(types::Capability::CapabilityIam)
            .client_token(&token);
        if express {
            operation = operation.deployment_config(express_config(false));
        }
        let created = operation
            .send()
            .await
            .map_err(self.failed("CreateChangeSet"));
        match created {
            Ok(answer) => Ok(answer.id.unwrap_or_else(|| format!("mafia-{token}"))),
            // Our own, of which the answer was lost: nobody else draws this name.
            Err(error) if error.is_already_there() => Ok(format!("mafia-{token}")),
            Err(error) => Err(error),
        }
    }

    pub async fn change_set(&self, stack: &str, id: &str) -> Result<ChangeSet, CloudError> {
        let mut changes = Vec::new();
        let mut next_token = None;
        loop {
            let page = self
                .stacks
                .describe_change_set()
                .stack_name(stack)
                .change_set_name(id)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(self.failed("DescribeChangeSet"))?;
            changes.extend(page.changes().iter().filter_map(change));
            next_token = page.next_token.clone();
            if next_token.is_none() {
                return Ok(ChangeSet {
                    id: id.to_owned(),
                    state: change_set_state(page.status.as_ref(), page.status_reason()),
                    executed: page
                        .execution_status
                        .as_ref()
                        .is_some_and(|status| status.as_str().starts_with("EXECUTE_")),
                    changes,
                });
            }
        }
    }

    pub async fn execute_change_set(&self, stack: &str, id: &str) -> Result<(), CloudError> {
        self.stacks
            .execute_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .client_request_token(token())
            .send()
            .await
            .map_err(self.failed("ExecuteChangeSet"))?;
        Ok(())
    }

    pub async fn delete_change_set(&self, stack: &str, id: &str) -> Result<(), CloudError> {
        self.stacks
            .delete_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .send()
            .await
            .map_err(self.failed("DeleteChangeSet"))?;
        Ok(())
    }

    /// Starts deleting the stack of that name or id.
    pub async fn delete_stack(&self, name: &str) -> Result<(), CloudError> {
        self.stacks
            .delete_stack()
            .stack_name(name)
            .client_request_token(token())
            .send()
            .await
            .map_err(self.failed("DeleteStack"))?;
        Ok(())
    }

    /// Goes on with an update's rollback that got stuck.
    pub async fn continue_rollback(&self, name: &str) -> Result<(), CloudError> {
        self.stacks
            .continue_update_rollback()
            .stack_name(name)
            .client_request_token(token())
            .send()
            .await
            .map_err(self.failed("ContinueUpdateRollback"))?;
        Ok(())
    }

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

    /// What CloudFormation found wrong before it began with the last operation that it refused so, as
    /// events with the status `VALIDATION_FAILED`.
    pub async fn validation_failures(&self, stack: &str) -> Result<Vec<StackEvent>, CloudError> {
        let mut found = Vec::new();
        let mut pages = self
            .stacks
            .describe_events()
            .stack_name(stack)
            .filters(types::EventFilter::builder().failed_events(true).build())
            .into_paginator()
            .items()
            .send();
        while let Some(event) = pages.next().await {
            let event = event.map_err(self.failed("DescribeEvents"))?;
            found.extend(event.validation_status_reason.is_some().then_some(event));
        }
        let newest = found.iter().max_by_key(|event| time(event.timestamp));
        let last = newest.and_then(|event| event.operation_id.clone());
        found.retain(|event| event.operation_id == last);
        Ok(found.into_iter().map(validation_failure).collect())
    }

    /// The id of the newest event: what comes after it belongs to later operations.
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

fn express_config(disable_rollback: bool) -> types::DeploymentConfig {
    types::DeploymentConfig::builder()
        .mode(types::DeploymentConfigMode::Express)
        .disable_rollback(disable_rollback)
        .build()
}

/// Makes a repeated request the same request. Letters and digits, for names too.
fn token() -> String {
    format!("{:016x}", rand::random::<u64>())
}

fn parameters(parameters: &[(String, ParameterValue)]) -> Vec<types::Parameter> {
    let parameter = |(name, value): &(String, ParameterValue)| {
        let builder = types::Parameter::builder().parameter_key(name);
        match value {
            ParameterValue::Is(value) => builder.parameter_value(value).build(),
            ParameterValue::Previous => builder.use_previous_value(true).build(),
        }
    };
    parameters.iter().map(parameter).collect()
}

fn tags(tags: &Names) -> Vec<types::Tag> {
    tags.iter()
        .map(|(key, value)| types::Tag::builder().key(key).value(value).build())
        .collect()
}

fn change(change: &types::Change) -> Option<Change> {
    let change = change.resource_change.as_ref()?;
    Some(Change {
        action: change
            .action
            .as_ref()
            .map(|a| a.as_str().to_owned())
            .unwrap_or_default(),
        logical_id: change.logical_resource_id.clone().unwrap_or_default(),
        resource_type: change.resource_type.clone().unwrap_or_default(),
        replaced: matches!(change.replacement, Some(types::Replacement::True)),
    })
}

fn change_set_state(
    status: Option<&types::ChangeSetStatus>,
    reason: Option<&str>,
) -> ChangeSetState {
    use types::ChangeSetStatus::{CreateComplete, Failed};
    let reason = reason.unwrap_or_default();
    match status {
        Some(CreateComplete) => ChangeSetState::Ready,
        Some(Failed)
            if reason.contains("didn't contain changes") || reason.contains("No updates") =>
        {
            ChangeSetState::Empty
        }
        Some(Failed) => ChangeSetState::Failed(reason.to_owned()),
        _ => ChangeSetState::Pending,
    }
}

fn time(time: Option<aws_sdk_cloudformation::primitives::DateTime>) -> SystemTime {
    let millis = time.and_then(|t| t.to_millis().ok()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis.try_into().unwrap_or_default())
}

impl From<types::Stack> for Stack {
    fn from(stack: types::Stack) -> Self {
        let pair =
            |key: Option<String>, value: Option<String>| Some((key?, value.unwrap_or_default()));
        let parameters = stack.parameters.unwrap_or_default();
        let outputs = stack.outputs.unwrap_or_default();
        let tags = stack.tags.unwrap_or_default();
        Self {
            name: stack.stack_name.unwrap_or_default(),
            id: stack.stack_id.unwrap_or_default(),
            status: Status(
                stack
                    .stack_status
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
            ),
            reason: stack.stack_status_reason,
            parameters: parameters
                .into_iter()
                .filter_map(|p| pair(p.parameter_key, p.parameter_value))
                .collect(),
            outputs: outputs
                .into_iter()
                .filter_map(|o| pair(o.output_key, o.output_value))
                .collect(),
            tags: tags
                .into_iter()
                .filter_map(|t| pair(t.key, t.value))
                .collect(),
        }
    }
}

impl From<types::StackEvent> for StackEvent {
    fn from(event: types::StackEvent) -> Self {
        Self {
            id: event.event_id.unwrap_or_default(),
            time: time(event.timestamp),
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
        time: time(event.timestamp),
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
