//! The log groups of a stack's functions: those of the template, those that Lambda created, and those
//! that outlived their functions.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::sight::{Sight, Whose};
use crate::cloud::CloudError;
use crate::deploy::CLASS;
use crate::names::{function_name, log_group, name_in_stack};

/// The log groups that exist among the `known` ones of a stack, and `by_name` also those that only their
/// names say were its own; without the `kept` ones.
pub(super) async fn existing(
    sight: Sight<'_>,
    stack: &str,
    known: &BTreeSet<String>,
    kept: &BTreeSet<String>,
    by_name: bool,
) -> Result<Vec<String>, CloudError> {
    let prefix = log_group(&function_name(stack, ""));
    let elsewhere = known.iter().filter(|group| !group.starts_with(&prefix));
    let looked_for = std::iter::once(&prefix).chain(elsewhere);
    let found = try_join_all(looked_for.map(|prefix| sight.log_groups(prefix))).await?;
    let found: BTreeSet<String> = found.into_iter().flatten().collect();
    let mut existing = Vec::new();
    for group in found.difference(kept) {
        if known.contains(group) || (by_name && is_left_over(sight, stack, group).await?) {
            existing.push(group.clone());
        }
    }
    Ok(existing)
}

/// Whether the log group is of a function that this stack had and nothing has now: no function of this
/// name exists, and no stack with a longer name, whose functions could have had it. A tag of a class decides
/// before the names do.
async fn is_left_over(sight: Sight<'_>, stack: &str, group: &str) -> Result<bool, CloudError> {
    let Some(function) = group.strip_prefix(&log_group("")) else {
        return Ok(false);
    };
    let is_left_over = async {
        let exists = async || sight.exists(super::FUNCTION, function).await;
        if let Whose::Class(class) = sight.whose {
            let tags = sight.cloud.log_group_tags(group).await?;
            if let Some(tag) = tags.get(CLASS) {
                return Ok(tag == class && exists().await? == Some(false));
            }
        }
        let Some(neighbours) = possible_neighbours(stack, function) else {
            return Ok(false);
        };
        for neighbour in &neighbours {
            if sight.has_stack(neighbour).await? {
                return Ok(false);
            }
        }
        Ok(exists().await? == Some(false))
    };
    match is_left_over.await {
        Err(error) if CloudError::is_not_allowed(&error) => Ok(false),
        is_left_over => is_left_over,
    }
}

/// The names of other stacks that could have a function of this full name: `ann-01` and `ann-01-new` for
/// `ann-01-new-game` of `ann`. `None` if it is not named like a function of `stack`, or if another
/// number says that it is more likely one of another stack: `ann-2-01-new-game`.
fn possible_neighbours(stack: &str, function: &str) -> Option<Vec<String>> {
    let name = name_in_stack(stack, function);
    let (number, rest) = name.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_number = rest
        .split('-')
        .any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    if name == function || number.len() != 2 || !is_number(number) || has_number {
        return None;
    }
    let shorter = name.match_indices('-').map(|(end, _)| &name[..end]);
    Some(shorter.map(|part| function_name(stack, part)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_groups_name_tells_whose_it_may_be() {
        assert_eq!(
            possible_neighbours("ann", "ann-01-new-game"),
            Some(vec!["ann-01".to_owned(), "ann-01-new".to_owned()])
        );
        for others in [
            "ann-2-01-new-game",
            "ann-02-01-new-game",
            "ann-lee-01-new-game",
            "ann-lee-judgement",
            "ann-judgement",
            "ann-1-new-game",
            "ann-01",
            "ann",
            "anna-01-new-game",
            "ben-01-new-game",
        ] {
            assert_eq!(possible_neighbours("ann", others), None, "{others}");
        }
    }
}
