//! `mafia list`

use clap::Args;
use serde::Serialize;

use super::adoption::known_owner;
use crate::context::Context;
use crate::deploy::{self, ListedStack};
use crate::error::Error;
use crate::render;

/// List the stacks of mafia on this target
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia list
  mafia list --target aws --region eu-west-1")]
#[command(after_long_help = "\
Lists the games and the shared stacks of classes in the account and the region. A star marks your \
games: you deployed them from this workshop folder. To look at one of them, use `mafia status \
--stack NAME`.")]
pub struct List {}

#[derive(Serialize)]
struct Listed {
    /// Where was looked, in a few words.
    target: String,
    stacks: Vec<ListedStack>,
}

impl List {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let cloud = context.cloud().await?;
        let caller = context.known_caller(&cloud).await?;
        let owner = known_owner(context, caller.as_ref())?;
        let listing = deploy::list(&cloud, &owner);
        let listed = Listed {
            target: cloud.target().to_string(),
            stacks: printer.wait_for("listing the stacks", listing).await?,
        };
        printer.result(&listed, |listed| {
            render::stacks(&listed.target, &listed.stacks)
        })
    }
}
