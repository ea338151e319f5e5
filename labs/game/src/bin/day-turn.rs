//! Lab 01.4: by day every living player blames another one. Who never blames whom gives the mafia
//! away.

use mafia_game::players::{Player, TrueIdentity, ensure_game_is_on};
use mafia_support::{Answer, Error, Request, RuntimeError, Table, read_all, serve};
use rand::Rng;
use rand::seq::IteratorRandom;

fn main() -> Result<(), RuntimeError> {
    serve(day_turn)
}

pub async fn day_turn(_request: &Request, table: &Table) -> Result<Answer, Error> {
    // Not through the index `Masked`: it lacks `TrueIdentity`, and it may still show somebody as
    // alive whom the night has killed. A consistent read sees every write that came before it.
    let mut players: Vec<Player> = read_all(table.scan().consistent_read(true)).await?;
    players.sort_by(|a, b| a.name.cmp(&b.name));

    let mut lines = vec![
        "Day, time to wake up!".to_owned(),
        "Players see the dead body and makes their accusations".to_owned(),
    ];
    for [accuser, accused] in accusations(&players, rand::rng())? {
        lines.push(format!("{} blames on {}", accuser.name, accused.name));
    }
    lines.push("Who is the Mafia?".to_owned());
    Ok(Answer::lines(lines))
}

/// Each living player, and the one whom this player blames by chance. The mafia knows its own members
/// and blames an innocent. An innocent knows nothing and blames anybody else.
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
