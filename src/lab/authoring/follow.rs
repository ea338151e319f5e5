//! Following a lesson, as a student does who copies what it says and runs what it says.

use super::TrialError;
use super::terminal::Terminal;
use crate::lab::lesson::{Action, Commands, Step};
use crate::lab::progress::Progress;

/// Follows the lesson of a lab in a workshop folder; what is wrong with it, if anything is.
pub async fn follow(
    terminal: &Terminal,
    lab: &str,
    steps: &[Step],
) -> Result<Option<String>, TrialError> {
    for step in steps {
        let problem = match &step.action {
            Action::Edit(edit) => match edit.apply(terminal.read(&edit.path).as_deref()) {
                Ok(text) => {
                    terminal.write(&edit.path, &text)?;
                    None
                }
                Err(problem) => Some(problem),
            },
            Action::Run(commands) => run(terminal, commands).await,
        };
        if let Some(problem) = problem {
            return Ok(Some(format!("line {}: {problem}", step.line)));
        }
    }
    let progress = Progress::read(terminal.folder());
    let has_passed = progress.is_ok_and(|progress| progress.has_passed(lab));
    Ok((!has_passed)
        .then(|| "leads to no pass: `mafia lab check` has to be its last command".to_owned()))
}

/// What is wrong with the commands of a lesson.
async fn run(terminal: &Terminal, commands: &Commands) -> Option<String> {
    let mut printed = String::new();
    for (number, line) in commands.lines.iter().enumerate() {
        let ran = terminal.run(line).await;
        let is_last = number + 1 == commands.lines.len();
        let fails = commands.last_fails && is_last;
        if (ran.code != Some(0)) != fails {
            let end = if fails {
                "passes, but has to fail"
            } else {
                "fails"
            };
            return Some(format!("`{line}` {end}:\n{}{}", ran.out, ran.err));
        }
        printed += &ran.out;
        printed += &ran.err;
    }
    let missing = commands.missing_in(&printed)?;
    Some(format!(
        "the commands do not print `{missing}`, but:\n{printed}"
    ))
}
