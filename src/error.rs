//! The one error that reaches a person: what failed, what kind of failure it is, and what to do next.
//!
//! Errors below are data of their modules; here, and only here, each gets its exit code and its hints.

mod sandbox;

use crate::bundle::{self, BundleError};
use crate::cloud::{CloudError, TargetKind};
use crate::deploy::{DeployError, Operation, StackFailure, StackRole};
use crate::functions::{self, CallError, FindError};
use crate::game::GameError;
use crate::names::{LONGEST_STACK_NAME, StackNameError, short_name, without_number};
use crate::wording::{nearest, shortened};

/// What kind of failure it is, and with that the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The work was tried and failed.
    Failed,
    /// Wrong usage or configuration: nothing was tried.
    Usage,
    /// Something outside has to change first: credentials, network, quota.
    Blocked,
    /// The person stopped it.
    Interrupted,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Blocked => 3,
            // By which shells know a program that was interrupted: 128 + SIGINT.
            Self::Interrupted => 130,
        }
    }
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
    /// What to do next, one way each.
    pub hints: Vec<String>,
    /// What a failing part said itself, such as the tail of a function's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Error {
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub fn blocked(message: impl Into<String>) -> Self {
        Self::new(Kind::Blocked, message)
    }

    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            detail: None,
        }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.hints([hint.into()])
    }

    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// What a failing part said itself; nothing when it said nothing.
    pub fn detail(mut self, text: &str) -> Self {
        let text = text.trim_end().trim_start_matches('\n');
        self.detail = (!text.is_empty()).then(|| text.to_owned());
        self
    }

    /// What a failing function wrote, without the lines that Lambda writes around each call.
    fn log(self, tail: &str) -> Self {
        self.detail(&functions::without_lambdas_lines(tail))
    }
}

impl From<StackNameError> for Error {
    fn from(error: StackNameError) -> Self {
        let message = error.to_string();
        match error {
            StackNameError::Invalid { .. } => Self::usage(message)
                .hint("a name is of letters, digits and hyphens, the first of them a letter")
                .hint(format!("and has at most {LONGEST_STACK_NAME} characters")),
            StackNameError::NoUser => {
                Self::usage(message).hint("name it with --stack NAME (or MAFIA_STACK)")
            }
        }
    }
}

impl From<CloudError> for Error {
    fn from(error: CloudError) -> Self {
        let message = error.to_string();
        match &error {
            CloudError::NoRegion { .. } => Self::usage(message)
                .hint("name one with --region, such as `--region eu-west-1`")
                .hint("or keep it in AWS_REGION, or as `region` in the profile"),
            CloudError::BadEndpoint { .. } => Self::usage(message)
                .hint("it looks like http://HOST:PORT, such as http://127.0.0.1:4566"),
            CloudError::NoCredentials { target, .. } => {
                let error = Self::blocked(message);
                match (&target.kind, &target.profile) {
                    (TargetKind::Aws, Some(profile)) => error
                        .hint(format!(
                            "`aws sso login --profile {profile}`, if it uses SSO"
                        ))
                        .hint("`aws configure list-profiles` lists the profiles there are"),
                    (TargetKind::Aws, None) => error
                        .hint("`aws sso login` or `aws configure` gets some")
                        .hint("--profile NAME (or AWS_PROFILE) takes those of a profile")
                        .hint("AWS_ACCESS_KEY_ID and its companions set them directly"),
                    _ => error.hint(
                        "such servers take any: AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
                    ),
                }
            }
            CloudError::Unreachable { target, .. } => {
                let error = Self::blocked(message);
                match target.kind {
                    TargetKind::Aws => error.hint("check the network and the name of the region"),
                    TargetKind::Sandbox { .. } => error
                        .hint(
                            "it has ended meanwhile: the same command starts it again and goes on",
                        )
                        .hint("`mafia sandbox logs` shows what it said"),
                    TargetKind::Endpoint { .. } => error
                        .hint("start the server, or correct --endpoint-url (MAFIA_ENDPOINT_URL)"),
                }
            }
            CloudError::NotAws { target, answer, .. } => {
                Self::blocked(format!("{target} does not answer as AWS does"))
                    .detail(answer)
                    .hint("a login page or a proxy may have answered: open a web page to see")
                    .hint(
                        "check --endpoint-url (MAFIA_ENDPOINT_URL): another server may live there",
                    )
            }
            CloudError::Refused {
                operation,
                code,
                message,
                ..
            } => Self {
                hints: refusal_hints(&error),
                ..Self::new(
                    refusal_kind(&error),
                    format!("{operation} was refused: {code}"),
                )
                .detail(&shortened(message))
            },
        }
    }
}

