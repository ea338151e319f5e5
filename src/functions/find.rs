//! Finds a deployed function by what a person would call it.

use crate::cloud::{Cloud, CloudError};
use crate::names::{is_called, name_in_stack};

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

/// The full name of the function of `stack` called `name`: `02-game-state` or `game-state`.
pub async fn find(cloud: &Cloud, stack: &str, name: &str) -> Result<String, FindError> {
    let functions = names(cloud, stack).await?;
    let found = functions.iter().find(|full| is_called(stack, full, name));
    found.cloned().ok_or_else(|| FindError::Unknown {
        stack: stack.to_owned(),
        name: name.to_owned(),
        known: functions
            .iter()
            .map(|full| name_in_stack(stack, full).to_owned())
            .collect(),
    })
}
