//! Lab 01.2: tells what everybody may know: who plays, who is alive, and how the others left the game.

use mafia_game::players::MaskedPlayer;
use mafia_support::{Answer, Error, Request, RuntimeError, Table, read_all, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(game_state)
}

pub async fn game_state(_request: &Request, table: &Table) -> Result<Answer, Error> {
    // The index `Masked` is a copy of the table without the attribute `TrueIdentity`, so what is read
    // through it cannot give the mafia away. DynamoDB updates it a moment after the table: somebody
    // who has just been killed may still be shown as alive.
    let mut players: Vec<MaskedPlayer> = read_all(table.scan().index_name("Masked")).await?;

    // DynamoDB returns items in no order.
    players.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Answer::body(json!(players)))
}
