//! Hints for failed requests to AWS.

use super::{Error, Kind, Requester, hints_of, sandbox};
use crate::cloud::{CloudError, Denial, Proxy, Refusal, Target, TargetKind, Way};
use crate::wording::shortened;

impl From<CloudError> for Error {
    fn from(error: CloudError) -> Self {
        let message = error.to_string();
        let refusal = error.refusal();
        match &error {
            CloudError::NoRegion { .. } => Self::usage(message)
                .hint("set one with --region, such as `--region eu-west-1`")
                .hint("or set AWS_REGION, or `region` in the profile"),
            CloudError::Misconfigured(wrong) => {
                Self::usage(message).hints(wrong.remedies.iter().cloned())
            }
            CloudError::NoCredentials { target, reason } => {
                Self::blocked(message).hints(find_keys(target, reason.is_some()))
            }
            CloudError::Unreachable { reason, .. } if reason.contains("certificate") => {
                Self::blocked(message).hint(
                    "where the network reads TLS, name a file with its authority in AWS_CA_BUNDLE",
                )
            }
            CloudError::Unreachable { target, way, .. } => {
                Self::blocked(message).hints(reach(target, way.as_deref()))
            }
            CloudError::NotAws { target, answer } => Self::blocked(message)
                .detail(answer)
                .hint("a login page or a proxy may have answered; open a web page to check")
                .hints(target.places.endpoint.as_ref().map(|place| {
                    format!("check {place}; it may be the address of another server")
                })),
            CloudError::Refused {
                operation,
                code,
                message,
                ..
            } => {
                let (kind, hints) = refused(refusal.unwrap_or(Refusal::Other));
                let denial = Denial::read(message).filter(|_| refusal == Some(Refusal::NotAllowed));
                let known = denial.iter().flat_map(|it| hints_of(it, Requester::Caller));
                // What is known is better than to send the message to somebody.
                let hints = hints.iter().skip(denial.iter().count());
                let title = format!("{operation} was refused: {code}");
                Self::new(kind, title)
                    .detail(&shortened(message))
                    .hints(known.chain(hints.map(|&hint| hint.to_owned())))
            }
        }
    }
}

/// What to do without keys; `failed` if their source is there, and failed.
fn find_keys(target: &Target, failed: bool) -> Vec<String> {
    const SET_KEYS: &str = "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    let source = target.places.keys.as_ref().filter(|_| failed);
    match (source, &target.kind, &target.profile) {
        (Some(source), ..) => vec![
            match source {
                sso if sso.contains("`sso_") => "run `aws sso login` for this profile".to_owned(),
                login if login.contains("`login_") => "run `aws login` for this profile".to_owned(),
                other => format!("check {other}"),
            },
            "or use another profile with --profile NAME (or AWS_PROFILE)".to_owned(),
            SET_KEYS.to_owned(),
        ],
        (None, TargetKind::Aws, Some(profile)) => vec![
            format!("run `aws sso login --profile {profile}` if the profile uses SSO"),
            "run `aws configure list-profiles` to list the profiles".to_owned(),
        ],
        (None, TargetKind::Aws, None) => vec![
            "run `aws sso login` or `aws configure`".to_owned(),
            "or use a profile with --profile NAME (or AWS_PROFILE)".to_owned(),
            SET_KEYS.to_owned(),
        ],
        (None, _, Some(profile)) => vec![
            format!("add keys to profile {profile}: `aws configure --profile {profile}`"),
            "or leave the profile out, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                .to_owned(),
        ],
        (None, _, None) => vec![
            "most such servers accept AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test".to_owned(),
        ],
    }
}

/// What to do when no answer came on this way.
fn reach(target: &Target, way: Option<&Way>) -> Vec<String> {
    if let Some(Proxy { variable, .. }) = way.and_then(|way| way.proxy.as_ref()) {
        return vec![
            format!(
                "check the proxy in {variable}; with a password, it is http://USER:PASSWORD@HOST:PORT"
            ),
            format!("or unset {variable}, or name the server in NO_PROXY, to go without the proxy"),
        ];
    }
    if let Some(it) = way.and_then(|way| target.elsewhere_at(&way.url)) {
        return vec![format!("start the server, or change {}", it.url.place)];
    }
    match &target.kind {
        TargetKind::Aws => {
            let region = &target.region;
            let region = match &target.places.region {
                Some(place) => {
                    format!("check the network, and whether `{region}` is a region ({place})")
                }
                None => format!("check the network, and whether `{region}` is a region"),
            };
            vec![region]
        }
        TargetKind::Sandbox { .. } => vec![
            "the sandbox has stopped; run the same command again to restart it".to_owned(),
            sandbox::SHOW_LOG.to_owned(),
        ],
        TargetKind::Endpoint { .. } => {
            let place = target.places.endpoint.as_deref();
            let place = place.unwrap_or("--endpoint-url (MAFIA_ENDPOINT_URL)");
            vec![format!("start the server, or change {place}")]
        }
    }
}

