//! What an undo has restored.

use std::time::Duration;

use super::changed_files::files;
use super::sandbox::minute_of;
use super::style::{bold, dim, good};
use super::table::Table;
use super::units::elapsed;
use crate::deploy::Undone;
use crate::wording::count;

pub fn undone(undone: &Undone) -> String {
    let mut table = Table::new(&["FUNCTION", "CODE", "TAKEN BACK"]);
    for function in &undone.functions {
        let taken_back = match function.files.as_deref() {
            None | Some([]) => "not known".to_owned(),
            Some(names) => files(names),
        };
        table.row([function.function.clone(), "restored".to_owned(), taken_back]);
    }
    let since = minute_of(undone.patched).unwrap_or_default();
    let number = count(undone.functions.len(), "function");
    let milliseconds = undone.milliseconds.try_into().unwrap_or(u64::MAX);
    format!(
        "{}\n\n{} {}: {number} restored in {}\n{}",
        table.render(),
        good("✓"),
        bold(&undone.stack),
        elapsed(Duration::from_millis(milliseconds)),
        dim(format!(
            "This is the code from before {since} UTC. Your files are unchanged.\n\
             Run `mafia undo` again to deploy the newer code."
        )),
    )
}
