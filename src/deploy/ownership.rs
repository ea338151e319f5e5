//! The ownership tags: `mafia` changes and deletes only stacks that carry them.

use super::bundle_key::are_from_here;
use super::error::{DeployError, StackRole};
use super::membership::Membership;
use super::owner::Owner;
use super::release::Claim;
use crate::cloud::{NamedValues, Stack};

const KIND: &str = "mafia:kind";
const GAME: &str = "game";
const WORKSHOP: &str = "workshop";
/// On a game: the name of the workshop stack it takes its artifacts from.
const WORKSHOP_NAME: &str = "mafia:workshop";
/// On the stack of another lab than the game: which lab that is.
const LAB: &str = "mafia:lab";
/// On a game: whose it is. Every tag of a stack is on its resources too, so none may change with what is
/// deployed.
const OWNER: &str = "mafia:owner";

/// The tags of a game, which keeps the tags that it has. The stack of a class keeps its owner too: several
/// people may work on it, and its student.
pub fn game_tags(
    existing: Option<&Stack>,
    workshop: &str,
    lab: Option<&str>,
    claim: &Claim,
) -> NamedValues {
    let is_of_class = claim.membership.is_some() || existing.is_some_and(is_of_class);
    let mut all = existing.map_or_else(NamedValues::new, |game| game.tags.clone());
    all.extend(tags([(KIND, GAME), (WORKSHOP_NAME, workshop)]));
    all.extend(lab.map(|lab| (LAB.to_owned(), lab.to_owned())));
    let owner = &claim.owner;
    let owned = all.get(OWNER).filter(|tag| !tag.is_empty());
    if !owned.is_some_and(|tag| is_of_class || owner.may_own(tag)) {
        all.insert(OWNER.to_owned(), owner.tag());
    }
    all.extend(claim.membership.iter().flat_map(Membership::tags));
    all
}

/// The tags of a workshop's shared stack, perhaps a class's.
pub fn workshop_tags(membership: Option<&Membership>) -> NamedValues {
    let mut all = tags([(KIND, WORKSHOP)]);
    all.extend(membership.into_iter().flat_map(Membership::tags));
    all
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

/// The lab that the stack is of; `None` for the game.
pub fn lab_of(stack: &Stack) -> Option<&str> {
    tag(stack, LAB)
}

/// Whether it is the stack of another lab than the game, and uses that shared stack.
pub fn is_lab_of(stack: &Stack, workshop: &str) -> bool {
    tag(stack, KIND) == Some(GAME)
        && lab_of(stack).is_some()
        && workshop_of(stack) == Some(workshop)
}

/// An error when the stack is of another lab than what is to be deployed.
pub fn check_lab(stack: &Stack, lab: Option<&str>) -> Result<(), DeployError> {
    let found = lab_of(stack);
    if found == lab {
        return Ok(());
    }
    Err(DeployError::OtherLab {
        stack: stack.name.clone(),
        found: found.map(str::to_owned),
        lab: lab.map(str::to_owned),
    })
}

/// An error when the stack is no game, or may not be changed by this claim.
pub fn check(stack: &Stack, claim: &Claim) -> Result<(), DeployError> {
    match &claim.membership {
        Some(place) => check_place(stack, place),
        None => {
            check_game(stack, claim.adopts)?;
            check_owner(stack, &claim.owner, claim.adopts)
        }
    }
}

/// An error when the stack has another place in this or another class, or none.
pub fn check_place(stack: &Stack, place: &Membership) -> Result<(), DeployError> {
    let found = Membership::of(stack);
    match &found {
        Some(found) if found.is_same_place(place) && role(stack).is_some() => Ok(()),
        _ => Err(DeployError::OtherClass {
            stack: stack.name.clone(),
            class: place.class.clone(),
            student: place.student.clone(),
            found: found.map(|found| found.class),
        }),
    }
}

/// An error when the game is somebody else's, and not to be adopted.
///
/// A game of a class is its student's: of whoever was given its name.
pub fn check_owner(game: &Stack, owner: &Owner, adopts: bool) -> Result<(), DeployError> {
    if let Some(membership) = Membership::of(game) {
        return match adopts || owner.is_given(&game.name) {
            true => Ok(()),
            false => Err(DeployError::Students {
                stack: game.name.clone(),
                student: membership.student.unwrap_or_default(),
                class: membership.class,
            }),
        };
    }
    match other_owner(game, owner) {
        Some(other) if !adopts => Err(DeployError::Strangers {
            stack: game.name.clone(),
            difference: owner.difference(other),
        }),
        _ => Ok(()),
    }
}

/// Whether the game needs no other tags for this claim. A game without an owner gets one when it is
/// updated for another reason.
pub fn has_tags(game: &Stack, claim: &Claim) -> bool {
    let is_game = tag(game, KIND) == Some(GAME);
    match &claim.membership {
        Some(place) => {
            let has = |(key, value): (String, String)| game.tags.get(&key) == Some(&value);
            is_game && place.tags().into_iter().all(has)
        }
        None => is_game && (is_of_class(game) || other_owner(game, &claim.owner).is_none()),
    }
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

/// Whether the stack belongs to a class with a roster.
pub fn is_of_class(stack: &Stack) -> bool {
    Membership::of(stack).is_some()
}

/// The name of the shared stack that the game uses.
pub fn workshop_of(game: &Stack) -> Option<&str> {
    tag(game, WORKSHOP_NAME).filter(|name| !name.is_empty())
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
