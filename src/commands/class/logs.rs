//! `mafia class logs`

use clap::Args;

use super::found::ClassChoice;
use crate::commands::logs::Logs;
use crate::context::Context;
use crate::error::Error;

#[derive(Args, Debug)]
pub struct ClassLogs {
    /// Name of the student
    student: String,
    #[command(flatten)]
    logs: Logs,
    #[command(flatten)]
    choice: ClassChoice,
}

impl ClassLogs {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let choice = self.choice.as_typed();
        let context = found.context_of(&self.student, &choice).await?;
        let done = self.logs.run(&context).await;
        done.map_err(|error| self.choice.explain(error))
    }
}
