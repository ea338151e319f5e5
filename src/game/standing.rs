//! How a game stands, told from what everybody may see: who is alive, how the others left the game,
//! and the number of mafia that the game began with.

use super::{Player, State, Winner};

impl State {
    /// Tells how the game stands, if it began with `mafia` of them.
    pub fn assess(&mut self, mafia: Option<usize>) {
        self.mafia_left = mafia.and_then(|mafia| mafia_left(&self.players, mafia));
        self.winner = self.mafia_left.and_then(|left| winner(&self.players, left));
    }

    /// Whether there is a game that nobody has won yet.
    pub fn is_running(&self) -> bool {
        !self.players.is_empty() && self.winner.is_none()
    }

    /// Tells how a game stands that this side has won.
    pub fn finish(&mut self, winner: Winner) {
        let left = match winner {
            Winner::Mafia => self.players.iter().filter(|p| p.is_alive()).count(),
            Winner::Innocents => 0,
        };
        (self.mafia_left, self.winner) = (Some(left), Some(winner));
    }

    /// Who the mafia was, by name, once the game is over: those who were sentenced and, if the mafia
    /// has won, whoever is alive.
    pub fn uncovered_mafia(&self) -> Vec<&str> {
        let Some(winner) = self.winner else {
            return Vec::new();
        };
        let alive = |player: &&Player| winner == Winner::Mafia && player.is_alive();
        let mut members: Vec<&str> = sentenced_mafia(&self.players)
            .chain(self.players.iter().filter(alive))
            .map(|player| player.name.as_str())
            .collect();
        members.sort_unstable();
        members
    }
}

/// Whether the mafia has killed more often than the judge has sentenced: it is day.
pub fn is_day(players: &[Player]) -> bool {
    let killed = players.iter().filter(|player| player.was_killed()).count();
    killed
        > players
            .iter()
            .filter(|player| player.was_sentenced())
            .count()
}

/// How many of the mafia are alive, if the game began with `mafia` of them. `None` when more were
/// sentenced: the setting has changed since the game began.
pub fn mafia_left(players: &[Player], mafia: usize) -> Option<usize> {
    let living = players.iter().filter(|player| player.is_alive()).count();
    mafia
        .checked_sub(sentenced_mafia(players).count())
        .filter(|left| *left <= living)
}

/// Who has won, if the game is over, by the functions' own rule: the mafia when no innocent is alive,
/// the innocents when no mafia is.
fn winner(players: &[Player], mafia_left: usize) -> Option<Winner> {
    let living = players.iter().filter(|player| player.is_alive()).count();
    if players.is_empty() {
        None
    } else if living <= mafia_left {
        Some(Winner::Mafia)
    } else if mafia_left == 0 {
        Some(Winner::Innocents)
    } else {
        None
    }
}

fn sentenced_mafia(players: &[Player]) -> impl Iterator<Item = &Player> {
    players
        .iter()
        .filter(|player| player.identity == "Correctly sentenced")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn players(identities: &[&str]) -> Vec<Player> {
        let names = ["Ann", "Bo", "Cleo", "Dee"].into_iter();
        names
            .zip(identities)
            .map(|(name, identity)| Player {
                name: name.to_owned(),
                identity: (*identity).to_owned(),
                true_identity: None,
            })
            .collect()
    }

    const ALIVE: &str = "Uncovered";
    const KILLED: &str = "Killed by mafia";
    const MAFIA: &str = "Correctly sentenced";
    const INNOCENT: &str = "Incorrectly sentenced";

    #[test]
    fn it_is_day_until_somebody_is_sentenced() {
        for (identities, day) in [
            ([ALIVE, ALIVE, ALIVE, ALIVE], false),
            ([KILLED, ALIVE, ALIVE, ALIVE], true),
            ([KILLED, INNOCENT, ALIVE, ALIVE], false),
            ([KILLED, MAFIA, KILLED, ALIVE], true),
        ] {
            assert_eq!(is_day(&players(&identities)), day, "{identities:?}");
        }
    }

    #[test]
    fn the_mafia_left_are_those_not_sentenced() {
        assert_eq!(
            mafia_left(&players(&[ALIVE, MAFIA, KILLED, ALIVE]), 2),
            Some(1)
        );
        assert_eq!(
            mafia_left(&players(&[ALIVE, INNOCENT, KILLED, ALIVE]), 2),
            Some(2)
        );
    }

    #[test]
    fn a_setting_that_cannot_be_this_games_tells_nothing() {
        assert_eq!(mafia_left(&players(&[MAFIA, MAFIA, ALIVE, ALIVE]), 1), None);
        assert_eq!(
            mafia_left(&players(&[KILLED, KILLED, KILLED, ALIVE]), 2),
            None
        );
    }

    #[test]
    fn a_game_ends_when_one_side_is_gone() {
        for (identities, left, over) in [
            ([ALIVE, ALIVE, KILLED, ALIVE], 2, None),
            ([ALIVE, INNOCENT, KILLED, ALIVE], 2, Some(Winner::Mafia)),
            ([ALIVE, MAFIA, KILLED, ALIVE], 0, Some(Winner::Innocents)),
            ([MAFIA, INNOCENT, KILLED, KILLED], 0, Some(Winner::Mafia)),
        ] {
            assert_eq!(winner(&players(&identities), left), over, "{identities:?}");
        }
        assert_eq!(winner(&[], 0), None);
    }

    #[test]
    fn the_end_uncovers_the_mafia() {
        let mut state = State {
            players: players(&[ALIVE, MAFIA, KILLED, INNOCENT]),
            ..State::default()
        };
        assert!(state.uncovered_mafia().is_empty(), "the game is on");
        state.finish(Winner::Mafia);
        assert_eq!(state.uncovered_mafia(), ["Ann", "Bo"]);
        assert_eq!(state.mafia_left, Some(1));
        state.finish(Winner::Innocents);
        assert_eq!(state.uncovered_mafia(), ["Bo"]);
        assert_eq!(state.mafia_left, Some(0));
    }
}
