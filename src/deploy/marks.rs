//! The tags by which `mafia` knows its own stacks. Whatever lacks them is never touched.

use super::error::{DeployError, Role};
use crate::cloud::{NamedValues, Stack};

const KIND: &str = "mafia:kind";
const GAME: &str = "game";
const WORKSHOP: &str = "workshop";
/// On a game: the name of the workshop stack it takes its artifacts from.
const PART_OF: &str = "mafia:workshop";
const TEMPLATE: &str = "mafia:template";

/// The tags of a game whose template has `template_digest`.
pub fn game(workshop: &str, template_digest: &str) -> NamedValues {
    names([
        (KIND, GAME),
        (PART_OF, workshop),
        (TEMPLATE, template_digest),
    ])
}

/// The tags of a workshop's shared stack.
pub fn workshop() -> NamedValues {
    names([(KIND, WORKSHOP)])
}

pub fn is_workshop(stack: &Stack) -> bool {
    tag(stack, KIND) == Some(WORKSHOP)
}

/// Refuses a stack that is not a game.
pub fn own_game(stack: &Stack) -> Result<(), DeployError> {
    if tag(stack, KIND) == Some(GAME) {
        Ok(())
    } else {
        Err(foreign(stack, Role::Game))
    }
}

/// Refuses a stack that is not a workshop's.
pub fn own_workshop(stack: &Stack) -> Result<(), DeployError> {
    if is_workshop(stack) {
        Ok(())
    } else {
        Err(foreign(stack, Role::Workshop))
    }
}

fn foreign(stack: &Stack, role: Role) -> DeployError {
    DeployError::Foreign {
        stack: stack.name.clone(),
        role,
    }
}

/// The workshop a game belongs to.
pub fn part_of(stack: &Stack) -> Option<&str> {
    tag(stack, PART_OF)
}

/// The digest of the template that a game was last deployed from.
pub fn template(stack: &Stack) -> Option<&str> {
    tag(stack, TEMPLATE)
}

fn tag<'a>(stack: &'a Stack, key: &str) -> Option<&'a str> {
    stack.tags.get(key).map(String::as_str)
}

fn names<const N: usize>(tags: [(&str, &str); N]) -> NamedValues {
    tags.into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
