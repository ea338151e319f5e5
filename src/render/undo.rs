//! What an undo has restored.

use std::time::Duration;

use super::changed_files::files;
use super::sandbox::second_of;
use super::style::{bold, dim, good};
use super::table::Table;
use super::units::elapsed;
use crate::bundle::Restored;
use crate::deploy::Undone;
use crate::invocation::Invocation;
use crate::wording::count;

pub fn undone(undone: &Undone, invocation: &Invocation) -> String {
    let newer = undone.restored == Restored::Newer;
    let differs = if newer { "AGAIN WITH" } else { "TAKEN BACK" };
    let done = if undone.dry_run {
        "would restore"
    } else {
        "restored"
    };
    let mut table = Table::new(&["FUNCTION", "CODE", differs]);
    for function in &undone.functions {
        let differs = match function.files.as_deref() {
            None => "not known".to_owned(),
            Some([]) => "no file: built with other options".to_owned(),
            Some(names) => files(names),
        };
        table.row([function.function.clone(), done.to_owned(), differs]);
    }
    if undone.dry_run {
        let stack = bold(&undone.stack);
        return format!("{}\n\n{stack}: dry run, nothing changed", table.render());
    }
    let deployed = second_of(undone.patched).unwrap_or_default();
    let code = match undone.library {
        true => "code and the library",
        false => "code",
    };
    let which = match undone.restored {
        Restored::Earlier => format!(
            "Restored the {code} from before {deployed} UTC.\n\
             Your files are unchanged. Run `mafia undo` again to deploy the newer code."
        ),
        Restored::Newer => format!(
            "Restored the newer {code}, deployed {deployed} UTC.\n\
             Your files are unchanged. Run `mafia undo` again to take it back."
        ),
    };
    let number = count(undone.functions.len(), "function");
    let milliseconds = undone.milliseconds.try_into().unwrap_or(u64::MAX);
    format!(
        "{}\n\n{} {}: {number} restored in {}\n{}",
        table.render(),
        good("✓"),
        bold(&undone.stack),
        elapsed(Duration::from_millis(milliseconds)),
        dim(invocation.in_text(&which)),
    )
}
