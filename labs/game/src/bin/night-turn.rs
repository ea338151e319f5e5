//! Lab 01.3: at night the mafia kills one living innocent, and never one of its own.

use mafia_game::players::{Identity, Player, ensure_game_is_on, game_over};
use mafia_support::{Answer, Error, Request, Retry, RuntimeError, Table};
use mafia_support::{read_all, serve, update_once, value};
use rand::Rng;
use rand::seq::IteratorRandom;

fn main() -> Result<(), RuntimeError> {
    serve(night_turn)
}

pub async fn night_turn(_request: &Request, table: &Table) -> Result<Answer, Error> {
    let everybody = table.scan().consistent_read(true);
    let mut retry = Retry::with_short_pauses(table);
    loop {
        let mut players: Vec<Player> = read_all(everybody.clone()).await?;
        let victim = choose_victim(&mut players, rand::rng())?;

        // Others take turns at the same time. Since the players were read, the victim may have been
        // killed or sentenced, or a new game may have put that name on the other side. So the write
        // has a condition: the victim is still as it was read. DynamoDB checks that and writes in one
        // step, so nobody can come in between.
        let kill = table
            .update_item()
            .key("Name", value(&victim.name))
            .update_expression("SET #Identity = :killed")
            .condition_expression("#Identity = :identity AND TrueIdentity = :true_identity")
            .expression_attribute_names("#Identity", "Identity") // a reserved word of DynamoDB
            .expression_attribute_values(":killed", value(Identity::KilledByMafia))
            .expression_attribute_values(":identity", value(victim.identity))
            .expression_attribute_values(":true_identity", value(victim.true_identity));

        // The update is sent once. If the answer got lost and the same update were sent again, the
        // first one would have broken the condition: this turn would take that for somebody else's
        // doing, choose again, and kill a second player in one night.
        if !update_once(kill).await? {
            retry.pause().await?;
            continue; // somebody else was quicker: read and choose again
        }

        victim.identity = Identity::KilledByMafia;
        let night = [
            "Night, time to sleep",
            "Mafia awakes",
            &format!("Mafia kills {}", victim.name),
            "Mafia sleeps",
        ];
        // Somebody may have been sentenced in the same moment, so the table says who has won.
        let players = read_all(everybody).await.unwrap_or(players);
        return Ok(Answer::lines(night.into_iter().chain(game_over(&players))));
    }
}

/// One of the living innocents, chosen by chance. The tests play thousands of games with this.
pub fn choose_victim(players: &mut [Player], mut rng: impl Rng) -> Result<&mut Player, Answer> {
    ensure_game_is_on(players)?;
    let innocents = players
        .iter_mut()
        .filter(|player| player.is_alive() && player.is_innocent());
    let victim = innocents.choose(&mut rng);
    Ok(victim.expect("while the game is on, an innocent is alive"))
}
