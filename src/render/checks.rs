//! What the doctor found.

use std::io;

use serde::Serialize;

use super::prose::wrapped;
use super::style::{bad, bold, good, hint};
use super::terminal_width;
use crate::error::{Error, Kind};

/// One thing that was tried.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// What was found.
    pub finding: String,
    /// What to do about it.
    pub remedies: Vec<String>,
    #[serde(skip)]
    pub kind: Kind,
}

impl Check {
    pub fn new(name: &'static str, found: Result<String, Error>) -> Self {
        match found {
            Ok(finding) => Self {
                name,
                ok: true,
                finding,
                remedies: Vec::new(),
                kind: Kind::Failed,
            },
            Err(error) => Self {
                name,
                ok: false,
                finding: error.message,
                remedies: error.hints,
                kind: error.kind,
            },
        }
    }
}

/// A line for each check, with the remedies below those that failed.
pub fn checks(checks: &[Check]) -> String {
    let names = checks.iter().map(|check| check.name.len());
    let name_width = names.max().unwrap_or_default();
    // A mark, a space, the name, two spaces.
    let margin = name_width + 4;
    let width = terminal_width(&io::stdout());
    let mut lines = Vec::new();
    for check in checks {
        let mark = if check.ok { good("✓") } else { bad("✗") };
        let name = bold(format!("{:name_width$}", check.name));
        let finding = wrapped(&check.finding, width, margin, margin);
        lines.push(format!("{mark} {name}  {finding}"));
        for remedy in &check.remedies {
            let indent = "    hint: ".len();
            let remedy = wrapped(remedy, width, indent, indent);
            lines.push(format!("    {} {remedy}", hint("hint:")));
        }
    }
    lines.join("\n")
}
