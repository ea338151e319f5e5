//! The operations, as clients ask for them.

mod change_sets;
mod create;
mod delete;
mod describe;
mod events;
mod exports;
mod mend;
mod page;
mod resources;
mod templates;
mod update;

use std::sync::Arc;

use super::engine::Engine;
use super::stack::{OperationKind, Stack};
use crate::cloudformation::fault::invalid;
use crate::fault::Fault;
use crate::s3::S3;

/// What the operations work with.
#[derive(Debug)]
pub struct Api {
    pub engine: Arc<Engine>,
    /// Holds templates.
    s3: Arc<S3>,
}

impl Api {
    pub fn new(engine: Arc<Engine>, s3: Arc<S3>) -> Self {
        Self { engine, s3 }
    }
}

crate::service::operations! { Api, "CloudFormation": {
    CancelUpdateStack => mend::cancel_update,
    ContinueUpdateRollback => mend::continue_rollback,
    CreateChangeSet => change_sets::create,
    CreateStack => create::create,
    DeleteChangeSet => change_sets::delete,
    DeleteStack => delete::delete,
    DescribeChangeSet => change_sets::describe,
    DescribeEvents => events::describe_operations,
    DescribeStackEvents => events::describe,
    DescribeStackResource => resources::describe_one,
    DescribeStackResources => resources::describe,
    DescribeStacks => describe::describe,
    ExecuteChangeSet => change_sets::execute,
    GetTemplate => templates::get,
    GetTemplateSummary => templates::summary,
    ListChangeSets => change_sets::list,
    ListExports => exports::list,
    ListImports => exports::imports,
    ListStackResources => resources::list,
    ListStacks => describe::list,
    RollbackStack => mend::roll_back,
    UpdateStack => update::update,
    UpdateTerminationProtection => delete::protect,
    ValidateTemplate => templates::validate,
}}

/// Whether the stack has begun an operation of that kind for a request with this token: the request
/// came twice.
fn is_repeated(stack: &Stack, token: Option<&str>, kind: OperationKind) -> Result<bool, Fault> {
    let used = token.and_then(|token| stack.request_tokens.iter().find(|(used, _)| used == token));
    match used {
        None => Ok(false),
        Some((_, of)) if *of == kind => Ok(true),
        Some((token, _)) => Err(Fault::invalid(
            "TokenAlreadyExistsException",
            format!("The token {token} was already used for another operation of the stack"),
        )),
    }
}

fn cannot_be_updated(stack: &Stack) -> Fault {
    invalid(format!(
        "Stack:{} is in {} state and can not be updated.",
        stack.id, stack.status
    ))
}
