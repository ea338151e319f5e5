//! Lab 01.5: judgement. So far it only says that it does nothing yet.

use mafia_support::{Answer, Error, Request, RuntimeError, Table, serve};

fn main() -> Result<(), RuntimeError> {
    serve(judgement)
}

pub async fn judgement(_request: &Request, _table: &Table) -> Result<Answer, Error> {
    Ok(Answer::refusal(
        501,
        "judgement is not written yet: see lab 01.5",
    ))
}
