//! Mistakes that people make, each as it is typed in a shell, with what is shown and the exit code: the
//! snapshot `mistakes` is the table of them. What the hints say is followed, and leads further.

mod table;

use std::collections::HashMap;

use crate::faces::assert_faces;
use crate::hints::{problem, words};
use crate::mafia::{Mafia, Outcome};
use crate::workspace::Workspace;
use table::{CLEANED, Group};

/// Hints that nobody follows here: they end the sandbox or the stack, never end, or take long.
const NOT_FOLLOWED: [&str; 7] = [
    "mafia clean",
    "mafia demo",
    "mafia sandbox reset",
    "mafia sandbox start --foreground",
    "mafia sandbox stop",
    "mafia logs --follow",
    "mafia --version",
];

/// A student's shell in a workshop folder, with a sandbox where a game of four is deployed.
struct Student {
    mafia: Mafia,
    _workspace: Workspace,
}

impl Student {
    fn new() -> Self {
        let workspace = Workspace::copy();
        workspace.write("names.txt", "Ann\nBo\nCleo\nDee\n");
        workspace.write("event.json", r#"{"Name": "Zoe"}"#);
        workspace.write("quotes.json", "{'Name': 'Zoe'}");
        workspace.write("empty.json", "");
        let mafia = Mafia::alone()
            .in_folder(workspace.path())
            .env("USER", "ann")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        Self {
            mafia,
            _workspace: workspace,
        }
    }

    /// Runs a line of the shell.
    fn types(&self, line: &str) -> Outcome {
        let script = format!("PATH=\"$(dirname \"$MAFIA\"):$PATH\"\n{line}");
        Outcome {
            command: line.to_owned(),
            ..self.mafia.run_in_shell(&script)
        }
    }

    /// Makes the mistakes of some groups, and then follows what the hints say.
    fn makes(&self, groups: &[Group], complaints: &mut Vec<String>) -> Vec<Outcome> {
        let lines = groups.iter().flat_map(|group| group.lines);
        let outcomes: Vec<Outcome> = lines.map(|line| self.types(line)).collect();
        let mut followed = HashMap::new();
        for outcome in &outcomes {
            let mut problems = unkind(outcome);
            for hint in commands_of_hints(&outcome.stderr) {
                problems.extend(problem(hint));
                if is_followed(hint) {
                    let after = followed.entry(hint).or_insert_with(|| self.types(hint));
                    if after.code != Some(0) && error(after) == error(outcome) {
                        problems.push(format!("is no further after `{hint}`"));
                    }
                }
            }
            let shown = |problem| format!("`{}` {problem}\n{}", outcome.command, outcome.stderr);
            complaints.extend(problems.into_iter().map(shown));
        }
        outcomes
    }
}

/// Whether anybody can do what the hint says, and does it here.
fn is_followed(hint: &str) -> bool {
    let is_value = |word: &String| {
        let value = word.rsplit('=').next().unwrap_or(word);
        value.len() > 1 && value.chars().all(|c| c.is_ascii_uppercase())
    };
    let is_left = NOT_FOLLOWED.iter().any(|left| hint.starts_with(left));
    !is_left && !words(hint).iter().any(is_value)
}

fn error(outcome: &Outcome) -> Option<&str> {
    let mut lines = outcome.stderr.lines();
    lines.find_map(|line| line.strip_prefix("error: "))
}

/// What is wrong with how a mistake was met: it is refused with a next step, and told once.
fn unkind(outcome: &Outcome) -> Vec<String> {
    let mut problems = Vec::new();
    let is_json = outcome.command.contains("--json");
    if !matches!(outcome.code, Some(1..=3)) || outcome.stdout.is_empty() == is_json {
        problems.push("should have been refused".to_owned());
    }
    let is_page = outcome.stderr.contains("Usage: mafia");
    if !is_page && !outcome.stderr.contains("\n  hint: ") {
        problems.push("should have named the next step".to_owned());
    }
    let mut details = outcome
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("  | "));
    if details.any(|detail| error(outcome) == Some(detail.trim())) {
        problems.push("should have told the error once".to_owned());
    }
    for word in ["panicked", "os error", "Some(", "/unpacked/", "/code/"] {
        if outcome.stderr.contains(word) {
            problems.push(format!("should not have said {word:?}"));
        }
    }
    problems
}

/// The whole commands of this program that the hints of an error name.
fn commands_of_hints(said: &str) -> Vec<&str> {
    let mut commands = Vec::new();
    for line in said.lines().filter(|line| line.starts_with("  hint: ")) {
        let quoted = line.split('`').skip(1).step_by(2);
        commands.extend(quoted.filter(|quoted| quoted.starts_with("mafia ")));
    }
    commands
}

#[test]
fn mistakes_are_met_with_the_next_step() {
    let student = Student::new();
    let (mut outcomes, mut complaints) = (Vec::new(), Vec::new());
    let mut make = |groups| outcomes.extend(student.makes(groups, &mut complaints));
    make(table::BEFORE_A_STACK);
    let deploy = "mafia deploy -p Players=4 -p Mafia=1";
    student.types(deploy).succeeds();
    make(table::WITHOUT_A_GAME);
    student.types("mafia play new").succeeds();
    make(table::IN_A_GAME);
    make(table::AT_THE_END);
    student.types(CLEANED).succeeds();
    assert!(outcomes.len() >= 100, "{}", outcomes.len());
    let outcomes: Vec<&Outcome> = outcomes.iter().collect();
    assert_faces("mistakes", &outcomes);
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// Options after which the commands of hints would otherwise work elsewhere.
const TYPED: &str = "--workshop school";

#[test]
fn hints_name_commands_as_they_have_to_be_typed() {
    let student = Student::new();
    let groups = table::BEFORE_A_STACK.iter().flat_map(|group| group.lines);
    let lines = groups.filter_map(|line| line.strip_prefix("mafia "));
    let mut named = 0;
    for line in lines.filter(|line| !line.contains("mafia") && !line.contains("--workshop")) {
        let script = format!("ln -sf \"$MAFIA\" it\n./it {TYPED} {line}");
        let met = student.mafia.run_in_shell(&script);
        let hints = met
            .stderr
            .lines()
            .filter(|line| line.starts_with("  hint: "));
        for hint in hints.flat_map(|hint| hint.split('`').skip(1).step_by(2)) {
            let program = hint.split(' ').next().unwrap_or_default();
            assert_ne!(program, "mafia", "{line}: {}", met.stderr);
            let takes_no_shared_stack =
                ["help", "--version", "it sandbox ", "it list"].map(|page| hint.contains(page));
            if program == "./it" && !takes_no_shared_stack.contains(&true) {
                assert!(hint.contains(TYPED), "{line}: {}", met.stderr);
                named += 1;
            }
        }
    }
    assert!(named >= 20, "only {named} commands");
}

#[test]
fn what_is_clear_works_however_it_is_spelt() {
    let student = Student::new();
    student
        .types("mafia deploy -pPlayers=4 --parameter Mafia=1")
        .succeeds();
    student.types("mafia play 1").succeeds();
    for line in table::FORGIVEN {
        student.types(line).succeeds();
    }
    let piped = "echo '{\"Name\": \"Ann\"}' | mafia invoke state";
    student
        .types(piped)
        .succeeds()
        .remarks("standard input is not sent");
    let marked =
        "printf '\\357\\273\\277{\"Name\": \"Zoe\"}' > marked.json; mafia invoke 5 @marked.json";
    student.types(marked).succeeds().remarks("byte order mark");
    let quiet = "mafia invoke state < /dev/null";
    student.types(quiet).succeeds().never_says("standard input");
}
