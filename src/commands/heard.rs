//! What the last turns told, for the next command: the function game-state may not know it yet.
//!
//! It is kept in the workshop folder for as long as the index may lag behind the table. It adds to what
//! the target says and never decides what is done; without it, only this is missing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::game::{GameClient, Player, Told, Turn};
use crate::workspace;

/// Longer than DynamoDB takes to bring an index up to date, usually a fraction of a second.
///
/// Source: DynamoDB developer guide, "Using global secondary indexes", "Data synchronization".
const LAG: Duration = Duration::from_secs(30);
/// The file in the workshop folder's own folder.
const FILE: &str = "told.json";

/// What was told of one game.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The target and the stack.
    game: String,
    /// When the last of it was told.
    at: SystemTime,
    told: Told,
}

impl Heard {
    /// What was told of this game a moment ago.
    pub fn of(game: &GameClient<'_>) -> Self {
        let game = format!("{} {}", game.cloud.target(), game.stack);
        let now = SystemTime::now();
        let recalled = file().and_then(|file| recalled(&file, &game, now));
        recalled.unwrap_or(Self {
            game,
            at: now,
            told: Told::default(),
        })
    }

    pub fn learn<'a>(&mut self, turns: impl IntoIterator<Item = &'a Turn>) {
        let before = self.told.clone();
        for turn in turns {
            self.told.learn(turn);
        }
        if let Some(file) = file().filter(|_| self.told != before) {
            self.at = SystemTime::now();
            // Without it, the next command shows what game-state knows.
            let _ = self.write(&file);
        }
    }

    /// Lets nobody live who was told to have left the game.
    pub fn correct(&self, players: &mut [Player]) {
        self.told.correct(players);
    }

    /// Whole or not at all.
    fn write(&self, file: &Path) -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(&serde_json::to_vec(self)?)?;
        new.persist(file)?;
        Ok(())
    }
}

/// Forgets it, because a call by hand may have started another game.
pub fn forget() {
    if let Some(file) = file() {
        // Usually there is none.
        let _ = std::fs::remove_file(file);
    }
}

fn file() -> Option<PathBuf> {
    let root = workspace::root(&workspace::current_folder().ok()?)?;
    Some(root.join(workspace::FOLDER).join(FILE))
}

fn recalled(file: &Path, game: &str, now: SystemTime) -> Option<Heard> {
    let heard: Heard = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let age = now.duration_since(heard.at).ok()?;
    (heard.game == game && age < LAG).then_some(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_counts_for_its_game_and_for_a_moment() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(".mafia").join(FILE);
        let now = SystemTime::now();
        let recall = |game, now| recalled(&file, game, now).map(|heard| heard.told);
        assert_eq!(recall("ann", now), None);
        let told: Told = serde_json::from_str(r#"{"Bo": "Killed by mafia"}"#).expect("JSON");
        let heard = Heard {
            game: "ann".to_owned(),
            at: now,
            told: told.clone(),
        };
        heard.write(&file).expect("written");
        assert_eq!(recall("ann", now), Some(told));
        assert_eq!(recall("ben", now), None);
        assert_eq!(recall("ann", now + LAG), None);
        let earlier = now - Duration::from_secs(1);
        assert_eq!(recall("ann", earlier), None, "the clock was set");
        std::fs::write(&file, "{").expect("written");
        assert_eq!(recall("ann", now), None);
    }
}
