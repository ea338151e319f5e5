//! Asks before a command changes a stack that belongs to somebody else.

use clap::Args;

use crate::cloud::{Caller, Stack};
use crate::context::Context;
use crate::deploy::{self, Owner};
use crate::error::Error;
use crate::options::switch;
use crate::workspace;

#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Adoption {
    /// Work on the stack even if it belongs to somebody else or has lost its tags
    #[arg(long, env = "MAFIA_ADOPT", hide_env = true, value_parser = switch)]
    adopt: bool,
}

impl Adoption {
    /// Whether the command may take the stack over. An error when it belongs to somebody else, and nobody
    /// agrees to that.
    pub async fn check(
        self,
        context: &Context,
        stack: &Stack,
        owner: &Owner,
    ) -> Result<bool, Error> {
        let Err(strangers) = deploy::check_owner(stack, owner, self.adopt) else {
            return Ok(self.adopt);
        };
        let question = format!("{strangers}. Is it yours, or may you have it?");
        match context.printer.ask_yes(&question).await? {
            Some(true) => Ok(true),
            Some(false) => Err(Error::failed("cancelled, nothing changed")),
            None if context.options.yes => Err(Error::from(strangers)
                .hint("--yes does not answer whether a stack of somebody else may be changed")),
            None => Err(strangers.into()),
        }
    }

    /// Whether a stack that has lost its tags is taken for a game.
    pub fn adopts(self) -> bool {
        self.adopt
    }
}

/// Who works here: the caller, if that is known, in this workshop folder.
pub fn owner(context: &Context, caller: Option<&Caller>) -> Result<Owner, Error> {
    let folder = workspace::root(&workspace::current_folder()?);
    let id = folder.map(|root| workspace::id(&root)).transpose()?;
    Ok(Owner::new(caller, id).given(context.options.given_stack()))
}

/// The same for a command that changes nothing: a folder without an id gets none, and owns nothing.
pub fn known_owner(context: &Context, caller: Option<&Caller>) -> Result<Owner, Error> {
    let folder = workspace::root(&workspace::current_folder()?);
    let id = folder.map(|root| workspace::known_id(&root).unwrap_or_default());
    Ok(Owner::new(caller, id).given(context.options.given_stack()))
}
