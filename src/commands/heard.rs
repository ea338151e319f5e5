//! What the last turns told, for the next command: the function game-state may not know it yet, and whoever
//! comes back to a day sees the accusations that they have seen before.
//!
//! It is kept in the workshop folder. Who left the game counts for as long as the index may lag behind the
//! table, and a day for as long as the same players live. It adds to what the target says and never decides
//! what is done; without it, only this is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::context::Context;
use crate::game::{GameClient, Player, Told, Turn, TurnKind};
use crate::target::{self, Choice};
use crate::workspace;

/// Longer than DynamoDB takes to bring an index up to date, usually a fraction of a second.
///
/// Source: DynamoDB developer guide, "Using global secondary indexes", "Data synchronization".
const LAG: Duration = Duration::from_secs(30);
/// The file in the workshop folder's own folder.
const FILE: &str = "told.json";

/// What was told of one game.
pub struct Heard {
    file: Option<PathBuf>,
    /// The target and the stack.
    game: String,
    last: Last,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Last {
    /// When the last of it was told.
    at: SystemTime,
    told: Told,
    /// The day that has not ended yet.
    day: Option<ShownDay>,
}

/// The accusations of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ShownDay {
    /// The players who were alive.
    living: BTreeSet<String>,
    /// What day-turn answered.
    answer: Value,
}

impl Heard {
    /// What was told of this game.
    pub fn of(context: &Context, game: &GameClient<'_>) -> Self {
        let place = match target::choice(&context.options) {
            // Its port is another one after each start.
            Ok(Choice::Sandbox(state_dir)) => state_dir.folder().display().to_string(),
            _ => game.cloud.target().to_string(),
        };
        Self::read(file(), format!("{place} {}", game.stack), SystemTime::now())
    }

    fn read(file: Option<PathBuf>, game: String, now: SystemTime) -> Self {
        let known = file.as_deref().map(games).unwrap_or_default().remove(&game);
        let mut last = known.unwrap_or(Last {
            at: now,
            told: Told::default(),
            day: None,
        });
        let is_recent = now.duration_since(last.at).is_ok_and(|age| age < LAG);
        if !is_recent {
            last.told = Told::default();
        }
        Self { file, game, last }
    }

    /// Learns from a turn; of the `living` where they are known.
    pub fn learn(&mut self, turn: &Turn, living: &[String]) {
        let before = self.last.clone();
        self.last.told.learn(turn);
        match &turn.turn {
            TurnKind::State(_) => {}
            TurnKind::Day(day) => {
                let accusers = day.accusations.iter().map(|it| &it.accuser);
                let living: BTreeSet<String> = match living {
                    [] => accusers.cloned().collect(),
                    known => known.iter().cloned().collect(),
                };
                self.last.day = (!living.is_empty()).then(|| ShownDay {
                    living,
                    answer: turn.answer.clone(),
                });
            }
            TurnKind::New(_) | TurnKind::Night(_) | TurnKind::Judgement(_) => self.last.day = None,
        }
        self.keep_unless(&before);
    }

    /// What day-turn has answered on this day, where the `living` are still those of then.
    pub fn day(&self, living: &[String]) -> Option<Value> {
        let day = self.last.day.as_ref()?;
        let now: BTreeSet<String> = living.iter().cloned().collect();
        (day.living == now).then(|| day.answer.clone())
    }

    /// Forgets the day, because the function that told of it is another one now.
    pub fn forget_day(&mut self) {
        let before = self.last.clone();
        self.last.day = None;
        self.keep_unless(&before);
    }

    /// Forgets all of it, because a call by hand may have started another game.
    pub fn forget(&mut self) {
        let before = self.last.clone();
        self.last.told = Told::default();
        self.last.day = None;
        self.keep_unless(&before);
    }

    /// Lets nobody live who was told to have left the game.
    pub fn correct(&self, players: &mut [Player]) {
        self.last.told.correct(players);
    }

    fn keep_unless(&mut self, before: &Last) {
        if let Some(file) = self.file.clone().filter(|_| self.last != *before) {
            if self.last.told != before.told {
                self.last.at = SystemTime::now();
            }
            // Without it, the next command shows what the functions say then.
            let _ = self.write(&file);
        }
    }

