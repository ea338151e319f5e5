//! Lab 01.3: at night the mafia kills one living innocent, and never one of its own.

use mafia_game::chance::chance;
use mafia_game::players::{Identity, Player, ensure_game_is_on, game_over};
use mafia_support::{Answer, Error, Request, Retry, RuntimeError, Table};
use mafia_support::{read_all, serve, update_once, value};
use rand::Rng;
use rand::seq::IteratorRandom;

fn main() -> Result<(), RuntimeError> {
    serve(night_turn)
}

pub async fn night_turn(request: &Request, table: &Table) -> Result<Answer, Error> {
    // The whole table, because the dead tell whether a game is over. A consistent read sees every
    // write that was made before it, which a read through an index does not.
    let everybody = table.scan().consistent_read(true);
    let mut retry = Retry::with_short_pauses(table);
    loop {
        let mut players: Vec<Player> = read_all(everybody.clone()).await?;
        // DynamoDB returns items in no order; from the same order, a seed chooses the same victim.
        players.sort_by(|a, b| a.name.cmp(&b.name));
        let victim = choose_victim(&mut players, chance(request)?)?;

        // Others take turns at the same time. Since the players were read, the victim may have been
        // killed or sentenced, or a new game may have put that name on the other side. So this writes
        // on the condition that the victim is still as it was read. DynamoDB checks the condition and
        // writes in one step: nobody can come in between.
        let kill = table
            .update_item()
            .key("Name", value(&victim.name))
            .update_expression("SET #Identity = :killed")
            .condition_expression("#Identity = :identity AND TrueIdentity = :true_identity")
            .expression_attribute_names("#Identity", "Identity") // a reserved word of DynamoDB
            .expression_attribute_values(":killed", value(Identity::KilledByMafia))
            .expression_attribute_values(":identity", value(victim.identity))
            .expression_attribute_values(":true_identity", value(victim.true_identity));

        // Once: AWS's client would send it again if the answer got lost. The second try would fail,
        // because the first one changed the victim, and the mafia would choose and kill another.
        let killed = update_once(kill).await?;
        if !killed {
            retry.pause().await?; // somebody else was quicker: go round again
            continue;
        }
        victim.identity = Identity::KilledByMafia;

        let night = [
            "Night, time to sleep",
            "Mafia awakes",
            &format!("Mafia kills {}", victim.name),
            "Mafia sleeps",
        ];
        // Somebody may have been sentenced in the same moment, so the table says who has won. If it
        // cannot be read, `players` has to do: the victim is dead all the same.
        let players = read_all(everybody).await.unwrap_or(players);
        return Ok(Answer::lines(night.into_iter().chain(game_over(&players))));
    }
}

/// One of the living innocents, by chance. It stands apart so that tests can play thousands of games.
pub fn choose_victim(players: &mut [Player], mut rng: impl Rng) -> Result<&mut Player, Answer> {
    ensure_game_is_on(players)?;
    let innocents = players
        .iter_mut()
        .filter(|player| player.is_alive() && player.is_innocent());
    let victim = innocents.choose(&mut rng);
    // While the game is on, an innocent is alive: there is nobody only until lab 01.6 ends the game.
    victim.ok_or_else(|| Answer::lines(["Night, time to sleep", "Nobody is left to kill"]))
}
