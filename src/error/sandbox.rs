//! What a person does about a sandbox that does not start or stop.

use super::Error;
use crate::sandbox::{Nature, SandboxError};

const ANOTHER_FOLDER: &str = "name another folder with --state-dir DIR (or MAFIA_STATE_DIR)";
const LOGS: &str = "`mafia sandbox logs` shows what it said";

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        let message = error.to_string();
        match error.nature() {
            Nature::Folder => Self::usage(message).hint(ANOTHER_FOLDER),
            Nature::Full => Self::blocked(message)
                .hint("make room on the disk")
                .hint(ANOTHER_FOLDER),
            Nature::State => Self::blocked(message)
                .hint("`mafia sandbox reset` begins anew: what was deployed in it is lost")
                .hint(ANOTHER_FOLDER),
            Nature::Port => Self::usage(message)
                .hint("name another with --port N, or leave that out: any port will do"),
            Nature::RunsAlready => Self::usage(message)
                .hint("`mafia sandbox stop` ends it")
                .hint("`mafia sandbox status` shows where it listens"),
            Nature::Silent => Self::blocked(message)
                .hint("`mafia sandbox stop` ends it, by force if need be")
                .hint(LOGS),
            Nature::Unknown => Self::blocked(message).hint(LOGS),
        }
    }
}
