//! Lab 01.4: day-turn. So far it only says that it does nothing yet.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(day_turn)
}

pub async fn day_turn(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(
        501,
        "day-turn is not written yet: see lab 01.4",
    ))
}
