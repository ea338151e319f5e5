//! The game that was in the table before a check, kept in a file until it is there again.
//!
//! The file is whole before the check writes for the first time, and goes when the game is back. So a check can
//! be killed at any moment: the next command that reads or plays the game puts it back. A lock says that a check
//! is running; the system releases it when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::blocked::Blocked;
use super::place::Place;
use crate::clock;
use crate::cloud::{Cloud, CloudError, StoredItem};

const FILE: &str = "table-before-check.json";
const LOCK: &str = "check.lock";
const FORMAT: u32 = 1;

/// A function that a killed check has called may still write. After so long it is looked again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How often.
const MOST_LOOKS: usize = 10;

/// The folder in which games are kept.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

/// As long as it is there, no other check runs in the folder.
#[derive(Debug)]
pub struct Running {
    lock: File,
}

impl Drop for Running {
    /// Another process that starts at that moment may have the file open too, and would keep the lock.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct Games {
    format: u32,
    games: Vec<Game>,
}

/// What was in the table of one stack.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Game {
    stack: String,
    /// It is unique: no other stack of that name, and no other target, has it.
    stack_id: String,
    table: String,
    key: Vec<String>,
    items: Vec<StoredItem>,
}

/// What became of a game that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutBack {
    /// None was kept for the stack.
    Nothing,
    /// The check is still running.
    Running,
    Done,
    /// The table does not exist any more.
    NoTable,
}

impl Kept {
    /// In this folder, which need not exist.
    pub fn within(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Says that a check is running, if none is yet.
    pub fn lock(&self) -> Result<Running, Blocked> {
        let path = self.folder.join(LOCK);
        let failed = |error: io::Error| self.failed("open", &path, &error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let file = File::options().create(true).append(true).open(&path);
        let lock = file.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Running { lock }),
            Err(TryLockError::WouldBlock) => Err(Blocked::Running),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Keeps what is in the table.
    pub async fn keep(
        &self,
        _running: &Running,
        cloud: &Cloud,
        place: &Place,
    ) -> Result<(), Blocked> {
        let game = Game {
            stack: place.stack.name.clone(),
            stack_id: place.stack.id.clone(),
            table: place.table.name.clone(),
            key: place.table.key.clone(),
            items: cloud.stored_items(&place.table.name).await?,
        };
        let mut games = self.games()?;
        games.retain(|it| it.stack_id != game.stack_id);
        games.push(game);
        self.write(games)
    }

    /// Puts the game of the stack of that name back, if one was kept and no check is running.
    pub async fn put_back(&self, cloud: &Cloud, stack: &str) -> Result<PutBack, Blocked> {
        // Most commands find nothing here.
        if !self.file().exists() {
            return Ok(PutBack::Nothing);
        }
        match self.lock() {
            Ok(running) => self.put_back_with(&running, cloud, stack, true).await,
            Err(Blocked::Running) => Ok(PutBack::Running),
            Err(error) => Err(error),
        }
    }

    /// The same in the check itself. `looks_again` where a call may not have ended.
    pub async fn put_back_with(
        &self,
        _running: &Running,
        cloud: &Cloud,
        stack: &str,
        looks_again: bool,
    ) -> Result<PutBack, Blocked> {
        let mut games = self.games()?;
        if !games.iter().any(|game| game.stack == stack) {
            return Ok(PutBack::Nothing);
        }
        let found = cloud.stack(stack).await?.map(|it| it.id);
        let is_it = |game: &Game| Some(&game.stack_id) == found.as_ref();
        let Some(at) = games.iter().position(is_it) else {
            return Ok(PutBack::Nothing);
        };
        let game = games.remove(at);
        let restored = restore(cloud, &game, looks_again).await;
        let put_back = match restored {
            Ok(()) => PutBack::Done,
            Err(error) if error.is_not_found() => PutBack::NoTable,
            Err(error) => return Err(error.into()),
        };
        self.write(games)?;
        Ok(put_back)
    }

    fn games(&self) -> Result<Vec<Game>, Blocked> {
        let path = self.file();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed("read", &path, &error)),
        };
        let games = serde_json::from_slice::<Games>(&text).map_err(io::Error::from);
        let games = games.map_err(|error| self.failed("read", &path, &error))?;
        if games.format != FORMAT {
            let error = io::Error::other(format!("it has the format {}", games.format));
            return Err(self.failed("read", &path, &error));
        }
        Ok(games.games)
    }

