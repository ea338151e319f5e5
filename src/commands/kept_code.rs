//! Keeps the code that a deployment brings, so that it can be undone, and tells from what was kept which
//! files make it differ.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::bundles::Built;
use crate::bundle::{
    Bundle, BundleError, CodeChange, CodePatch, KeptCode, LibraryChange, changed_files,
};
use crate::cloud::{DeployedFunction, Stack, UpdateStatus};
use crate::context::Context;
use crate::deploy::{
    self, Action, Alone, Deployment, Difference, FunctionOutcome, Observed, seconds_since_1970,
};
use crate::names::function_name;

/// Keeps the bundles, and records the change that the deployment is to make: an undo looks at what is
/// deployed, so a deployment that fails does no harm. Code for another architecture than the stack's does
/// not run, so such a change cannot be undone. Without all of this, the deployment goes on.
pub fn keep(
    context: &Context,
    kept: &KeptCode,
    observed: &Observed,
    stack: &str,
    built: &Built,
    can_be_undone: bool,
) {
    let keep = || {
        for bundle in &built.bundles {
            kept.keep(bundle)?;
        }
        let changes = changes(stack, observed, &built.bundles);
        match &observed.stack {
            Some(found) if can_be_undone && !changes.is_empty() => kept.record(&CodePatch {
                stack: found.id.clone(),
                time: seconds_since_1970(SystemTime::now()),
                changes,
                library: library_change(observed, found, built),
                undo: None,
            }),
            _ => Ok(()),
        }
    };
    said(context, keep());
}

/// Records a deployment that has changed the stack, but no function's code: an undo, which brings back
/// code alone, has to know that it was the last.
pub fn keep_without_code(
    context: &Context,
    kept: &KeptCode,
    before: &Stack,
    deployment: &Deployment,
) {
    // New functions have no earlier code.
    let has_new_code =
        |it: &FunctionOutcome| matches!(it.action, Action::Patched | Action::Updated);
    if deployment.action == Action::Updated && !deployment.functions.iter().any(has_new_code) {
        let recorded = kept.record(&CodePatch {
            stack: before.id.clone(),
            time: seconds_since_1970(SystemTime::now()),
            changes: Vec::new(),
            library: None,
            undo: None,
        });
        said(context, recorded);
    }
}

fn said(context: &Context, kept: Result<(), BundleError>) {
    if let Err(error) = kept {
        let printer = &context.printer;
        printer.advise(&format!(
            "`mafia undo` will not know this deployment: {error}"
        ));
    }
}

/// How the library changes with the template. The code of single functions is deployed without either.
fn library_change(observed: &Observed, found: &Stack, built: &Built) -> Option<LibraryChange> {
    observed.template.as_ref()?;
    let change = LibraryChange {
        before: deploy::library_of(found).to_owned(),
        after: deploy::library_value(built.library.as_ref()),
    };
    (change.before != change.after).then_some(change)
}

fn changes(stack: &str, observed: &Observed, bundles: &[Bundle]) -> Vec<CodeChange> {
    let changes = bundles.iter().filter_map(|bundle| {
        let before = deployed(stack, observed, bundle)?;
        let after = bundle.digest.as_str();
        (before != after).then(|| CodeChange {
            function: bundle.function.name.clone(),
            before: before.to_owned(),
            after: after.to_owned(),
        })
    });
    changes.collect()
}

/// The files that make each function's code differ from what is deployed, as far as that is known.
pub fn files(
    kept: &KeptCode,
    stack: &str,
    observed: &Observed,
    bundles: &[Bundle],
) -> BTreeMap<String, Vec<String>> {
    let files = bundles.iter().filter_map(|bundle| {
        let name = &bundle.function.name;
        let before = deployed(stack, observed, bundle)?;
        if before == bundle.digest.as_str() {
            return None;
        }
        let files = changed_files(&kept.sources(name, before), &bundle.sources)?;
        Some((name.clone(), files))
    });
    files.collect()
}

/// What else makes each function's code differ. `alone` says why a function that does not share the library does
/// not.
pub fn differences(
    kept: &KeptCode,
    stack: &str,
    observed: &Observed,
    bundles: &[Bundle],
    alone: &Alone,
) -> BTreeMap<String, Difference> {
    let differences = bundles.iter().filter_map(|bundle| {
        let name = &bundle.function.name;
        let found = found(stack, observed, bundle)?;
        let before = &found.code_sha256;
        let difference = if before == bundle.digest.as_str() {
            without_other_code(&found.update)?
        } else {
            match (kept.shares(name, before)?, bundle.library.is_some()) {
                (true, false) => Difference::Alone(alone.clone()),
                (false, true) => Difference::Shared,
                _ => return None,
            }
        };
        Some((name.clone(), difference))
    });
    differences.collect()
}

/// Why a function gets the code that it has.
fn without_other_code(update: &UpdateStatus) -> Option<Difference> {
    match update {
        UpdateStatus::Failed(_) => Some(Difference::Restored),
        UpdateStatus::InProgress => Some(Difference::Unfinished),
        UpdateStatus::Done => None,
    }
}

/// The digest of the deployed code of the bundle's function.
fn deployed<'a>(stack: &str, observed: &'a Observed, bundle: &Bundle) -> Option<&'a str> {
    Some(&found(stack, observed, bundle)?.code_sha256)
}

fn found<'a>(stack: &str, observed: &'a Observed, bundle: &Bundle) -> Option<&'a DeployedFunction> {
    let full = function_name(stack, &bundle.function.name);
    observed.functions.get(&full)?.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_with_the_same_code_has_failed_or_is_being_updated() {
        let failed = UpdateStatus::Failed("no library".to_owned());
        for (update, difference) in [
            (failed, Some(Difference::Restored)),
            (UpdateStatus::InProgress, Some(Difference::Unfinished)),
            (UpdateStatus::Done, None),
        ] {
            assert_eq!(without_other_code(&update), difference);
        }
    }
}
