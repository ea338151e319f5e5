//! Lab 01.3: night-turn. So far it only says that it does nothing yet.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(night_turn)
}

pub async fn night_turn(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(
        501,
        "night-turn is not written yet: see lab 01.3",
    ))
}
