//! The one error that a person sees: what failed, the kind of failure, and what to do next.
//!
//! The other modules have error types of their own. Only here they get an exit code and hints.

mod cloud;
mod sandbox;
mod text;

use crate::bundle::{self, BundleError};
use crate::cloud::Change;
use crate::deploy::{Cause, DeployError, Operation, StackFailure, StackRole};
use crate::functions::{self, CallError, FindError, TableError};
use crate::game::{GameError, Unplayable};
use crate::names::{
    LONGEST_FUNCTION_NAME, LONGEST_STACK_NAME, StackNameError, short_name, without_number,
};
use crate::wording::{TYPE_MORE, known_names, nearest, shortened};

/// The kind of failure, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The work failed.
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
            // The convention of shells for a program that was interrupted: 128 + SIGINT.
            Self::Interrupted => 130,
        }
    }
}

const CREATE: &str = "run `mafia deploy` to create it";
const OTHER_STACK: &str = "or use another stack with --stack NAME (or MAFIA_STACK)";
const LIST_STACKS: &str = "run `mafia list` to see the stacks that are there";
const CHOOSE_STACK: &str = "choose a name with --stack NAME (or MAFIA_STACK)";
/// The code with which AWS's services say that they do not have what a request names.
const NOT_FOUND: &str = "ResourceNotFoundException";
const SHOW_PLAYERS: &str = "run `mafia play state` to see the players";

#[derive(Clone, Debug, serde::Serialize)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
    /// What to do next, one way each.
    pub hints: Vec<String>,
    /// The message of the failing part, such as the tail of a function's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The compiler's errors, which have been printed already.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compiler: Vec<String>,
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

    /// A person answered no to a question.
    pub fn cancelled() -> Self {
        Self::failed("cancelled, nothing deleted")
    }

    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: text::without_codes(&message.into()),
            hints: Vec::new(),
            detail: None,
            compiler: Vec::new(),
        }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.hints([hint.into()])
    }

    pub fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// With the options that were `typed` in the commands that its hints name: without them, these would work
    /// elsewhere.
    pub fn with_options(mut self, typed: &[(&str, String)]) -> Self {
        for hint in &mut self.hints {
            *hint = text::with_options(hint, typed);
        }
        self
    }

    /// Sets the message of the failing part, unless it is empty.
    pub fn detail(mut self, text: &str) -> Self {
        let text = text::without_codes(text.trim_end().trim_start_matches('\n'));
        self.detail = (!text.is_empty()).then_some(text);
        self
    }

    /// Sets what a failing function logged, without Lambda's own lines.
    fn log(self, tail: &str) -> Self {
        self.detail(&functions::without_lambdas_lines(tail))
    }
}

