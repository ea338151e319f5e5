//! A function that was added to a package.

use super::style::bold;
use super::table::Table;

/// `parts` are what the function consists of: whether each was added, what it is, its file.
pub fn added(function: &str, parts: impl Iterator<Item = [String; 3]>) -> String {
    let mut table = Table::new(&["", "PART", "FILE"]);
    for part in parts {
        table.row(part);
    }
    format!("{}\n{}", bold(function), table.render())
}
