//! `mafia undo`

mod library;
mod refusal;

use std::collections::BTreeMap;
use std::time::SystemTime;

use clap::Args;

use super::adoption::{Adoption, owner};
use super::heard::Heard;
use super::next::{Done, LabStack};
use super::project::project_of;
use crate::bundle::{
    Architecture, Bundle, CodeChange, CodePatch, CodeUndo, KeptCode, LibraryChange, Project,
    changed_files,
};
use crate::cloud::{Cloud, NamedValues};
use crate::context::Context;
use crate::deploy::{
    self, Action, Claim, Deployment, Destination, FunctionCode, Observed, Prepared, Release,
    RestoredFunction, Undo as Undoable, Undone, Workshop, seconds_since_1970,
};
use crate::error::Error;
use crate::functions::FindError;
use crate::game::{DAY_TURN, GameClient};
use crate::invocation::quoted;
use crate::names::{function_name, without_stack};
use crate::render;
use library::WithLibrary;
use refusal::{deployed_elsewhere, no_code, nothing_to_undo};

/// Bring back the code before your last deployment
#[derive(Args, Debug, Default)]
#[command(override_usage = "mafia undo [OPTIONS] [FUNCTION]...")]
#[command(after_help = "\
Examples:
  mafia undo
  mafia undo night-turn
  mafia undo --dry-run")]
#[command(after_long_help = "\
Restores the functions' code and the library that they share, not the template and not the parameters. It knows what this workshop \
folder has deployed to your stack, until `cargo clean` deletes it. Run it again to have the newer \
code back. Your source files stay as they are. With names, it restores only these functions: their \
code from before the last deployment that changed one of them.")]
pub struct Undo {
    /// Restore only these functions, such as day-turn, day or 4
    #[arg(value_name = "FUNCTION")]
    pub(super) functions: Vec<String>,
    /// Show what would be restored, but change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) adoption: Adoption,
}

impl Undo {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let stack = context.stack()?;
        let cloud = context.cloud().await?;
        let caller = context.announce(&cloud, stack).await?;
        let owner = owner(context, caller.as_ref())?;
        let Some(found) = deploy::game(&cloud, stack, self.adoption.adopts()).await? else {
            return Err(FindError::NoStack {
                stack: stack.to_owned(),
                target: cloud.target().to_string(),
            }
            .into());
        };
        let project = project_of(&found)?;
        let named = self.named(&project, stack)?;
        let kept = KeptCode::of(&project);
        let adopts = self.adoption.check(context, &found, &owner).await?;

        let patches = deploy::patches_of(&named, kept.patches(&found.id));
        let observed = observed(&cloud, stack, &patches, adopts).await?;
        let deployed = digests(stack, &patches, &observed);
        let (patch, changes, is_last) = match deploy::undo(&patches, &deployed) {
            Undoable::Patch {
                patch,
                changes,
                is_last,
            } => (patch, changes, is_last),
            Undoable::Nothing if project.functions.is_empty() => return Err(no_code(stack)),
            Undoable::Nothing => return Err(nothing_to_undo(stack, &named)),
            Undoable::Unknown(functions) => return Err(deployed_elsewhere(stack, &functions)),
        };
        let bundles = bundles(&project, &kept, &changes)?;
        let of_folder = (&project, &kept);
        let undone = (patch, changes.as_slice());
        let with_library = WithLibrary::of(&cloud, &found, of_folder, undone).await?;
        let brings_library = with_library.is_some();
        if !brings_library {
            library::check(&found, &project, !named.is_empty(), &bundles)?;
        }
        if !is_last {
            may_pass_over(context, patch, self.dry_run).await?;
        }

