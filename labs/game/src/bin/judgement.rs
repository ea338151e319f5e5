//! Lab 01.5: sentences the living player whose `Name` it is given, and uncovers the identity.

use mafia_game::player::TrueIdentity;
use mafia_game::rules::Winner;
use mafia_game::turn::{self, Turn};
use mafia_game::{Answer, Error, Request, Table, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(judgement).await
}

async fn judgement(request: &Request, table: &Table) -> Result<Answer, Error> {
    let name = request.name()?;
    let judgement = turn::take(table, |game| game.judgement(&name)).await?;
    Ok(Answer::lines(verdict(&judgement)))
}

fn verdict(judgement: &Turn) -> Vec<String> {
    let name = &judgement.player.name;
    let mut lines = match judgement.player.true_identity {
        TrueIdentity::Mafia => vec![
            "Mafia has been uncovered!".to_owned(),
            format!("Guilty member of mafia {name} has been sentenced!"),
        ],
        TrueIdentity::Innocent => vec![
            "Mafia has not been uncovered!".to_owned(),
            format!("Innocent {name} has been sentenced unfairly"),
        ],
    };
    lines.extend(judgement.winner.map(Winner::announcement));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use mafia_game::player::Player;

    fn verdict_on(side: TrueIdentity, winner: Option<Winner>) -> Vec<String> {
        verdict(&Turn {
            player: Player::new("Christine", side),
            winner,
        })
    }

    #[test]
    fn guilty() {
        assert_eq!(
            verdict_on(TrueIdentity::Mafia, Some(Winner::Innocents)),
            [
                "Mafia has been uncovered!",
                "Guilty member of mafia Christine has been sentenced!",
                "Game over: the innocents win",
            ]
        );
    }

    #[test]
    fn innocent() {
        assert_eq!(
            verdict_on(TrueIdentity::Innocent, None),
            [
                "Mafia has not been uncovered!",
                "Innocent Christine has been sentenced unfairly",
            ]
        );
    }
}
