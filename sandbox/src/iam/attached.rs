//! Managed policies that are attached to a role.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::Paging;
use super::{Iam, policies, roles};
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pair {
    role_name: String,
    policy_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    role_name: String,
    path_prefix: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub async fn attach(iam: &Iam, asked: Pair) -> Result<(), Fault> {
    let _turn = iam.turn();
    if !policies::exists(iam, &asked.policy_arn)? {
        let message = format!(
            "Policy {} does not exist or is not attachable.",
            asked.policy_arn
        );
        return Err(Fault::not_found("NoSuchEntity", message));
    }
    roles::change(iam, &asked.role_name, |role| {
        role.attached.insert(asked.policy_arn);
        Ok(())
    })
}

pub async fn detach(iam: &Iam, asked: Pair) -> Result<(), Fault> {
    roles::change(iam, &asked.role_name, |role| {
        if role.attached.remove(&asked.policy_arn) {
            Ok(())
        } else {
            Err(Fault::not_found(
                "NoSuchEntity",
                format!("Policy {} was not found.", asked.policy_arn),
            ))
        }
    })
}

pub async fn list(iam: &Iam, asked: Listing) -> Result<Value, Fault> {
    let role = roles::found(iam, &asked.role_name)?;
    let prefix = asked.path_prefix.unwrap_or_default();
    let attached = role.attached.into_iter();
    let attached = attached.filter(|arn| policies::path_and_name(arn).0.starts_with(&prefix));
    let page = asked.paging.page(attached.collect(), |arn: &String| arn)?;
    Ok(page.answered("AttachedPolicies", |arn| {
        let (_, name) = policies::path_and_name(&arn);
        json!({ "PolicyName": name, "PolicyArn": arn })
    }))
}
