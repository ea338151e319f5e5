//! How `mafia` looks: what stands on standard output, what on standard error, and the exit code,
//! compared with the snapshots in `faces/snapshots`.
//!
//! Snapshots show what a person would read through a pipe. What differs from run to run (addresses,
//! accounts, times, sizes, digests, generated ids) is replaced by a word in brackets. To take a
//! changed face over, look at it and run the tests with `INSTA_UPDATE=always`.

mod calls;
mod colors;
mod foreign_text;
mod help;
mod play;
pub mod screens;
mod stack;
mod streams;
pub mod terminal;

use crate::mafia::Outcome;

/// Compares all that `outcomes` said with the snapshot `name`.
#[track_caller]
pub fn assert_faces(name: &str, outcomes: &[&Outcome]) {
    let transcript: Vec<String> = outcomes.iter().copied().map(transcript).collect();
    assert_snapshot(name, &transcript.join("\n\n"));
}

/// Words that most people who learn English have to look up.
const HARD_WORDS: [&str; 6] = ["anew", "meanwhile", "mend", "mends", "whom", "whose"];

/// Compares `text` with the snapshot `name`, and refuses hard words in it.
#[track_caller]
fn assert_snapshot(name: &str, text: &str) {
    let mut words = text.split(|c: char| !c.is_alphabetic());
    if let Some(word) = words.find(|word| HARD_WORDS.contains(word)) {
        panic!("{name} should say in plain English what {word:?} says: {text}");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("faces/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, word) in VARYING {
        settings.add_filter(pattern, word);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// In this order: a later pattern sees what the earlier ones have written.
const VARYING: [(&str, &str); 20] = [
    // Only where several stories run at once.
    (r"(?m)^waiting for an(other cargo| answer) .*\n", ""),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:[port]"),
    (r"\b\d{12}\b", "[account]"),
    (r" as (root|user/sandbox) of", " as [owner] of"),
    (r"on port \d+", "on port [port]"),
    (r"\S*/target/tmp/workspace-\w+", "[workspace]"),
    (r"\S*/\.tmp\w+", "[home]"),
    (r"\(\d+(\.\d)? [kM]B\)", "([size])"),
    (r"@[0-9a-f]{8}\b", "@[folder]"),
    (r"\b2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[second] UTC"),
    (r"\b2\d{3}-\d\d-\d\d \d\d:\d\d UTC", "[minute] UTC"),
    (r" +\d+(\.\d)? [kM]B\b", " [size]"),
    (r"\[size\]  [A-Za-z0-9+/]{12}", "[size]  [digest]"),
    // As wide as the times below it.
    (r"(DIGEST|SIZE) +TIME", "$1  TIME"),
    (r" +(\d+ ms|\d+\.\d s|\d+ min \d+ s)\b", " [time]"),
    // A build that an error ended before may have compiled some already.
    (r"compiled \d+ crates?", "compiled [n] crates"),
    (r"-([0-9A-Z]{12,13}|[0-9a-z]{12,13})\b", "-[id]"),
    (r"\b(x86_64|arm64), supported", "[architecture], supported"),
    (r"cargo \d+\.\d+\.\d+ \(.*\)", "cargo [version]"),
    (r"building \d+ of \d+ crates", "building [n] of [m] crates"),
];

fn transcript(outcome: &Outcome) -> String {
    let code = outcome
        .code
        .map_or("none".to_owned(), |code| code.to_string());
    let stream = |name: &str, text: &str| match text {
        "" => String::new(),
        text => format!("\n--- {name}\n{}", in_order(text.trim_end_matches('\n'))),
    };
    format!(
        "$ {}{}{}\n--- exit code {code}",
        outcome.command,
        stream("stdout", &outcome.stdout),
        stream("stderr", &outcome.stderr),
    )
}

/// The lines, those in an order of their own that tell of resources that were made at the same time.
fn in_order(text: &str) -> String {
    let at_once = |line: &&str| line.starts_with("  ✓ ") && !line.contains("CloudFormation::Stack");
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|one, other| at_once(one) && at_once(other)) {
        run.sort_unstable();
    }
    lines.join("\n")
}
