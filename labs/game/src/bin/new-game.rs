//! Lab 01.1: clears the table, draws the players' names, and hides the mafia among them.

use mafia_game::chance::chance;
use mafia_game::players::{Player, TrueIdentity};
use mafia_game::settings::Settings;
use mafia_support::{Answer, Environment, Error, Item, Request, Retry, RuntimeError, Table};
use mafia_support::{delete, put, scan_all, serve, to_item, write_all};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(new_game)
}

pub async fn new_game(request: &Request, table: &Table) -> Result<Answer, Error> {
    // How many players and how many mafia, from the environment; the names, from the bundle's names.txt.
    let settings = Settings::read(&Environment::of_process())?;
    let players = draw(&settings, chance(request)?);
    replace_everybody(table, &players).await?;

    let names: Vec<_> = players.iter().map(|player| player.name.as_str()).collect();
    let message = format!("New game started with {}", names.join(", "));
    Ok(Answer::body(json!({ "message": message })))
}

/// Draws the names by chance, and by chance as well who of them is the mafia, so that the order of the
/// names gives nothing away.
pub fn draw(settings: &Settings, mut rng: impl Rng) -> Vec<Player> {
    let mut sides = vec![TrueIdentity::Innocent; settings.players];
    sides[..settings.mafia].fill(TrueIdentity::Mafia);
    sides.shuffle(&mut rng);

    let names = settings.names.sample(&mut rng, settings.players);
    let players = names.zip(sides);
    players
        .map(|(name, side)| Player::new(name, side))
        .collect()
}

/// Makes these players the only ones in the table. DynamoDB cannot do that in one request, so this
/// writes the new players and deletes everybody else, in batches.
pub async fn replace_everybody(table: &Table, players: &[Player]) -> Result<(), Error> {
    let new: Vec<Item> = players.iter().map(to_item).collect();
    // Items rather than players, because whatever else is in the table has to go as well.
    let everybody = table.scan().consistent_read(true);
    let mut retry = Retry::with_growing_pauses(table);
    let mut found = scan_all(everybody.clone()).await?;
    loop {
        // A put replaces the item with the same name, if there is one.
        let mut writes: Vec<_> = new.iter().cloned().map(put).collect();
        for old in &found {
            if !new.iter().any(|new| new.get("Name") == old.get("Name")) {
                writes.push(delete("Name", old));
            }
        }
        write_all(table, writes).await?;

        // Two new games at the same time would leave the players of both in the table, and both
        // functions would answer that all is well. So the game counts as started only when the table
        // holds its players and nobody else.
        found = scan_all(everybody.clone()).await?;
        let is_new = |item| new.iter().any(|new| is_same_player(new, item));
        if found.len() == new.len() && found.iter().all(is_new) {
            return Ok(());
        }
        retry.pause().await?; // somebody else started a game as well: write this one again
    }
}

/// Compares all but `Identity`. Turns do not wait until new-game has answered, so some of the players
/// may have left the game already.
fn is_same_player(a: &Item, b: &Item) -> bool {
    a.get("Name") == b.get("Name") && a.get("TrueIdentity") == b.get("TrueIdentity")
}
