//! The two databases of a sandbox, the services' records and DynamoDB's tables. Each belongs to the other:
//! there are stacks in one whose tables are in the other.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::state_dir::StateDir;
use super::store::{Store, StoreError, shrink_file};

pub fn records(state_dir: &StateDir) -> PathBuf {
    state_dir.path("state.sqlite")
}

pub fn tables(state_dir: &StateDir) -> PathBuf {
    state_dir.path("tables.sqlite")
}

/// Refuses a folder that has one without the other. To be called before they are opened.
pub fn check(state_dir: &StateDir) -> Result<(), StoreError> {
    let (records, tables) = (records(state_dir), tables(state_dir));
    // An empty file is an empty database.
    let has_content = |path: &Path| path.metadata().is_ok_and(|file| file.len() > 0);
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

/// Gives the space of what was removed back to the system, if that is much. Blocks.
pub fn shrink(state_dir: &StateDir, store: &Arc<Store>) -> Result<(), StoreError> {
    store.shrink()?;
    shrink_file(&tables(state_dir))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_without_the_other_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        check(&state_dir).expect("both are new");
        check(&state_dir).expect("it was killed before it made the records");
        let missing = |path: PathBuf| {
            let refused = check(&state_dir).expect_err("it is missing").to_string();
            let file = path.display().to_string();
            assert!(
                refused.contains(&file) && refused.contains("missing"),
                "{refused}"
            );
        };
        fs::write(records(&state_dir), "records").expect("written");
        check(&state_dir).expect("both are there");
        fs::remove_file(tables(&state_dir)).expect("removed");
        missing(tables(&state_dir));
        fs::write(tables(&state_dir), "tables").expect("written");
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
}
