//! How an invocation fails, in Lambda's words: the payload that its client gets, and what is logged.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::api_server::MAX_RESPONSE_BYTES;

/// An error in the format that functions report theirs in.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Failure {
    #[serde(rename = "errorType", default)]
    pub kind: String,
    #[serde(rename = "errorMessage", default)]
    pub message: String,
}

impl Failure {
    fn new(request_id: &str, kind: &str, reason: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            message: format!("RequestId: {request_id} Error: {reason}"),
        }
    }

    /// The process has exited. `None` where the system could not tell how.
    pub fn exited(request_id: &str, status: Option<ExitStatus>) -> Self {
        let reason = match status.map(exit_reason) {
            Some(Some(reason)) => format!("Runtime exited with error: {reason}"),
            Some(None) | None => "Runtime exited without providing a reason".to_owned(),
        };
        Self::new(request_id, "Runtime.ExitError", &reason)
    }

    /// The process had more memory than its `MemorySize`.
    pub fn out_of_memory(request_id: &str) -> Self {
        let reason = "Runtime exited with error: signal: killed";
        Self::new(request_id, "Runtime.OutOfMemory", reason)
    }

    pub fn timed_out(request_id: &str, after: Duration) -> Self {
        Self::new(request_id, "Sandbox.Timedout", &timed_out(after))
    }

    /// The bundle has nothing that can be started.
    pub fn no_entrypoint(request_id: &str, reason: &str) -> Self {
        Self::new(request_id, "Runtime.InvalidEntrypoint", reason)
    }

    pub fn too_large(length: u64) -> Self {
        Self {
            kind: "Function.ResponseSizeTooLarge".to_owned(),
            message: format!(
                "Response payload size ({length} bytes) exceeded maximum allowed payload size \
                 ({MAX_RESPONSE_BYTES} bytes)."
            ),
        }
    }

    pub fn payload(&self) -> Bytes {
        // Two strings always serialize.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

pub fn timed_out(after: Duration) -> String {
    format!("Task timed out after {:.2} seconds", after.as_secs_f64())
}

/// The error that a function reported; made from its type where the function sent no error.
pub fn reported_error(payload: Bytes, kind: Option<&str>) -> Bytes {
    if payload.is_empty() {
        Failure {
            kind: kind.unwrap_or("Runtime.Unknown").to_owned(),
            message: String::new(),
        }
        .payload()
    } else {
        payload
    }
}

/// The type of an error that a function reported.
pub fn error_type(payload: &[u8]) -> String {
    let failure: Option<Failure> = serde_json::from_slice(payload).ok();
    let kind = failure.map(|failure| failure.kind);
    kind.filter(|kind| !kind.is_empty())
        .unwrap_or_else(|| "Runtime.Unknown".to_owned())
}

/// Why `bootstrap` could not be started, if the bundle is the cause.
pub fn entrypoint(bootstrap: &Path, error: &io::Error) -> Option<String> {
    let path = bootstrap.display();
    let no_executable = rustix::io::Errno::NOEXEC.raw_os_error();
    let reason = match error.kind() {
        io::ErrorKind::NotFound if !bootstrap.exists() => {
            return Some(format!("Couldn't find valid bootstrap(s): [{path}]"));
        }
        // The interpreter that its first line names.
        io::ErrorKind::NotFound => "no such file or directory",
        io::ErrorKind::PermissionDenied => "permission denied",
        _ if error.raw_os_error() == Some(no_executable) => "exec format error",
        _ => return None,
    };
    Some(format!("fork/exec {path}: {reason}"))
}

/// `None` for status 0, for which Lambda gives no reason.
fn exit_reason(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit status {code}")),
        (None, Some(signal)) => Some(format!("signal: {}", signal_name(signal))),
        (None, None) => None,
    }
}

/// As Lambda names them.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn failures_are_worded_as_lambda_does() {
        let text = |failure: Failure| String::from_utf8_lossy(&failure.payload()).into_owned();
        let exited = |raw| text(Failure::exited("ID", Some(ExitStatus::from_raw(raw))));
        assert_eq!(
            exited(1 << 8),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 1"}"#
        );
        assert!(exited(9).contains("Runtime exited with error: signal: killed"));
        assert!(exited(0).contains("Runtime exited without providing a reason"));
        assert_eq!(
            text(Failure::timed_out("ID", Duration::from_secs(3))),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 3.00 seconds"}"#
        );
    }

    #[test]
    fn an_error_without_a_message_still_has_a_type() {
        let empty = reported_error(Bytes::new(), Some("Runtime.NoSuchHandler"));
        assert_eq!(error_type(&empty), "Runtime.NoSuchHandler");
        let own = Bytes::from_static(b"no JSON");
        assert_eq!(reported_error(own.clone(), Some("X")), own);
        assert_eq!(error_type(&own), "Runtime.Unknown");
    }
}
