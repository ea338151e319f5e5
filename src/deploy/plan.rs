//! Decides the next step from the observed to the desired state of a stack: the least that makes it
//! match. Pure.

use std::collections::BTreeMap;

use super::ownership;
use super::{DeployError, Recovery};
use crate::cloud::{DeployedFunction, NamedValues, Phase, Stack, UpdateStatus};

/// The observed state of a stack.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub stack: Option<Stack>,
    /// By full name; `None` for a function that does not exist.
    pub functions: BTreeMap<String, Option<DeployedFunction>>,
}

/// The desired state of a stack.
#[derive(Clone, Debug)]
pub struct Desired<'a> {
    pub stack: &'a str,
    /// Of the template; `None` when only the code is compared.
    pub template_digest: Option<&'a str>,
    /// The parameters that were given; all others keep their values.
    pub parameters: &'a NamedValues,
    /// Full name and digest of the code.
    pub code: &'a BTreeMap<String, String>,
    /// Update through CloudFormation even if nothing differs.
    pub full: bool,
}

impl Desired<'_> {
    /// Compares only the code from now on: CloudFormation has applied the template and the parameters.
    pub fn only_code(&mut self) {
        self.template_digest = None;
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
    Update,
    /// New code for these functions.
    Patch(Vec<String>),
    Nothing,
}

/// The next step for a stack. After `Recover` and `Wait` it has to be observed again.
pub fn next_step(observed: &Observed, desired: &Desired<'_>) -> Result<Step, DeployError> {
    let Some(stack) = &observed.stack else {
        return match desired.template_digest {
            Some(_) => Ok(Step::Create),
            None => Err(DeployError::NoStack {
                stack: desired.stack.to_owned(),
            }),
        };
    };
    ownership::check_game(stack)?;
    match stack.status.phase() {
        Phase::InProgress => return Ok(Step::Wait),
        Phase::RollbackFailed => return Ok(Step::Recover(Recovery::ContinueRollback)),
        Phase::Unusable => return Ok(Step::Recover(Recovery::DeleteAndCreate)),
        Phase::Deleted => return Ok(Step::Create),
        Phase::Updatable => {}
    }
    if desired.full || differs(stack, desired) {
        return Ok(Step::Update);
    }
    if let Some(missing) = desired
        .code
        .keys()
        .find(|name| deployed(observed, name).is_none())
    {
        return Err(DeployError::FunctionMissing {
            stack: stack.name.clone(),
            function: missing.clone(),
        });
    }
    let outdated = outdated(observed, desired);
    Ok(if outdated.is_empty() {
        Step::Nothing
    } else {
        Step::Patch(outdated)
    })
}

fn differs(stack: &Stack, desired: &Desired<'_>) -> bool {
    let template = desired
        .template_digest
        .is_some_and(|digest| ownership::template_digest(stack) != Some(digest));
    let parameters = desired
        .parameters
        .iter()
        .any(|(name, value)| stack.parameters.get(name) != Some(value));
    template || (desired.template_digest.is_some() && parameters)
}

