//! Lab 01.3: at night the mafia kills one living innocent, and never one of its own.

use mafia_game::rules::Winner;
use mafia_game::turn::{self, Turn};
use mafia_game::{Answer, Error, Request, Table, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(night_turn).await
}

async fn night_turn(_request: &Request, table: &Table) -> Result<Answer, Error> {
    let night = turn::take(table, |game| game.night(&mut rand::rng())).await?;
    Ok(Answer::lines(story(&night)))
}

fn story(night: &Turn) -> Vec<String> {
    let mut lines = vec![
        "Night, time to sleep".to_owned(),
        "Mafia awakes".to_owned(),
        format!("Mafia kills {}", night.player.name),
        "Mafia sleeps".to_owned(),
    ];
    lines.extend(night.winner.map(Winner::announcement));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use mafia_game::player::{Player, TrueIdentity};

    #[test]
    fn the_last_night_names_the_winner_too() {
        let player = Player::new("Carol", TrueIdentity::Innocent);
        let night = [
            "Night, time to sleep",
            "Mafia awakes",
            "Mafia kills Carol",
            "Mafia sleeps",
        ];
        let last_night = [&night[..], &["Game over: the mafia wins"]].concat();

        assert_eq!(
            story(&Turn {
                player: player.clone(),
                winner: None
            }),
            night
        );
        assert_eq!(
            story(&Turn {
                player,
                winner: Some(Winner::Mafia)
            }),
            last_night
        );
    }
}