    /// Whole or not at all, and readable by its owner alone.
    fn write(&self, games: Vec<Game>) -> Result<(), Blocked> {
        let path = self.file();
        let write = || {
            if games.is_empty() {
                return match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                };
            }
            let format = FORMAT;
            let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
            new.write_all(&serde_json::to_vec(&Games { format, games })?)?;
            new.as_file().sync_all()?;
            new.persist(&path)?;
            Ok(())
        };
        write().map_err(|error| self.failed("write", &path, &error))
    }

    fn failed(&self, action: &'static str, path: &Path, error: &io::Error) -> Blocked {
        Blocked::File {
            action,
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}

async fn restore(cloud: &Cloud, game: &Game, looks_again: bool) -> Result<(), CloudError> {
    let replace = || cloud.replace_items(&game.table, &game.key, &game.items);
    replace().await?;
    if looks_again {
        for _ in 0..MOST_LOOKS {
            clock::sleep(LOOK_AGAIN).await;
            if replace().await? == 0 {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::cloud::scripted::Sent;

    /// A target whose stack `ann` has this id. Its table is gone, or has an item of a check.
    fn cloud(id: &'static str, has_table: bool) -> (Cloud, Sent) {
        Cloud::scripted(move |request| {
            if request.contains("Action=DescribeStacks") {
                let stack = format!(
                    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
                     <StackName>ann</StackName><StackId>{id}</StackId>\
                     <StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>\
                     </DescribeStacksResult></DescribeStacksResponse>"
                );
                (200, stack)
            } else if !has_table {
                (400, r#"{"__type": "ResourceNotFoundException"}"#.to_owned())
            } else if request.contains("RequestItems") {
                (200, "{}".to_owned())
            } else {
                (200, r#"{"Items": [{"Name": {"S": "Checked"}}]}"#.to_owned())
            }
        })
    }

    /// A folder in which the game of the stack `1` is kept, which has one player.
    fn kept() -> (tempfile::TempDir, Kept) {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::within(folder.path().join(".mafia"));
        let _running = kept.lock().expect("nobody has it");
        let game = Game {
            stack: "ann".to_owned(),
            stack_id: "1".to_owned(),
            table: "t".to_owned(),
            key: vec!["Name".to_owned()],
            items: vec![[("Name".to_owned(), "Bo".into())].into()],
        };
        kept.write(vec![game]).expect("written");
        (folder, kept)
    }

    fn put_back(kept: &Kept, cloud: &Cloud, stack: &str) -> Result<PutBack, Blocked> {
        clock::simulate(kept.put_back(cloud, stack))
    }

    #[test]
    fn a_check_that_has_ended_locks_nobody_out_though_another_process_has_its_files() {
        let (_folder, kept) = kept();
        let running = kept.lock().expect("nobody has it");
        let inherited = running.lock.try_clone().expect("a second handle");
        drop(running);
        assert!(kept.lock().is_ok());
        drop(inherited);
    }

    #[test]
    fn only_the_stack_that_was_checked_gets_its_game_back() {
        let (_folder, kept) = kept();
        let mode = kept.file().metadata().expect("it is there").permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        for (id, stack) in [("2", "ann"), ("1", "ben")] {
            let (cloud, sent) = cloud(id, true);
            let done = put_back(&kept, &cloud, stack).expect("no failure");
            assert_eq!(done, PutBack::Nothing);
            let sent = sent.lock().expect("no answer panics");
            assert!(!sent.iter().any(|it| it.contains("TableName")), "{sent:?}");
            assert!(kept.file().exists());
        }
        let (cloud, sent) = cloud("1", true);
        let done = put_back(&kept, &cloud, "ann").expect("no failure");
        assert_eq!(done, PutBack::Done);
        assert!(!kept.file().exists());
        let sent = sent.lock().expect("no answer panics").join("\n");
        assert!(
            sent.contains(r#""PutRequest":{"Item":{"Name":{"S":"Bo"}}}"#),
            "{sent}"
        );
        assert!(
            sent.contains(r#""DeleteRequest":{"Key":{"Name":{"S":"Checked"}}}"#),
            "{sent}"
        );
        let done = put_back(&kept, &cloud, "ann").expect("no failure");
        assert_eq!(done, PutBack::Nothing, "once is enough");
    }

    #[test]
    fn a_game_stays_kept_while_its_check_runs_and_goes_with_its_table() {
        let (_folder, kept) = kept();
        let (there, _) = cloud("1", true);
        let running = kept.lock().expect("nobody has it");
        assert!(matches!(kept.lock(), Err(Blocked::Running)));
        let done = put_back(&kept, &there, "ann").expect("no failure");
        assert_eq!(done, PutBack::Running);
        drop(running);
        let (gone, _) = cloud("1", false);
        let done = put_back(&kept, &gone, "ann").expect("no failure");
        assert_eq!(done, PutBack::NoTable);
        assert!(!kept.file().exists());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_for_its_owner_to_see() {
        let (_folder, kept) = kept();
        let (there, sent) = cloud("1", true);
        for damaged in ["{", r#"{"format": 2, "games": []}"#] {
            std::fs::write(kept.file(), damaged).expect("written");
            let failed = put_back(&kept, &there, "ann").expect_err("it is damaged");
            assert!(failed.to_string().starts_with("cannot read "), "{failed}");
        }
        assert_eq!(sent.lock().expect("no answer panics").len(), 0);
    }
}
