//! The checks of `mafia doctor`.

use std::io;

use super::prose::wrapped;
use super::style::{bad, bold, good, hint};
use super::terminal;
use crate::preflight::Check;

/// A line for each check, with the remedies below those that failed.
pub fn checks(checks: &[Check]) -> String {
    let names = checks.iter().map(|check| check.name.len());
    let name_width = names.max().unwrap_or_default();
    let width = terminal::width(&io::stdout());
    let mut lines = Vec::new();
    for check in checks {
        let mark = if check.ok { good("✓") } else { bad("✗") };
        let name = bold(format!("{:name_width$}", check.name));
        lines.push(format!("{mark} {name}  {}", check.finding));
        for remedy in &check.remedies {
            let indent = "    hint: ".len();
            let remedy = wrapped(remedy, width, indent, indent);
            lines.push(format!("    {} {remedy}", hint("hint:")));
        }
    }
    lines.join("\n")
}
