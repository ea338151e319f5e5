//! Hints for a sandbox that does not start or stop.

use super::Error;
use mafia_sandbox::{ErrorKind, SandboxError};

const ANOTHER_FOLDER: &str = "use another folder with --state-dir DIR (or MAFIA_STATE_DIR)";
pub(super) const OTHER_PORT: &str =
    "choose another port with --port N, or omit --port to use any free port";
pub(super) const SHOW_LOG: &str = "run `mafia sandbox logs` to see its log";

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        let message = error.to_string();
        let remedy = error.remedy();
        let error = Self::of_kind(error.kind(), message);
        match remedy {
            // Before those that lose something.
            Some(remedy) => Self {
                hints: [vec![remedy], error.hints].concat(),
                ..error
            },
            None => error,
        }
    }
}

impl Error {
    fn of_kind(kind: ErrorKind, message: String) -> Self {
        match kind {
            ErrorKind::Folder => Self::usage(message).hint(ANOTHER_FOLDER),
            ErrorKind::Full => Self::blocked(message)
                .hint("free some disk space")
                .hint(ANOTHER_FOLDER),
            ErrorKind::State => Self::blocked(message)
                .hint(ANOTHER_FOLDER)
                .hint("or run `mafia sandbox reset` to delete everything in it"),
            ErrorKind::Port => Self::usage(message).hint(OTHER_PORT),
            ErrorKind::RunsAlready => Self::usage(message)
                .hint("run `mafia sandbox stop` to stop it")
                .hint("run `mafia sandbox status` to see its address"),
            ErrorKind::RunsElsewhere => Self::blocked(message)
                .hint("run `mafia sandbox stop` there")
                .hint(ANOTHER_FOLDER),
            ErrorKind::Silent => Self::blocked(message)
                .hint("run `mafia sandbox stop` to stop it, by force if necessary")
                .hint(SHOW_LOG),
            ErrorKind::Unknown => Self::blocked(message).hint(SHOW_LOG),
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
            target: Box::new(Target::new(
                TargetKind::Sandbox {
                    url: "http://127.0.0.1:1".to_owned(),
                },
                "us-east-1",
            )),
            reason: "no server is listening there".to_owned(),
            sent: false,
            way: None,
        });
        assert_eq!(gone.kind, Kind::Blocked);
        assert!(gone.hints[0].contains("run the same command again to restart it"));
    }

    #[test]
    fn the_first_hint_loses_nothing() {
        let path = std::path::Path::new("/folder/lock");
        let hints = |error| Error::from(error).hints;
        let folder = |error| SandboxError::folder(path, &error);
        let closed = std::io::Error::from_raw_os_error(13);
        assert_eq!(hints(folder(closed))[0], "run `chmod u+rwX /folder/lock`");
        let started = |kind| SandboxError::NotStarted {
            kind,
            reason: "why".to_owned(),
            remedy: Some("move it elsewhere".to_owned()),
        };
        for kind in [ErrorKind::Folder, ErrorKind::State, ErrorKind::Full] {
            let hints = hints(started(kind));
            assert_eq!(hints[0], "move it elsewhere");
            assert!(hints.len() > 1);
        }
        let damaged = SandboxError::DamagedKeys { path: path.into() };
        let hints = hints(damaged);
        assert_eq!(hints[0], ANOTHER_FOLDER);
        assert!(hints[1].contains("sandbox reset"));
    }

    #[test]
    fn what_kind_of_failure_it_is_depends_on_what_has_to_change() {
        let kind_of = |kind| {
            let reason = "it did not start".to_owned();
            let remedy = None;
            Error::from(SandboxError::NotStarted {
                kind,
                reason,
                remedy,
            })
            .kind
        };
        for kind in [ErrorKind::Folder, ErrorKind::Port, ErrorKind::RunsAlready] {
            assert_eq!(kind_of(kind), Kind::Usage);
        }
        for kind in [
            ErrorKind::Full,
            ErrorKind::State,
            ErrorKind::RunsElsewhere,
            ErrorKind::Silent,
            ErrorKind::Unknown,
        ] {
            assert_eq!(kind_of(kind), Kind::Blocked);
        }
    }
}
