//! Lab 01.2: tells what everybody may know: who plays, who is alive, and how the others left the
//! game.
//!
//! Not written yet. `mafia lab show 01.2` says what belongs here.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(game_state)
}

pub async fn game_state(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(501, "Not yet: game-state is the task of lab 01.2"))
}
