//! Finds a deployed function by what a person would call it.

use crate::cloud::{Cloud, CloudError};
use crate::names::{function_name, meant, name_in_stack, without_stack};

const FUNCTION: &str = "AWS::Lambda::Function";

#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error("stack {stack} does not exist")]
    NoStack { stack: String },

    #[error("stack {stack} has no function {name}")]
    Unknown {
        stack: String,
        name: String,
        /// The functions that it has, by their names in the stack: `02-game-state`.
        known: Vec<String>,
    },

    #[error("{name} could be {}", functions.join(" or "))]
    Ambiguous {
        name: String,
        /// By their names in the stack.
        functions: Vec<String>,
    },
}

/// The full names of the functions of `stack`, sorted.
pub async fn names(cloud: &Cloud, stack: &str) -> Result<Vec<String>, FindError> {
    let Some(found) = cloud.stack(stack).await? else {
        return Err(FindError::NoStack {
            stack: stack.to_owned(),
        });
    };
    let resources = cloud.resources(&found.id).await?.into_iter();
    let mut functions: Vec<String> = resources
        .filter(|resource| resource.resource_type == FUNCTION && !resource.physical_id.is_empty())
        .map(|resource| resource.physical_id)
        .collect();
    functions.sort();
    Ok(functions)
}

/// The full name of the function of `stack` that a person calls `name`: see [`meant`].
pub async fn find(cloud: &Cloud, stack: &str, name: &str) -> Result<String, FindError> {
    let functions = names(cloud, stack).await?;
    if functions.iter().any(|full| full == name) {
        return Ok(name.to_owned());
    }
    let known = functions.iter().map(|full| name_in_stack(stack, full));
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let found = meant(without_stack(stack, name), known.clone());
    match &found[..] {
        [function] => Ok(functions
            .iter()
            .find(|full| name_in_stack(stack, full) == *function)
            .cloned()
            .unwrap_or_else(|| function_name(stack, function))),
        [] => Err(FindError::Unknown {
            stack: stack.to_owned(),
            name: name.to_owned(),
            known: owned(known.collect()),
        }),
        _ => Err(FindError::Ambiguous {
            name: name.to_owned(),
            functions: owned(found),
        }),
    }
}
