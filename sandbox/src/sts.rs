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
/// In seconds. Source: `DurationSeconds` in the documentation of AssumeRole and GetSessionToken.
const ASSUME_ROLE: DurationRange = DurationRange {
    min: 900,
    default: 3_600,
    max: 43_200,
};
const SESSION_TOKEN: DurationRange = DurationRange {
    min: 900,
    default: 43_200,
    max: 129_600,
};

#[derive(Debug)]
pub struct Sts {
    keyring: Arc<Keyring>,
    iam: Arc<Iam>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleRequest {
    role_arn: String,
    role_session_name: String,
    #[serde(default, deserialize_with = "lenient")]
    duration_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSessionTokenRequest {
    #[serde(default, deserialize_with = "lenient")]
    duration_seconds: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
struct DurationRange {
    min: u32,
    default: u32,
    max: u32,
}

impl Sts {
    pub fn new(keyring: &Arc<Keyring>, iam: &Arc<Iam>) -> Self {
        Self {
            keyring: keyring.clone(),
            iam: iam.clone(),
        }
    }

    /// Any caller may assume any role: trust policies are not evaluated.
    fn assume_role(&self, request: &AssumeRoleRequest, caller: &Caller) -> Answer {
        let session = session_name(&request.role_session_name)?;
        let duration = ASSUME_ROLE.duration(request.duration_seconds)?;
        let arn = &request.role_arn;
        let Some(role_id) = self.iam.role_id(arn)? else {
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
            id: format!("{role_id}:{session}"),
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}"),
        };
        Ok(json!({
            "AssumedRoleUser": { "AssumedRoleId": assumed.id, "Arn": assumed.arn },
            "Credentials": self.credentials(assumed, duration),
            "PackedPolicySize": 0,
        }))
    }

    fn session_token(&self, request: &GetSessionTokenRequest, caller: &Caller) -> Answer {
        let duration = SESSION_TOKEN.duration(request.duration_seconds)?;
        if caller.arn.contains(":assumed-role/") {
            return Err(Fault::denied(
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
            ));
        }
        Ok(json!({ "Credentials": self.credentials(caller.clone(), duration) }))
    }

    fn credentials(&self, caller: Caller, duration: Duration) -> Value {
        let Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.keyring.lend(caller, duration);
        json!({
            "AccessKeyId": access_key_id,
            "SecretAccessKey": secret_access_key,
            "SessionToken": session_token,
            "Expiration": clock::to_the_second(clock::millis(SystemTime::now() + duration)),
        })
    }
}

impl DurationRange {
    /// The duration requested, or the default.
    fn duration(self, seconds: Option<u32>) -> Result<Duration, Fault> {
        let seconds = seconds.unwrap_or(self.default);
        if (self.min..=self.max).contains(&seconds) {
            Ok(Duration::from_secs(seconds.into()))
        } else {
            Err(validation_error(format!(
                "DurationSeconds is {seconds}, but must be {} to {}",
                self.min, self.max
            )))
        }
    }
}

/// Source: `roleSessionNameType` in STS's API model.
fn session_name(name: &str) -> Result<&str, Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&name.len()) && name.chars().all(allowed) {
        Ok(name)
    } else {
        Err(validation_error(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
        )))
    }
}

fn validation_error(message: String) -> Fault {
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
