//! Change sets: created and described at once, executed later, if ever.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create::{MAX_NAME, PATTERN, check_name, is_name};
use super::page::{PAGE_SIZE, next_token, page_start};
use super::update::{check_updatable, on_failure};
use super::{Api, cannot_be_updated, is_repeated};
use crate::clock;
use crate::cloudformation::change::without_values;
use crate::cloudformation::drift;
use crate::cloudformation::engine::start_apply;
use crate::cloudformation::fault::{constraint, invalid};
use crate::cloudformation::input::StackInput;
use crate::cloudformation::stack::{
    ChangeSet, Drift, OnFailure, Operation, OperationKind, Phase, Stack, StackState, Status,
};
use crate::cloudformation::stacks::{does_not_exist, is_id};
use crate::fault::Fault;
use crate::page::Page;
use crate::wire::lenient;

const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
    information to create a change set.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateChangeSetRequest {
    stack_name: String,
    change_set_name: String,
    change_set_type: Option<String>,
    deployment_mode: Option<String>,
    #[serde(flatten)]
    input: StackInput,
    description: Option<String>,
    on_stack_failure: Option<OnFailure>,
    client_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateChangeSetResponse {
    id: String,
    stack_id: String,
}

pub async fn create(
    api: &Api,
    request: CreateChangeSetRequest,
) -> Result<CreateChangeSetResponse, Fault> {
    let name = &request.change_set_name;
    if !is_name(name) || name.len() > MAX_NAME {
        return Err(constraint(name, "changeSetName", PATTERN));
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
    let found = found.filter(Stack::exists);
    let mut state = match (found, creates) {
        (Some(stack), _) => api.engine.stacks.state(&stack.id)?,
        (None, true) => {
            check_name(&request.stack_name)?;
            StackState::new(Stack::new(Stack::new_id(&request.stack_name)))
        }
        (None, false) => return Err(does_not_exist(&request.stack_name)),
    };
    if let Some(existing) = api.engine.stacks.change_set(&state.stack, name)? {
        return again(&existing, &request);
    }
    request.check_status(&state.stack, creates)?;
    let drift = match request.deployment_mode {
        None => Drift::new(),
        Some(_) => drift::drift(&api.engine, &state).await?,
    };
    drift::admit(&mut state, &drift);
    let mut change_set = request.change_set(api, &state, creates)?;
    change_set.drift = drift;
    let response = CreateChangeSetResponse {
        id: change_set.id.clone(),
        stack_id: state.stack.id.clone(),
    };
    if creates {
        insert_for_review(api, state, &change_set)?;
    }
    api.engine.stacks.put_change_set(&change_set)?;
    Ok(response)
}

fn again(
    existing: &ChangeSet,
    request: &CreateChangeSetRequest,
) -> Result<CreateChangeSetResponse, Fault> {
    if existing.token.is_some() && existing.token == request.client_token {
        return Ok(CreateChangeSetResponse {
            id: existing.id.clone(),
            stack_id: existing.stack_id.clone(),
        });
    }
    Err(Fault::invalid(
        "AlreadyExistsException",
        format!("ChangeSet {} already exists", existing.id),
    ))
}

impl CreateChangeSetRequest {
    fn check_status(&self, stack: &Stack, creates: bool) -> Result<(), Fault> {
        match (creates, stack.status) {
            (true, Status::ReviewInProgress) => Ok(()),
            (true, _) => Err(invalid(format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                stack.name, self.change_set_name
            ))),
            // Whether a rollback is possible is checked when it is executed.
            (false, _) => check_updatable(stack, OnFailure::DoNothing),
        }
    }

    fn change_set(self, api: &Api, state: &StackState, creates: bool) -> Result<ChangeSet, Fault> {
        let disable_rollback = self.input.disable_rollback();
        let checked = self.input.check_for_review(&api.engine, &api.s3, state)?;
        let diff = checked.diff(&api.engine, state)?;
        // A stack without resources can be created.
        let is_empty = diff.is_empty() && !creates;
        let before = state.stack.definition.secrets();
        let secrets = before
            .chain(checked.definition.secrets())
            .cloned()
            .collect();
        let mut change_set = ChangeSet::new(
            &self.change_set_name,
            &state.stack,
            checked.definition,
            checked.template,
        );
        change_set.changes = diff.resources.iter().map(|it| it.shown(&secrets)).collect();
        change_set.failure = is_empty.then(|| NO_CHANGES.to_owned());
        change_set.creates = creates;
        change_set.imports = checked.imports;
        change_set.description = self.description;
        change_set.on_failure = self.on_stack_failure;
        if change_set.on_failure.is_none() && disable_rollback == Some(true) {
            change_set.on_failure = Some(OnFailure::DoNothing);
        }
        change_set.token = self.client_token;
        Ok(change_set)
    }
}

/// Writes the stack that is to be created, so that it can be reviewed. It has its tags already: they say
/// whose it is.
fn insert_for_review(
    api: &Api,
    mut state: StackState,
    change_set: &ChangeSet,
) -> Result<(), Fault> {
    let id = state.stack.id.clone();
    state.stack.definition.tags = change_set.definition.tags.clone();
    let kind = OperationKind::CreateChangeSet;
    state.stack.last = Some((uuid::Uuid::new_v4().to_string(), kind));
    state.set_status(Status::ReviewInProgress, Some("User Initiated"));
    match api.engine.stacks.insert(state)? {
        Some(other) if other.id != id => Err(cannot_be_updated(&other)),
        _ => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeChangeSetRequest {
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    include_property_values: Option<bool>,
}

pub type DeleteChangeSetRequest = DescribeChangeSetRequest;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecuteChangeSetRequest {
    change_set_name: String,
    stack_name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    disable_rollback: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    retain_except_on_create: Option<bool>,
    client_request_token: Option<String>,
}

/// The change set, and its stack.
pub fn find(api: &Api, name: &str, stack: Option<&str>) -> Result<(ChangeSet, Stack), Fault> {
    let stacks = &api.engine.stacks;
    let missing = || {
        let message = format!("ChangeSet [{name}] does not exist");
        Fault::not_found("ChangeSetNotFound", message)
    };
    if is_id(name) {
        let change_set = stacks.change_set_with_id(name)?.ok_or_else(missing)?;
        let stack = stacks.get(&change_set.stack_id)?;
        return Ok((change_set, stack));
    }
    let Some(stack) = stack else {
        return Err(invalid(
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ));
    };
    let stack = stacks.get_existing(stack)?;
    let change_set = stacks.change_set(&stack, name)?.ok_or_else(missing)?;
    Ok((change_set, stack))
}

pub async fn describe(api: &Api, request: DescribeChangeSetRequest) -> Result<Value, Fault> {
    let (change_set, stack) = find(api, &request.change_set_name, request.stack_name.as_deref())?;
    const LIST: &str = "DescribeChangeSet";
    let after = page_start(LIST, request.next_token.as_deref())?;
    let page = Page::of(&change_set.changes, logical_id, after.as_ref(), PAGE_SIZE);
    let with_values = request.include_property_values.unwrap_or_default();
    let changes = page.items.into_iter().cloned();
    let changes = changes.map(|it| if with_values { it } else { without_values(it) });
    let definition = &change_set.definition;
    let none_for_empty = |value: Value| Some(value).filter(|value| *value != json!([]));
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": change_set.stack_id,
        "StackName": change_set.stack_name,
        "Description": change_set.description,
        "Parameters": none_for_empty(definition.shown_parameters()),
        "CreateChangeSetRequestTime": clock::to_the_millisecond(change_set.created),
        "ExecutionStatus": change_set.execution_status(&stack),
        "Status": change_set.status(),
        "StatusReason": change_set.failure,
        "NotificationARNs": definition.notification_arns,
        "RollbackConfiguration": {},
        "Capabilities": none_for_empty(json!(definition.capabilities)),
        "Tags": none_for_empty(definition.shown_tags()),
        "Changes": changes.collect::<Vec<_>>(),
        "NextToken": next_token(LIST, page.next.as_ref()),
        "IncludeNestedStacks": false,
        "OnStackFailure": change_set.on_failure,
        "ImportExistingResources": false,
        "DeploymentMode": (!change_set.drift.is_empty()).then_some("REVERT_DRIFT"),
        "DeploymentConfig": definition.mode.as_ref().map(|mode| json!({ "Mode": mode })),
    }))
}

