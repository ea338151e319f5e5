//! The one error that a person sees: what failed, the kind of failure, and what to do next.
//!
//! The other modules have error types of their own. Only here they get an exit code and hints.

mod api;
mod class;
mod cloud;
mod denial;
mod deploy;
mod lab;
mod sandbox;
mod text;

pub use denial::{Requester, hints as hints_of};

use crate::bundle::{self, BundleError};
use crate::cloud::Denial;
use crate::functions::{self, CallError, FindError, TableError};
use crate::game::{self, GameError, Unplayable};
use crate::invocation::Invocation;
use crate::names::{LONGEST_STACK_NAME, StackNameError, short_name, without_number};
use crate::watch::WatchError;
use crate::wording::{TYPE_MORE, known_names, nearest};

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

pub const CREATE: &str = "run `mafia deploy` to create it";
/// What to do about a stack that is in DELETE_FAILED.
pub const FINISH_DELETION: &str =
    "run `mafia clean` to delete the rest of it, or `mafia deploy` to create it again";
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

    /// With the commands of its hints as they have to be typed.
    pub fn as_typed(mut self, invocation: &Invocation) -> Self {
        for hint in &mut self.hints {
            *hint = invocation.in_text(hint);
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

impl From<WatchError> for Error {
    fn from(error: WatchError) -> Self {
        Self::failed(error.to_string()).hint("run `mafia deploy` after each edit")
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

impl From<BundleError> for Error {
    fn from(error: BundleError) -> Self {
        let kind = match error.kind() {
            bundle::ErrorKind::Configuration => Kind::Usage,
            bundle::ErrorKind::Failed => Kind::Failed,
            bundle::ErrorKind::Blocked => Kind::Blocked,
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
            FindError::Conditional { .. } => Self::failed(message).hint(
                "deploy with the parameters that make the condition true, such as `mafia deploy -p \
                 NAME=VALUE`",
            ),
            FindError::Ambiguous { .. } => Self::usage(message).hint(TYPE_MORE),
            FindError::Unknown { known, plays, .. } if known.is_empty() => {
                Self::usage(message).hint(create_or_use(plays, "create its functions"))
            }
            FindError::NoFunctions { plays, .. } => {
                Self::failed(message).hint(create_or_use(plays, "create its functions"))
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

/// What a stack lacks that plays the game of another one is there; in others, it is to be created.
fn create_or_use(plays: Option<String>, create: &str) -> String {
    match plays {
        Some(game) => format!("it plays the game of stack {game}: use --stack {game}"),
        None => format!("run `mafia deploy` to {create}"),
    }
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        let message = error.to_string();
        match error {
            TableError::Cloud(error) => error.into(),
            TableError::Find(error) => error.into(),
            TableError::NoTable { plays, .. } => Self::failed(message)
                .hint(create_or_use(plays, "create what the template has"))
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
            CallError::Refused { function, refused } => {
                let mut error = Self::from(refused);
                // The hints of a refusal do not know what the request was about.
                let named = format!("-name {function}");
                for hint in &mut error.hints {
                    *hint = hint.replace("-name NAME", &named);
                }
                error
            }
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
                let denial = Denial::read(&error.error_message).or_else(|| Denial::read(&log_tail));
                let denial = denial
                    .iter()
                    .flat_map(|it| hints_of(it, Requester::Function));
                let failed = failed.hints(denial);
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

fn shows_task(lab: &str) -> String {
    format!("run `mafia lab show {lab}` to see how to write it")
}

impl From<GameError> for Error {
    fn from(error: GameError) -> Self {
        let message = error.to_string();
        match error {
            GameError::Call(error) => error.into(),
            GameError::Api(error) => error.into(),
            GameError::NoGame => Self::failed(message).hint("run `mafia play new` to start one"),
            GameError::Refused { reason, .. } => {
                let unwritten = game::task(&reason).map(shows_task);
                Self::failed(message).hint(unwritten.unwrap_or_else(|| SHOW_PLAYERS.to_owned()))
            }
            GameError::UnknownPlayer { nearest, .. } => Self::failed(message)
                .hints(nearest.map(|nearest| format!("did you mean {nearest}?")))
                .hint(SHOW_PLAYERS),
            GameError::PlayerOut { .. } => {
                Self::failed(message).hint("run `mafia play state` to see who is alive")
            }
            GameError::UnexpectedAnswer {
                function,
                answer,
                expected,
            } => match game::task(&answer) {
                Some(lab) => Self::failed(message).hint(shows_task(lab)),
                None => Self::failed(message)
                    .hint(format!("expected {expected}"))
                    .hint(format!(
                        "run `mafia invoke {}` to call it again",
                        short_name(&function)
                    )),
            },
            GameError::TooManyRounds { .. } | GameError::Stuck => Self::failed(message).hint(
                "play single turns to find the cause: `mafia play night`, `mafia play state`",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CloudError, FunctionError};

    #[test]
    fn the_hints_of_a_refused_call_name_the_function() {
        let error = Error::from(CallError::Refused {
            function: "ann-03-night-turn".to_owned(),
            refused: CloudError::Refused {
                operation: "Invoke",
                code: "TooManyRequestsException".to_owned(),
                message: "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)"
                    .to_owned(),
                status: 429,
            },
        });
        assert_eq!(error.kind, Kind::Blocked);
        let hints = error.hints.join("; ");
        for command in ["get", "delete"] {
            let named = format!(
                "`aws lambda {command}-function-concurrency --function-name ann-03-night-turn`"
            );
            assert!(hints.contains(&named), "{hints}");
        }
        assert!(
            !hints.contains("NAME") && !hints.contains("wait"),
            "{hints}"
        );
    }

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
