//! Lab 01.4: by day every living player blames another one.
//!
//! Not written yet. `mafia lab show 01.4` says what belongs here.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(day_turn)
}

pub async fn day_turn(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(501, "Not yet: day-turn is the task of lab 01.4"))
}
