//! The files of a web site.

use super::table::Table;
use super::units::size;
use crate::deploy::{FileAction, FileOutcome, SiteOutcome};

/// A table of the files, and what was done to each, or with a dry run what would be.
pub(super) fn files(site: &SiteOutcome, dry_run: bool) -> String {
    let mut table = Table::new(&["FILE", "PAGE", ">SIZE"]).without_if_narrow(&["SIZE"]);
    for file in &site.files {
        table.row(row(file, dry_run));
    }
    table.render()
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
        file.file.clone(),
        done.to_owned(),
        file.bytes.map(size).unwrap_or_default(),
    ]
}
