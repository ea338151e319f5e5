//! Policies that are written into a role.

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{About, Document};
use super::names::{self, LONGEST_POLICY};
use super::page::Paging;
use super::{Iam, roles};
use crate::fault::Fault;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    role_name: String,
    policy_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Put {
    role_name: String,
    policy_name: String,
    policy_document: Document,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Listing {
    role_name: String,
    #[serde(flatten)]
    paging: Paging,
}

fn missing(name: &str) -> Fault {
    let message = format!("The role policy with name {name} cannot be found.");
    Fault::not_found("NoSuchEntity", message)
}

/// In place of the one with the same name.
pub async fn put(iam: &Iam, asked: Put) -> Result<(), Fault> {
    let name = names::check("policyName", &asked.policy_name, LONGEST_POLICY)?;
    let document = asked.policy_document.checked(About::Permissions)?;
    roles::change(iam, &asked.role_name, |role| {
        role.inline.insert(name.to_owned(), document);
        Ok(())
    })
}

pub async fn get(iam: &Iam, asked: Named) -> Result<Value, Fault> {
    let role = roles::found(iam, &asked.role_name)?;
    let document = role.inline.get(&asked.policy_name);
    let document = document.ok_or_else(|| missing(&asked.policy_name))?;
    Ok(json!({
        "RoleName": asked.role_name,
        "PolicyName": asked.policy_name,
        "PolicyDocument": document.encoded(),
    }))
}

pub async fn list(iam: &Iam, asked: Listing) -> Result<Value, Fault> {
    let role = roles::found(iam, &asked.role_name)?;
    let names = role.inline.into_keys().collect();
    let page = asked.paging.page(names, |name: &String| name)?;
    Ok(page.answered("PolicyNames", |name| name))
}

pub async fn delete(iam: &Iam, asked: Named) -> Result<(), Fault> {
    roles::change(iam, &asked.role_name, |role| {
        let removed = role.inline.remove(&asked.policy_name);
        removed.map(drop).ok_or_else(|| missing(&asked.policy_name))
    })
}
