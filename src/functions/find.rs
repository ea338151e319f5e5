//! Finds a deployed function by what a person would call it.

use crate::cloud::{Cloud, CloudError, Resource, Stack};
use crate::deploy::{self, GAME_STACK};
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
        /// The stack whose game it plays, if it is of a lab that does.
        plays: Option<String>,
    },

    #[error("stack {stack} on {target} has no functions")]
    NoFunctions {
        stack: String,
        target: String,
        plays: Option<String>,
    },

    #[error("{name} could be {}", functions.join(" or "))]
    Ambiguous {
        name: String,
        /// By their names in the stack.
        functions: Vec<String>,
    },

    #[error(
        "stack {stack} on {target} has no function {name}: its template has it only under the condition \
         {condition}"
    )]
    Conditional {
        stack: String,
        target: String,
        name: String,
        condition: String,
    },

    #[error("function {name} of stack {stack} on {target} was deleted outside CloudFormation")]
    Deleted {
        stack: String,
        target: String,
        name: String,
    },
}

/// The full names of the functions of `stack`, sorted. An error where it has none.
pub async fn names(cloud: &Cloud, stack: &str) -> Result<Vec<String>, FindError> {
    let (found, functions) = with_stack(cloud, stack).await?;
    if functions.is_empty() {
        return Err(FindError::NoFunctions {
            stack: stack.to_owned(),
            target: cloud.target().to_string(),
            plays: plays(&found),
        });
    }
    Ok(functions)
}

/// The stack whose game this one plays.
pub(super) fn plays(stack: &Stack) -> Option<String> {
    stack.parameters.get(GAME_STACK).cloned()
}

async fn with_stack(cloud: &Cloud, stack: &str) -> Result<(Stack, Vec<String>), FindError> {
    let Some(found) = cloud.stack(stack).await? else {
        return Err(FindError::NoStack {
            stack: stack.to_owned(),
            target: cloud.target().to_string(),
        });
    };
    let functions = among(&cloud.resources(&found.id).await?);
    Ok((found, functions))
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
    let (found, functions) = with_stack(cloud, stack).await?;
    if functions.iter().any(|full| full == name) {
        return Ok(name.to_owned());
    }
    let known = functions.iter().map(|full| name_in_stack(stack, full));
    let meant = meant(without_stack(stack, name), known);
    match &meant[..] {
        [function] => Ok(functions
            .iter()
            .find(|full| name_in_stack(stack, full) == *function)
            .cloned()
            .unwrap_or_else(|| function_name(stack, function))),
        [] => Err(unknown(cloud, &found, name, &functions).await),
        _ => Err(FindError::Ambiguous {
            name: name.to_owned(),
            functions: meant.into_iter().map(str::to_owned).collect(),
        }),
    }
}

/// Why there is no function of that full name, which a call has not found.
pub(super) async fn missing(cloud: &Cloud, stack: &str, name: &str) -> FindError {
    match with_stack(cloud, stack).await {
        Ok((_, functions)) if functions.iter().any(|known| known == name) => FindError::Deleted {
            stack: stack.to_owned(),
            target: cloud.target().to_string(),
            name: name_in_stack(stack, name).to_owned(),
        },
        Ok((found, functions)) => {
            unknown(cloud, &found, name_in_stack(stack, name), &functions).await
        }
        Err(error) => error,
    }
}

async fn unknown(cloud: &Cloud, found: &Stack, name: &str, functions: &[String]) -> FindError {
    let (stack, target) = (found.name.clone(), cloud.target().to_string());
    // What only informs does not fail.
    let conditional = deploy::conditional(cloud, found).await.unwrap_or_default();
    let without = conditional.keys().map(|full| name_in_stack(&stack, full));
    if let [name] = meant(without_stack(&stack, name), without)[..] {
        let condition = conditional.get(&function_name(&stack, name));
        return FindError::Conditional {
            condition: condition.map_or_else(String::new, |it| it.condition.clone()),
            name: name.to_owned(),
            stack,
            target,
        };
    }
    let known = functions.iter().map(|full| name_in_stack(&stack, full));
    FindError::Unknown {
        target,
        name: name.to_owned(),
        known: known.map(str::to_owned).collect(),
        plays: plays(found),
        stack,
    }
}
