//! Which checks of a lab passed, and what is wrong where one did not.

use std::io;

use super::prose::cut;
use super::style::{bad, bold, dim, good, hint};
use super::terminal;
use crate::invocation::Invocation;
use crate::lab::check::{CheckOutcome, Finding, Report, Verdict};
use crate::wording::count;

/// The columns of the words before each part of a finding.
const LABEL: usize = "expected  ".len();
const INDENT: usize = 2;
/// Where no terminal says how many columns there are.
const WIDTH_OF_A_PIPE: usize = 100;

/// One check, with what is wrong below it.
pub fn check_outcome(outcome: &CheckOutcome, report_of: &str, seed: u64) -> String {
    let id = format!("{}/{}", outcome.lab, outcome.check);
    match outcome.verdict {
        Verdict::Pass => {
            let earlier = match outcome.lab == report_of {
                true => String::new(),
                false => dim(format!("  (still {})", outcome.lab)),
            };
            let fact = outcome.fact.as_deref().unwrap_or(outcome.check);
            format!("{} {fact}{earlier}", good("✔"))
        }
        Verdict::Fail => {
            let seed = dim(format!("(seed {seed})"));
            let mut lines = vec![format!("{} {}   {seed}", bad("✘"), bold(id))];
            if let Some(finding) = &outcome.finding {
                lines.extend(parts(finding));
            }
            if let Some(path) = &outcome.look_at {
                lines.push(part("look at", path));
            }
            lines.join("\n")
        }
        Verdict::Blocked => format!("{} {}   not known", hint("?"), bold(id)),
    }
}

fn parts(finding: &Finding) -> Vec<String> {
    let sent = finding
        .sent
        .as_deref()
        .map(|sent| part("sent", &short(sent)));
    let got = part("got", &short(&finding.got));
    sent.into_iter()
        .chain([got, part("expected", &finding.expected)])
        .collect()
}

/// In at most three lines of the terminal.
fn short(text: &str) -> String {
    let width = terminal::width(&io::stdout()).unwrap_or(WIDTH_OF_A_PIPE);
    let room = width.saturating_sub(INDENT + LABEL);
    cut(&text.replace('\n', " "), 3 * room.max(LABEL))
}

fn part(label: &str, text: &str) -> String {
    let label = format!("{label:LABEL$}");
    format!("{}{}{text}", " ".repeat(INDENT), dim(label))
}

/// How all of them ended.
pub fn lab_report(report: &Report, invocation: &Invocation) -> String {
    let passed = report.checks.iter();
    let passed = passed.filter(|it| it.verdict == Verdict::Pass).count();
    match report.verdict {
        Verdict::Pass => {
            let checks = count(passed, "check");
            format!(
                "\n{} {checks} passed",
                good(format!("Lab {} is done:", report.lab))
            )
        }
        Verdict::Fail => {
            let lab = report.lab;
            let again = invocation.line(&format!("lab check {lab} --seed {}", report.seed));
            let stuck = invocation.line(&format!("lab hint {lab}"));
            [part("again", &again), part("stuck?", &stuck)].join("\n")
        }
        Verdict::Blocked => String::new(),
    }
}
