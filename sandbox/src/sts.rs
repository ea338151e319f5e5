//! STS: who is asking, and keys for those who act in a role.

mod session;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use super::ACCOUNT;
use super::arn::Arn;
use super::authorise::Access;
use super::authorise::policy::ResourcePolicy;
use super::caller::Caller;
use super::clock;
use super::fault::Fault;
use super::iam::Iam;
use super::keys::{Keyring, Keys};
use super::service::{Request, WithCaller, service};
use super::wire::{Protocol, lenient};
use session::GivenTerms;

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

/// Of a session that another session begins. Source: "Roles terms and concepts" in IAM's user guide.
const LONGEST_IN_CHAIN: Duration = Duration::from_secs(3_600);

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
    #[serde(flatten)]
    terms: GivenTerms,
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

    fn credentials(&self, caller: Caller, duration: Duration) -> Value {
        let Keys {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.keyring.issue_for(caller, duration);
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

async fn assume_role(sts: &Sts, request: WithCaller<AssumeRoleRequest>) -> Result<Value, Fault> {
    let WithCaller { parameters, caller } = request;
    let session = session_name(&parameters.role_session_name)?;
    let duration = ASSUME_ROLE.duration(parameters.duration_seconds)?;
    let arn = &parameters.role_arn;
    let is_role = |arn: Arn| arn.service == "iam" && arn.resource.starts_with("role/");
    if !Arn::parse(arn).is_some_and(is_role) {
        return Err(validation_error(format!("{arn} is invalid")));
    }
    let terms = parameters.terms.checked(&sts.iam, &caller)?;
    let Some((role_id, longest)) = sts.iam.role_of_session(arn)? else {
        return Err(Fault::denied(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}: the \
                 role does not exist",
                caller.arn
            ),
        ));
    };
    if duration.as_secs() > longest.into() {
        return Err(validation_error(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
                .to_owned(),
        ));
    }
    if caller.session().is_some() && duration > LONGEST_IN_CHAIN {
        return Err(validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
                .to_owned(),
        ));
    }
    let name = arn.rsplit('/').next().unwrap_or_default();
    let packed_size = session::packed_size(&terms);
    let assumed = Caller::in_role(&role_id, name, session).with_terms(terms);
    let mut answer = json!({
        "AssumedRoleUser": { "AssumedRoleId": assumed.id, "Arn": assumed.arn },
        "Credentials": sts.credentials(assumed, duration),
    });
    if let Some(size) = packed_size {
        answer["PackedPolicySize"] = json!(size);
    }
    Ok(answer)
}

async fn get_caller_identity(_: &Sts, request: Request) -> Result<Value, Fault> {
    let Caller { arn, id, .. } = request.caller;
    Ok(json!({ "Account": ACCOUNT, "Arn": arn, "UserId": id }))
}

async fn get_session_token(
    sts: &Sts,
    request: WithCaller<GetSessionTokenRequest>,
) -> Result<Value, Fault> {
    let duration = SESSION_TOKEN.duration(request.parameters.duration_seconds)?;
    if request.caller.session().is_some() {
        return Err(Fault::denied(
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    Ok(json!({ "Credentials": sts.credentials(request.caller, duration) }))
}

fn role(_: &Sts, action: &'static str, parameters: &Value) -> Vec<Access> {
    session::accesses(action, parameters)
}

/// The trust policy of a role.
fn policy_of(sts: &Sts, access: &Access) -> Result<Option<ResourcePolicy>, Fault> {
    sts.iam.trust_policy(&access.resource)
}

/// On AWS no policy is needed for these.
fn any(_: &Sts, action: &'static str, _: &Value) -> Vec<Access> {
    vec![Access::any(action)]
}

service! { Sts {
    name: "STS",
    signing_name: "sts",
    protocol: Protocol::Query { namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
    invalid: "ValidationError",
    longest_body: 1 << 20,
    members: include_str!("sts_members.txt"),
    policy_of: policy_of,
    operations: {
        AssumeRole on role => assume_role,
        GetCallerIdentity on any => get_caller_identity,
        GetSessionToken on any => get_session_token,
    },
} }
