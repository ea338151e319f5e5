//! Which files were saved, by the operating system's notifications: each save once, when it is done.

mod saves;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use saves::saved;

/// An editor saves in several steps, such as a new file and a rename. So long it is waited for the next one
/// after a step that left a file whole.
const QUIET: Duration = Duration::from_millis(10);
/// And so long after another step.
const UNFINISHED: Duration = Duration::from_millis(30);
/// A program that writes all the time does not hold up a round for longer.
const LONGEST: Duration = Duration::from_millis(500);

/// Why files cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("cannot watch {folder}: {reason}")]
    Folder { folder: PathBuf, reason: String },
    #[error("the system does not say any more which files are saved")]
    Ended,
    #[error("the system cannot watch files: {0}")]
    System(String),
}

/// Whether a file in the folder that `matters` has been saved since then, by its own time.
pub fn saved_since(folder: &Path, time: SystemTime, matters: impl Fn(&Path) -> bool) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let mut files = entries.filter(|entry| matters(&entry.path()));
    files.any(|entry| {
        let saved = entry.metadata().and_then(|it| it.modified());
        saved.is_ok_and(|saved| saved > time)
    })
}

/// The saves in some folders.
pub struct Saves {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    events: UnboundedReceiver<notify::Result<Event>>,
}

impl Saves {
    /// Of no folder yet.
    pub fn new() -> Result<Self, WatchError> {
        let (sender, events) = unbounded_channel();
        let watcher = recommended_watcher(move |event| {
            // Nobody listens any more at the end of the program.
            let _ = sender.send(event);
        });
        Ok(Self {
            watcher: watcher.map_err(|error| WatchError::System(error.to_string()))?,
            folders: BTreeSet::new(),
            events,
        })
    }

    /// Watches these folders, and not those in them. A folder that was made anew is watched again. Returns those
    /// that were not watched before: what was saved in them until now was not noticed.
    pub fn follow(&mut self, folders: BTreeSet<PathBuf>) -> Result<Vec<PathBuf>, WatchError> {
        for gone in self.folders.difference(&folders) {
            // It may not exist any more.
            let _ = self.watcher.unwatch(gone);
        }
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            watched.map_err(|error| WatchError::Folder {
                folder: folder.clone(),
                reason: error.to_string(),
            })?;
        }
        let new = folders.difference(&self.folders).cloned().collect();
        self.folders = folders;
        Ok(new)
    }

    /// Waits until a file that `matters` has been saved, and then until no more are. Saves since the last
    /// call count. Returns the files; none where the system does not say which.
    pub async fn next(
        &mut self,
        matters: impl Fn(&Path) -> bool,
    ) -> Result<BTreeSet<PathBuf>, WatchError> {
        let Self {
            folders, events, ..
        } = self;
        // A folder that goes or comes has to be followed again.
        let matters = |path: &Path| matters(path) || folders.contains(path);
        let mut files = BTreeSet::new();
        let mut quiet = None;
        let mut latest = None;
        loop {
            let event = match quiet {
                None => events.recv().await,
                Some(quiet) => match timeout_at(quiet, events.recv()).await {
                    Err(_) => return Ok(files),
                    Ok(event) => event,
                },
            };
            let event = event.ok_or(WatchError::Ended)?;
            if let Some(save) = saved(&event, matters) {
                let now = Instant::now();
                let latest = *latest.get_or_insert(now + LONGEST);
                let pause = if save.is_done { QUIET } else { UNFINISHED };
                quiet = Some((now + pause).min(latest));
                files.extend(save.files);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_was_saved_later_is_found_by_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("sun.rs");
        fs::write(&file, "").expect("written");
        let hour = Duration::from_secs(3_600);
        let now = SystemTime::now();
        let since = |time| saved_since(folder.path(), time, |path| path == file);
        assert!(since(now - hour));
        assert!(!since(now + hour));
        assert!(!saved_since(folder.path(), now - hour, |_| false));
        assert!(!saved_since(
            &folder.path().join("gone"),
            now - hour,
            |_| true
        ));
    }

    #[test]
    fn folders_are_new_until_they_are_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = BTreeSet::from([folder.path().to_owned()]);
        let mut saves = Saves::new().expect("the system watches");
        let new = saves.follow(folders.clone()).expect("followed");
        assert_eq!(new, [folder.path()]);
        assert!(saves.follow(folders).expect("followed").is_empty());
    }

    #[tokio::test]
    async fn a_folder_that_was_away_is_watched_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let outer = folder.path().to_owned();
        let inner = outer.join("bin");
        fs::create_dir(&inner).expect("made");
        let folders = BTreeSet::from([outer.clone(), inner.clone()]);
        let mut saves = Saves::new().expect("the system watches");
        saves.follow(folders.clone()).expect("followed");
        let file = inner.join("sun.rs");
        let sources = |path: &Path| path.extension().is_some_and(|it| it == "rs");
        for _ in 0..2 {
            fs::rename(&inner, outer.join("away")).expect("renamed");
            fs::rename(outer.join("away"), &inner).expect("renamed");
            let noticed = saves.next(sources).await.expect("it is noticed");
            assert!(noticed.contains(&inner), "{noticed:?}");
            saves.follow(folders.clone()).expect("followed");
            fs::write(&file, "").expect("written");
            let saved = saves.next(sources).await.expect("it is noticed");
            assert_eq!(saved, BTreeSet::from([file.clone()]));
        }
    }
}