const MAKE_ANEW: &str =
    "or run `mafia clean`, then `mafia deploy`: the function is made anew, and the game is lost";

const WHO: &str = "run `mafia doctor` to see which identity you use, and what it may do";

/// The kind of failure, and what to do about it. What has to change outside blocks the work.
fn refused(refusal: Refusal) -> (Kind, &'static [&'static str]) {
    match refusal {
        Refusal::NotAllowed => (
            Kind::Blocked,
            &[
                "a permission is missing: send this message to whoever manages the account",
                WHO,
            ],
        ),
        Refusal::SessionOver => (
            Kind::Blocked,
            &["the session is over; log in again, for example with `aws sso login`"],
        ),
        Refusal::UnknownKeys => (
            Kind::Blocked,
            &[
                "check the access key; temporary keys also need AWS_SESSION_TOKEN",
                "a region that the account has not enabled refuses all keys; check --region",
                "or log in again, for example with `aws sso login`",
            ],
        ),
        Refusal::WrongSignature => (
            Kind::Blocked,
            &["check the secret access key: it does not belong to this access key"],
        ),
        Refusal::WrongClock => (
            Kind::Blocked,
            &["set the clock of this computer: it differs too much from AWS's"],
        ),
        Refusal::RegionDisabled => (
            Kind::Blocked,
            &[
                "choose another region with --region",
                "or enable the region for the account in the AWS console",
            ],
        ),
        Refusal::OtherRegion => (
            Kind::Usage,
            &["choose the region of the bucket with --region"],
        ),
        Refusal::AccountNotReady => (
            Kind::Blocked,
            &[
                "AWS checks new accounts, which can take a day; look for e-mails from AWS",
                "open the AWS console to see what the account still needs",
            ],
        ),
        Refusal::Throttled => (
            Kind::Blocked,
            &["the account's request limit is reached; wait a minute and try again"],
        ),
        Refusal::QuotaReached => (
            Kind::Blocked,
            &[
                "a quota of the account is used up; delete what is not needed any more",
                "or ask for more in the AWS console, under Service Quotas",
            ],
        ),
        Refusal::Busy => (
            Kind::Blocked,
            &["something else is changing it at the moment; wait a minute and try again"],
        ),
        Refusal::Protected => (
            Kind::Blocked,
            &[
                "if it may be deleted, run `aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --stack-name NAME`",
            ],
        ),
        Refusal::Reserved => (
            Kind::Blocked,
            &[
                "somebody has limited how often the function may run at the same time (to 0, it never \
                 does): `aws lambda get-function-concurrency --function-name NAME` shows it",
                "`aws lambda delete-function-concurrency --function-name NAME` removes the limit",
                MAKE_ANEW,
            ],
        ),
        Refusal::RoleUnusable => (
            Kind::Blocked,
            &[
                "the role must exist, and its trust policy must name the service that assumes it",
                "if it is the stack's own and was deleted, `mafia deploy --full` restores it",
            ],
        ),
        Refusal::KeyUnusable => (
            Kind::Blocked,
            &[
                "somebody has changed the function's key, or made its role again: `aws lambda \
                 update-function-configuration --function-name NAME --kms-key-arn ''` takes Lambda's own key",
                MAKE_ANEW,
            ],
        ),
        Refusal::ConnectionUnusable => (
            Kind::Blocked,
            &[
                "somebody has connected the function to a network or file system: `aws lambda \
                 update-function-configuration --function-name NAME --vpc-config \
                 SubnetIds=[],SecurityGroupIds=[] --file-system-configs '[]'` disconnects it",
                MAKE_ANEW,
            ],
        ),
        Refusal::CodeUnusable => (
            Kind::Failed,
            &["run `mafia deploy` to give the function its code again"],
        ),
        Refusal::ServiceFailed => (
            Kind::Blocked,
            &["the service failed several times; wait a minute and try again"],
        ),
        Refusal::NotFound | Refusal::AlreadyExists | Refusal::Other => (Kind::Failed, &[]),
    }
}

#[cfg(test)]
#[path = "cloud_tests.rs"]
mod tests;
