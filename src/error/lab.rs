//! What a person sees when a lab cannot be checked.

use super::{CREATE, Error, FINISH_DELETION, Kind, LIST_STACKS, OTHER_STACK};
use crate::lab::authoring::TrialError;
use crate::lab::check::{Blocked, Stale};
use crate::lab::manifest::UnknownLab;
use crate::lab::run::RunError;
use crate::wording::known_names;

impl From<UnknownLab> for Error {
    fn from(error: UnknownLab) -> Self {
        let nearest = error.nearest.as_deref();
        Self::usage(error.to_string()).hints(known_names("labs", &error.known, nearest))
    }
}

impl From<RunError> for Error {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::Cloud(error) => error.into(),
            RunError::Api(error) => error.into(),
            RunError::Call(error) => error.into(),
            RunError::Deploy(error) => error.into(),
            RunError::Unmet { plays, .. } => Self::failed(message)
                .hint(match plays {
                    Some(game) => {
                        format!("run `mafia logs --stack {game}` to see what the functions said")
                    }
                    None => "run `mafia logs` to see what the functions said".to_owned(),
                })
                .hint("or `mafia deploy` to deploy what is in your folder"),
        }
    }
}

impl From<TrialError> for Error {
    fn from(error: TrialError) -> Self {
        let message = error.to_string();
        match error {
            TrialError::Read { .. } => Self::usage(message)
                .hint("run it in the folder of the project, or name the labs with --labs FOLDER"),
            TrialError::Work { .. } => {
                Self::failed(message).hint("use another folder with --work FOLDER")
            }
            TrialError::Unknown(_) => Self::usage(message),
        }
    }
}

impl From<Blocked> for Error {
    /// Whatever it is, the check says nothing about the student's code.
    fn from(blocked: Blocked) -> Self {
        let message = blocked.to_string();
        let error = match blocked {
            Blocked::Cloud(error) => error.into(),
            Blocked::Call(error) => error.into(),
            Blocked::Deploy(error) => error.into(),
            Blocked::NoStack { .. } => Self::blocked(message).hint(CREATE).hint(OTHER_STACK),
            Blocked::OtherLab { .. } => Self::blocked(message)
                .hint("choose the stack of your game with --stack NAME (or MAFIA_STACK)")
                .hint(LIST_STACKS),
            Blocked::InProgress { status, .. } if status.is_going() => Self::blocked(message)
                .hint("wait until `mafia status` shows that it is gone, then run `mafia deploy`"),
            Blocked::InProgress { .. } => Self::blocked(message).hint(
                "wait until `mafia status` shows that it is done, then run the same command again",
            ),
            Blocked::Broken { status, .. } if status.has_failed_to_go() => {
                Self::blocked(message).hint(FINISH_DELETION)
            }
            Blocked::Broken { .. } => {
                Self::blocked(message).hint("run `mafia deploy`, which repairs it")
            }
            Blocked::Strangers { .. } => Self::blocked(message)
                .hint("a check changes the table for a moment, so it works only on your own stack")
                .hint("choose your stack with --stack NAME (or MAFIA_STACK)"),
            Blocked::Stale { why, .. } => match why {
                Stale::TakenBack => Self::blocked(message)
                    .hint("run `mafia deploy` to deploy what is in your folder"),
                _ => Self::blocked(message).hint("run `mafia deploy`, then check again"),
            }
            .hint("or check what is deployed, whatever it is, with --as-deployed"),
            Blocked::NotReady { function, .. } => Self::blocked(message)
                .hint("run `mafia status` to see what is wrong")
                .hint(format!("or `mafia logs {function}`")),
            Blocked::NoTable { .. } | Blocked::Setting { .. } => Self::blocked(message)
                .hint("run `mafia deploy --full`, which restores what the template has"),
            Blocked::OtherKey { .. } => {
                Self::blocked(message).hint("take the table from the workshop's template")
            }
            Blocked::Running => {
                Self::blocked(message).hint("wait until it has ended, or stop it there")
            }
            Blocked::File { action, path, .. } => {
                let path = path.display();
                let hint = match action {
                    "read" => format!("delete {path}, if the game that it keeps may go"),
                    _ => format!("let {path} be written, and check that the disk has room"),
                };
                Self::blocked(message).hint(hint)
            }
        };
        Self {
            kind: match error.kind {
                Kind::Interrupted => Kind::Interrupted,
                _ => Kind::Blocked,
            },
            ..error
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CloudError, Status};

    #[test]
    fn a_stack_that_is_to_be_gone_is_told_with_the_way_out() {
        let stack = || "ann".to_owned();
        let status = |status: &str| Status(status.to_owned());
        for (blocked, message, way) in [
            (
                Blocked::InProgress {
                    stack: stack(),
                    status: status("DELETE_IN_PROGRESS"),
                },
                "stack ann is still being deleted: DELETE_IN_PROGRESS",
                "shows that it is gone",
            ),
            (
                Blocked::InProgress {
                    stack: stack(),
                    status: status("UPDATE_IN_PROGRESS"),
                },
                "stack ann is still being changed: UPDATE_IN_PROGRESS",
                "run the same command again",
            ),
            (
                Blocked::Broken {
                    stack: stack(),
                    status: status("DELETE_FAILED"),
                },
                "stack ann is in DELETE_FAILED: its deletion has failed",
                "run `mafia clean`",
            ),
            (
                Blocked::Broken {
                    stack: stack(),
                    status: status("CREATE_FAILED"),
                },
                "stack ann is in CREATE_FAILED",
                "run `mafia deploy`, which repairs it",
            ),
        ] {
            let error = Error::from(blocked);
            assert_eq!(error.message, message);
            assert!(error.hints[0].contains(way), "{error:?}");
        }
    }

    #[test]
    fn whatever_blocks_a_check_is_not_the_student_s_failure() {
        let refused = CloudError::Refused {
            operation: "Scan",
            code: "ValidationException".to_owned(),
            message: "why".to_owned(),
            status: 400,
        };
        let stack = || "ann".to_owned();
        for blocked in [
            Blocked::Cloud(refused),
            Blocked::Running,
            Blocked::NoStack {
                stack: stack(),
                target: "AWS".to_owned(),
            },
            Blocked::Stale {
                function: "03-night-turn".to_owned(),
                why: Stale::Edited(vec!["src/bin/night-turn.rs".to_owned()]),
            },
            Blocked::OtherKey {
                stack: stack(),
                key: vec!["a".to_owned(), "b".to_owned()],
            },
        ] {
            let error = Error::from(blocked);
            assert_eq!(error.kind, Kind::Blocked, "{error:?}");
        }
    }
}
