//! Change sets: made and described at once, executed later, if ever.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{check_name, is_name};
use super::page::page;
use super::update::{is_open, on_failure};
use super::{Api, cannot_be_updated, is_repeated};
use crate::clock;
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::invalid;
use crate::cloudformation::proposal::Asked;
use crate::cloudformation::stack::{
    ChangeSet, OnFailure, Operation, OperationKind, Phase, Stack, Status,
};
use crate::cloudformation::stacks::is_id;
use crate::fault::Fault;
use crate::wire::lenient;

const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
    information to create a change set.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Creation {
    stack_name: String,
    change_set_name: String,
    change_set_type: Option<String>,
    #[serde(flatten)]
    asked: Asked,
    description: Option<String>,
    on_stack_failure: Option<OnFailure>,
    client_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
    id: String,
    stack_id: String,
}

pub async fn create(api: &Api, request: Creation) -> Result<Created, Fault> {
    let name = &request.change_set_name;
    if !is_name(name) || name.len() > 128 {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )));
    }
    let creates = match request.change_set_type.as_deref() {
        None | Some("UPDATE") => false,
        Some("CREATE") => true,
        Some(other) => {
            return Err(invalid(format!(
                "the sandbox does not support ChangeSetType {other}; it supports CREATE, UPDATE"
            )));
        }
    };
    let found = api.engine.stacks.find(&request.stack_name)?;
    let found = found.filter(|stack| stack.status != Status::DeleteComplete);
    let stack = match (found, creates) {
        (Some(stack), _) => stack,
        (None, true) => {
            check_name(&request.stack_name)?;
            Stack::new(Stack::new_id(&request.stack_name))
        }
        (None, false) => api.engine.stacks.living(&request.stack_name)?,
    };
    if let Some(existing) = api.engine.stacks.change_set(&stack, name)? {
        return again(&existing, &request);
    }
    request.is_open(&stack, creates)?;
    let change_set = request.change_set(api, &stack, creates)?;
    if creates {
        review(api, &stack, &change_set)?;
    }
    api.engine.stacks.put_change_set(&change_set)?;
    Ok(Created {
        id: change_set.id,
        stack_id: stack.id,
    })
}

fn again(existing: &ChangeSet, request: &Creation) -> Result<Created, Fault> {
    if existing.token.is_some() && existing.token == request.client_token {
        return Ok(Created {
            id: existing.id.clone(),
            stack_id: existing.stack_id.clone(),
        });
    }
    Err(Fault::invalid(
        "AlreadyExistsException",
        format!("ChangeSet {} already exists", existing.id),
    ))
}

impl Creation {
    fn is_open(&self, stack: &Stack, creates: bool) -> Result<(), Fault> {
        match (creates, stack.status) {
            (true, Status::ReviewInProgress) => Ok(()),
            (true, _) => Err(invalid(format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                stack.name, self.change_set_name
            ))),
            // Whether there is something to go back to is decided when it is executed.
            (false, _) => is_open(stack, OnFailure::DoNothing),
        }
    }

    fn change_set(self, api: &Api, stack: &Stack, creates: bool) -> Result<ChangeSet, Fault> {
        let disable_rollback = self.asked.disable_rollback();
        let proposal = self.asked.propose_for_review(&api.engine, &api.s3, stack)?;
        let changes = proposal.changes(&api.engine, stack)?;
        let is_empty = changes.is_empty();
        let mut change_set = ChangeSet::new(
            &self.change_set_name,
            stack,
            proposal.definition,
            proposal.text,
        );
        change_set.changes = changes.resources.iter().map(|it| it.shown()).collect();
        change_set.failure = is_empty.then(|| NO_CHANGES.to_owned());
        change_set.creates = creates;
        change_set.imports = proposal.imports;
        change_set.description = self.description;
        change_set.on_failure = self.on_stack_failure;
        if change_set.on_failure.is_none() && disable_rollback == Some(true) {
            change_set.on_failure = Some(OnFailure::DoNothing);
        }
        change_set.token = self.client_token;
        Ok(change_set)
    }
}

