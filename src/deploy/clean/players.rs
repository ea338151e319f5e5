//! The stacks of labs that play a game, and do not work without it.

use super::sight::where_allowed;
use crate::cloud::{Cloud, CloudError, Stack};
use crate::deploy::{GAME_STACK, ownership};

/// The names of the stacks that play one of these `games` and are none of them, sorted. Empty where the caller may
/// not list stacks: this only informs.
pub(super) async fn players(cloud: &Cloud, games: &[Stack]) -> Result<Vec<String>, CloudError> {
    if games.iter().all(|game| ownership::lab_of(game).is_some()) {
        return Ok(Vec::new());
    }
    let stacks = where_allowed(cloud.stacks().await)?.unwrap_or_default();
    let is_game = |name: &String| games.iter().any(|game| game.name == *name);
    let plays = |stack: &Stack| {
        let game = stack.parameters.get(GAME_STACK);
        let stays = !is_game(&stack.name) && !stack.status.is_going();
        stays && ownership::lab_of(stack).is_some() && game.is_some_and(is_game)
    };
    let playing = stacks.into_iter().filter(plays);
    let mut names: Vec<String> = playing.map(|stack| stack.name).collect();
    names.sort();
    Ok(names)
}
