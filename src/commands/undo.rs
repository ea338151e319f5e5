//! `mafia undo`

use std::collections::BTreeMap;
use std::time::SystemTime;

use clap::Args;

use super::adoption::{Adoption, owner};
use super::next::Done;
use crate::bundle::{
    Architecture, Bundle, CodeChange, CodePatch, CodeUndo, KeptCode, Project, Workspace,
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
use crate::names::function_name;
use crate::render;
use crate::workspace::current_folder;

/// Bring back the code before your last deployment
#[derive(Args, Debug, Default)]
#[command(after_help = "\
Examples:
  mafia undo
  mafia deploy --undo")]
#[command(after_long_help = "\
Restores the functions' code, not the template and not the parameters. It knows what this workshop \
folder has deployed to your stack, until `cargo clean` deletes it. Run it again to have the newer \
code back. Your source files stay as they are.")]
pub struct Undo {
    #[command(flatten)]
    pub(super) adoption: Adoption,
}

impl Undo {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let stack = context.stack()?;
        let project = Workspace::discover(&current_folder()?)?.project(None)?;
        let kept = KeptCode::of(&project);
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
        let adopts = self.adoption.check(context, &found, &owner).await?;

        let patches = kept.patches(&found.id);
        let observed = observed(&cloud, stack, &patches, adopts).await?;
        let deployed = digests(stack, &patches, &observed);
        let (patch, changes, is_last) = match deploy::undo(&patches, &deployed) {
            Undoable::Patch {
                patch,
                changes,
                is_last,
            } => (patch, changes, is_last),
            Undoable::Nothing => return Err(nothing_to_undo(stack)),
            Undoable::Unknown(functions) => return Err(deployed_elsewhere(stack, &functions)),
        };
        let bundles = bundles(&project, &kept, &changes)?;
        if !is_last {
            may_pass_over(context, patch).await?;
        }

        let emit = |event| context.printer.deploy_event(&event);
        let workshop = context.workshop_of(stack, deploy::workshop_of(&found))?;
        let release = Release {
            project: Some(project),
            workshop: Workshop::named(&workshop),
            template: None,
            code: bundles.iter().map(FunctionCode::from).collect(),
            // Only of a new stack.
            architecture: Architecture::X86_64,
            full: false,
            dry_run: false,
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
            Err(error) => {
                return Err(half_done(&cloud, stack, &patches, &changes, error.into()).await);
            }
        };
        let undone = CodePatch {
            stack: found.id.clone(),
            time: seconds_since_1970(SystemTime::now()),
            changes: changes.iter().map(|change| reversed(change)).collect(),
            undo: Some(patch.undo()),
        };
        if let Err(error) = kept.record(&undone) {
            context
                .printer
                .advise(&format!("the undo cannot be undone: {error}"));
        }
        let undone = outcome_of(deployment, patch, &changes, &kept);
        context
            .printer
            .result_and_next(&undone, Done::Undone.next(context), render::undone)
    }
}

/// An error when nobody agrees to undo a deployment that is not the last.
async fn may_pass_over(context: &Context, patch: &CodePatch) -> Result<(), Error> {
    let by = patch.undo.map_or("mafia deploy", |_| "mafia undo");
    let changed = render::minute_of(patch.time).unwrap_or_default();
    let why = format!(
        "the last deployment changed no code; the code was last changed on {changed} UTC by `{by}`"
    );
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

fn nothing_to_undo(stack: &str) -> Error {
    Error::failed(format!(
        "nothing to undo: no change of code by this folder is deployed to {stack}"
    ))
    .hint("edit a function and run `mafia deploy`; then `mafia undo` brings the earlier code back")
}

fn deployed_elsewhere(stack: &str, functions: &[String]) -> Error {
    Error::failed(format!(
        "cannot undo: a deployment that this folder does not know has changed {} of {stack}",
        functions.join(", ")
    ))
    .hint("nothing was restored; run `mafia deploy` to deploy the code of this folder")
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
        restored: which,
        patched: deployed,
        milliseconds: deployment.milliseconds,
        stack: deployment.stack,
    }
}