/// Makes the stack that is to be created, so that what would be created can be reviewed. It has the
/// tags already: by them people know whose it is.
fn review(api: &Api, stack: &Stack, change_set: &ChangeSet) -> Result<(), Fault> {
    api.engine.stacks.write(&stack.name, |found| {
        match found {
            Some(found) if found.id == stack.id => {}
            Some(found) => return Err(cannot_be_updated(found)),
            None => {
                let mut stack = stack.clone();
                stack.definition.tags = change_set.definition.tags.clone();
                let kind = OperationKind::CreateChangeSet;
                stack.last = Some((uuid::Uuid::new_v4().to_string(), kind));
                stack.set_status(Status::ReviewInProgress, Some("User Initiated"));
                *found = Some(stack);
            }
        }
        Ok(())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    disable_rollback: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

/// The change set, and its stack.
pub fn found(api: &Api, name: &str, stack: Option<&str>) -> Result<(ChangeSet, Stack), Fault> {
    let stacks = &api.engine.stacks;
    let missing = || {
        let message = format!("ChangeSet [{name}] does not exist");
        Fault::not_found("ChangeSetNotFound", message)
    };
    if is_id(name) {
        let change_set = stacks.change_set_with_id(name)?.ok_or_else(missing)?;
        let stack = stacks.described(&change_set.stack_id)?;
        return Ok((change_set, stack));
    }
    let Some(stack) = stack else {
        return Err(invalid(
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ));
    };
    let stack = stacks.living(stack)?;
    let change_set = stacks.change_set(&stack, name)?.ok_or_else(missing)?;
    Ok((change_set, stack))
}

pub async fn describe(api: &Api, request: Named) -> Result<Value, Fault> {
    let (change_set, stack) = found(api, &request.change_set_name, request.stack_name.as_deref())?;
    let (changes, next) = page(change_set.changes.clone(), request.next_token.as_deref())?;
    let definition = &change_set.definition;
    let none_for_empty = |value: Value| Some(value).filter(|value| *value != json!([]));
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": change_set.stack_id,
        "StackName": change_set.stack_name,
        "Description": change_set.description,
        "Parameters": none_for_empty(definition.shown_parameters()),
        "CreationTime": clock::to_the_millisecond(change_set.created),
        "ExecutionStatus": change_set.execution_status(&stack),
        "Status": change_set.status(),
        "StatusReason": change_set.failure,
        "NotificationARNs": definition.notification_arns,
        "RollbackConfiguration": {},
        "Capabilities": none_for_empty(json!(definition.capabilities)),
        "Tags": none_for_empty(definition.shown_tags()),
        "Changes": changes,
        "NextToken": next,
        "IncludeNestedStacks": false,
        "OnStackFailure": change_set.on_failure,
        "ImportExistingResources": false,
        "DeploymentConfig": definition.mode.as_ref().map(|mode| json!({ "Mode": mode })),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    stack_name: String,
    next_token: Option<String>,
}

pub async fn list(api: &Api, request: Listing) -> Result<Value, Fault> {
    let stack = api.engine.stacks.living(&request.stack_name)?;
    let mut all = api.engine.stacks.change_sets(&stack)?;
    all.sort_by_key(|change_set| std::cmp::Reverse(change_set.created));
    let all = all
        .iter()
        .map(|change_set| change_set.summary(&stack))
        .collect();
    let (summaries, next) = page(all, request.next_token.as_deref())?;
    Ok(json!({ "Summaries": summaries, "NextToken": next }))
}

pub async fn execute(api: &Api, request: Named) -> Result<(), Fault> {
    let (change_set, stack) = found(api, &request.change_set_name, request.stack_name.as_deref())?;
    let kind = if change_set.creates {
        OperationKind::CreateStack
    } else {
        OperationKind::UpdateStack
    };
    let token = request.client_request_token.as_deref();
    let begun = api.engine.stacks.change(&stack.id, |stack| {
        if is_repeated(stack, token, kind)? {
            return Ok(false);
        }
        request.begin(stack, &change_set, kind)?;
        Ok(true)
    })?;
    if begun {
        api.engine.start(&stack.id);
        for other in api.engine.stacks.change_sets(&stack)? {
            if other.id != change_set.id {
                api.engine.stacks.remove_change_set(&other)?;
            }
        }
    }
    Ok(())
}

impl Named {
    fn begin(
        &self,
        stack: &mut Stack,
        change_set: &ChangeSet,
        kind: OperationKind,
    ) -> Result<(), Fault> {
        let status = change_set.execution_status(stack);
        if stack.operation.is_some() && status != "EXECUTE_IN_PROGRESS" {
            return Err(cannot_be_updated(stack));
        }
        if status != "AVAILABLE" {
            return Err(Fault::invalid(
                "InvalidChangeSetStatus",
                format!(
                    "ChangeSet [{}] cannot be executed in its current execution status of \
                     [{status}]",
                    change_set.id
                ),
            ));
        }
        let on_failure = match (self.disable_rollback, change_set.on_failure) {
            (Some(disable), None) => on_failure(Some(disable)),
            (_, wanted) => wanted.unwrap_or_default(),
        };
        if !change_set.creates {
            is_open(stack, on_failure)?;
        }
        let mut operation = Operation::new(kind, Phase::Apply, self.client_request_token.clone());
        operation.on_failure = on_failure;
        operation.retain_except_on_create = self.retain_except_on_create.unwrap_or_default();
        stack.change_set = Some(change_set.id.clone());
        stack.imports = change_set.imports.clone();
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        let definition = (change_set.definition.clone(), change_set.text.clone());
        start_apply(stack, operation, Some(definition));
        Ok(())
    }
}

/// That there is no such change set is as good as deleted.
pub async fn delete(api: &Api, request: Named) -> Result<(), Fault> {
    let found = found(api, &request.change_set_name, request.stack_name.as_deref());
    let (change_set, stack) = match found {
        Err(fault) if fault.code == "ChangeSetNotFound" => return Ok(()),
        found => found?,
    };
    if change_set.execution_status(&stack) == "EXECUTE_IN_PROGRESS" {
        return Err(Fault::invalid(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be deleted while it is being executed",
                change_set.id
            ),
        ));
    }
    api.engine.stacks.remove_change_set(&change_set)
}
