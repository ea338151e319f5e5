//! The settings of the account: the role that would write logs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ApiGateway;
use super::fault::bad_request;
use super::patch::{self, Kind, PatchOperation};
use crate::arn::Arn;
use crate::fault::Answer;
use crate::store::Record;

/// Returned, without effect: logs are written without a role.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    cloudwatch_role_arn: Option<String>,
}

impl Record for Account {
    const KIND: &'static str = "apigateway.account";
}

pub const KEY: &str = "account";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAccountRequest {
    #[serde(default)]
    patch_operations: Vec<PatchOperation>,
}

pub async fn get(gateway: &ApiGateway, _: Value) -> Answer {
    let account = gateway.accounts.get(KEY)?.unwrap_or_default();
    Ok(answer(&account))
}

pub async fn update(gateway: &ApiGateway, request: UpdateAccountRequest) -> Answer {
    gateway.accounts.change(KEY, |account| {
        let changed = account.get_or_insert_default();
        let known = [("/cloudwatchRoleArn", Kind::Text)];
        patch::apply(changed, &known, &request.patch_operations)?;
        changed.cloudwatch_role_arn.take_if(|arn| arn.is_empty());
        let is_role = |arn: &String| Arn::parse(arn).is_some_and(|arn| arn.service == "iam");
        if changed
            .cloudwatch_role_arn
            .as_ref()
            .is_some_and(|arn| !is_role(arn))
        {
            return Err(bad_request(
                "The role ARN does not have required permissions configured. Please grant trust \
                 permission for API Gateway and add the required role policy.",
            ));
        }
        Ok(answer(changed))
    })
}

fn answer(account: &Account) -> Value {
    let mut answer = json!(account);
    answer["throttleSettings"] = json!({ "burstLimit": 5000, "rateLimit": 10000.0 });
    answer["features"] = json!(["UsagePlans"]);
    answer["apiKeyVersion"] = json!("4");
    answer
}
