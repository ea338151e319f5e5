//! What the last turns told, for the next command: the function game-state may not know it yet.
//!
//! It is kept in the workshop folder for as long as the index may lag behind the table. It adds to what
//! the target says and never decides what is done; without it, only this is missing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::game::Told;
use crate::workspace;

/// Longer than DynamoDB takes to bring an index up to date, usually a fraction of a second.
///
/// Source: DynamoDB developer guide, "Using global secondary indexes", "Data synchronization".
const LAG: Duration = Duration::from_secs(30);
/// The file in the workshop folder's own folder.
const FILE: &str = "told.json";

/// What is known of one game.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    /// The target and the stack.
    game: String,
    at: SystemTime,
    told: Told,
}

/// What was told of this game a moment ago.
pub fn recall(game: &str) -> Told {
    let heard = file().and_then(|file| recall_from(&file, game, SystemTime::now()));
    heard.unwrap_or_default()
}

/// Keeps what was told of this game.
pub fn keep(game: &str, told: Told) {
    if let Some(file) = file() {
        let game = game.to_owned();
        let at = SystemTime::now();
        // Without it, the next command shows what game-state knows.
        let _ = write(&file, &Heard { game, at, told });
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

fn recall_from(file: &Path, game: &str, now: SystemTime) -> Option<Told> {
    let heard: Heard = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    let age = now.duration_since(heard.at).ok()?;
    (heard.game == game && age < LAG).then_some(heard.told)
}

/// Whole or not at all.
fn write(file: &Path, heard: &Heard) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(&serde_json::to_vec(heard)?)?;
    new.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_counts_for_its_game_and_for_a_moment() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(".mafia").join(FILE);
        let now = SystemTime::now();
        assert_eq!(recall_from(&file, "ann", now), None);
        let told: Told = serde_json::from_str(r#"{"Bo": "Killed by mafia"}"#).expect("JSON");
        let heard = Heard {
            game: "ann".to_owned(),
            at: now,
            told: told.clone(),
        };
        write(&file, &heard).expect("written");
        assert_eq!(recall_from(&file, "ann", now), Some(told));
        assert_eq!(recall_from(&file, "ben", now), None);
        assert_eq!(recall_from(&file, "ann", now + LAG), None);
        let earlier = now - Duration::from_secs(1);
        assert_eq!(
            recall_from(&file, "ann", earlier),
            None,
            "the clock was set"
        );
        std::fs::write(&file, "{").expect("written");
        assert_eq!(recall_from(&file, "ann", now), None);
    }
}