    /// Whole or not at all.
    fn write(&self, file: &Path) -> std::io::Result<()> {
        let mut games = games(file);
        games.insert(self.game.clone(), self.last.clone());
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(&serde_json::to_vec(&games)?)?;
        new.persist(file)?;
        Ok(())
    }
}

fn file() -> Option<PathBuf> {
    let root = workspace::root(&workspace::current_folder().ok()?)?;
    Some(root.join(workspace::FOLDER).join(FILE))
}

/// What was told of each game; nothing where the file is damaged.
fn games(file: &Path) -> BTreeMap<String, Last> {
    let read = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::game::{Accusation, Day, Night};

    fn turn(turn: TurnKind, answer: Value) -> Turn {
        Turn {
            function: "f".to_owned(),
            turn,
            lines: Vec::new(),
            expected: None,
            answer,
            report: BTreeMap::new(),
        }
    }

    fn night(killed: &str) -> Turn {
        let killed = Some(killed.to_owned());
        turn(
            TurnKind::Night(Night {
                killed,
                winner: None,
            }),
            Value::Null,
        )
    }

    /// A day on which these players blame Ann.
    fn day(accusers: &[&str]) -> Turn {
        let blames = |accuser: &&str| Accusation {
            accuser: (*accuser).to_owned(),
            accused: "Ann".to_owned(),
        };
        let accusations = accusers.iter().map(blames).collect();
        turn(
            TurnKind::Day(Day {
                accusations,
                winner: None,
            }),
            json!(accusers),
        )
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// The workshop folder's file, and what is read from it of a game at a time.
    fn folder() -> (tempfile::TempDir, impl Fn(&str, SystemTime) -> Heard) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(".mafia").join(FILE);
        (folder, move |game: &str, now| {
            Heard::read(Some(file.clone()), game.to_owned(), now)
        })
    }

    #[test]
    fn who_left_the_game_counts_for_its_game_and_for_a_moment() {
        let (folder, heard) = folder();
        let now = SystemTime::now();
        heard("ann", now).learn(&night("Bo"), &[]);
        let lives = |game, now| {
            let mut players = [Player::new("Bo")];
            heard(game, now).correct(&mut players);
            players[0].is_alive()
        };
        assert!(!lives("ann", SystemTime::now()));
        assert!(lives("ben", SystemTime::now()), "another game");
        assert!(lives("ann", now + 2 * LAG), "the index knows by then");
        assert!(lives("ann", now - 2 * LAG), "the clock was set");
        std::fs::write(folder.path().join(".mafia").join(FILE), "{").expect("written");
        assert!(lives("ann", SystemTime::now()), "damaged");
    }

    #[test]
    fn a_day_counts_until_the_game_goes_on() {
        let (_folder, heard) = folder();
        let later = SystemTime::now() + 100 * LAG;
        let told = |game: &str, living: &[&str]| heard(game, later).day(&names(living));
        let now = SystemTime::now();
        heard("ann", now).learn(&day(&["Bo", "Cleo"]), &[]);
        let state = turn(TurnKind::State(Default::default()), Value::Null);
        heard("ann", now).learn(&state, &[]);
        assert_eq!(told("ann", &["Cleo", "Bo"]), Some(json!(["Bo", "Cleo"])));
        assert_eq!(told("ann", &["Bo"]), None, "somebody has died since");
        assert_eq!(told("ben", &["Cleo", "Bo"]), None, "another game");
        // Whoever lives is known better than by who blames somebody.
        heard("ben", now).learn(&day(&[]), &names(&["Bo"]));
        assert_eq!(told("ben", &["Bo"]), Some(json!([])));
        assert!(
            told("ann", &["Cleo", "Bo"]).is_some(),
            "each game has its own"
        );
        heard("ben", now).forget_day();
        assert_eq!(told("ben", &["Bo"]), None);
        heard("ben", now).learn(&day(&[]), &[]);
        assert_eq!(told("ben", &[]), None, "nobody knows who is alive");
        heard("ann", now).learn(&night("Dee"), &[]);
        assert_eq!(told("ann", &["Cleo", "Bo"]), None, "the day has ended");
    }
}
