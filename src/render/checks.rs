//! The checks of `mafia doctor`.

use std::io;

use super::prose::{columns, wrapped};
use super::style::{bad, bold, good, hint};
use super::terminal;
use crate::preflight::Check;

const GAP: usize = 2;
/// How far a finding is indented that stands below the name.
const BELOW: usize = 4;

/// Each check with what was found, beside the names where there is room for all; with the remedies below those
/// that failed.
pub fn checks(checks: &[Check]) -> String {
    fitted(checks, terminal::width(&io::stdout()))
}

fn fitted(checks: &[Check], width: Option<usize>) -> String {
    let names = checks.iter().map(|check| check.name.len());
    let name_width = names.max().unwrap_or_default();
    let beside = "✓ ".chars().count() + name_width + GAP;
    let fits = width.is_none_or(|width| {
        let words = checks.iter().flat_map(|it| it.finding.split(' '));
        beside + words.map(columns).max().unwrap_or_default() <= width
    });
    let mut lines = Vec::new();
    for check in checks {
        let mark = if check.ok { good("✓") } else { bad("✗") };
        if fits {
            let name = bold(format!("{:name_width$}", check.name));
            let finding = wrapped(&check.finding, width, beside, beside);
            lines.push(format!("{mark} {name}{:GAP$}{finding}", ""));
        } else {
            let finding = wrapped(&check.finding, width, BELOW, BELOW);
            lines.push(format!(
                "{mark} {}\n{:BELOW$}{finding}",
                bold(check.name),
                ""
            ));
        }
        for remedy in &check.remedies {
            let indent = "    hint: ".len();
            let remedy = wrapped(remedy, width, indent, indent);
            lines.push(format!("    {} {remedy}", hint("hint:")));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_stands_beside_its_name_or_all_stand_below() {
        let check = |name, finding: &str| Check::new(name, Ok(finding.to_owned()));
        let all = [
            check(
                "stack",
                "not created yet, it is created by the first deployment",
            ),
            check("permissions", "templates/policies/student.json: you may"),
        ];
        let plain = |width| {
            let text = fitted(&all, Some(width));
            anstream::adapter::strip_str(&text).to_string()
        };
        assert_eq!(
            plain(60),
            "✓ stack        not created yet, it is created by the first\n               deployment\n\
             ✓ permissions  templates/policies/student.json: you may"
        );
        assert_eq!(
            plain(40),
            "✓ stack\n    not created yet, it is created by\n    the first deployment\n\
             ✓ permissions\n    templates/policies/student.json: you\n    may"
        );
    }
}
