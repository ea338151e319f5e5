//! What a step would do.

use super::Deployer;
use crate::deploy::conflict::conflict;
use crate::deploy::plan::{Desired, Observed, Step, changed_outputs, defaults, outdated};
use crate::deploy::stack::{Execution, Update};
use crate::deploy::{Action, DeployError, Deployment, Recovery};

impl Deployer<'_> {
    /// Records what a step would do. At most a change set is created, and deleted again.
    pub(super) async fn dry_run(
        &self,
        step: &Step,
        observed: &Observed,
        desired: &Desired<'_>,
        outcome: &mut Deployment,
    ) -> Result<(), DeployError> {
        match step {
            Step::Nothing => {}
            Step::Wait => outcome.undecided = true,
            Step::Recover(how) => {
                outcome.record_recovery(*how);
                outcome.undecided = *how == Recovery::ContinueRollback;
            }
            Step::Patch(names) => outcome.record(Action::Patched, names),
            Step::Create => {
                self.stack_request(None, &[]).await?;
                outcome.record(Action::Created, &desired.functions());
            }
            Step::Update(against) => {
                let existing = self.existing(observed)?;
                let defaults = defaults(observed, desired);
                let request = self.stack_request(Some(existing), &defaults).await?;
                match self
                    .update(existing, &request, *against, Execution::Never)
                    .await?
                {
                    Update::Superseded => return Err(conflict(self.stack())),
                    Update::Needless => {}
                    Update::Done(changes) => {
                        outcome.outputs = changed_outputs(observed, desired);
                        outcome.record_update(changes, &[]);
                    }
                }
                let outdated = outdated(observed, desired);
                if !outdated.is_empty() {
                    outcome.record(Action::Patched, &outdated);
                }
                outcome.record_new(&outdated, observed);
            }
        }
        Ok(())
    }
}
