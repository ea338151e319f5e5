//! `mafia class up`

use clap::Args;

use super::provision::Provision;
use super::selection::Selection;
use crate::class::Reach;
use crate::context::Context;
use crate::error::Error;

/// Create what is missing of the class: the shared stack, and a stack for each student
#[derive(Args, Debug)]
#[command(
    after_help = "\
Examples:
  mafia class up
  mafia class up --only ann,ben
  mafia class up --dry-run",
    after_long_help = "\
It builds the functions once, uploads them once for each account, and creates the stacks that are \
missing. A stack that has failed is recovered. All others stay as they are, whatever their students have \
deployed. So it can be run again at any time, and by several people.

Afterwards it prints a line for each student to paste. The first Ctrl-C starts nothing new and waits for \
the stacks that are being created; the second leaves at once."
)]
pub struct Up {
    #[command(flatten)]
    selection: Selection,
    /// Work only on stacks that have failed
    #[arg(long, conflicts_with = "only")]
    only_failed: bool,
    /// Show what would be done, but change nothing
    #[arg(long)]
    dry_run: bool,
    /// Build with Cargo's release profile: smaller bundles, slower builds
    #[arg(long)]
    release: bool,
}

impl Up {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let provision = Provision {
            command: "class up",
            reach: match self.only_failed {
                true => Reach::Failed,
                false => Reach::Missing,
            },
            dry_run: self.dry_run,
            optimised: self.release,
        };
        provision.run(context, &self.selection).await
    }
}
