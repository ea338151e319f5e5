//! The ownership tags: `mafia` changes and deletes only stacks that carry them.

use super::error::{DeployError, StackRole};
use crate::cloud::{NamedValues, Stack};

const KIND: &str = "mafia:kind";
const GAME: &str = "game";
const WORKSHOP: &str = "workshop";
/// On a game: the name of the workshop stack it takes its artifacts from.
const WORKSHOP_NAME: &str = "mafia:workshop";
const TEMPLATE_DIGEST: &str = "mafia:template";

/// The tags of a game whose template has `template_digest`.
pub fn game_tags(workshop: &str, template_digest: &str) -> NamedValues {
    tags([
        (KIND, GAME),
        (WORKSHOP_NAME, workshop),
        (TEMPLATE_DIGEST, template_digest),
    ])
}

/// The tags of a workshop's shared stack.
pub fn workshop_tags() -> NamedValues {
    tags([(KIND, WORKSHOP)])
}

pub fn is_workshop(stack: &Stack) -> bool {
    tag(stack, KIND) == Some(WORKSHOP)
}

/// An error when the stack is not a game of ours.
pub fn check_game(stack: &Stack) -> Result<(), DeployError> {
    if tag(stack, KIND) == Some(GAME) {
        Ok(())
    } else {
        Err(foreign(stack, StackRole::Game))
    }
}

/// An error when the stack is not a workshop's shared stack of ours.
pub fn check_workshop(stack: &Stack) -> Result<(), DeployError> {
    if is_workshop(stack) {
        Ok(())
    } else {
        Err(foreign(stack, StackRole::Workshop))
    }
}

fn foreign(stack: &Stack, role: StackRole) -> DeployError {
    DeployError::ForeignStack {
        stack: stack.name.clone(),
        role,
    }
}

/// The name of the workshop that a game belongs to.
pub fn workshop_of(game: &Stack) -> Option<&str> {
    tag(game, WORKSHOP_NAME)
}

/// The digest of the template that a game was last deployed from.
pub fn template_digest(game: &Stack) -> Option<&str> {
    tag(game, TEMPLATE_DIGEST)
}

fn tag<'a>(stack: &'a Stack, key: &str) -> Option<&'a str> {
    stack.tags.get(key).map(String::as_str)
}

fn tags<const N: usize>(tags: [(&str, &str); N]) -> NamedValues {
    tags.into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
