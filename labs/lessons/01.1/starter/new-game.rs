//! Lab 01.1: clears the table, draws the players' names, and hides the mafia among them.
//!
//! Not written yet. `mafia lab show 01.1` says what belongs here.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(new_game)
}

pub async fn new_game(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(501, "Not yet: new-game is the task of lab 01.1"))
}
