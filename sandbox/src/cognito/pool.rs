//! A user pool as it is recorded, and as AWS shows it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Cognito;
use super::fault::{invalid, no_pool};
use super::names::pool_arn;
use super::password_policy::PasswordPolicy;
use super::schema::Schema;
use super::user::BY_POOL;
use crate::fault::{Answer, Fault};
use crate::store::Record;
use crate::tags::{self, Tags};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Pool {
    pub id: String,
    pub name: String,
    pub settings: Settings,
    pub fixed: Fixed,
    pub schema: Schema,
    /// What the salts of users that do not exist are made of.
    pub pepper: String,
    /// In milliseconds since 1970, as the next.
    pub created: i64,
    pub modified: i64,
}

impl Record for Pool {
    const KIND: &'static str = "cognito.pool";
}

/// What an update of a pool replaces: what it does not give becomes the default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Settings {
    policies: Policies,
    pub auto_verified_attributes: Vec<String>,
    pub admin_create_user_config: AdminCreateUserConfig,
    account_recovery_setting: Option<AccountRecovery>,
    deletion_protection: Protection,
    pub user_pool_tags: Tags,
    user_pool_tier: Option<String>,
}

/// What a pool keeps from its creation on.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Fixed {
    username_attributes: Vec<String>,
    username_configuration: Option<UsernameConfiguration>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policies {
    password_policy: Option<PasswordPolicy>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AdminCreateUserConfig {
    pub allow_admin_create_user_only: bool,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountRecovery {
    recovery_mechanisms: Vec<RecoveryMechanism>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RecoveryMechanism {
    priority: u8,
    name: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Protection {
    Active,
    #[default]
    Inactive,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UsernameConfiguration {
    case_sensitive: bool,
}

const EMAIL: &str = "email";

impl Settings {
    pub fn check(&self) -> Result<(), Fault> {
        if let Some(policy) = &self.policies.password_policy {
            policy.check()?;
        }
        tags::check(&self.user_pool_tags).map_err(|unfit| invalid(unfit.to_string()))
    }
}

impl Pool {
    pub fn password_policy(&self) -> PasswordPolicy {
        let policy = self.settings.policies.password_policy.clone();
        policy.unwrap_or_else(PasswordPolicy::strict)
    }

    pub fn verifies_email(&self) -> bool {
        let attributes = &self.settings.auto_verified_attributes;
        attributes.iter().any(|attribute| attribute == EMAIL)
    }

    /// Whether users sign in with their addresses. Then their names are their ids.
    pub fn has_emails_as_names(&self) -> bool {
        let attributes = &self.fixed.username_attributes;
        attributes.iter().any(|attribute| attribute == EMAIL)
    }

    /// Whether users can set a new password with a code.
    pub fn lets_users_recover(&self) -> bool {
        match &self.settings.account_recovery_setting {
            Some(setting) => {
                let mut mechanisms = setting.recovery_mechanisms.iter();
                mechanisms.any(|mechanism| mechanism.name == "verified_email")
            }
            None => true,
        }
    }

    /// What differs of the members that a pool keeps from its creation on.
    pub fn differing(&self, fixed: &Fixed, schema: &Schema) -> Option<&'static str> {
        if self.schema != *schema {
            Some("Schema")
        } else if self.fixed.username_attributes != fixed.username_attributes {
            Some("UsernameAttributes")
        } else if self.fixed.username_configuration != fixed.username_configuration {
            Some("UsernameConfiguration")
        } else {
            None
        }
    }

    pub fn is_protected(&self) -> bool {
        self.settings.deletion_protection == Protection::Active
    }

    /// The text by which names are the same.
    pub fn folded(&self, name: &str) -> String {
        let configuration = self.fixed.username_configuration.as_ref();
        match configuration.is_some_and(|it| it.case_sensitive) {
            true => name.to_owned(),
            false => name.to_lowercase(),
        }
    }

    /// As `ListUserPools` shows it.
    pub fn summary(&self) -> Value {
        json!({
            "Id": self.id,
            "Name": self.name,
            "LambdaConfig": {},
            "LastModifiedDate": seconds(self.modified),
            "CreationDate": seconds(self.created),
        })
    }

    fn shown(&self, users: usize) -> Value {
        let settings = &self.settings;
        let mut shown = json!({
            "Arn": pool_arn(&self.id),
            "Policies": { "PasswordPolicy": self.password_policy() },
            "DeletionProtection": settings.deletion_protection,
            "SchemaAttributes": self.schema.shown(),
            "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE" },
            "MfaConfiguration": "OFF",
            "EstimatedNumberOfUsers": users,
            "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
            "UserPoolTags": settings.user_pool_tags,
            "AdminCreateUserConfig": {
                "AllowAdminCreateUserOnly": settings.admin_create_user_config.allow_admin_create_user_only,
                "UnusedAccountValidityDays": 7,
            },
            "UserPoolTier": settings.user_pool_tier.as_deref().unwrap_or("ESSENTIALS"),
        });
        let mut show = |name: &str, value: Value| {
            if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
                shown[name] = value;
            }
        };
        show(
            "AutoVerifiedAttributes",
            json!(settings.auto_verified_attributes),
        );
        show(
            "AccountRecoverySetting",
            json!(settings.account_recovery_setting),
        );
        show("UsernameAttributes", json!(self.fixed.username_attributes));
        show(
            "UsernameConfiguration",
            json!(self.fixed.username_configuration),
        );
        for (name, value) in self.summary().as_object().into_iter().flatten() {
            show(name, value.clone());
        }
        shown
    }
}

/// As JSON has times: seconds since 1970.
pub fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

impl Cognito {
    pub fn pool(&self, id: &str) -> Result<Pool, Fault> {
        self.pools.get(id)?.ok_or_else(|| no_pool(id))
    }

    pub fn shown_pool(&self, pool: &Pool) -> Answer {
        let users = self.users.count(&BY_POOL, &pool.id)?;
        Ok(json!({ "UserPool": pool.shown(users) }))
    }
}
