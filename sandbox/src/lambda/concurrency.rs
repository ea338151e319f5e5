//! Reserved concurrency, and the account's limits.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Lambda;
use super::bundle_cache::MAX_UNPACKED_BYTES;
use super::fault::{constraint, invalid};
use super::function::BY_RESERVED_CONCURRENCY;
use super::function_ref::FunctionRef;
use super::functions::FunctionRequest;
use super::versions::Version;
use crate::fault::{Answer, Fault};
use crate::wire::lenient;

/// Of all functions together, as in an account of AWS.
const ACCOUNT_CONCURRENCY: u32 = 1000;
/// What must be left to the functions without reserved concurrency.
const MIN_UNRESERVED: u32 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionConcurrencyRequest {
    function_name: String,
    #[serde(default, deserialize_with = "lenient")]
    reserved_concurrent_executions: Option<u32>,
}

pub async fn put(lambda: &Lambda, request: PutFunctionConcurrencyRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?.unqualified()?;
    let Some(reserved) = request.reserved_concurrent_executions else {
        return Err(constraint(
            "reservedConcurrentExecutions",
            "null",
            "a whole number",
        ));
    };
    let others = reserved_for(lambda, |function| function != function_ref.name)?;
    if reserved.saturating_add(others) > ACCOUNT_CONCURRENCY - MIN_UNRESERVED {
        let refused = invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{MIN_UNRESERVED}]."
        ));
        return Err(refused.with("Type", Value::Null));
    }
    lambda.change(&function_ref, |function| {
        function.reserved_concurrency = Some(reserved);
        Ok(())
    })?;
    // Code and configuration are the same: environments are kept.
    lambda.revisions.invalidate(&function_ref.name);
    Ok(json!({ "ReservedConcurrentExecutions": reserved }))
}

/// The concurrency that is reserved for the functions with such names.
fn reserved_for(lambda: &Lambda, is_counted: impl Fn(&str) -> bool) -> Result<u32, Fault> {
    let reserved = lambda.functions.entries(&BY_RESERVED_CONCURRENCY, "")?;
    let counted = reserved.iter().filter(|(_, function)| is_counted(function));
    Ok(counted
        .filter_map(|(count, _)| count.parse::<u32>().ok())
        .sum())
}

pub async fn get(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function = lambda.function(&request.function_ref()?.unqualified()?)?;
    Ok(match function.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    })
}

pub async fn delete(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let function_ref = request.function_ref()?.unqualified()?;
    lambda.change(&function_ref, |function| {
        function.reserved_concurrency = None;
        Ok(())
    })?;
    lambda.revisions.invalidate(&function_ref.name);
    Ok(json!({}))
}

/// `GetAccountSettings`: AWS's limits, and the usage here.
pub async fn account(lambda: &Lambda, _: Value) -> Answer {
    let functions = lambda.functions.all()?;
    let reserved = reserved_for(lambda, |_| true)?;
    let versions = lambda.versions.all()?.into_iter().map(Version::function);
    let size: u64 = versions
        .chain(functions.iter().cloned())
        .map(|function| function.code.size)
        .sum();
    Ok(json!({
        "AccountLimit": {
            "TotalCodeSize": 75_u64 << 30,
            "CodeSizeUnzipped": MAX_UNPACKED_BYTES,
            "CodeSizeZipped": 50 << 20,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY.saturating_sub(reserved),
        },
        "AccountUsage": { "TotalCodeSize": size, "FunctionCount": functions.len() },
    }))
}
