//! Lab 01.5: sentences the living player whose `Name` is sent, and uncovers the true identity.

use mafia_game::players::{Identity, Player, TrueIdentity, ensure_game_is_on, game_over};
use mafia_support::{Answer, Error, Request, Retry, RuntimeError, Table};
use mafia_support::{read_all, serve, update_once, value};

fn main() -> Result<(), RuntimeError> {
    serve(judgement)
}

pub async fn judgement(request: &Request, table: &Table) -> Result<Answer, Error> {
    let name = request.text("Name", "John")?;
    let everybody = table.scan().consistent_read(true);
    let mut retry = Retry::with_short_pauses(table);
    loop {
        let mut players: Vec<Player> = read_all(everybody.clone()).await?;
        let accused = find_accused(&mut players, &name)?;
        let (becomes, verdict) = verdict_on(accused);

        // Others take turns at the same time. Since the players were read, the mafia may have killed
        // the accused, or a new game may have put that name on the other side. So the write has a
        // condition: the accused is still as it was read. DynamoDB checks that and writes in one
        // step, so nobody can come in between.
        let sentence = table
            .update_item()
            .key("Name", value(&accused.name))
            .update_expression("SET #Identity = :becomes")
            .condition_expression("#Identity = :identity AND TrueIdentity = :true_identity")
            .expression_attribute_names("#Identity", "Identity") // a reserved word of DynamoDB
            .expression_attribute_values(":becomes", value(becomes))
            .expression_attribute_values(":identity", value(accused.identity))
            .expression_attribute_values(":true_identity", value(accused.true_identity));

        // The update is sent once. If the answer got lost and the same update were sent again, the
        // first one would have broken the condition: the accused would pass for somebody who was
        // already dead.
        if !update_once(sentence).await? {
            retry.pause().await?;
            continue; // somebody else was quicker: read and look for the accused again
        }

        accused.identity = becomes;
        // Somebody may have been killed in the same moment, so the table says who has won.
        let players = read_all(everybody).await.unwrap_or(players);
        let winner = game_over(&players).map(str::to_owned);
        return Ok(Answer::lines(verdict.into_iter().chain(winner)));
    }
}

/// The living player of that name. The dead cannot be sentenced.
pub fn find_accused<'p>(players: &'p mut [Player], name: &str) -> Result<&'p mut Player, Answer> {
    ensure_game_is_on(players)?;
    let accused = players
        .iter_mut()
        .find(|player| player.name == name && player.is_alive());
    accused.ok_or_else(|| Answer::refusal(404, format!("Player with name {name} not found")))
}

/// What the accused becomes, and the lines that say so.
pub fn verdict_on(accused: &Player) -> (Identity, [String; 2]) {
    let name = &accused.name;
    match accused.true_identity {
        TrueIdentity::Mafia => (
            Identity::CorrectlySentenced,
            [
                "Mafia has been uncovered!".to_owned(),
                format!("Guilty member of mafia {name} has been sentenced!"),
            ],
        ),
        TrueIdentity::Innocent => (
            Identity::IncorrectlySentenced,
            [
                "Mafia has not been uncovered!".to_owned(),
                format!("Innocent {name} has been sentenced unfairly"),
            ],
        ),
    }
}
