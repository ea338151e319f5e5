//! The identity behind the credentials.

use std::time::Duration;

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use serde::Serialize;

use super::{Cloud, CloudError, settings};

const MAX_ATTEMPTS: u32 = 3;
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

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
    /// timeouts are shorter than those of other requests.
    pub async fn caller(&self) -> Result<Caller, CloudError> {
        let limits = aws_sdk_sts::config::Builder::new()
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(MAX_ATTEMPTS)
                    .with_initial_backoff(settings::INITIAL_BACKOFF),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(settings::CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(ATTEMPT_TIMEOUT * 2)
                    .build(),
            );
        let answer = self
            .identity
            .get_caller_identity()
            .customize()
            .config_override(limits)
            .send()
            .await
            .map_err(self.failed("GetCallerIdentity"))?;
        Ok(Caller {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
        })
    }
}