impl From<StackNameError> for Error {
    fn from(error: StackNameError) -> Self {
        let message = error.to_string();
        match error {
            StackNameError::Invalid { .. } => Self::usage(message).hint(format!(
                "use at most {LONGEST_STACK_NAME} letters, digits and hyphens, starting with a \
                 letter"
            )),
            StackNameError::Default { .. } | StackNameError::NoUser => {
                Self::usage(message).hint(CHOOSE_STACK)
            }
        }
    }
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
                .hint("mafia changes only stacks that have its tag mafia:kind"),
            DeployError::NoStack { .. } => Self::usage(message)
                .hint("run `mafia deploy` without a function's name to create it")
                .hint(OTHER_STACK)
                .hint(LIST_STACKS),
            DeployError::LongFunctionName { .. } => Self::usage(message)
                .hint(format!("Lambda allows {LONGEST_FUNCTION_NAME} characters"))
                .hint(
                    "use a shorter stack name (--stack), or a shorter name in \
                     `[package.metadata.mafia.functions]`",
                ),
            DeployError::Mismatch(mismatch) => Self::usage(message)
                .detail(&mismatch.snippet)
                .hints(mismatch.hints),
            DeployError::FunctionMissing { .. } => Self::failed(message).hint(
                "it was deleted outside CloudFormation; run `mafia deploy` without a function's name to \
                 restore it",
            ),
            DeployError::ResourcesGone { .. } => Self::failed(message)
                .hint("this target cannot restore them; run `mafia clean`, then `mafia deploy`"),
            DeployError::LostTags { stack } => Self::usage(message)
                .hint(format!(
                    "if {stack} is your game, use --adopt (or MAFIA_ADOPT=true): `mafia deploy \
                     --adopt` gives it its tags again"
                ))
                .hint("choose another name with --stack NAME (or MAFIA_STACK)"),
            DeployError::Strangers { stack, .. } => Self::usage(message)
                .hint(format!(
                    "if {stack} is yours, perhaps from another clone of the workshop, or you may \
                     have it, use --adopt (or MAFIA_ADOPT=true): after the next update it belongs \
                     to this folder"
                ))
                .hint("choose another name with --stack NAME (or MAFIA_STACK)"),
            DeployError::NoPlaceForTemplate { .. } => {
                Self::failed(message).hint("run `mafia deploy`, which creates the bucket")
            }
            DeployError::OwnParameter { .. } => {
                Self::usage(message).hint("omit it: `mafia deploy` sets it")
            }
            DeployError::Protected { stack } => Self::failed(message).hint(format!(
                "if you may delete it, run `aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --stack-name {stack}` first"
            )),
            DeployError::StackDisappeared { .. }
            | DeployError::FunctionChanged { .. }
            | DeployError::Conflict { .. } => {
                Self::failed(message).hint("run `mafia deploy` again")
            }
            DeployError::TemplateRefused { reason, .. } => Self::failed(message)
                .detail(&shortened(&reason))
                .hint("fix the template and deploy again; the stack is unchanged"),
            DeployError::ParameterRefused { .. } => Self::usage(message)
                .hint("set another value with `mafia deploy --parameter NAME=VALUE`")
                .hint("the stack is unchanged"),
            DeployError::UnknownParameter { parameter, known } => {
                let nearest = nearest(&parameter, known.iter().map(String::as_str));
                Self::usage(message).hints(known_names("parameters", &known, nearest))
            }
            DeployError::ChangeSetFailed { .. } => Self::failed(message)
                .hint("fix the template or the parameters; the stack is unchanged"),
            DeployError::LosesData { changes, .. } => Self::usage(message)
                .hint("use --yes if it may be lost")
                .hints(ways_to_keep(&changes)),
            DeployError::StackFailed(failure) => stack_failed(&failure),
            DeployError::PatchFailed { .. } => Self::failed(message)
                .hint("run `mafia deploy` to try again, or `mafia logs` to see the function's log"),
            DeployError::NoBucket { .. } => Self::failed(message)
                .hint("the stack was changed by hand; run `mafia clean`, then `mafia deploy`"),
        }
    }
}

/// How to keep the data that an update would lose. Of a resource that is not in the template any more, the
/// stack has the policy of the last deployment.
fn ways_to_keep(changes: &[Change]) -> Vec<String> {
    let lost = changes.iter().filter(|change| change.loses_data);
    let (removed, replaced): (Vec<&Change>, Vec<&Change>) =
        lost.partition(|change| change.action == "Remove");
    let policies = "DeletionPolicy and UpdateReplacePolicy";
    let mut ways = Vec::new();
    if !replaced.is_empty() {
        let names = names(&replaced);
        ways.push(format!(
            "to keep {names}, set {policies} to Retain there in the template"
        ));
    }
    if !removed.is_empty() {
        let names = names(&removed);
        ways.push(format!(
            "to keep {names}, put it back into the template with {policies} set to Retain, deploy, \
             then remove it"
        ));
    }
    ways
}

