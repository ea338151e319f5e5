//! Asks before a command changes a stack that belongs to somebody else.

use clap::Args;

use crate::cloud::{Caller, Stack};
use crate::context::Context;
use crate::deploy::{self, DeployError, Owner};
use crate::error::Error;
use crate::options::switch;
use crate::workspace;

#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Adoption {
    /// Work on the stack even if it belongs to somebody else
    #[arg(long, env = "MAFIA_ADOPT", hide_env = true, value_parser = switch)]
    adopt: bool,
}

impl Adoption {
    /// An error when the stack belongs to somebody else, and nobody agrees to work on it.
    pub async fn check(self, context: &Context, stack: &Stack, owner: &Owner) -> Result<(), Error> {
        let Some(other) = deploy::other_owner(stack, owner) else {
            return Ok(());
        };
        if self.adopt {
            return Ok(());
        }
        let stack = &stack.name;
        context.printer.note_always(&format!(
            "Stack {stack} belongs to {other}. You are {}.",
            owner.tag()
        ));
        match context
            .printer
            .ask_yes("Is it yours, or may you have it?")
            .await?
        {
            Some(true) => Ok(()),
            Some(false) => Err(Error::failed("cancelled, nothing changed")),
            None => Err(DeployError::Strangers {
                stack: stack.clone(),
                owner: other.to_owned(),
            }
            .into()),
        }
    }
}

/// Who works here: the caller, if that is known, in this workshop folder.
pub fn owner(caller: Option<&Caller>) -> Result<Owner, Error> {
    let folder = workspace::root(&workspace::current_folder()?);
    let id = folder.map(|root| workspace::id(&root)).transpose()?;
    Ok(Owner::new(caller, id))
}

/// The same for a command that changes nothing: a folder without an id gets none, and owns nothing.
pub fn known_owner(caller: Option<&Caller>) -> Result<Owner, Error> {
    let folder = workspace::root(&workspace::current_folder()?);
    let id = folder.map(|root| workspace::known_id(&root).unwrap_or_default());
    Ok(Owner::new(caller, id))
}
