//! The two databases of a sandbox, the services' records and DynamoDB's tables. Each belongs to the other:
//! there are stacks in one whose tables are in the other. What they have to be like at the next start is
//! written beside them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::SandboxError;
use super::state_dir::StateDir;
use super::store::{Store, StoreError, check_header, digest_of_file, shrink_file, wal};

const NAMES: [&str; 2] = ["state.sqlite", "tables.sqlite"];
const SEALS: &str = "seals.json";
/// Larger files get no seal, which would take too long.
const LONGEST_SEALED: u64 = 64 << 20;

/// How the sandbox has left its databases. There are seals as soon as it has made both.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
struct Seals {
    /// Of the machine. When that has stopped without an order, no file needs to be as it was written.
    boot: Option<String>,
    /// Whether they are open, and so have logs beside them.
    are_open: bool,
    /// By name, of those with nothing in their logs. They change with a log alone.
    digests: BTreeMap<String, String>,
}

pub fn records(state_dir: &StateDir) -> PathBuf {
    state_dir.path(NAMES[0])
}

pub fn tables(state_dir: &StateDir) -> PathBuf {
    state_dir.path(NAMES[1])
}

/// How the last sandbox left them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Or perhaps by one.
    pub by_a_kill: bool,
    /// So that nothing tells what they have to be like.
    pub seals_are_damaged: bool,
}

pub const SEALS_DAMAGED: &str = "seals.json is damaged and made anew: whether the items of the tables are \
                                 as they were left is not known";

/// Refuses a folder that has one without the other, or where they are not as the last sandbox left them. To
/// be called before they are opened.
pub fn check(state_dir: &StateDir) -> Result<Left, SandboxError> {
    for path in NAMES.map(|name| state_dir.path(name)) {
        if has_content(&path) {
            check_header(&path)?;
        }
    }
    let text = state_dir.read(SEALS)?;
    let seals = text.as_deref().and_then(read_seals);
    let seals_are_damaged = text.is_some() && seals.is_none();
    let left = Left {
        by_a_kill: (seals.as_ref()).map_or(seals_are_damaged, |seals| seals.are_open),
        seals_are_damaged,
    };
    match seals {
        Some(seals) => {
            for name in NAMES {
                check_one(state_dir, name, &seals)?;
            }
        }
        None => check_both(state_dir)?,
    }
    // From now on they may change.
    let are_made = NAMES.iter().all(|name| has_content(&state_dir.path(name)));
    if are_made {
        seal(state_dir, false, &[])?;
    }
    Ok(left)
}

/// Both are open. To be dropped before they are closed, which takes their logs away.
#[derive(Debug)]
pub struct Open(StateDir);

impl Open {
    pub fn of(state_dir: &StateDir) -> Result<Self, SandboxError> {
        seal(state_dir, true, &[])?;
        Ok(Self(state_dir.clone()))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Should it fail, there are no seals.
        let _ = seal(&self.0, false, &[]);
    }
}

/// Gives the space of what was removed back to the system, if that is much, and seals what stays as it is.
/// Blocks.
pub fn shrink(state_dir: &StateDir, store: &Arc<Store>) -> Result<(), SandboxError> {
    seal(state_dir, true, &[])?;
    store.shrink()?;
    shrink_file(&tables(state_dir))?;
    seal(state_dir, true, &NAMES)
}

/// The same for the last time: nothing can be written any more. Blocks.
pub fn leave(open: Open, store: &Arc<Store>) -> Result<(), SandboxError> {
    let state_dir = open.0.clone();
    drop(open);
    store.shrink()?;
    shrink_file(&tables(&state_dir))?;
    seal(&state_dir, false, &NAMES)
}

/// An empty file is an empty database.
fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

fn check_both(state_dir: &StateDir) -> Result<(), StoreError> {
    let (records, tables) = (records(state_dir), tables(state_dir));
    let mut blobs = state_dir.path("blobs").read_dir().into_iter().flatten();
    if has_content(&records) {
        if tables.exists() {
            Ok(())
        } else {
            Err(StoreError::Missing { path: tables })
        }
    } else if has_content(&tables) || blobs.next().is_some() {
        Err(StoreError::Missing { path: records })
    } else {
        // Made first, it is there wherever the records are, also when the sandbox is killed in between.
        let made = File::create(&tables);
        made.map(|_| ()).map_err(|error| StoreError::File {
            path: tables,
            error,
        })
    }
}

fn check_one(state_dir: &StateDir, name: &str, seals: &Seals) -> Result<(), StoreError> {
    let path = state_dir.path(name);
    if !has_content(&path) {
        return Err(StoreError::Missing { path });
    }
    let boot = boot();
    if boot.is_none() || seals.boot != boot {
        return Ok(());
    }
    let log = wal::beside(&path, "-wal");
    let is_whole = wal::check(&path).map_err(|path| StoreError::LogLost { path })?;
    if !is_whole && seals.are_open && !log.exists() {
        return Err(StoreError::LogLost { path: log });
    }
    match seals.digests.get(name) {
        Some(digest) if !has_content(&log) && *digest != read_digest(&path)? => {
            let seals = state_dir.path(SEALS);
            Err(StoreError::Changed { path, seals })
        }
        _ => Ok(()),
    }
}

