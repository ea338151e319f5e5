//! `mafia class reset`

use clap::Args;
use serde::Serialize;

use super::bucket::checkpoint;
use super::checkpoint::checkpoint_name;
use super::found::ClassChoice;
use super::provision::{explained, type_hints};
use crate::class::code::START;
use crate::class::reset::{Losses, Reset as Resetting};
use crate::class::{ClassOutcome, Stop};
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::wording::count;

/// Bring students back to a checkpoint
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class reset ann
  mafia class reset ann ben --to lab-02")]
#[command(after_long_help = "\
Deploys the code, the template and the parameters of the checkpoint, also over changes made by hand, and \
empties the table. Shows what is lost, and asks. The students' own files stay as they are.")]
pub struct Reset {
    /// Names of the students
    #[arg(required = true, value_name = "NAME")]
    students: Vec<String>,
    /// The checkpoint
    #[arg(long, value_name = "CHECKPOINT", default_value = START, value_parser = checkpoint_name)]
    to: String,
    #[command(flatten)]
    choice: ClassChoice,
}

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    outcome: ClassOutcome,
    checkpoint: String,
    /// What each student's stack had, and has not any more.
    lost: Vec<Losses>,
}

impl Reset {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let printer = &found.context.printer;
        let accounts = found.accounts().await?;
        let members = found.students(&accounts, &self.students).await?;
        let checkpoint = checkpoint(&accounts, &found.class, &self.to).await?;
        let expires = found.roster.as_ref().and_then(|it| it.expires.as_deref());
        let reset = Resetting {
            class: &found.class,
            expires,
            members: &members,
            name: &self.to,
            checkpoint: &checkpoint,
            explain: explained,
        };
        let looking = reset.losses(&accounts);
        let lost = printer.wait_for("looking at what is lost", looking).await?;
        let shown = render::losses(&lost, &self.to);
        if lost.iter().all(Losses::is_nothing) {
            printer.note(&shown);
        } else {
            let number = count(members.len(), "student");
            let question = format!("Reset {number} to {}?", self.to);
            if !printer.confirm(&shown, &question).await? {
                return Err(Error::failed("cancelled, nothing changed"));
            }
        }
        let students = members.iter().map(|member| member.student.clone());
        let board = printer.class_board(&found.class, students);
        let emit = |event| board.show(&event);
        let outcome = reset.run(&accounts, &Stop::default(), &emit).await;
        drop(board);
        let mut outcome = outcome?;
        type_hints(&mut outcome, context, &self.choice.as_typed());
        let document = Document {
            outcome,
            checkpoint: self.to,
            lost,
        };
        let to_text = |document: &Document| render::class_outcome(&document.outcome);
        match document.outcome.undone().count() {
            0 => printer.result(&document, to_text),
            unready => {
                let number = count(unready, "student");
                let error = Error::failed(format!("{number} not reset"))
                    .hint("run the same command again when the cause is gone");
                Err(printer.result_with_error(&document, to_text, error))
            }
        }
    }
}
