//! How many calls of a function may run at the same time, and what the account has.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Lambda;
use super::address::Address;
use super::code::LARGEST;
use super::function::BY_RESERVED_CONCURRENCY;
use super::functions::Named;
use super::settings::{constraint, invalid};
use crate::fault::{Answer, Fault};
use crate::wire::lenient;

/// Of all functions together, as in an account of AWS.
const ACCOUNTS: u32 = 1000;
/// What must be left to the functions that reserve nothing.
const UNRESERVED: u32 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionConcurrency {
    function_name: String,
    #[serde(default, deserialize_with = "lenient")]
    reserved_concurrent_executions: Option<u32>,
}

pub async fn put(lambda: &Lambda, asked: PutFunctionConcurrency) -> Answer {
    let address = Address::read(&asked.function_name, None)?;
    let Some(reserved) = asked.reserved_concurrent_executions else {
        return Err(constraint(
            "reservedConcurrentExecutions",
            "null",
            "a whole number",
        ));
    };
    let others = reserved_for(lambda, |function| function != address.name)?;
    if reserved.saturating_add(others) > ACCOUNTS - UNRESERVED {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{UNRESERVED}]."
        )));
    }
    lambda.change(&address, |function| {
        function.reserved_concurrency = Some(reserved);
        Ok(())
    })?;
    // The same code and configuration: what runs may go on.
    lambda.programs.forget(&address.name);
    Ok(json!({ "ReservedConcurrentExecutions": reserved }))
}

/// How many calls are reserved for the functions with such names.
fn reserved_for(lambda: &Lambda, is_counted: impl Fn(&str) -> bool) -> Result<u32, Fault> {
    let reserved = lambda.functions.entries(&BY_RESERVED_CONCURRENCY, "")?;
    let counted = reserved.iter().filter(|(_, function)| is_counted(function));
    Ok(counted
        .filter_map(|(count, _)| count.parse::<u32>().ok())
        .sum())
}

pub async fn get(lambda: &Lambda, asked: Named) -> Answer {
    let function = lambda.function(&asked.address()?)?;
    Ok(match function.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    })
}

pub async fn delete(lambda: &Lambda, asked: Named) -> Answer {
    let address = asked.address()?;
    lambda.change(&address, |function| {
        function.reserved_concurrency = None;
        Ok(())
    })?;
    lambda.programs.forget(&address.name);
    Ok(json!({}))
}

/// `GetAccountSettings`: AWS's limits, and what is used here.
pub async fn account(lambda: &Lambda, _: Value) -> Answer {
    let functions = lambda.functions.all()?;
    let reserved = reserved_for(lambda, |_| true)?;
    let size: u64 = functions.iter().map(|function| function.code.size).sum();
    Ok(json!({
        "AccountLimit": {
            "TotalCodeSize": 75_u64 << 30,
            "CodeSizeUnzipped": LARGEST,
            "CodeSizeZipped": 50 << 20,
            "ConcurrentExecutions": ACCOUNTS,
            "UnreservedConcurrentExecutions": ACCOUNTS.saturating_sub(reserved),
        },
        "AccountUsage": { "TotalCodeSize": size, "FunctionCount": functions.len() },
    }))
}
