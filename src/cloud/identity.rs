//! As whom requests are made.

use std::time::Duration;

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use serde::Serialize;

use super::{Cloud, CloudError, target};

const ATTEMPTS: u32 = 3;
const ANSWER: Duration = Duration::from_secs(5);

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
    /// Asks STS who the credentials belong to.
    ///
    /// The first thing that any command asks, and a small one: it shows whether the target is there,
    /// so it doesn't wait as long as other requests may.
    pub async fn caller(&self) -> Result<Caller, CloudError> {
        let limits = aws_sdk_sts::config::Builder::new()
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS)
                    .with_initial_backoff(target::FIRST_BACKOFF),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(target::CONNECT)
                    .operation_attempt_timeout(ANSWER)
                    .operation_timeout(ANSWER * 2)
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
