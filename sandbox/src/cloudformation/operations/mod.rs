//! CloudFormation's operations.

mod access;
mod change_sets;
mod create;
mod delete;
mod describe;
mod events;
mod exports;
mod page;
mod resources;
mod rollback;
mod templates;
mod update;

use std::sync::Arc;

use super::engine::Engine;
use super::stack::{OperationKind, Stack};
use crate::cloudformation::fault::{constraint, invalid};
use crate::fault::Fault;
use crate::journal::Journal;
use crate::s3::S3;
use crate::service::service;
use crate::wire::Protocol;

/// What the operations work with.
#[derive(Debug)]
pub struct Api {
    pub engine: Arc<Engine>,
    /// Holds templates.
    pub s3: Arc<S3>,
    pub journal: Arc<Journal>,
}

service! { Api {
    name: "CloudFormation",
    signing_name: "cloudformation",
    protocol: Protocol::Query { namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/" },
    invalid: "ValidationError",
    // A template of 51,200 bytes, in a form.
    longest_body: 1 << 20,
    members: include_str!("../members.txt"),
    operations: {
        CancelUpdateStack on access::stack => rollback::cancel_update,
        ContinueUpdateRollback on access::stack_and_role => rollback::continue_update_rollback,
        CreateChangeSet on access::stack_and_role => change_sets::create,
        CreateStack on access::stack_and_role => create::create,
        DeleteChangeSet on access::change_set => change_sets::delete,
        DeleteStack on access::stack_and_role => delete::delete,
        DescribeChangeSet on access::change_set => change_sets::describe,
        DescribeEvents on access::change_set => events::describe_operations,
        DescribeStackEvents on access::stack => events::describe,
        DescribeStackResource on access::stack => resources::describe_one,
        DescribeStackResources on access::stack => resources::describe,
        DescribeStacks on access::stack => describe::describe,
        DetectStackResourceDrift on access::stack => resources::detect_drift,
        ExecuteChangeSet on access::change_set => change_sets::execute,
        GetTemplate on access::change_set => templates::get,
        GetTemplateSummary on access::stack_or_any => templates::summary,
        ListChangeSets on access::stack => change_sets::list,
        ListExports on access::any => exports::list,
        ListImports on access::any => exports::imports,
        ListStackResources on access::stack => resources::list,
        ListStacks on access::stack => describe::list,
        RollbackStack on access::stack_and_role => rollback::rollback_stack,
        UpdateStack on access::stack_and_role => update::update,
        UpdateTerminationProtection on access::stack => delete::protect,
        ValidateTemplate on access::any => templates::validate,
    },
} }

/// Whether the stack has begun an operation of that kind for a request with this token: the request
/// came twice.
fn is_repeated(stack: &Stack, token: Option<&str>, kind: OperationKind) -> Result<bool, Fault> {
    check_token(token)?;
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

/// Source: `ClientRequestToken` in CloudFormation's API model.
fn check_token(token: Option<&str>) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_token = |text: &str| {
        (1..=128).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-')
    };
    match token.filter(|token| !is_token(token)) {
        Some(token) => {
            let broken = "satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*";
            Err(constraint(token, "clientRequestToken", broken))
        }
        None => Ok(()),
    }
}

fn cannot_be_updated(stack: &Stack) -> Fault {
    invalid(format!(
        "Stack:{} is in {} state and can not be updated.",
        stack.id, stack.status
    ))
}