fn logical_id<'a>(change: &'a &Value) -> &'a str {
    let logical_id = change["ResourceChange"]["LogicalResourceId"].as_str();
    logical_id.unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListChangeSetsRequest {
    stack_name: String,
    next_token: Option<String>,
}

/// The newest first.
pub async fn list(api: &Api, request: ListChangeSetsRequest) -> Result<Value, Fault> {
    const LIST: &str = "ListChangeSets";
    let after = page_start(LIST, request.next_token.as_deref())?;
    let stack = api.engine.stacks.get_existing(&request.stack_name)?;
    let page = api
        .engine
        .stacks
        .change_sets(&stack, after.as_ref(), PAGE_SIZE)?;
    let summaries = page.items.iter().map(|it| it.summary(&stack));
    Ok(json!({
        "Summaries": summaries.collect::<Vec<_>>(),
        "NextToken": next_token(LIST, page.next.as_ref()),
    }))
}

pub async fn execute(api: &Api, request: ExecuteChangeSetRequest) -> Result<(), Fault> {
    let (change_set, stack) = find(api, &request.change_set_name, request.stack_name.as_deref())?;
    let kind = if change_set.creates {
        OperationKind::CreateStack
    } else {
        OperationKind::UpdateStack
    };
    let token = request.client_request_token.as_deref();
    let is_started = api.engine.stacks.change(&stack.id, |state| {
        if is_repeated(&state.stack, token, kind)? {
            return Ok(false);
        }
        request.start(state, &change_set, kind)?;
        Ok(true)
    })?;
    if is_started {
        api.engine.start(&stack.id);
        api.engine.stacks.remove_other_change_sets(&change_set)?;
    }
    Ok(())
}

