//! Lab 01.1: new-game. So far it only says that it does nothing yet.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(new_game)
}

pub async fn new_game(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(
        501,
        "new-game is not written yet: see lab 01.1",
    ))
}
