//! STS: who is asking, and keys for those who act in a role.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ACCOUNT;
use super::clock;
use super::fault::{Answer, Fault};
use super::iam::Iam;
use super::keys::{Keyring, Keys};
use super::service::{Caller, Service};
use super::wire::{self, lenient};

const OPERATIONS: &[&str] = &["AssumeRole", "GetCallerIdentity", "GetSessionToken"];
/// In seconds.
const ASSUMED: Lifetimes = Lifetimes {
    shortest: 900,
    usual: 3_600,
    longest: 43_200,
};
const SESSION: Lifetimes = Lifetimes {
    shortest: 900,
    usual: 43_200,
    longest: 129_600,
};

#[derive(Debug)]
pub struct Sts {
    keyring: Arc<Keyring>,
    iam: Arc<Iam>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Assumption {
    role_arn: String,
    role_session_name: String,
    #[serde(default, deserialize_with = "lenient")]
    duration_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    #[serde(default, deserialize_with = "lenient")]
    duration_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Lifetimes {
    shortest: u32,
    usual: u32,
    longest: u32,
}

impl Sts {
    pub fn new(keyring: &Arc<Keyring>, iam: &Arc<Iam>) -> Self {
        Self {
            keyring: keyring.clone(),
            iam: iam.clone(),
        }
    }

    /// Whoever has keys of this sandbox may take on any role of it.
    fn assume_role(&self, asked: &Assumption, caller: &Caller) -> Answer {
        let session = session_name(&asked.role_session_name)?;
        let lifetime = ASSUMED.chosen(asked.duration_seconds)?;
        let arn = &asked.role_arn;
        let Some(role) = self.iam.role_id(arn)? else {
            return Err(Fault::denied(
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}: the \
                     role does not exist",
                    caller.arn
                ),
            ));
        };
        let name = arn.rsplit('/').next().unwrap_or_default();
        let assumed = Caller {
            id: format!("{role}:{session}"),
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}"),
        };
        Ok(json!({
            "AssumedRoleUser": { "AssumedRoleId": assumed.id, "Arn": assumed.arn },
            "Credentials": self.credentials(assumed, lifetime),
            "PackedPolicySize": 0,
        }))
    }

    fn session_token(&self, asked: &Session, caller: &Caller) -> Answer {
        let lifetime = SESSION.chosen(asked.duration_seconds)?;
        if caller.arn.contains(":assumed-role/") {
            return Err(Fault::denied(
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
            ));
        }
        Ok(json!({ "Credentials": self.credentials(caller.clone(), lifetime) }))
    }

    fn credentials(&self, caller: Caller, lifetime: Duration) -> Value {
        let Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.keyring.lend(caller, lifetime);
        json!({
            "AccessKeyId": access_key_id,
            "SecretAccessKey": secret_access_key,
            "SessionToken": session_token,
            "Expiration": clock::to_the_second(clock::millis(SystemTime::now() + lifetime)),
        })
    }
}

impl Lifetimes {
    fn chosen(self, seconds: Option<u32>) -> Result<Duration, Fault> {
        let seconds = seconds.unwrap_or(self.usual);
        if (self.shortest..=self.longest).contains(&seconds) {
            Ok(Duration::from_secs(seconds.into()))
        } else {
            Err(invalid(format!(
                "DurationSeconds is {seconds}, but must be {} to {}",
                self.shortest, self.longest
            )))
        }
    }
}

/// Source: the service's `roleSessionNameType`.
fn session_name(name: &str) -> Result<&str, Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&name.len()) && name.chars().all(allowed) {
        Ok(name)
    } else {
        Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
        )))
    }
}

fn invalid(message: String) -> Fault {
    Fault::invalid("ValidationError", message)
}

#[async_trait]
impl Service for Sts {
    async fn call(&self, operation: &str, parameters: Value, caller: &Caller) -> Answer {
        match operation {
            "AssumeRole" => self.assume_role(&wire::read(parameters)?, caller),
            "GetCallerIdentity" => {
                Ok(json!({ "Account": ACCOUNT, "Arn": caller.arn, "UserId": caller.id }))
            }
            "GetSessionToken" => self.session_token(&wire::read(parameters)?, caller),
            _ => Err(Fault::unknown_operation("STS", operation, OPERATIONS)),
        }
    }
}
