//! Lab 01.5: sentences the living player whose name is sent, as `{"Name": "John"}`, and tells whether
//! that player was in the mafia.
//!
//! Not written yet. `mafia lab show 01.5` says what belongs here.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(judgement)
}

pub async fn judgement(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(501, "Not yet: judgement is the task of lab 01.5"))
}
