//! STS: who is asking.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::ACCOUNT;
use super::fault::{Answer, Fault};
use super::service::{Caller, Service};

#[derive(Debug)]
pub struct Sts;

#[async_trait]
impl Service for Sts {
    async fn call(&self, operation: &str, _: Value, caller: &Caller) -> Answer {
        match operation {
            "GetCallerIdentity" => {
                Ok(json!({ "Account": ACCOUNT, "Arn": caller.arn, "UserId": caller.id }))
            }
            _ => Err(Fault::unknown_operation(
                "STS",
                operation,
                &["GetCallerIdentity"],
            )),
        }
    }
}
