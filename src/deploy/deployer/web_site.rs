//! The web site that goes with a stack.

use super::Deployer;
use crate::deploy::plan::Observed;
use crate::deploy::site::{self, SiteOutcome};
use crate::deploy::{Action, DeployError, Deployment};

impl Deployer<'_> {
    /// Brings the files of the web site, or with a dry run says which it would bring.
    pub(super) async fn site(
        &self,
        observed: &Observed,
        outcome: &Deployment,
    ) -> Result<Option<SiteOutcome>, DeployError> {
        let Some(wanted) = &self.release().site else {
            return Ok(None);
        };
        let site = match observed.updatable() {
            None => wanted.of_no_stack(),
            Some(stack) if self.release().dry_run => {
                match site::compared(self.cloud(), stack, wanted).await {
                    // The update that is foreseen may bring it.
                    Err(DeployError::NoOutput { .. }) if outcome.action >= Action::Updated => {
                        wanted.of_no_stack()
                    }
                    compared => compared?,
                }
            }
            Some(stack) => site::upload(self.cloud(), stack, wanted, self.report).await?,
        };
        Ok(Some(site))
    }
}