/// Who is not let in, or asks too much, or meets a broken service, can do nothing but wait or ask.
fn refusal_kind(error: &CloudError) -> Kind {
    if error.is_denied() || error.is_throttled() || error.is_server_fault() {
        Kind::Blocked
    } else {
        Kind::Failed
    }
}

fn refusal_hints(error: &CloudError) -> Vec<String> {
    let hints: &[&str] = if error.is_denied() {
        &[
            "credentials may have expired: `aws sso login` renews those of SSO",
            "`mafia doctor` shows as whom you are working",
        ]
    } else if error.is_throttled() {
        &["the account's request limit is used up: wait a minute and try again"]
    } else if error.is_server_fault() {
        &["the service itself failed, repeatedly: wait a minute and try again"]
    } else {
        &[]
    };
    hints.iter().map(|&hint| hint.to_owned()).collect()
}

impl From<DeployError> for Error {
    fn from(error: DeployError) -> Self {
        let message = error.to_string();
        match error {
            DeployError::Cloud(error) => error.into(),
            DeployError::ForeignStack { role, .. } => Self::usage(message)
                .hint(match role {
                    StackRole::Game => "choose another name with --stack NAME (or MAFIA_STACK)",
                    StackRole::Workshop => {
                        "choose another name with --workshop NAME (or MAFIA_WORKSHOP)"
                    }
                })
                .hint("mafia leaves alone whatever lacks its tag mafia:kind"),
            DeployError::NoStack { .. } => Self::usage(message)
                .hint("`mafia deploy`, without --function, creates it")
                .hint("--stack NAME names another stack"),
            DeployError::FunctionMissing { .. } => Self::failed(message)
                .hint("it was deleted outside CloudFormation: `mafia clean`, then `mafia deploy`"),
            DeployError::StackDisappeared { .. }
            | DeployError::FunctionChanged { .. }
            | DeployError::Conflict { .. } => {
                Self::failed(message).hint("run `mafia deploy` again to see how things stand")
            }
            DeployError::TemplateRefused { stack, reason } => {
                Self::failed(format!("CloudFormation refuses the template of {stack}"))
                    .detail(&shortened(&reason))
                    .hint("mend the template and deploy again; the stack is as it was")
            }
            DeployError::ParameterRefused { .. } => Self::usage(message)
                .hint("`mafia deploy --parameter NAME=VALUE` sets another value")
                .hint("the stack is as it was"),
            DeployError::UnknownParameter { parameter, known } => {
                let nearest = nearest(&parameter, known.iter().map(String::as_str));
                Self::usage(message)
                    .hints(nearest.map(|nearest| format!("did you mean {nearest}?")))
                    .hint(format!("it has {}", known.join(", ")))
            }
            DeployError::ChangeSetFailed { .. } => Self::failed(message)
                .hint("mend the template or the parameters; the stack is as it was"),
            DeployError::StackFailed(failure) => stack_failed(&failure),
            DeployError::PatchFailed { .. } => Self::failed(message)
                .hint("`mafia deploy` tries again; `mafia logs` shows what the function said"),
            DeployError::NoBucket { .. } => Self::failed(message).hint(
                "its stack was changed by hand: delete it with `mafia clean`, then `mafia deploy`",
            ),
        }
    }
}

