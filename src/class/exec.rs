//! One command of this program over many stacks, each in a process of its own whose environment names the
//! stack.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;

use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::Value;
use tokio::process::Command;

/// How many processes run at the same time.
const MAX_CONCURRENT_PROCESSES: usize = 8;

/// A command and what its processes share.
#[derive(Clone, Debug)]
pub struct Commands {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Whether the command prints a JSON document.
    pub json: bool,
}

/// The process of one student.
#[derive(Clone, Debug)]
pub struct Process {
    pub student: String,
    pub stack: String,
    /// Variables of its own, besides the inherited ones.
    pub environment: Vec<(String, String)>,
}

/// How the command ended for one student.
#[derive(Clone, Debug, Serialize)]
pub struct Executed {
    pub student: String,
    pub stack: String,
    /// `None` when a signal ended the process.
    pub exit_code: Option<i32>,
    /// What tells most in one line: of its text the last line, of `status` how the stack and the game stand, and of
    /// a document its error. Else what it said.
    pub last_line: String,
    /// What it printed: its JSON document, or its text.
    pub output: Value,
}

impl Executed {
    pub fn succeeded(&self) -> bool {
        self.exit_code == Some(0)
    }
}

/// Runs the command for each student; `done` is told of each end.
pub async fn exec(
    commands: &Commands,
    processes: &[Process],
    done: impl Fn(&Executed),
) -> Vec<Executed> {
    let running = stream::iter(processes).map(async |process| {
        let executed = run(commands, process).await;
        done(&executed);
        executed
    });
    running.buffered(MAX_CONCURRENT_PROCESSES).collect().await
}

async fn run(commands: &Commands, process: &Process) -> Executed {
    let mut command = Command::new(&commands.program);
    command
        .args(&commands.arguments)
        .envs(
            process
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let (exit_code, out, said) = match command.output().await {
        Ok(output) => (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ),
        Err(error) => (None, String::new(), format!("cannot run it: {error}")),
    };
    let document = commands.json.then(|| serde_json::from_str(&out).ok());
    Executed {
        student: process.student.clone(),
        stack: process.stack.clone(),
        exit_code,
        last_line: match document.as_ref().and_then(Option::as_ref) {
            // The last line of a document says nothing.
            Some(document) => of_document(document, &said),
            None if is_about_status(&commands.arguments) => standing(&out, &process.stack)
                .unwrap_or_else(|| last_line(&out, &said, exit_code == Some(0))),
            None => last_line(&out, &said, exit_code == Some(0)),
        },
        output: document.flatten().unwrap_or(Value::String(out)),
    }
}

/// The error in a document, or else what was said beside it.
fn of_document(document: &Value, said: &str) -> String {
    let error = document["error"]["message"].as_str();
    error.map_or_else(|| last_line("", said, true), str::to_owned)
}

fn is_about_status(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    words.find(|word| !word.starts_with('-')) == Some("status")
}

/// How a stack and its game stand, from the first lines of `mafia status`: the last ones are of its functions.
fn standing(out: &str, stack: &str) -> Option<String> {
    let of = |term: &str| {
        let mut lines = out.lines().filter_map(|line| line.split_once(' '));
        let (_, words) = lines.find(|(first, _)| *first == term)?;
        Some(words.trim())
    };
    let status = of("stack")?.trim_start_matches(stack);
    let parts = [Some(status.trim_start_matches([',', ':', ' '])), of("game")];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// What tells most in one line: of what it printed when it succeeded, else its error.
fn last_line(out: &str, said: &str, succeeded: bool) -> String {
    let last = |text: &str| {
        let lines = text.lines().rev().map(str::trim);
        lines
            .into_iter()
            .find(|line| !line.is_empty())
            .map(str::to_owned)
    };
    let error = || {
        let mut lines = said.lines();
        lines
            .find_map(|line| line.strip_prefix("error: "))
            .map(str::to_owned)
    };
    let found = match succeeded {
        true => last(out).or_else(|| last(said)),
        false => error().or_else(|| last(said)).or_else(|| last(out)),
    };
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_most_is_shown() {
        for (out, said, succeeded, line) in [
            ("a\nb\n\n", "note\n", true, "b"),
            ("", "note\n", true, "note"),
            (
                "a\n",
                "error: no stack\n  hint: deploy\n",
                false,
                "no stack",
            ),
            ("a\n", "killed\n", false, "killed"),
            ("", "", true, ""),
        ] {
            assert_eq!(last_line(out, said, succeeded), line, "{out:?} {said:?}");
        }
    }

    #[test]
    fn a_status_is_told_by_its_stack_and_its_game() {
        let out = "target  the sandbox\nstack   m-ann, CREATE_COMPLETE\ngame    not started\n\n\
                   FUNCTION  CODE\n01-new    as last built\n";
        let told = standing(out, "m-ann");
        assert_eq!(told.as_deref(), Some("CREATE_COMPLETE; not started"));
        assert_eq!(
            standing("stack  m-ann: none\n", "m-ann").as_deref(),
            Some("none")
        );
        assert_eq!(standing("usage\n", "m-ann"), None);
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(is_about_status(&words(&["--no-game", "status"])));
        assert!(!is_about_status(&words(&["play", "status"])));
    }

    #[test]
    fn a_document_is_told_by_its_error_and_never_by_its_last_line() {
        let failed = serde_json::json!({ "error": { "message": "no stack" } });
        assert_eq!(of_document(&failed, ""), "no stack");
        let done = serde_json::json!({ "stack": "m-ann" });
        assert_eq!(of_document(&done, "a note\n"), "a note");
        assert_eq!(of_document(&done, ""), "");
    }

    #[tokio::test]
    async fn each_process_has_its_own_variables_and_the_order_stays() {
        let commands = Commands {
            program: "sh".into(),
            arguments: [
                "-c",
                "echo \"{\\\"stack\\\": \\\"$MAFIA_STACK\\\"}\"; exit $CODE",
            ]
            .map(OsString::from)
            .into(),
            json: true,
        };
        let processes = ["b", "a"].map(|student| Process {
            student: student.to_owned(),
            stack: format!("m-{student}"),
            environment: vec![
                ("MAFIA_STACK".to_owned(), format!("m-{student}")),
                (
                    "CODE".to_owned(),
                    if student == "a" { "3" } else { "0" }.to_owned(),
                ),
            ],
        });
        let executed = exec(&commands, &processes, |_| {}).await;
        let told: Vec<_> = executed
            .iter()
            .map(|it| {
                (
                    it.student.as_str(),
                    it.exit_code,
                    it.output["stack"].clone(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("b", Some(0), Value::from("m-b")),
                ("a", Some(3), Value::from("m-a")),
            ]
        );
    }
}