/// Seals these files, but for those that are being changed.
fn seal(state_dir: &StateDir, are_open: bool, names: &[&str]) -> Result<(), SandboxError> {
    let mut digests = BTreeMap::new();
    for name in names {
        let path = state_dir.path(name);
        let is_long = path.metadata().is_ok_and(|it| it.len() > LONGEST_SEALED);
        if !is_long {
            let digest = read_digest(&path)?;
            if !has_content(&wal::beside(&path, "-wal")) {
                digests.insert((*name).to_owned(), digest);
            }
        }
    }
    let seals = Seals {
        boot: boot(),
        are_open,
        digests,
    };
    let text = serde_json::to_vec(&seals).unwrap_or_default();
    let replaced = state_dir.replace(SEALS, &text);
    if replaced.is_err() {
        // No seals are better than some that are not true, also where the disk is full.
        let _ = fs::remove_file(state_dir.path(SEALS));
    }
    replaced
}

/// `None` where they are damaged themselves.
fn read_seals(text: &[u8]) -> Option<Seals> {
    serde_json::from_slice(text).ok()
}

fn read_digest(path: &Path) -> Result<String, StoreError> {
    digest_of_file(path).map_err(|error| StoreError::File {
        path: path.to_owned(),
        error,
    })
}

/// Which start of the machine this is; `None` where the system does not tell.
///
/// Source: random(4).
fn boot() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(boot.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CONTENTS: &str =
        "SQLite format 3\0, and more than 56 bytes that may be whatever they like to be";

    #[test]
    fn one_without_the_other_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        check(&state_dir).expect("both are new");
        check(&state_dir).expect("it was killed before it made the records");
        let missing = |path: PathBuf| {
            let refused = check(&state_dir).expect_err("it is missing").to_string();
            // The next one is to be a folder without seals again.
            drop(fs::remove_file(state_dir.path(SEALS)));
            let file = path.display().to_string();
            assert!(
                refused.contains(&file) && refused.contains("missing"),
                "{refused}"
            );
        };
        fs::write(records(&state_dir), CONTENTS).expect("written");
        check(&state_dir).expect("both are there");
        fs::remove_file(tables(&state_dir)).expect("removed");
        missing(tables(&state_dir));
        fs::write(tables(&state_dir), CONTENTS).expect("written");
        fs::write(records(&state_dir), "").expect("emptied");
        missing(records(&state_dir));
        fs::remove_file(records(&state_dir)).expect("removed");
        missing(records(&state_dir));

        fs::write(tables(&state_dir), "").expect("emptied");
        fs::create_dir(state_dir.path("blobs")).expect("made");
        check(&state_dir).expect("nothing was stored");
        fs::write(state_dir.path("blobs").join("a"), "a").expect("written");
        missing(records(&state_dir));
    }

    #[test]
    fn no_seals_stay_that_are_not_true() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        for path in [records(&state_dir), tables(&state_dir)] {
            fs::write(path, CONTENTS).expect("written");
        }
        let open = Open::of(&state_dir).expect("sealed");
        let seals = || read_seals(&fs::read(state_dir.path(SEALS)).expect("read"));
        assert!(seals().is_some_and(|seals| seals.are_open));
        drop(open);
        assert!(seals().is_some_and(|seals| !seals.are_open));
        check(&state_dir).expect("they were closed");
    }

    #[test]
    fn files_that_are_not_as_they_were_left_are_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        let (records, tables) = (records(&state_dir), tables(&state_dir));
        let write = |path: &Path, text: &str| fs::write(path, text).expect("written");
        let reset = || {
            for path in [&records, &tables] {
                write(path, CONTENTS);
                drop(fs::remove_file(wal::beside(path, "-wal")));
            }
        };
        for path in [&records, &tables] {
            let refused = |words: &str| {
                let refused = check(&state_dir).expect_err(words).to_string();
                let is_named = refused.contains(&*path.to_string_lossy());
                assert!(is_named && refused.contains(words), "{refused}");
            };
            reset();
            seal(&state_dir, false, &NAMES).expect("sealed");
            write(path, &CONTENTS.replace("and", "or"));
            refused("other contents");
            refused("other contents");
            write(path, &CONTENTS.replace('3', "4"));
            refused("it is not a database");
            write(path, "");
            refused("is missing or empty");

            // With a log, a file may change.
            reset();
            seal(&state_dir, true, &NAMES).expect("sealed");
            let refused_log = check(&state_dir).expect_err("its log is gone").to_string();
            assert!(
                refused_log.contains("log of the last changes"),
                "{refused_log}"
            );
            for log in [&records, &tables] {
                write(&wal::beside(log, "-wal"), "a log");
            }
            write(path, &CONTENTS.replace("and", "or"));
            check(&state_dir).expect("it is open");
            write(path, "");
            refused("is missing or empty");
            fs::remove_file(state_dir.path(SEALS)).expect("removed");
        }
        reset();
        seal(&state_dir, false, &NAMES).expect("sealed");
        check(&state_dir).expect("it is as it was left");
        let seals = fs::read(state_dir.path(SEALS)).expect("read");
        let seals = read_seals(&seals).expect("they are there");
        assert!(seals.digests.is_empty(), "it may change from now on");
        for damaged in ["{", "", "{}", "null"] {
            write(&state_dir.path(SEALS), damaged);
            let left = check(&state_dir).expect("nothing is known of it");
            assert!(left.seals_are_damaged, "{damaged:?}");
            let left = check(&state_dir).expect("they are made anew");
            assert!(!left.seals_are_damaged, "{damaged:?}");
        }
        let other = r#"{ "boot": "another", "are_open": true, "digests": {} }"#;
        write(&state_dir.path(SEALS), other);
        check(&state_dir).expect("the machine was started since then");
    }
}
