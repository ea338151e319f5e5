//! Lab 01.1: clears the table, draws the players' names, and hides the mafia among them.

use mafia_game::rules::Game;
use mafia_game::settings::{Environment, Settings};
use mafia_game::{Answer, Error, Request, Table, serve};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(new_game).await
}

async fn new_game(_request: &Request, table: &Table) -> Result<Answer, Error> {
    let Settings { names, setup } = Settings::read(&Environment::of_process())?;
    let game = Game::draw(&names, setup, &mut rand::rng());
    table.replace(&game).await?;
    Ok(Answer::body(announcement(&game)))
}

fn announcement(game: &Game) -> Value {
    let names: Vec<_> = game
        .players()
        .iter()
        .map(|player| player.name.as_str())
        .collect();
    json!({ "message": format!("New game started with {}", names.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mafia_game::player::{Player, TrueIdentity};

    #[test]
    fn it_names_the_players_and_not_their_sides() {
        let game = Game::new(vec![
            Player::new("Christopher", TrueIdentity::Mafia),
            Player::new("Adam", TrueIdentity::Innocent),
        ]);

        assert_eq!(
            announcement(&game),
            json!({"message": "New game started with Christopher, Adam"})
        );
    }
}
