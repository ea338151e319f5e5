//! The files of a web site.

use super::table::Table;
use super::units::size;
use crate::deploy::{FileAction, FileOutcome, SiteOutcome};
use crate::wording::{count, in_a_line};

/// A table of the files, and what was done to each, or with a dry run what would be.
pub(super) fn files(site: &SiteOutcome, dry_run: bool) -> String {
    let mut table = Table::new(&["FILE", "PAGE", ">SIZE"]).without_if_narrow(&["SIZE"]);
    for file in &site.files {
        table.row(row(file, dry_run));
    }
    table.render()
}

/// `2 files uploaded, 1 removed`; of what goes there, `word` says what it is then.
pub(super) fn changes(site: &SiteOutcome, word: &str) -> String {
    let number = |action| site.with(action).count();
    match (number(FileAction::Uploaded), number(FileAction::Removed)) {
        (put, 0) => format!("{} {word}", count(put, "file")),
        (0, removed) => format!("{} removed", count(removed, "file")),
        (put, removed) => format!("{} {word}, {removed} removed", count(put, "file")),
    }
}

fn row(file: &FileOutcome, dry_run: bool) -> [String; 3] {
    let done = match (file.action, dry_run) {
        (FileAction::Unchanged, _) => "unchanged",
        (FileAction::Uploaded, false) => "uploaded",
        (FileAction::Uploaded, true) => "would upload",
        (FileAction::Removed, false) => "removed",
        (FileAction::Removed, true) => "would remove",
    };
    [
        in_a_line(&file.file),
        done.to_owned(),
        file.bytes.map(size).unwrap_or_default(),
    ]
}
