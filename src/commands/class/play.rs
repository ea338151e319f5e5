//! `mafia class play`

use clap::Args;

use super::found::ClassChoice;
use crate::commands::play::Play;
use crate::context::Context;
use crate::error::Error;

#[derive(Args, Debug)]
pub struct ClassPlay {
    /// Name of the student
    student: String,
    #[command(flatten)]
    choice: ClassChoice,
    #[command(flatten)]
    play: Play,
}

impl ClassPlay {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let choice = self.choice.as_typed();
        let context = found.context_of(&self.student, &choice).await?;
        let done = self.play.run(&context).await;
        done.map_err(|error| self.choice.explain(error))
    }
}