fn stack_failed(failure: &StackFailure) -> Error {
    const AGAIN: &str = "mend the cause and deploy again: that recovers the stack, too";
    let why = failure.explanation().unwrap_or_default();
    let error = Error::failed(failure.summary()).detail(&shortened(&why));
    match failure.operation {
        Operation::Create | Operation::Update => error.hint(AGAIN),
        Operation::Rollback => error.hint(AGAIN).hint(
            "if the cause cannot be mended: `mafia clean`, then `mafia deploy`; this ends the game \
             that is being played",
        ),
        Operation::Delete => error.hint("mend the cause and run the same command again"),
    }
}

impl From<BundleError> for Error {
    fn from(error: BundleError) -> Self {
        let kind = match error.kind() {
            bundle::ErrorKind::Configuration => Kind::Usage,
            bundle::ErrorKind::Failed => Kind::Failed,
            bundle::ErrorKind::Interrupted => Kind::Interrupted,
        };
        Self {
            hints: error.hints(),
            ..Self::new(kind, error.to_string())
        }
    }
}

impl From<FindError> for Error {
    fn from(error: FindError) -> Self {
        let message = error.to_string();
        match error {
            FindError::Cloud(error) => error.into(),
            FindError::NoStack { .. } => Self::failed(message)
                .hint("`mafia deploy` creates it")
                .hint("--stack NAME (or MAFIA_STACK) names another stack"),
            FindError::Unknown { known, .. } if known.is_empty() => {
                Self::usage(message).hint("it has none at all: `mafia deploy` mends that")
            }
            FindError::Unknown { name, known, .. } => {
                let words: Vec<&str> = known.iter().map(|known| without_number(known)).collect();
                let all = known
                    .iter()
                    .map(String::as_str)
                    .chain(words.iter().copied());
                let meant = nearest(&name, all);
                Self::usage(message)
                    .hints(meant.map(|meant| format!("did you mean {meant}?")))
                    .hint(format!("it has {}", words.join(", ")))
            }
        }
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        let message = error.to_string();
        match error {
            CallError::Cloud(error) => error.into(),
            CallError::NoAnswer { .. } => Self::blocked(message)
                .hint("look how things stand first: `mafia play state`, `mafia logs`"),
            CallError::NotDeployed { .. } => Self::failed(message)
                .hint("`mafia deploy` creates it")
                .hint("--stack NAME (or MAFIA_STACK) names another stack"),
            CallError::Failed {
                function,
                error,
                log_tail,
            } => {
                let failed = Self::failed(message).log(&log_tail);
                let failed = match error.error_type.as_str() {
                    "Sandbox.Timedout" => failed.hint(
                        "its Timeout in the template is how long a call may take: is there a wait or \
                         a loop without an end?",
                    ),
                    // What the game's own functions call it when a setting cannot work.
                    "Configuration" => {
                        failed.hint("`mafia deploy --parameter NAME=VALUE` changes a parameter")
                    }
                    _ => failed,
                };
                failed.hint(format!("`mafia logs {}` shows more", short_name(&function)))
            }
        }
    }
}

impl From<GameError> for Error {
    fn from(error: GameError) -> Self {
        let message = error.to_string();
        match error {
            GameError::Call(error) => error.into(),
            GameError::Refused { .. } => Self::failed(message)
                .hint("`mafia play new` starts a game")
                .hint("`mafia play state` shows who is in it"),
            GameError::NotInTheGame { nearest, .. } => Self::failed(message)
                .hints(nearest.map(|nearest| format!("did you mean {nearest}?")))
                .hint("`mafia play state` shows who is in the game"),
            GameError::Out { .. } => {
                Self::failed(message).hint("`mafia play state` shows who is alive")
            }
            GameError::Unexpected {
                function,
                expected,
                log_tail,
                ..
            } => Self::failed(message)
                .log(&log_tail)
                .hint(format!("expected {expected}"))
                .hint(format!(
                    "`mafia invoke {}` calls it again",
                    short_name(&function)
                )),
            GameError::Endless { .. } => Self::failed(message)
                .hint("look at the turns one by one: `mafia play night`, `mafia play day`"),
        }
    }
}
