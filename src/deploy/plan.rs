//! Decides the next step from the observed to the desired state of a stack: the least that makes it
//! match. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::{Changed, changed_by_hand};
use super::declared::Conditional;
use super::library::{LIBRARY, library_of};
use super::ownership;
use super::release::Claim;
use super::template::{NewDefault, Template, asks_for_the_same, new_defaults};
use super::{DeployError, Recovery};
use crate::cloud::{Against, DeployedFunction, NamedValues, Phase, Stack, UpdateStatus};

/// The observed state of a stack.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub stack: Option<Stack>,
    /// By full name; `None` for a function that does not exist.
    pub functions: BTreeMap<String, Option<DeployedFunction>>,
    /// The template that the stack has, unless only code is compared.
    pub template: Option<Template>,
    /// The full names of functions that the stack has, but Lambda has not: somebody deleted them.
    pub deleted: BTreeSet<String>,
}

impl Observed {
    /// The stack, if it can be updated, after a recovery perhaps: its parameters keep their values.
    pub fn updatable(&self) -> Option<&Stack> {
        let is_lost =
            |stack: &&Stack| matches!(stack.status.phase(), Phase::Unusable | Phase::Deleted);
        self.stack.as_ref().filter(|stack| !is_lost(stack))
    }
}

/// The desired state of a stack.
#[derive(Clone, Debug)]
pub struct Desired<'a> {
    pub stack: &'a str,
    /// `None` when only the code is compared.
    pub template: Option<&'a Template>,
    /// The parameters that were given; all others keep their values.
    pub parameters: &'a NamedValues,
    /// Full name and digest of the code.
    pub code: &'a BTreeMap<String, String>,
    /// The value of the parameter for the functions' library, if the template has that.
    pub library: &'a str,
    /// Update through CloudFormation even if nothing differs, and undo changes that others made.
    pub full: bool,
    pub claim: &'a Claim,
    /// The functions that the template has only under a condition, by their full names.
    pub conditional: BTreeMap<String, Conditional>,
}

impl Desired<'_> {
    /// The full names of the functions.
    pub fn functions(&self) -> Vec<String> {
        self.code.keys().cloned().collect()
    }

    /// Compares only the code from now on: CloudFormation has applied the template and the parameters.
    pub fn only_code(&mut self) {
        self.template = None;
        self.full = false;
    }
}

/// What to do next with a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Create,
    Recover(Recovery),
    /// Wait for an operation that is running.
    Wait,
    Update(Against),
    /// New code for these functions.
    Patch(Vec<String>),
    Nothing,
}

impl Step {
    /// Whether the rest can only be decided after it.
    pub fn comes_first(&self) -> bool {
        matches!(self, Self::Wait | Self::Recover(_))
    }

    pub fn recovery(&self) -> Option<Recovery> {
        match self {
            Self::Recover(how) => Some(*how),
            _ => None,
        }
    }
}

/// The next step for a stack. After `Recover` and `Wait` it has to be observed again.
pub fn next_step(observed: &Observed, desired: &Desired<'_>) -> Result<Step, DeployError> {
    let Some(stack) = &observed.stack else {
        return match desired.template {
            Some(_) => Ok(Step::Create),
            None => Err(DeployError::NoStack {
                stack: desired.stack.to_owned(),
            }),
        };
    };
    ownership::check(stack, desired.claim)?;
    match stack.status.phase() {
        Phase::InProgress => return Ok(Step::Wait),
        Phase::RollbackFailed => return Ok(Step::Recover(Recovery::ContinueRollback)),
        Phase::Unusable if stack.protected => {
            return Err(DeployError::Protected {
                stack: stack.name.clone(),
            });
        }
        Phase::Unusable => return Ok(Step::Recover(Recovery::DeleteAndCreate)),
        Phase::Deleted => return Ok(Step::Create),
        Phase::Updatable => {}
    }
    if desired.template.is_some() {
        if desired.full || !observed.deleted.is_empty() || !changed(observed).is_empty() {
            return Ok(Step::Update(Against::Reality));
        }
        if differs(stack, observed, desired) {
            return Ok(Step::Update(Against::LastUpdate));
        }
    }
    if let Some(missing) = desired
        .code
        .keys()
        .find(|name| is_missing(observed, desired, name))
    {
        return Err(DeployError::FunctionMissing {
            stack: stack.name.clone(),
            function: missing.clone(),
        });
    }
    let outdated = outdated(observed, desired);
    Ok(if !outdated.is_empty() {
        Step::Patch(outdated)
    } else if desired.template.is_some() && stack.status.is_rolled_back() {
        // A rollback need not bring everything back: a table has another stream afterwards, for example.
        Step::Update(Against::Reality)
    } else {
        Step::Nothing
    })
}

fn differs(stack: &Stack, observed: &Observed, desired: &Desired<'_>) -> bool {
    let deployed = observed.template.clone().unwrap_or_default();
    let ours = desired.template;
    let template = ours.is_some_and(|ours| !asks_for_the_same(&deployed, ours));
    let has_effect = |name: &str| ours.is_none_or(|ours| !ours.declares(name) || ours.uses(name));
    let mut given = desired.parameters.iter();
    let other_library =
        ours.is_some_and(|ours| ours.declares(LIBRARY)) && library_of(stack) != desired.library;
    template
        || other_library
        // An update that failed and was not rolled back.
        || stack.status.is_failure()
        || given.any(|(name, value)| has_effect(name) && stack.parameters.get(name) != Some(value))
        || defaults(observed, desired).iter().any(|new| new.applies)
        || !ownership::has_tags(stack, desired.claim)
}

/// The settings that somebody changed outside CloudFormation.
pub fn changed(observed: &Observed) -> Vec<Changed> {
    match (&observed.stack, &observed.template) {
        (Some(stack), Some(template)) => changed_by_hand(stack, template, &observed.functions),
        _ => Vec::new(),
    }
}

/// The outputs that the template has otherwise than the stack's, by name.
pub fn changed_outputs(observed: &Observed, desired: &Desired<'_>) -> Vec<String> {
    match (&observed.template, desired.template) {
        (Some(deployed), Some(ours)) => ours.differing("Outputs", deployed),
        _ => Vec::new(),
    }
}

fn is_missing(observed: &Observed, desired: &Desired<'_>, name: &str) -> bool {
    deployed(observed, name).is_none() && !desired.conditional.contains_key(name)
}

/// The defaults that the template has changed, of parameters that were not given.
pub fn defaults(observed: &Observed, desired: &Desired<'_>) -> Vec<NewDefault> {
    let (Some(stack), Some(deployed), Some(ours)) =
        (&observed.stack, &observed.template, desired.template)
    else {
        return Vec::new();
    };
    let mut new = new_defaults(deployed, ours, &stack.parameters);
    new.retain(|default| !desired.parameters.contains_key(&default.parameter));
    new
}

/// The functions that run other code than desired, or whose last update is not done.
pub fn outdated(observed: &Observed, desired: &Desired<'_>) -> Vec<String> {
    let current = |name: &str, digest: &str| match deployed(observed, name) {
        Some(f) => f.code_sha256 == digest && f.update == UpdateStatus::Done,
        None => !is_missing(observed, desired, name),
    };
    let outdated = desired
        .code
        .iter()
        .filter(|(name, digest)| !current(name, digest));
    outdated.map(|(name, _)| name.clone()).collect()
}

fn deployed<'a>(observed: &'a Observed, name: &str) -> Option<&'a DeployedFunction> {
    observed.functions.get(name).and_then(Option::as_ref)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
