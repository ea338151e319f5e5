//! `mafia status`

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::adoption::known_owner;
use super::dropped::{dropped, problem};
use super::lab;
use super::next::{Done, LabStack, has_trial};
use crate::bundle::{self, BundleError, Project, Workspace};
use crate::context::Context;
use crate::error::{Error, FINISH_DELETION};
use crate::invocation::PLACES;
use crate::lab::standing::LabStanding;
use crate::options::{Options, Origin, variable_of};
use crate::render;
use crate::status::{self, Remedy};
use crate::workspace::current_folder;

/// Show your stack, its functions and the game
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia status
  mafia status --stack ann --json")]
#[command(after_long_help = "\
Shows where you work and with which identity, the state of your stack, whether its functions run the code of \
the last build, how the game stands, in which lab you are, and what to do next. Changes nothing and builds nothing. For \
the sandbox itself, use `mafia sandbox status`.")]
pub struct Status {}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    status: &'a status::Status,
    lab: Option<LabStanding>,
    /// How many deliveries of the stack were dropped since it was changed last.
    dropped: Option<usize>,
    /// What was said about where to work.
    settings: Vec<Setting>,
}

impl Status {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let stack = context.stack()?;
        let folder = current_folder()?;
        let cloud = context.cloud().await?;
        let caller = context.known_caller(&cloud).await?;
        context.put_back_game(&cloud, stack).await?;
        let owner = known_owner(context, caller.as_ref())?;
        let asking = status::status(&cloud, caller, stack, &owner, |lab| {
            project(context, &folder, lab)
        });
        let waiting = format!("waiting for an answer from {}", cloud.target());
        let status = printer.wait_for(&waiting, asking).await?;
        let lab = lab::standing().filter(|_| status.stack_lab.is_none());
        let is_deployed = status.remedy == Some(Remedy::Play);
        let at = lab.as_ref().and_then(|it| it.id.as_deref());
        let done = match (at, status.stack_lab.as_deref()) {
            (Some(lab), _) if is_deployed => Done::DeployedInLab(lab),
            (_, Some(lab)) if is_deployed && has_trial(lab) => {
                Done::DeployedLab(LabStack { lab, stack })
            }
            _ => Done::Looked(&status),
        };
        let next = done.next(context);
        let shown = Shown {
            settings: settings(&context.options),
            dropped: dropped(context, status.changed),
            lab,
            status: &status,
        };
        if let Some(lab) = &status.stack_lab {
            printer.type_commands_as(&context.options.invocation.of_lab(lab, stack));
        }
        if status.remedy == Some(Remedy::Clean) {
            printer.advise(&format!(
                "the deletion of stack {stack} has failed; {FINISH_DELETION}"
            ));
        }
        if let Some(lost) = problem(shown.dropped) {
            let hints = lost.hints.join("; ");
            printer.advise(&format!("{}: {hints}", lost.message));
        }
        printer.result_and_next(&shown, next, |shown| {
            let settings = shown.settings.iter();
            let origins =
                settings.map(|it| (bundle::shown(Path::new(&it.from)).to_string(), it.option));
            let origins: Vec<_> = origins.collect();
            render::status(shown.status, shown.lab.as_ref(), cloud.target(), &origins)
        })
    }
}

/// An option that says where to work.
#[derive(Serialize)]
struct Setting {
    option: &'static str,
    value: String,
    /// The option, its variable, or the workshop folder's file.
    from: String,
}

/// The options that have a value.
fn settings(options: &Options) -> Vec<Setting> {
    let set = PLACES.into_iter().filter_map(|option| {
        let from = match options.origin(option)? {
            Origin::Typed => format!("--{option}"),
            Origin::Variable => variable_of(option),
            Origin::Folder => options.of_folder.file.display().to_string(),
        };
        Some(Setting {
            option,
            value: options.place(option)?,
            from,
        })
    });
    let class = options
        .of_folder
        .settings
        .class
        .as_ref()
        .map(|class| Setting {
            option: "class",
            value: class.clone(),
            from: options.of_folder.file.display().to_string(),
        });
    set.chain(class).collect()
}

/// The package of the folder that is this lab, or the game. One that cannot be read is said, and the rest is
/// shown.
fn project(context: &Context, folder: &Path, lab: Option<&str>) -> Option<Project> {
    use BundleError::{NoProject, NotAWorkspace, UnknownLab};
    let found = Workspace::discover(folder).and_then(|workspace| workspace.project(lab));
    match found {
        Ok(project) => Some(project),
        Err(NotAWorkspace { .. } | NoProject { .. } | UnknownLab { .. }) => None,
        Err(error) => {
            context.printer.advise(&format!(
                "the functions of this folder are not known: {error}"
            ));
            None
        }
    }
}
