//! `mafia class exec`

use std::env;
use std::ffi::OsString;

use clap::Args;
use serde::Serialize;

use super::found::{ClassChoice, Found};
use crate::class::Member;
use crate::class::exec::{Commands, Executed, Process, exec};
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::wording::count;

/// Run one command of mafia for each student
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia class exec [OPTIONS] -- <COMMAND>...",
    after_help = "\
Examples:
  mafia class exec -- status
  mafia class exec --only ann,ben -- invoke new-game
  mafia class exec -- play auto",
    after_long_help = "\
Runs the command once for each student, several at the same time, each with the student's stack. Nobody can \
answer its questions: add --yes to the command if you agree to them."
)]
pub struct Exec {
    /// Only for these students, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
    #[command(flatten)]
    choice: ClassChoice,
    /// Command of mafia, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Serialize)]
struct Document<'a> {
    class: &'a str,
    students: &'a [Executed],
}

/// Commands that are about no student's stack.
const NOT_FOR_STUDENTS: [&str; 6] = ["class", "sandbox", "completions", "man", "demo", "help"];

impl Exec {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let mut command = self.command;
        if command.first().is_some_and(|word| word == "mafia") {
            command.remove(0);
        }
        let first = command.first().and_then(|word| word.to_str());
        if let Some(first) = first.filter(|word| NOT_FOR_STUDENTS.contains(word)) {
            return Err(
                Error::usage(format!("`{first}` is not about a student's stack"))
                    .hint("name a command such as `status`, `play`, `invoke`, `deploy` or `logs`"),
            );
        }
        let found = self.choice.find(context)?;
        let printer = &found.context.printer;
        let accounts = found.accounts().await?;
        let mut students = found.students(&accounts, &self.only).await?;
        // As in all tables of a class.
        students.sort_by(|one, other| one.student.cmp(&other.student));
        let processes: Vec<Process> = students.iter().map(|it| process(&found, it)).collect();
        let program = env::current_exe()
            .map_err(|error| Error::failed(format!("cannot find this program: {error}")))?;
        let commands = Commands {
            program,
            arguments: command,
            json: printer.json(),
        };
        let done = std::sync::atomic::AtomicUsize::new(0);
        let executed = exec(&commands, &processes, |executed| {
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            printer.progress(&format!(
                "{done} of {} done: {}",
                processes.len(),
                executed.student
            ));
        });
        let executed = executed.await;
        let document = Document {
            class: &found.class,
            students: &executed,
        };
        let to_text = |document: &Document| render::executed(document.students);
        match executed.iter().filter(|it| !it.succeeded()).count() {
            0 => printer.result(&document, to_text),
            failed => {
                let error = Error::failed(format!(
                    "the command failed for {} of {}",
                    failed,
                    count(executed.len(), "student")
                ));
                Err(printer.result_with_error(&document, to_text, error))
            }
        }
    }
}

fn process(found: &Found, student: &Member) -> Process {
    Process {
        student: student.student.clone(),
        stack: student.stack.clone(),
        environment: found.options_of(student).environment(),
    }
}
