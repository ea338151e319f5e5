//! Lists the destinations that were proposed.

use mafia_command_channel::destinations::Destinations;
use mafia_support::{Answer, Error, Request, RuntimeError, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(list)
}

async fn list(_: &Request, destinations: &Destinations) -> Result<Answer, Error> {
    let all = destinations.all().await?;
    Ok(Answer::body(json!({ "destinations": all })))
}