fn names(changes: &[&Change]) -> String {
    let names: Vec<&str> = changes.iter().map(|it| it.logical_id.as_str()).collect();
    names.join(", ")
}

/// What helps against some frequent causes of failed operations.
fn remedy(cause: &Cause) -> Option<String> {
    let reason = cause.reason.to_lowercase();
    let Cause {
        logical_id,
        resource_type,
        physical_id,
        ..
    } = cause;
    let name = physical_id.as_ref().unwrap_or(logical_id);
    if reason.contains("already exists") && resource_type == "AWS::Logs::LogGroup" {
        Some(format!(
            "another stack may have left the log group; delete it with `aws logs delete-log-group \
             --log-group-name {name}`"
        ))
    } else if reason.contains("already exists") {
        Some(format!(
            "delete {name} if nobody needs it, or give {logical_id} another name"
        ))
    } else if reason.contains("deletion protection")
        || reason.contains("protected against deletion")
    {
        Some(format!(
            "if it may go, take its protection away: `aws dynamodb update-table --table-name {name} \
             --no-deletion-protection-enabled`"
        ))
    } else {
        None
    }
}

fn stack_failed(failure: &StackFailure) -> Error {
    const AGAIN: &str = "fix the cause and deploy again; this also recovers the stack";
    let why = failure.explanation().unwrap_or_default();
    let error = Error::failed(failure.summary())
        .detail(&shortened(&why))
        .hints(failure.cause.as_ref().and_then(remedy));
    match failure.operation {
        Operation::Create | Operation::Update => error.hint(AGAIN),
        Operation::Rollback => error.hint(AGAIN).hint(
            "if you cannot fix it, run `mafia clean`, then `mafia deploy`; this deletes the \
             current game",
        ),
        Operation::Delete => error.hint("fix the cause and run the same command again"),
    }
}

impl From<BundleError> for Error {
    fn from(error: BundleError) -> Self {
        let kind = match error.kind() {
            bundle::ErrorKind::Configuration => Kind::Usage,
            bundle::ErrorKind::Failed => Kind::Failed,
            bundle::ErrorKind::Interrupted => Kind::Interrupted,
        };
        let compiler = match &error {
            BundleError::Compile { errors } => errors.clone(),
            _ => Vec::new(),
        };
        Self {
            hints: error.hints(),
            compiler,
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
                .hint(CREATE)
                .hint(OTHER_STACK)
                .hint(LIST_STACKS),
            FindError::Deleted { .. } => {
                Self::failed(message).hint("run `mafia deploy` to create it again")
            }
            FindError::Ambiguous { .. } => Self::usage(message).hint(TYPE_MORE),
            FindError::Unknown { known, .. } if known.is_empty() => {
                Self::usage(message).hint("run `mafia deploy` to create its functions")
            }
            FindError::Unknown { name, known, .. } => {
                let words = known.iter().map(|known| without_number(known).to_owned());
                let words: Vec<String> = words.collect();
                let nearest = nearest(&name, known.iter().chain(&words).map(String::as_str));
                Self::usage(message).hints(known_names("functions", &words, nearest))
            }
        }
    }
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        let message = error.to_string();
        match error {
            TableError::Cloud(error) => error.into(),
            TableError::Find(error) => error.into(),
            TableError::NoTable { .. } => Self::failed(message)
                .hint("run `mafia deploy` to create what the template has")
                .hint(OTHER_STACK),
            TableError::UnknownTable { known, nearest, .. } => {
                Self::usage(message).hints(known_names("tables", &known, nearest.as_deref()))
            }
            TableError::SeveralTables { known, .. } => Self::usage(message).hint(format!(
                "name one of them, such as `mafia table {}`",
                known.first().map_or("TABLE", String::as_str)
            )),
            TableError::Deleted { .. } => {
                Self::failed(message).hint("run `mafia deploy --full` to create it again")
            }
            TableError::UnknownIndex { known, .. } if known.is_empty() => {
                Self::usage(message).hint("the table has no index; omit --index")
            }
            TableError::UnknownIndex { known, nearest, .. } => {
                Self::usage(message).hints(known_names("indexes", &known, nearest.as_deref()))
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
                .hint("check the game first with `mafia play state` and `mafia logs`"),
            CallError::Missing(error) => error.into(),
            CallError::Failed {
                function,
                error,
                log_tail,
            } => {
                let failed = Self::failed(message)
                    .log(&text::without_repetition(&log_tail, &error.error_message));
                let failed = match error.error_type.as_str() {
                    "Sandbox.Timedout" => failed.hint(
                        "check the function for endless loops and waits, or increase its Timeout \
                         in the template",
                    ),
                    "Runtime.OutOfMemory" => failed.hint(
                        "the function used more than its MemorySize: use less, or increase it in the \
                         template",
                    ),
                    // The type of the game functions' errors about their settings.
                    "Configuration" if error.error_message.contains("parameter") => {
                        failed.hint("change a parameter with `mafia deploy --parameter NAME=VALUE`")
                    }
                    _ if error.error_message.contains(NOT_FOUND) => failed.hint(
                        "something that the function uses is gone: `mafia doctor` names it, and \
                         `mafia deploy --full` restores it",
                    ),
                    _ => failed,
                };
                failed.hint(format!(
                    "run `mafia logs {}` to see more",
                    short_name(&function)
                ))
            }
        }
    }
}

