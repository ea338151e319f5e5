//! `mafia status`

use clap::Args;

use super::adoption::known_owner;
use super::next::Done;
use crate::bundle::{BundleError, Project, Workspace};
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::status;
use crate::workspace::current_folder;

/// Show your stack, its functions and the game
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia status
  mafia status --stack ann --json")]
#[command(after_long_help = "\
Shows where you work and with which identity, the state of your stack, whether its functions run the code of \
the last build, how the game stands, and what to do next. Changes nothing and builds nothing. For \
the sandbox itself, use `mafia sandbox status`.")]
pub struct Status {}

impl Status {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let stack = context.stack()?;
        let project = project(context)?;
        let cloud = context.cloud().await?;
        let caller = context.known_caller(&cloud).await?;
        context.put_back_game(&cloud, stack).await?;
        let owner = known_owner(context, caller.as_ref())?;
        let asking = status::status(&cloud, caller, stack, &owner, project.as_ref());
        let waiting = format!("waiting for an answer from {}", cloud.target());
        let status = printer.wait_for(&waiting, asking).await?;
        printer.result_and_next(&status, Done::Looked(&status).next(context), |status| {
            render::status(status, cloud.target())
        })
    }
}

/// The package of the current folder. One that cannot be read is said, and the rest is shown.
fn project(context: &Context) -> Result<Option<Project>, Error> {
    let folder = current_folder()?;
    match Workspace::discover(&folder).and_then(|workspace| workspace.project(None)) {
        Ok(project) => Ok(Some(project)),
        Err(BundleError::NotAWorkspace { .. } | BundleError::NoProject { .. }) => Ok(None),
        Err(error) => {
            context.printer.advise(&format!(
                "the functions of this folder are not known: {error}"
            ));
            Ok(None)
        }
    }
}
