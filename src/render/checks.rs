//! What the doctor found.

use super::style::{bad, bold, good, hint};
use crate::commands::doctor::Check;

/// A line for each check, with the remedies below those that failed.
pub fn checks(checks: &[Check]) -> String {
    let width = checks
        .iter()
        .map(|check| check.name.len())
        .max()
        .unwrap_or_default();
    let mut lines = Vec::new();
    for check in checks {
        let mark = if check.ok { good("✓") } else { bad("✗") };
        let name = bold(format!("{:width$}", check.name));
        lines.push(format!("{mark} {name}  {}", check.finding));
        let remedies = check.remedies.iter();
        lines.extend(remedies.map(|remedy| format!("  {:width$}  {} {remedy}", "", hint("try:"))));
    }
    lines.join("\n")
}
