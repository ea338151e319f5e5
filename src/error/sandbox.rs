//! What a person does about a sandbox that does not start or stop.

use super::Error;
use mafia_sandbox::{ErrorKind, SandboxError};

const ANOTHER_FOLDER: &str = "name another folder with --state-dir DIR (or MAFIA_STATE_DIR)";
const LOGS: &str = "`mafia sandbox logs` shows what it said";

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        let message = error.to_string();
        match error.kind() {
            ErrorKind::Folder => Self::usage(message).hint(ANOTHER_FOLDER),
            ErrorKind::Full => Self::blocked(message)
                .hint("make room on the disk")
                .hint(ANOTHER_FOLDER),
            ErrorKind::State => Self::blocked(message)
                .hint("`mafia sandbox reset` begins anew: what was deployed in it is lost")
                .hint(ANOTHER_FOLDER),
            ErrorKind::Port => Self::usage(message)
                .hint("name another with --port N, or leave that out: any port will do"),
            ErrorKind::RunsAlready => Self::usage(message)
                .hint("`mafia sandbox stop` ends it")
                .hint("`mafia sandbox status` shows where it listens"),
            ErrorKind::Silent => Self::blocked(message)
                .hint("`mafia sandbox stop` ends it, by force if need be")
                .hint(LOGS),
            ErrorKind::Unknown => Self::blocked(message).hint(LOGS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{CloudError, Target, TargetKind};
    use crate::error::Kind;

    #[test]
    fn a_sandbox_that_ended_meanwhile_is_started_by_the_same_command() {
        let gone = Error::from(CloudError::Unreachable {
            target: Target {
                kind: TargetKind::Sandbox {
                    url: "http://127.0.0.1:1".to_owned(),
                },
                region: "us-east-1".to_owned(),
                profile: None,
            },
            reason: "nothing listens there".to_owned(),
        });
        assert_eq!(gone.kind, Kind::Blocked);
        assert!(gone.hints[0].contains("the same command starts it again"));
    }

    #[test]
    fn what_kind_of_failure_it_is_depends_on_what_has_to_change() {
        let told = |kind| {
            let reason = "it did not start".to_owned();
            Error::from(SandboxError::NotStarted { kind, reason }).kind
        };
        for kind in [ErrorKind::Folder, ErrorKind::Port, ErrorKind::RunsAlready] {
            assert_eq!(told(kind), Kind::Usage);
        }
        for kind in [
            ErrorKind::Full,
            ErrorKind::State,
            ErrorKind::Silent,
            ErrorKind::Unknown,
        ] {
            assert_eq!(told(kind), Kind::Blocked);
        }
    }
}