/// The functions that run other code than desired, or whose last update is not done.
pub fn outdated(observed: &Observed, desired: &Desired<'_>) -> Vec<String> {
    let current = |name: &str, digest: &str| {
        deployed(observed, name)
            .is_some_and(|f| f.code_sha256 == digest && f.update == UpdateStatus::Done)
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
mod tests {
    use super::*;
    use crate::cloud::Status;

    const NAME: &str = "game-01-new-game";

    fn observed(status: &str, template: &str, code: &str) -> Observed {
        let deployed = DeployedFunction {
            code_sha256: code.to_owned(),
            revision: "r1".to_owned(),
            update: UpdateStatus::Done,
        };
        Observed {
            stack: Some(Stack {
                name: "game".to_owned(),
                id: "id".to_owned(),
                status: Status(status.to_owned()),
                reason: None,
                tags: ownership::game_tags("workshop", template),
                parameters: NamedValues::from([("Players".to_owned(), "10".to_owned())]),
                outputs: NamedValues::new(),
            }),
            functions: BTreeMap::from([(NAME.to_owned(), Some(deployed))]),
        }
    }

    fn step(
        observed: &Observed,
        parameters: &[(&str, &str)],
        full: bool,
    ) -> Result<Step, DeployError> {
        let parameters = parameters
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let code = BTreeMap::from([(NAME.to_owned(), "new".to_owned())]);
        let template_digest = Some("t1");
        next_step(
            observed,
            &Desired {
                stack: "game",
                template_digest,
                parameters: &parameters,
                code: &code,
                full,
            },
        )
    }

    #[test]
    fn the_least_that_makes_the_stack_match() {
        let patch = Step::Patch(vec![NAME.to_owned()]);
        for (status, template, code, parameters, full, expected) in [
            (
                "CREATE_COMPLETE",
                "t1",
                "new",
                &[][..],
                false,
                Step::Nothing,
            ),
            (
                "UPDATE_COMPLETE",
                "t1",
                "new",
                &[("Players", "10")][..],
                false,
                Step::Nothing,
            ),
            ("UPDATE_ROLLBACK_COMPLETE", "t1", "old", &[], false, patch),
            (
                "CREATE_COMPLETE",
                "t1",
                "new",
                &[("Players", "7")],
                false,
                Step::Update,
            ),
            ("CREATE_COMPLETE", "t0", "old", &[], false, Step::Update),
            ("CREATE_COMPLETE", "t1", "new", &[], true, Step::Update),
            ("UPDATE_IN_PROGRESS", "t1", "old", &[], false, Step::Wait),
            (
                "ROLLBACK_COMPLETE",
                "t1",
                "old",
                &[],
                false,
                Step::Recover(Recovery::DeleteAndCreate),
            ),
            (
                "DELETE_FAILED",
                "t1",
                "old",
                &[],
                false,
                Step::Recover(Recovery::DeleteAndCreate),
            ),
            (
                "CREATE_FAILED",
                "t1",
                "old",
                &[],
                false,
                Step::Recover(Recovery::DeleteAndCreate),
            ),
            (
                "REVIEW_IN_PROGRESS",
                "t1",
                "old",
                &[],
                false,
                Step::Recover(Recovery::DeleteAndCreate),
            ),
            (
                "UPDATE_ROLLBACK_FAILED",
                "t1",
                "old",
                &[],
                false,
                Step::Recover(Recovery::ContinueRollback),
            ),
        ] {
            let found = step(&observed(status, template, code), parameters, full).expect(status);
            assert_eq!(
                found, expected,
                "{status}, template {template}, code {code}, {parameters:?}"
            );
        }
    }

    #[test]
    fn a_change_that_did_not_end_well_is_patched_again() {
        let mut observed = observed("CREATE_COMPLETE", "t1", "new");
        for update in [
            UpdateStatus::InProgress,
            UpdateStatus::Failed("broken".to_owned()),
        ] {
            if let Some(Some(deployed)) = observed.functions.get_mut(NAME) {
                deployed.update = update;
            }
            assert_eq!(
                step(&observed, &[], false).expect("a step"),
                Step::Patch(vec![NAME.to_owned()])
            );
        }
    }

    #[test]
    fn without_a_stack_one_is_created_unless_only_code_was_asked_for() {
        let (code, parameters) = (BTreeMap::new(), NamedValues::new());
        let mut desired = Desired {
            stack: "game",
            template_digest: Some("t1"),
            parameters: &parameters,
            code: &code,
            full: false,
        };
        assert_eq!(
            next_step(&Observed::default(), &desired).expect("a step"),
            Step::Create
        );
        desired.template_digest = None;
        let refused = next_step(&Observed::default(), &desired);
        assert!(matches!(refused, Err(DeployError::NoStack { .. })));
    }

    #[test]
    fn foreign_stacks_and_lost_functions_are_refused() {
        let mut foreign = observed("CREATE_COMPLETE", "t1", "old");
        foreign.stack.as_mut().expect("a stack").tags.clear();
        assert!(matches!(
            step(&foreign, &[], false),
            Err(DeployError::ForeignStack { .. })
        ));

        let mut lost = observed("CREATE_COMPLETE", "t1", "old");
        lost.functions.insert(NAME.to_owned(), None);
        assert!(matches!(
            step(&lost, &[], false),
            Err(DeployError::FunctionMissing { .. })
        ));
    }
}
