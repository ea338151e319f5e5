//! Finds a deployed function by what a person would call it.

use crate::cloud::{Cloud, CloudError, Resource};
use crate::names::{function_name, meant, name_in_stack, without_stack};

const FUNCTION: &str = "AWS::Lambda::Function";

#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error("stack {stack} does not exist on {target}")]
    NoStack { stack: String, target: String },

    #[error("stack {stack} on {target} has no function {name}")]
    Unknown {
        stack: String,
        target: String,
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

    #[error("function {name} of stack {stack} on {target} was deleted outside CloudFormation")]
    Deleted {
        stack: String,
        target: String,
        name: String,
    },
}

/// The full names of the functions of `stack`, sorted.
pub async fn names(cloud: &Cloud, stack: &str) -> Result<Vec<String>, FindError> {
    let Some(found) = cloud.stack(stack).await? else {
        return Err(FindError::NoStack {
            stack: stack.to_owned(),
            target: cloud.target().to_string(),
        });
    };
    Ok(among(&cloud.resources(&found.id).await?))
}

/// The full names of the functions among a stack's resources, sorted.
pub fn among(resources: &[Resource]) -> Vec<String> {
    let mut functions: Vec<String> = resources
        .iter()
        .filter(|resource| resource.resource_type == FUNCTION && !resource.physical_id.is_empty())
        .map(|resource| resource.physical_id.clone())
        .collect();
    functions.sort();
    functions
}

/// The full name of the function of `stack` that a person calls `name`: see [`meant`].
pub async fn find(cloud: &Cloud, stack: &str, name: &str) -> Result<String, FindError> {
    let functions = names(cloud, stack).await?;
    if functions.iter().any(|full| full == name) {
        return Ok(name.to_owned());
    }
    let known = functions.iter().map(|full| name_in_stack(stack, full));
    let found = meant(without_stack(stack, name), known);
    match &found[..] {
        [function] => Ok(functions
            .iter()
            .find(|full| name_in_stack(stack, full) == *function)
            .cloned()
            .unwrap_or_else(|| function_name(stack, function))),
        [] => Err(unknown(cloud, stack, name, &functions)),
        _ => Err(FindError::Ambiguous {
            name: name.to_owned(),
            functions: found.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// Why there is no function of that full name, which a call has not found.
pub(super) async fn missing(cloud: &Cloud, stack: &str, name: &str) -> FindError {
    match names(cloud, stack).await {
        Ok(functions) if functions.iter().any(|known| known == name) => FindError::Deleted {
            stack: stack.to_owned(),
            target: cloud.target().to_string(),
            name: name_in_stack(stack, name).to_owned(),
        },
        Ok(functions) => unknown(cloud, stack, name_in_stack(stack, name), &functions),
        Err(error) => error,
    }
}

fn unknown(cloud: &Cloud, stack: &str, name: &str, functions: &[String]) -> FindError {
    let known = functions.iter().map(|full| name_in_stack(stack, full));
    FindError::Unknown {
        stack: stack.to_owned(),
        target: cloud.target().to_string(),
        name: name.to_owned(),
        known: known.map(str::to_owned).collect(),
    }
}
