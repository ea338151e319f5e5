//! The workspace that a command is run in: the workshop's folder, or a student's copy of it.

mod new_folder;

pub use new_folder::NewFolder;

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::names::is_folder_id;
use crate::options::{FILE as SETTINGS, Settings};
use crate::wording::without_number;

/// The folder in a workspace for what `mafia` keeps there.
pub const FOLDER: &str = ".mafia";
/// The file in [`FOLDER`] with the workspace's id.
const ID: &str = "id";
/// Also marks a workspace: Cargo writes it only in the workspace's root.
const LOCK: &str = "Cargo.lock";

/// The folder of the command. It is the one that the shell shows if only that one is in a workspace: a
/// workspace can contain links to folders that are elsewhere.
pub fn current_folder() -> Result<PathBuf, Error> {
    let folder = env::current_dir()
        .map_err(|error| Error::usage(format!("cannot read the current folder: {error}")))?;
    let shown = env::var_os("PWD").map(PathBuf::from);
    Ok(linked(&folder, shown).unwrap_or(folder))
}

fn linked(folder: &Path, shown: Option<PathBuf>) -> Option<PathBuf> {
    let shown = shown.filter(|shown| shown.canonicalize().is_ok_and(|real| real == folder))?;
    (root(folder).is_none() && root(&shown).is_some()).then_some(shown)
}

/// The nearest workspace that `folder` is in.
pub fn root(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &&Path| folder.join(FOLDER).is_dir() || folder.join(LOCK).is_file();
    folder.ancestors().find(is_one).map(Path::to_owned)
}

/// The settings for a command in `folder`, and the file that has them: the nearest `mafia.toml` that it is
/// in. A path in it begins at its folder.
pub fn settings(folder: &Path) -> Result<Option<(PathBuf, Settings)>, Error> {
    let mut files = folder.ancestors().map(|folder| folder.join(SETTINGS));
    let Some(path) = files.find(|path| path.is_file()) else {
        return Ok(None);
    };
    let base = path.parent().unwrap_or(&path);
    let shown = match base == folder {
        true => SETTINGS.to_owned(),
        false => path.display().to_string(),
    };
    let bytes = std::fs::read(&path).map_err(|error| {
        let reason = error.to_string();
        Error::usage(format!("cannot read {shown}: {}", without_number(&reason)))
            .hint("make the file readable, or remove it")
    })?;
    let mut settings = Settings::read(&shown, &bytes)?;
    settings.state_dir = settings.state_dir.map(|it| base.join(it));
    Ok(Some((path, settings)))
}

/// The random id of the workspace in `root`, if it has one.
pub fn known_id(root: &Path) -> Option<String> {
    let id = std::fs::read_to_string(root.join(FOLDER).join(ID));
    id.ok().filter(|id| is_folder_id(id))
}

/// The random id of the workspace in `root`, which gets one if it has none yet.
pub fn id(root: &Path) -> Result<String, Error> {
    if let Some(id) = known_id(root) {
        return Ok(id);
    }
    let path = root.join(FOLDER).join(ID);
    let failed = |error: std::io::Error| {
        let path = path.display();
        Error::usage(format!("cannot write {path}: {error}"))
            .hint("use a workshop folder that you can write to")
    };
    std::fs::create_dir_all(root.join(FOLDER)).map_err(failed)?;
    let new = format!("{:08x}", rand::random::<u32>());
    std::fs::write(&path, &new).map_err(failed)?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_that_a_workspace_links_to_is_in_the_workspace() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().canonicalize().expect("it is there");
        let (workspace, elsewhere) = (folder.join("workspace"), folder.join("elsewhere"));
        for made in [&workspace, &elsewhere] {
            std::fs::create_dir(made).expect("made");
        }
        std::fs::write(workspace.join(LOCK), "").expect("written");
        let link = workspace.join("lab");
        std::os::unix::fs::symlink(&elsewhere, &link).expect("linked");
        assert_eq!(linked(&elsewhere, Some(link.clone())), Some(link.clone()));
        assert_eq!(linked(&elsewhere, Some(elsewhere.clone())), None);
        assert_eq!(linked(&workspace, Some(link)), None, "another folder");
        assert_eq!(linked(&elsewhere, None), None);
    }

    #[test]
    fn a_workspace_keeps_its_id() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = id(folder.path()).expect("an id");
        assert_eq!(id(folder.path()).expect("an id"), first);
        assert_eq!(known_id(folder.path()), Some(first.clone()));
        let damaged = folder.path().join(FOLDER).join(ID);
        std::fs::write(&damaged, "").expect("written");
        let second = id(folder.path()).expect("an id");
        assert_eq!(id(folder.path()).expect("an id"), second);
        let other = tempfile::tempdir().expect("a folder");
        assert_eq!(known_id(other.path()), None);
        assert_ne!(id(other.path()).expect("an id"), second);
    }

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
