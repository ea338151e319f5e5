//! Lab 01.4: by day every living player blames another one. Who never blames whom gives the mafia
//! away. Nothing is written: whom to sentence is up to the people at the table.

use mafia_game::chance::chance;
use mafia_game::players::{Player, TrueIdentity, ensure_game_is_on};
use mafia_support::{Answer, Error, Request, RuntimeError, Table, read_all, serve};
use rand::Rng;
use rand::seq::IteratorRandom;

fn main() -> Result<(), RuntimeError> {
    serve(day_turn)
}

pub async fn day_turn(request: &Request, table: &Table) -> Result<Answer, Error> {
    // Not through the index `Masked`, which lacks `TrueIdentity` and may still show last night's
    // victim as alive. A consistent read sees every write that was made before it.
    let mut players: Vec<Player> = read_all(table.scan().consistent_read(true)).await?;
    players.sort_by(|a, b| a.name.cmp(&b.name));

    let mut lines = vec![
        "Day, time to wake up!".to_owned(),
        "Players see the dead body and makes their accusations".to_owned(),
    ];
    for [accuser, accused] in accusations(&players, chance(request)?)? {
        lines.push(format!("{} blames on {}", accuser.name, accused.name));
    }
    lines.push("Who is the Mafia?".to_owned());
    Ok(Answer::lines(lines))
}

/// Each living player, and whom that player blames, by chance: the mafia knows its own members and
/// blames an innocent; an innocent knows nothing and blames anybody else. It stands apart so that
/// tests can play thousands of games.
pub fn accusations(players: &[Player], mut rng: impl Rng) -> Result<Vec<[&Player; 2]>, Answer> {
    ensure_game_is_on(players)?;
    let living = || players.iter().filter(|player| player.is_alive());
    let accusations = living().filter_map(|accuser| {
        let suspects = living().filter(|suspect| match accuser.true_identity {
            TrueIdentity::Mafia => suspect.is_innocent(),
            TrueIdentity::Innocent => suspect.name != accuser.name,
        });
        Some([accuser, suspects.choose(&mut rng)?])
    });
    Ok(accusations.collect())
}
