//! Shared by the commands that play the game.

use crate::context::Context;
use crate::game::{GameError, Reply, Turn};
use crate::render;

/// A seed of 32 bits: short enough to be typed.
pub fn random_seed() -> u64 {
    u64::from(rand::random::<u32>())
}

/// Before a new game takes the place of one that is not over.
pub const NEW_GAME_QUESTION: &str = "A game is running; start a new one?";

/// Whether the answer to a question that ends in `[Y/n]` is yes.
pub fn agrees(answer: &str) -> bool {
    answer.trim().is_empty() || says_yes(answer)
}

/// Whether the answer to a question that ends in `[y/N]` is yes.
pub fn says_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// Waits for a turn; says so when `function` takes long.
pub async fn wait_for_turn<T>(
    context: &Context,
    function: &str,
    turn: impl Future<Output = Result<Reply<T>, GameError>>,
) -> Result<Reply<T>, GameError> {
    let waiting = format!("waiting for {function}");
    context.printer.wait_for(&waiting, turn).await
}

/// With `--verbose`, Lambda's report of the turn's call.
pub fn note_report(context: &Context, turn: &Turn) {
    context.printer.note_verbose(&render::report(&turn.report));
}