        let emit = |event| context.printer.deploy_event(&event);
        let workshop = context.workshop_of(stack, deploy::workshop_of(&found))?;
        let mut code: Vec<FunctionCode> = bundles.iter().map(FunctionCode::from).collect();
        let (observed, template, library, project) = match with_library {
            Some(with) => {
                code.extend(with.others);
                // The template is not the folder's.
                (with.observed, with.template, with.library, None)
            }
            None => (observed, None, None, Some(project)),
        };
        let release = Release {
            project,
            workshop: Workshop::named(&workshop),
            template,
            code,
            library,
            site: None,
            // Only of a new stack.
            architecture: Architecture::X86_64,
            full: false,
            dry_run: self.dry_run,
            may_lose_data: false,
            to_many: false,
        };
        let destination = Destination {
            stack: stack.to_owned(),
            parameters: NamedValues::new(),
            claim: Claim::of(owner, adopts),
            since: context.started,
        };
        let prepared = Prepared::new(&cloud, &release, &emit);
        let deploying = deploy::deploy(&prepared, &destination, Some(observed));
        let deployment = match deploying.await {
            Ok(deployment) => deployment,
            Err(error) if self.dry_run => return Err(error.into()),
            Err(error) => {
                return Err(half_done(&cloud, stack, &patches, &changes, error.into()).await);
            }
        };
        if !self.dry_run {
            if deployment.changes_code_of(DAY_TURN) {
                Heard::of(context, &GameClient::new(&cloud, stack)).forget_day();
            }
            let library = patch.library.clone().filter(|_| brings_library);
            record(context, &kept, &found.id, patch, &changes, library);
        }
        let undone = Undone {
            library: brings_library,
            ..outcome_of(deployment, patch, &changes, &kept)
        };
        let arguments = self.arguments();
        let done = match deploy::lab_of(&found) {
            _ if self.dry_run => Done::UndoForeseen(&arguments),
            Some(lab) => Done::DeployedLab(LabStack { lab, stack }),
            None => Done::Undone,
        };
        context
            .printer
            .result_and_next(&undone, done.next(context), |undone| {
                render::undone(undone, &context.options.invocation)
            })
    }

    /// The functions that are named, by their names in the package; none for all.
    fn named(&self, project: &Project, stack: &str) -> Result<Vec<String>, Error> {
        let typed = self.functions.iter();
        let typed: Vec<&str> = typed.map(|name| without_stack(stack, name)).collect();
        if typed.is_empty() {
            return Ok(Vec::new());
        }
        let named = project.select(&typed)?.into_iter();
        Ok(named.map(|function| function.name).collect())
    }

    /// The arguments of the undo that was foreseen, as they have to be typed.
    fn arguments(&self) -> String {
        let functions = self.functions.iter();
        functions.map(|name| format!(" {}", quoted(name))).collect()
    }
}

/// Records the undo, so that another can go back.
fn record(
    context: &Context,
    kept: &KeptCode,
    stack_id: &str,
    patch: &CodePatch,
    changes: &[&CodeChange],
    library: Option<LibraryChange>,
) {
    let undone = CodePatch {
        stack: stack_id.to_owned(),
        time: seconds_since_1970(SystemTime::now()),
        changes: changes.iter().map(|change| reversed(change)).collect(),
        library: library.map(LibraryChange::reversed),
        undo: Some(patch.undo()),
    };
    if let Err(error) = kept.record(&undone) {
        context
            .printer
            .advise(&format!("the undo cannot be undone: {error}"));
    }
}

/// An error when nobody agrees to undo a deployment that is not the last.
async fn may_pass_over(
    context: &Context,
    patch: &CodePatch,
    is_dry_run: bool,
) -> Result<(), Error> {
    let by = patch.undo.map_or("a deployment", |_| "an undo");
    let changed = render::second_of(patch.time).unwrap_or_default();
    let why = format!(
        "the last deployment changed no code; the code was last changed on {changed} UTC by {by}"
    );
    if is_dry_run {
        context.printer.note(&why);
        return Ok(());
    }
    let question = "Bring back the code from before that?";
    match context.printer.confirm(&why, question).await? {
        true => Ok(()),
        false => Err(Error::cancelled()),
    }
}

