//! The record of the patches of this workshop folder, beside the code that is kept. It says what was deployed before: what
//! is deployed, only the target says.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::BundleError;
use super::kept::KeptCode;

/// A deployment to one stack, with the new code of its functions; or an undo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodePatch {
    /// The id of the stack.
    pub stack: String,
    /// Seconds since 1970.
    pub time: u64,
    /// Empty when only the template or the parameters were changed.
    pub changes: Vec<CodeChange>,
    /// How the library that they share was changed with them; `None` if it was not.
    #[serde(default)]
    pub library: Option<LibraryChange>,
    /// `None` for a deployment.
    #[serde(default)]
    pub undo: Option<CodeUndo>,
}

/// Which way an undo went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUndo {
    pub restored: Restored,
    /// When the newer code was deployed first, in seconds since 1970.
    pub deployed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restored {
    /// The code from before a deployment.
    Earlier,
    /// The code that was taken back before.
    Newer,
}

impl CodePatch {
    /// What an undo of this one would be: that of an undo goes the other way.
    pub fn undo(&self) -> CodeUndo {
        match self.undo {
            None => CodeUndo {
                restored: Restored::Earlier,
                deployed: self.time,
            },
            Some(CodeUndo { restored, deployed }) => CodeUndo {
                restored: match restored {
                    Restored::Earlier => Restored::Newer,
                    Restored::Newer => Restored::Earlier,
                },
                deployed,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeChange {
    /// Its name in the package: `03-night-turn`.
    pub function: String,
    /// The digests of the code.
    pub before: String,
    pub after: String,
}

/// The keys of a library in the artifact bucket; empty where each function has all that it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryChange {
    pub before: String,
    pub after: String,
}

impl LibraryChange {
    pub fn reversed(self) -> Self {
        Self {
            before: self.after,
            after: self.before,
        }
    }
}

impl KeptCode {
    /// The patches of the stack with this id, the last first. What was damaged is left out.
    pub fn patches(&self, stack: &str) -> Vec<CodePatch> {
        let text = fs::read_to_string(self.record_path()).unwrap_or_default();
        let patches = text.lines().rev();
        let patches = patches.filter_map(|line| serde_json::from_str::<CodePatch>(line).ok());
        patches.filter(|patch| patch.stack == stack).collect()
    }

    /// Whether this code of a function was brought back by an undo, and the files are still those of the
    /// newer code.
    pub fn is_taken_back(&self, stack: &str, function: &str, digest: &str) -> bool {
        let patches = self.patches(stack);
        let last = patches.iter().find_map(|patch| {
            let changed = patch.changes.iter().find(|it| it.function == function);
            Some((patch, changed?))
        });
        last.is_some_and(|(patch, change)| {
            patch
                .undo
                .is_some_and(|it| it.restored == Restored::Earlier)
                && change.after == digest
                && self
                    .edited(function, &change.before)
                    .is_none_or(|files| files.is_empty())
        })
    }

    /// Adds to the record: a line of its own, also after one that was not written to its end.
    pub fn record(&self, patch: &CodePatch) -> Result<(), BundleError> {
        let path = self.record_path();
        let failed = |error| BundleError::write(&path, error);
        let line = serde_json::to_string(patch).map_err(|error| failed(error.into()))?;
        fs::create_dir_all(&self.folder).map_err(failed)?;
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(format!("\n{line}\n").as_bytes()));
        written.map_err(failed)
    }

    fn record_path(&self) -> PathBuf {
        self.folder.join("patches.jsonl")
    }
}

#[cfg(test)]
mod tests {
    use super::super::kept::tests::bundle;
    use super::*;

    #[test]
    fn the_record_has_the_last_patch_of_a_stack_first_and_skips_what_is_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptCode::within(folder.path());
        assert!(kept.patches("a").is_empty());
        let patch = |stack: &str, time| CodePatch {
            stack: stack.to_owned(),
            time,
            changes: vec![CodeChange {
                function: "01-dawn".to_owned(),
                before: "x".to_owned(),
                after: "y".to_owned(),
            }],
            library: None,
            undo: None,
        };
        for (stack, time) in [("a", 1), ("b", 2), ("a", 3)] {
            kept.record(&patch(stack, time)).expect("recorded");
        }
        let mut text = fs::read_to_string(kept.record_path()).expect("it is there");
        text.push_str("{\"stack\": \"a\", \"ti");
        fs::write(kept.record_path(), text).expect("written");
        assert_eq!(kept.patches("a"), [patch("a", 3), patch("a", 1)]);
        assert_eq!(kept.patches("b"), [patch("b", 2)]);
    }

    #[test]
    fn undoing_goes_back_and_forth() {
        let deployed = CodePatch {
            stack: "a".to_owned(),
            time: 7,
            changes: Vec::new(),
            library: None,
            undo: None,
        };
        let undo = |patch: &CodePatch| CodePatch {
            time: patch.time + 1,
            undo: Some(patch.undo()),
            ..patch.clone()
        };
        let (once, twice) = (undo(&deployed), undo(&undo(&deployed)));
        let said = |patch: &CodePatch| patch.undo.map(|it| (it.restored, it.deployed));
        assert_eq!(said(&once), Some((Restored::Earlier, 7)));
        assert_eq!(said(&twice), Some((Restored::Newer, 7)));
        assert_eq!(said(&undo(&twice)), Some((Restored::Earlier, 7)));
    }

    #[test]
    fn code_is_taken_back_until_a_file_is_edited_or_other_code_is_deployed() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = KeptCode::within(folder.path());
        let newer = bundle(folder.path(), "newer");
        kept.keep(&newer).expect("kept");
        fs::write(folder.path().join("a.rs"), "newer").expect("written");
        let patch = CodePatch {
            stack: "a".to_owned(),
            time: 1,
            changes: vec![CodeChange {
                function: "01-dawn".to_owned(),
                before: newer.digest.to_string(),
                after: "earlier".to_owned(),
            }],
            library: None,
            undo: Some(CodeUndo {
                restored: Restored::Earlier,
                deployed: 0,
            }),
        };
        kept.record(&patch).expect("recorded");
        assert!(kept.is_taken_back("a", "01-dawn", "earlier"));
        assert!(!kept.is_taken_back("a", "02-dusk", "earlier"));
        assert!(!kept.is_taken_back("b", "01-dawn", "earlier"));
        assert!(!kept.is_taken_back("a", "01-dawn", newer.digest.as_str()));
        fs::write(folder.path().join("a.rs"), "edited").expect("written");
        assert!(!kept.is_taken_back("a", "01-dawn", "earlier"));
    }
}
