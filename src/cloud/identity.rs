//! The identity behind the credentials.

use aws_credential_types::provider::ProvideCredentials;
use serde::Serialize;

use super::failure::no_credentials;
use super::{Cloud, CloudError, patience};

/// The account and principal behind the credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

impl Caller {
    /// The principal without the account it is in: `user/ann`, `root`.
    pub fn principal(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or(&self.arn)
    }
}

impl Cloud {
    /// Asks STS whom the credentials belong to.
    ///
    /// Every command sends this small request first. It shows whether the target is there, so its
    /// timeouts are shorter than those of other requests; the source of the credentials has its own
    /// time.
    pub async fn caller(&self) -> Result<Caller, CloudError> {
        let keys = self.credentials.provide_credentials().await;
        keys.map_err(|error| no_credentials(&self.target, &error))?;
        let brief = aws_sdk_sts::config::Builder::new()
            .retry_config(patience::brief_retries())
            .timeout_config(patience::brief_timeouts());
        let answer = self
            .identity
            .get_caller_identity()
            .customize()
            .config_override(brief)
            .send()
            .await
            .map_err(self.failed("GetCallerIdentity"))?;
        Ok(Caller {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
        })
    }
}
