//! Finds a deployed function by what a person would call it.

use crate::cloud::Cloud;
use crate::error::Error;
use crate::names::{is_called, name_in_stack, without_number};
use crate::wording::nearest;

const FUNCTION: &str = "AWS::Lambda::Function";

/// The full names of the functions of `stack`, sorted.
pub(super) async fn functions(cloud: &Cloud, stack: &str) -> Result<Vec<String>, Error> {
    let Some(found) = cloud.stack(stack).await? else {
        return Err(Error::failed(format!("there is no stack {stack}"))
            .hint("`mafia deploy` creates it")
            .hint("--stack NAME (or MAFIA_STACK) names another stack"));
    };
    let resources = cloud.resources(&found.id).await?.into_iter();
    let mut functions: Vec<String> = resources
        .filter(|resource| resource.resource_type == FUNCTION && !resource.physical_id.is_empty())
        .map(|resource| resource.physical_id)
        .collect();
    functions.sort();
    Ok(functions)
}

/// The function of `stack` called `name`: `02-game-state` or `game-state`.
pub(super) async fn find(cloud: &Cloud, stack: &str, name: &str) -> Result<String, Error> {
    let functions = functions(cloud, stack).await?;
    match functions
        .iter()
        .find(|function| is_called(stack, function, name))
    {
        Some(function) => Ok(function.clone()),
        None => Err(unknown(stack, name, &functions)),
    }
}

fn unknown(stack: &str, name: &str, functions: &[String]) -> Error {
    let known: Vec<&str> = functions.iter().map(|f| name_in_stack(stack, f)).collect();
    let error = Error::usage(format!("stack {stack} has no function {name}"));
    if known.is_empty() {
        return error.hint("it has none at all: `mafia deploy` mends that");
    }
    let words = known.iter().map(|known| without_number(known));
    let meant = nearest(name, known.iter().copied().chain(words.clone()));
    error
        .hints(meant.map(|meant| format!("did you mean {meant}?")))
        .hint(format!("it has {}", words.collect::<Vec<_>>().join(", ")))
}