impl ExecuteChangeSetRequest {
    fn start(
        &self,
        state: &mut StackState,
        change_set: &ChangeSet,
        kind: OperationKind,
    ) -> Result<(), Fault> {
        if change_set.failure.is_some() {
            return Err(not_executable("current status of [FAILED]", &change_set.id));
        }
        let status = change_set.execution_status(&state.stack);
        if state.stack.operation.is_some() && status != "EXECUTE_IN_PROGRESS" {
            return Err(cannot_be_updated(&state.stack));
        }
        if status != "AVAILABLE" {
            let status = format!("current execution status of [{status}]");
            return Err(not_executable(&status, &change_set.id));
        }
        let on_failure = match (self.disable_rollback, change_set.on_failure) {
            (Some(disable), None) => on_failure(Some(disable)),
            (_, wanted) => wanted.unwrap_or_default(),
        };
        if !change_set.creates {
            check_updatable(&state.stack, on_failure)?;
        }
        let mut operation = Operation::new(kind, Phase::Apply, self.client_request_token.clone());
        operation.on_failure = on_failure;
        operation.retain_except_on_create = self.retain_except_on_create.unwrap_or_default();
        state.stack.change_set = Some(change_set.id.clone());
        state.stack.imports = change_set.imports.clone();
        state.stack.disable_rollback = on_failure == OnFailure::DoNothing;
        drift::admit(state, &change_set.drift);
        let (definition, template) = (&change_set.definition, &change_set.template);
        start_apply(state, operation, definition.clone(), template.clone());
        // The change set made the stack; this is its first update.
        state.stack.updated = Some(clock::now());
        Ok(())
    }
}

fn not_executable(status: &str, id: &str) -> Fault {
    Fault::invalid(
        "InvalidChangeSetStatus",
        format!("ChangeSet [{id}] cannot be executed in its {status}"),
    )
}

/// A change set that does not exist counts as deleted.
pub async fn delete(api: &Api, request: DeleteChangeSetRequest) -> Result<(), Fault> {
    let found = find(api, &request.change_set_name, request.stack_name.as_deref());
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
