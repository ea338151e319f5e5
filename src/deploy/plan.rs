//! Decides the least that makes a stack match what is wanted. Pure: it looks, and changes nothing.

use std::collections::BTreeMap;

use super::marks;
use super::{DeployError, Recovery};
use crate::cloud::{DeployedFunction, NamedValues, Phase, Stack, UpdateStatus};

/// A stack as it is.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub stack: Option<Stack>,
    /// By full name; `None` for a function that is not there.
    pub functions: BTreeMap<String, Option<DeployedFunction>>,
}

/// A stack as it should be.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub stack: &'a str,
    /// Of the template; `None` when only code is to be looked at.
    pub template_digest: Option<&'a str>,
    /// The parameters that were given; all others stay as they are.
    pub parameters: &'a NamedValues,
    /// Full name and digest of the code.
    pub code: &'a BTreeMap<String, String>,
    /// Go through CloudFormation even if nothing seems to differ.
    pub full: bool,
}

impl Wanted<'_> {
    /// After CloudFormation did its part: what it found equal is equal, whatever the texts say.
    pub fn only_code(&mut self) {
        self.template_digest = None;
        self.full = false;
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Create,
    Recover(Recovery),
    /// Wait for an operation that is under way.
    Wait,
    Update,
    /// New code for these functions.
    Patch(Vec<String>),
    Nothing,
}

/// The next step for a stack; after `Recover` and `Wait`, look again and ask again.
pub fn next_step(site: &Site, wanted: &Wanted<'_>) -> Result<Step, DeployError> {
    let Some(stack) = &site.stack else {
        return match wanted.template_digest {
            Some(_) => Ok(Step::Create),
            None => Err(DeployError::NothingToPatch {
                stack: wanted.stack.to_owned(),
            }),
        };
    };
    marks::own_game(stack)?;
    match stack.status.phase() {
        Phase::InProgress => return Ok(Step::Wait),
        Phase::RollbackFailed => return Ok(Step::Recover(Recovery::ContinueRollback)),
        Phase::Unusable => return Ok(Step::Recover(Recovery::DeleteAndCreate)),
        Phase::Deleted => return Ok(Step::Create),
        Phase::Updatable => {}
    }
    if wanted.full || differs(stack, wanted) {
        return Ok(Step::Update);
    }
    if let Some(gone) = wanted
        .code
        .keys()
        .find(|name| deployed(site, name).is_none())
    {
        return Err(DeployError::FunctionGone {
            stack: stack.name.clone(),
            function: gone.clone(),
        });
    }
    let outdated = outdated(site, wanted);
    Ok(if outdated.is_empty() {
        Step::Nothing
    } else {
        Step::Patch(outdated)
    })
}

fn differs(stack: &Stack, wanted: &Wanted<'_>) -> bool {
    let template = wanted
        .template_digest
        .is_some_and(|digest| marks::template(stack) != Some(digest));
    let parameters = wanted
        .parameters
        .iter()
        .any(|(name, value)| stack.parameters.get(name) != Some(value));
    template || (wanted.template_digest.is_some() && parameters)
}

/// The functions that run other code than wanted, or whose last change did not end well.
pub fn outdated(site: &Site, wanted: &Wanted<'_>) -> Vec<String> {
    let current = |name: &str, digest: &str| {
        deployed(site, name)
            .is_some_and(|f| f.code_sha256 == digest && f.update == UpdateStatus::Done)
    };
    let outdated = wanted
        .code
        .iter()
        .filter(|(name, digest)| !current(name, digest));
    outdated.map(|(name, _)| name.clone()).collect()
}

fn deployed<'a>(site: &'a Site, name: &str) -> Option<&'a DeployedFunction> {
    site.functions.get(name).and_then(Option::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Status;

    const NAME: &str = "game-01-new-game";

    fn site(status: &str, template: &str, code: &str) -> Site {
        let deployed = DeployedFunction {
            code_sha256: code.to_owned(),
            revision: "r1".to_owned(),
            update: UpdateStatus::Done,
        };
        Site {
            stack: Some(Stack {
                name: "game".to_owned(),
                id: "id".to_owned(),
                status: Status(status.to_owned()),
                reason: None,
                tags: marks::game("workshop", template),
                parameters: NamedValues::from([("Players".to_owned(), "10".to_owned())]),
                outputs: NamedValues::new(),
            }),
            functions: BTreeMap::from([(NAME.to_owned(), Some(deployed))]),
        }
    }

    fn step(site: &Site, parameters: &[(&str, &str)], full: bool) -> Result<Step, DeployError> {
        let parameters = parameters
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let code = BTreeMap::from([(NAME.to_owned(), "new".to_owned())]);
        let template_digest = Some("t1");
        next_step(
            site,
            &Wanted {
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
            let found = step(&site(status, template, code), parameters, full).expect(status);
            assert_eq!(
                found, expected,
                "{status}, template {template}, code {code}, {parameters:?}"
            );
        }
    }

    #[test]
    fn a_change_that_did_not_end_well_is_patched_again() {
        let mut site = site("CREATE_COMPLETE", "t1", "new");
        for settled in [
            UpdateStatus::InProgress,
            UpdateStatus::Failed("broken".to_owned()),
        ] {
            if let Some(Some(deployed)) = site.functions.get_mut(NAME) {
                deployed.update = settled;
            }
            assert_eq!(
                step(&site, &[], false).expect("a step"),
                Step::Patch(vec![NAME.to_owned()])
            );
        }
    }

    #[test]
    fn without_a_stack_one_is_created_unless_only_code_was_asked_for() {
        let (code, parameters) = (BTreeMap::new(), NamedValues::new());
        let mut wanted = Wanted {
            stack: "game",
            template_digest: Some("t1"),
            parameters: &parameters,
            code: &code,
            full: false,
        };
        assert_eq!(
            next_step(&Site::default(), &wanted).expect("a step"),
            Step::Create
        );
        wanted.template_digest = None;
        let refused = next_step(&Site::default(), &wanted);
        assert!(matches!(refused, Err(DeployError::NothingToPatch { .. })));
    }

    #[test]
    fn foreign_stacks_and_lost_functions_are_refused() {
        let mut foreign = site("CREATE_COMPLETE", "t1", "old");
        foreign.stack.as_mut().expect("a stack").tags.clear();
        assert!(matches!(
            step(&foreign, &[], false),
            Err(DeployError::Foreign { .. })
        ));

        let mut lost = site("CREATE_COMPLETE", "t1", "old");
        lost.functions.insert(NAME.to_owned(), None);
        assert!(matches!(
            step(&lost, &[], false),
            Err(DeployError::FunctionGone { .. })
        ));
    }
}
