//! As whom requests are made.

use serde::Serialize;

use super::{Cloud, CloudError};

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
    pub async fn caller(&self) -> Result<Caller, CloudError> {
        let answer = self
            .identity
            .get_caller_identity()
            .send()
            .await
            .map_err(self.failed("GetCallerIdentity"))?;
        Ok(Caller {
            account: answer.account.unwrap_or_default(),
            arn: answer.arn.unwrap_or_default(),
        })
    }
}
