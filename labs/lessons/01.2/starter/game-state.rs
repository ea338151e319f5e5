//! Lab 01.2: game-state. So far it only says that it does nothing yet.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(game_state)
}

pub async fn game_state(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(
        501,
        "game-state is not written yet: see lab 01.2",
    ))
}
