//! Which checks of a lab passed, and what is wrong where one did not.

use std::io;

use super::prose::{columns, cut};
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
pub fn check_outcome(outcome: &CheckOutcome, seed: u64) -> String {
    let id = format!("{}/{}", outcome.lab, outcome.check);
    match outcome.verdict {
        Verdict::Pass => {
            let fact = outcome.fact.as_deref().unwrap_or(outcome.check);
            format!("{} {fact}", good("✔"))
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

/// A lab that was passed before.
pub fn lab_still_passes(lab: &str, checks: usize) -> String {
    format!(
        "{} {lab} still passes: {}",
        good("✔"),
        count(checks, "check")
    )
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

/// In at most so many lines of the terminal.
const MOST_LINES: usize = 4;

/// What a function said, which may have no place to break it, such as JSON.
fn short(text: &str) -> String {
    let width = terminal::width(&io::stdout());
    let room = width
        .unwrap_or(WIDTH_OF_A_PIPE)
        .saturating_sub(INDENT + LABEL);
    let room = room.max(LABEL);
    let text = text.replace('\n', " ");
    match width {
        None => cut(&text, MOST_LINES * room),
        Some(_) => folded(&text, room).join(&format!("\n{}", " ".repeat(INDENT + LABEL))),
    }
}

/// The text in lines of at most `room` columns, broken after a space or a comma where that is possible.
fn folded(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for piece in text.split_inclusive([' ', ',']) {
        let line = lines.last().map(String::as_str).unwrap_or_default();
        if !line.is_empty() && columns(line) + columns(piece.trim_end()) > room {
            lines.push(String::new());
        }
        for letter in piece.chars() {
            let width = columns(letter.encode_utf8(&mut [0; 4]));
            if let Some(line) = lines.last_mut() {
                if columns(line) + width <= room {
                    line.push(letter);
                } else if letter != ' ' {
                    lines.push(letter.to_string());
                }
            }
        }
    }
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} …"), room);
        }
    }
    lines
}

fn part(label: &str, text: &str) -> String {
    let label = format!("{label:LABEL$}");
    format!("{}{}{text}", " ".repeat(INDENT), dim(label))
}

/// How all of them ended.
pub fn lab_report(report: &Report, as_deployed: bool, invocation: &Invocation) -> String {
    let passed = report.checks.iter();
    let passed = passed.filter(|it| it.verdict == Verdict::Pass).count();
    match report.verdict {
        Verdict::Pass => {
            let done = good(format!("Lab {} is done", report.lab));
            format!("{done}: {} passed", count(passed, "check"))
        }
        Verdict::Fail => {
            let lab = report.lab;
            let as_deployed = if as_deployed { " --as-deployed" } else { "" };
            let again = format!("lab check {lab} --seed {}{as_deployed}", report.seed);
            let again = invocation.line(&again);
            let stuck = invocation.line(&format!("lab hint {lab}"));
            [part("again", &again), part("stuck?", &stuck)].join("\n")
        }
        Verdict::Blocked => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_folded_to_the_terminal() {
        for (text, lines) in [
            (r#"{"a":1,"b":2}"#, &[r#"{"a":1,"#, r#""b":2}"#][..]),
            ("one two three", &["one two ", "three"]),
            ("abcdefghijklmnop", &["abcdefghij", "klmnop"]),
            ("李四李四李四", &["李四李四李", "四"]),
            (
                "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x",
                &["a,b,c,d,e,", "f,g,h,i,j,", "k,l,m,n,o,", "p,q,r,s,t…"],
            ),
            ("", &[""]),
        ] {
            assert_eq!(folded(text, 10), lines, "{text}");
        }
    }
}