/// The state of the stack with the functions of all patches.
async fn observed(
    cloud: &Cloud,
    stack: &str,
    patches: &[CodePatch],
    adopts: bool,
) -> Result<Observed, Error> {
    let mut functions: Vec<String> = patches
        .iter()
        .flat_map(|patch| patch.changes.iter().map(|change| change.function.clone()))
        .collect();
    functions.sort();
    functions.dedup();
    Ok(deploy::observe(cloud, stack, &functions, false, adopts).await?)
}

/// The digest of each function's code.
fn digests(stack: &str, patches: &[CodePatch], observed: &Observed) -> BTreeMap<String, String> {
    let changes = patches.iter().flat_map(|patch| &patch.changes);
    let deployed = changes.filter_map(|change| {
        let full = function_name(stack, &change.function);
        let found = observed.functions.get(&full)?.as_ref()?;
        Some((change.function.clone(), found.code_sha256.clone()))
    });
    deployed.collect()
}

/// The kept code from before each change: all of it, or nothing is restored.
fn bundles(
    project: &Project,
    kept: &KeptCode,
    changes: &[&CodeChange],
) -> Result<Vec<Bundle>, Error> {
    let mut found = Vec::new();
    let mut gone = Vec::new();
    for change in changes {
        let function = project.functions.iter().find(|f| f.name == change.function);
        match function.and_then(|function| kept.bundle(function, &change.before)) {
            Some(bundle) => found.push(bundle),
            None => gone.push(change.function.as_str()),
        }
    }
    if gone.is_empty() {
        return Ok(found);
    }
    Err(Error::failed(format!(
        "the code before the last deployment is no longer kept: {}",
        gone.join(", ")
    ))
    .hint("nothing was restored; undo the edit in the source files, then run `mafia deploy`"))
}

/// The error of an undo that has perhaps restored some functions, with which they are.
async fn half_done(
    cloud: &Cloud,
    stack: &str,
    patches: &[CodePatch],
    changes: &[&CodeChange],
    error: Error,
) -> Error {
    const AGAIN: &str = "run `mafia undo` again to restore the rest";
    // Whose the stack is was decided before.
    let Ok(now) = observed(cloud, stack, patches, true).await else {
        return error
            .hint("some functions may be restored already")
            .hint(AGAIN);
    };
    let now = digests(stack, patches, &now);
    let (restored, left): (Vec<&CodeChange>, Vec<&CodeChange>) = changes
        .iter()
        .partition(|change| now.get(&change.function) == Some(&change.before));
    let names = |changes: &[&CodeChange]| {
        let names = changes.iter().map(|change| change.function.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    if restored.is_empty() {
        return error.hint("nothing was restored");
    }
    error
        .hint(format!(
            "restored: {}; not restored: {}",
            names(&restored),
            names(&left)
        ))
        .hint(AGAIN)
}

fn reversed(change: &CodeChange) -> CodeChange {
    CodeChange {
        function: change.function.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
    }
}

fn outcome_of(
    deployment: Deployment,
    patch: &CodePatch,
    changes: &[&CodeChange],
    kept: &KeptCode,
) -> Undone {
    let restored = changes.iter().map(|change| {
        let done = deployment
            .functions
            .iter()
            .find(|f| f.function == change.function);
        RestoredFunction {
            function: change.function.clone(),
            from: change.after.clone(),
            to: change.before.clone(),
            files: changed_files(
                &kept.sources(&change.function, &change.before),
                &kept.sources(&change.function, &change.after),
            ),
            milliseconds: done
                .filter(|done| done.action != Action::Unchanged)
                .and_then(|done| done.milliseconds),
        }
    });
    let CodeUndo {
        restored: which,
        deployed,
    } = patch.undo();
    Undone {
        functions: restored.collect(),
        library: false,
        restored: which,
        patched: deployed,
        milliseconds: deployment.milliseconds,
        dry_run: deployment.dry_run,
        stack: deployment.stack,
    }
}
