//! The game that a lab plays: the stack of it, beside the lab's own.

use crate::cloud::{Cloud, NamedValues};
use crate::deploy::{GAME_STACK, Observed, Template};
use crate::error::Error;
use crate::names;

/// The parameters that were given, with the stack of the game for a template that asks for it. Unless it was given,
/// it is the stack after which that of the lab is called, and a stack keeps the one that it has. An error when it does
/// not exist.
pub(super) async fn with_game(
    cloud: &Cloud,
    stack: &str,
    lab: Option<&str>,
    template: Option<&Template>,
    observed: &Observed,
    mut given: NamedValues,
) -> Result<NamedValues, Error> {
    if !template.is_some_and(|it| it.declares(GAME_STACK)) {
        return Ok(given);
    }
    let existing = observed.updatable();
    let has_one = existing.is_some_and(|it| it.parameters.contains_key(GAME_STACK));
    if let Some(game) = beside(stack, lab).filter(|_| !has_one) {
        given
            .entry(GAME_STACK.to_owned())
            .or_insert(game.to_owned());
    }
    if let Some(game) = given.get(GAME_STACK)
        && cloud.stack(game).await?.is_none()
    {
        let target = cloud.target();
        return Err(Error::failed(format!(
            "stack {stack} plays the game of stack {game}, which does not exist on {target}"
        ))
        .hint(format!(
            "run `mafia deploy --lab game --stack {game}` to create it"
        ))
        .hint(format!("or choose another one with -p {GAME_STACK}=NAME")));
    }
    Ok(given)
}

/// `mafia-ann` beside `mafia-ann-web`.
pub(super) fn beside<'a>(stack: &'a str, lab: Option<&str>) -> Option<&'a str> {
    names::game_beside(stack, lab?)
}
