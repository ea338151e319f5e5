//! The ownership tags: `mafia` changes and deletes only stacks that carry them.

use super::bundle_key::are_from_here;
use super::error::{DeployError, StackRole};
use super::owner::Owner;
use crate::cloud::{NamedValues, Stack};

const KIND: &str = "mafia:kind";
const GAME: &str = "game";
const WORKSHOP: &str = "workshop";
/// On a game: the name of the workshop stack it takes its artifacts from.
const WORKSHOP_NAME: &str = "mafia:workshop";
/// On a game: whose it is. Every tag of a stack is on its resources too, so none may change with what is
/// deployed.
const OWNER: &str = "mafia:owner";

/// The tags of a game, which keeps the tags that it has.
pub fn game_tags(existing: Option<&Stack>, workshop: &str, owner: &Owner) -> NamedValues {
    let mut all = existing.map_or_else(NamedValues::new, |game| game.tags.clone());
    all.extend(tags([(KIND, GAME), (WORKSHOP_NAME, workshop)]));
    let owned = all.get(OWNER).filter(|tag| !tag.is_empty());
    if !owned.is_some_and(|tag| owner.may_own(tag)) {
        all.insert(OWNER.to_owned(), owner.tag());
    }
    all
}

/// The tags of a workshop's shared stack.
pub fn workshop_tags() -> NamedValues {
    tags([(KIND, WORKSHOP)])
}

pub fn is_workshop(stack: &Stack) -> bool {
    tag(stack, KIND) == Some(WORKSHOP)
}

/// An error when the stack is not a game of ours. One that has lost its tags needs to be adopted.
pub fn check_game(stack: &Stack, adopts: bool) -> Result<(), DeployError> {
    match tag(stack, KIND) {
        Some(GAME) => Ok(()),
        None if are_from_here(&stack.parameters) && adopts => Ok(()),
        None if are_from_here(&stack.parameters) => Err(DeployError::LostTags {
            stack: stack.name.clone(),
        }),
        _ => Err(foreign(stack, StackRole::Game)),
    }
}

/// An error when the game is somebody else's, and not to be adopted.
pub fn check_owner(game: &Stack, owner: &Owner, adopts: bool) -> Result<(), DeployError> {
    match other_owner(game, owner) {
        Some(other) if !adopts => Err(DeployError::Strangers {
            stack: game.name.clone(),
            difference: owner.difference(other),
        }),
        _ => Ok(()),
    }
}

/// Whether the game needs no other tags to be this owner's. A game without an owner gets one when it is
/// updated for another reason.
pub fn has_tags(game: &Stack, owner: &Owner) -> bool {
    tag(game, KIND) == Some(GAME) && other_owner(game, owner).is_none()
}

/// Whether the game is nobody's.
pub fn is_ownerless(game: &Stack) -> bool {
    tag(game, OWNER).is_none_or(str::is_empty)
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

/// What the stack is for, if it is one of ours.
pub fn role(stack: &Stack) -> Option<StackRole> {
    match tag(stack, KIND) {
        Some(GAME) => Some(StackRole::Game),
        Some(WORKSHOP) => Some(StackRole::Workshop),
        _ => None,
    }
}

/// The tag with the owner of a game.
pub fn owner_of(game: &Stack) -> Option<&str> {
    tag(game, OWNER)
}

/// Whose the game is, if it is known to be somebody else's than `owner`'s.
pub fn other_owner<'a>(game: &'a Stack, owner: &Owner) -> Option<&'a str> {
    tag(game, OWNER).filter(|tag| !owner.may_own(tag))
}

fn tag<'a>(stack: &'a Stack, key: &str) -> Option<&'a str> {
    stack.tags.get(key).map(String::as_str)
}

fn tags<const N: usize>(tags: [(&str, &str); N]) -> NamedValues {
    tags.into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