impl From<Unplayable> for Error {
    fn from(error: Unplayable) -> Self {
        let message = error.to_string();
        match error {
            Unplayable::NobodyInnocent { players, mafia } => {
                let (more, fewer) = (mafia.saturating_mul(3), players / 2);
                Self::usage(message)
                    .hint(format!(
                        "set more players, such as `mafia deploy -p Players={more} -p Mafia={mafia}`"
                    ))
                    .hint(format!(
                        "or fewer mafia, such as `mafia deploy -p Players={players} -p Mafia={fewer}`"
                    ))
            }
            Unplayable::NotWhole { name, .. } => {
                Self::usage(message).hint(format!("write it like `mafia deploy -p {name}=7`"))
            }
        }
    }
}

impl From<GameError> for Error {
    fn from(error: GameError) -> Self {
        let message = error.to_string();
        match error {
            GameError::Call(error) => error.into(),
            GameError::NoGame => Self::failed(message).hint("run `mafia play new` to start one"),
            GameError::Refused { .. } => Self::failed(message).hint(SHOW_PLAYERS),
            GameError::UnknownPlayer { nearest, .. } => Self::failed(message)
                .hints(nearest.map(|nearest| format!("did you mean {nearest}?")))
                .hint(SHOW_PLAYERS),
            GameError::PlayerOut { .. } => {
                Self::failed(message).hint("run `mafia play state` to see who is alive")
            }
            GameError::UnexpectedAnswer {
                function, expected, ..
            } => Self::failed(message)
                .hint(format!("expected {expected}"))
                .hint(format!(
                    "run `mafia invoke {}` to call it again",
                    short_name(&function)
                )),
            GameError::TooManyRounds { .. } => Self::failed(message)
                .hint("play single turns to find the cause: `mafia play night`, `mafia play day`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::FunctionError;

    #[test]
    fn a_function_that_misses_a_table_leads_to_a_full_deployment() {
        let hints = |message: &str| {
            let failed = CallError::Failed {
                function: "ann-01-one".to_owned(),
                error: FunctionError {
                    error_type: "Runtime".to_owned(),
                    error_message: message.to_owned(),
                },
                log_tail: String::new(),
            };
            Error::from(failed).hints
        };
        let missing =
            hints("service error: ResourceNotFoundException: Requested resource not found");
        assert!(missing[0].contains("`mafia deploy --full`"), "{missing:?}");
        assert_eq!(hints("no names").len(), 1);
    }
}
