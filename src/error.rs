//! The one error that reaches a person: what failed, what kind of failure it is, and what to do next.
//!
//! Errors below are data of their modules; here, and only here, each gets its exit code and its hints.

use crate::bundle::{self, BundleError};
use crate::cloud::CloudError;
use crate::deploy::{DeployError, Operation};
use crate::game::GameError;

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
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Blocked => 3,
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

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            detail: None,
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<CloudError> for Error {
    fn from(error: CloudError) -> Self {
        let message = error.to_string();
        match &error {
            CloudError::NoCredentials { .. } => Self::new(Kind::Blocked, message)
                .hint("AWS: run `aws sso login` or set AWS_PROFILE (or --profile)")
                .hint(
                    "another server: any will do, such as AWS_ACCESS_KEY_ID=test and \
                     AWS_SECRET_ACCESS_KEY=test",
                ),
            CloudError::Unreachable { endpoint, .. } => {
                Self::new(Kind::Blocked, message).hint(match endpoint.starts_with("AWS") {
                    true => "check the network and the region; `mafia doctor` looks at both",
                    false => "is the server running, and is that its address? `mafia doctor` looks",
                })
            }
            CloudError::NotAws { .. } => Self::new(Kind::Blocked, message).hint(
                "check --endpoint-url: a proxy, a login page or another server may answer there",
            ),
            CloudError::Settings(_) => Self::usage(message)
                .hint("`mafia --help` lists the settings, each with its MAFIA_* variable"),
            _ if error.is_denied() => Self::new(Kind::Blocked, message).hint(
                "`mafia doctor` shows as whom you are working; expired credentials are renewed by \
                 `aws sso login`",
            ),
            _ if error.is_throttled() => Self::new(Kind::Blocked, message).hint(
                "the account's request limit is used up: wait a minute and repeat the command",
            ),
            _ if error.is_server_fault() => Self::new(Kind::Blocked, message).hint(
                "the service itself failed, repeatedly: wait a minute and repeat the command",
            ),
            _ => Self::failed(message),
        }
    }
}

impl From<DeployError> for Error {
    fn from(error: DeployError) -> Self {
        let message = error.to_string();
        match error {
            DeployError::Cloud(error) => error.into(),
            DeployError::Foreign { .. } => Self::usage(message)
                .hint("choose another name with --stack NAME (or MAFIA_STACK)")
                .hint("mafia only touches stacks with the tag mafia:kind"),
            DeployError::NothingToPatch { .. } => {
                Self::usage(message).hint("create it first with `mafia deploy`, without --function")
            }
            DeployError::FunctionGone { .. } => Self::failed(message)
                .hint("it was deleted outside CloudFormation: `mafia clean`, then `mafia deploy`"),
            DeployError::Vanished { .. } | DeployError::Raced { .. } => {
                Self::failed(message).hint("run `mafia deploy` again to see how things stand")
            }
            DeployError::TemplateRefused { .. } => {
                Self::failed(message).hint("mend the template; nothing was changed")
            }
            DeployError::UnknownParameter { .. } => Self::usage(message),
            DeployError::ChangeSetFailed { .. } => Self::failed(message)
                .hint("mend the template or the parameters; nothing was changed"),
            DeployError::StackFailed(failure) => stack_failed(message, failure.operation),
            DeployError::PatchFailed { .. } => Self::failed(message)
                .hint("`mafia deploy` tries again; `mafia logs` shows what the function said"),
            DeployError::NoBucket { .. } => Self::failed(message).hint(
                "its stack was changed by hand: delete it with `mafia clean`, then `mafia deploy`",
            ),
        }
    }
}

fn stack_failed(message: String, operation: Operation) -> Error {
    const AGAIN: &str =
        "mend the cause and run `mafia deploy` again: it recovers the stack by itself";
    let error = Error::failed(message);
    match operation {
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
        };
        let message = error.to_string();
        match error.hint() {
            Some(hint) => Self::new(kind, message).hint(hint),
            None => Self::new(kind, message),
        }
    }
}

impl From<GameError> for Error {
    fn from(error: GameError) -> Self {
        let message = error.to_string();
        match error {
            GameError::Cloud(error) => error.into(),
            GameError::NotDeployed { .. } => {
                Self::failed(message).hint("`mafia deploy` creates it; --stack names another stack")
            }
            GameError::Function {
                function, log_tail, ..
            } => Self {
                detail: Some(log_tail).filter(|tail| !tail.trim().is_empty()),
                ..Self::failed(message)
                    .hint(format!("`mafia logs {}` shows more", short(&function)))
            },
            GameError::Refused { .. } => Self::failed(message)
                .hint("`mafia play state` shows who is in the game; `mafia play new` starts one"),
            GameError::Unexpected { function, .. } => Self::failed(message).hint(format!(
                "look at what it answers with `mafia invoke {}`",
                short(&function)
            )),
            GameError::Endless { .. } => Self::failed(message)
                .hint("look at the turns one by one: `mafia play night`, `mafia play day`"),
        }
    }
}

/// `04-day-turn` of `mafia-ann-04-day-turn`: the part that commands take.
fn short(function: &str) -> &str {
    let number = function
        .match_indices('-')
        .rev()
        .map(|(at, _)| &function[at + 1..])
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn the_short_name_of_a_function_is_what_commands_take() {
        assert_eq!(short("mafia-ann-04-day-turn"), "04-day-turn");
        assert_eq!(short("mafia-2-ann-01-new-game"), "01-new-game");
        assert_eq!(short("something"), "something");
    }
}
