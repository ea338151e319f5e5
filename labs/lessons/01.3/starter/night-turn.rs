//! Lab 01.3: at night the mafia kills one living innocent, and never one of its own.
//!
//! Not written yet. `mafia lab show 01.3` says what belongs here.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(night_turn)
}

pub async fn night_turn(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(501, "Not yet: night-turn is the task of lab 01.3"))
}
