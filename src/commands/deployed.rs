//! Finds a deployed function by what a person would call it.

use crate::cloud::Cloud;
use crate::deploy::function_name;
use crate::error::Error;
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
    let prefix = function_name(stack, "");
    let known: Vec<&str> = functions
        .iter()
        .map(|f| f.strip_prefix(&prefix).unwrap_or(f))
        .collect();
    let error = Error::usage(format!("stack {stack} has no function {name}"));
    if known.is_empty() {
        return error.hint("it has none at all: `mafia deploy` mends that");
    }
    let words = known.iter().map(|known| word(known));
    let meant = nearest(name, known.iter().copied().chain(words.clone()));
    error
        .hints(meant.map(|meant| format!("did you mean {meant}?")))
        .hint(format!("it has {}", words.collect::<Vec<_>>().join(", ")))
}

/// `game-state` of `02-game-state`.
fn word(short: &str) -> &str {
    short
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-')
}

fn is_called(stack: &str, function: &str, name: &str) -> bool {
    let short = function
        .strip_prefix(&function_name(stack, ""))
        .unwrap_or(function);
    [function, short, word(short)].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_function_answers_to_its_full_name_its_name_and_its_word() {
        for name in ["ann-02-game-state", "02-game-state", "game-state"] {
            assert!(is_called("ann", "ann-02-game-state", name), "{name}");
        }
        assert!(!is_called("ann", "ann-02-game-state", "state"));
    }
}
