//! The workspace that a command is run in: the workshop's folder, or a student's copy of it.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The folder in a workspace for what `mafia` keeps there.
pub const FOLDER: &str = ".mafia";
/// Also marks a workspace: Cargo writes it only in the workspace's root.
const LOCK: &str = "Cargo.lock";

pub fn current_folder() -> Result<PathBuf, Error> {
    env::current_dir()
        .map_err(|error| Error::usage(format!("cannot read the current folder: {error}")))
}

/// The nearest workspace that `folder` is in.
pub fn root(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &&Path| folder.join(FOLDER).is_dir() || folder.join(LOCK).is_file();
    folder.ancestors().find(is_one).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_workspace_is_meant() {
        let folder = tempfile::tempdir().expect("a folder");
        let outer = folder.path();
        let deep = outer.join("labs/game/src");
        std::fs::create_dir_all(&deep).expect("made");
        std::fs::write(outer.join(LOCK), "").expect("written");
        assert_eq!(root(&deep).as_deref(), Some(outer));
        std::fs::create_dir_all(outer.join("labs/.mafia")).expect("made");
        assert_eq!(root(&deep), Some(outer.join("labs")));
    }
}
