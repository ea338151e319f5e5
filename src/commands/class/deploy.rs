//! `mafia class deploy`

use clap::Args;

use super::provision::Provision;
use super::selection::Selection;
use crate::class::Reach;
use crate::context::Context;
use crate::error::Error;

/// Build the functions and deploy them, and the template, to all students
#[derive(Args, Debug)]
#[command(
    after_help = "\
Examples:
  mafia class deploy
  mafia class deploy --only ann,ben
  mafia class deploy --dry-run",
    after_long_help = "\
It does for each student what `mafia deploy` does: the least that makes the stack match. Code that \
students have deployed themselves is replaced; their files stay as they are."
)]
pub struct Deploy {
    #[command(flatten)]
    selection: Selection,
    /// Show what would be done, but change nothing
    #[arg(long)]
    dry_run: bool,
    /// Build with Cargo's release profile: smaller bundles, slower builds
    #[arg(long)]
    release: bool,
}

impl Deploy {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let provision = Provision {
            command: "class deploy",
            reach: Reach::All,
            dry_run: self.dry_run,
            optimised: self.release,
        };
        provision.run(context, &self.selection).await
    }
}
