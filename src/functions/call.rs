//! Calls a deployed function, and reads Lambda's report of the call.

use std::collections::BTreeMap;

use super::find::{FindError, missing};
use crate::cloud::{Cloud, CloudError, FunctionError, Invocation, Repetition};
use crate::names::short_name;

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("{}", refused)]
    Refused {
        function: String,
        refused: CloudError,
    },

    /// The function is not there.
    #[error(transparent)]
    Missing(#[from] FindError),

    /// The call was sent, but no answer came: the function may or may not have run.
    #[error(
        "no answer from {}: {reason}; the function may still have run",
        short_name(function)
    )]
    NoAnswer { function: String, reason: String },

    #[error("{} failed: {}{}", short_name(function), message(error), kind(error))]
    Failed {
        function: String,
        error: FunctionError,
        log_tail: String,
    },
}

/// Calls a function of `stack` by its full name. A failure of the function is an error with the tail of its log.
pub async fn call(
    cloud: &Cloud,
    stack: &str,
    function: &str,
    payload: Vec<u8>,
    repetition: Repetition,
) -> Result<Invocation, CallError> {
    let invoked = cloud.invoke(function, payload, repetition).await;
    let mut invocation = match invoked {
        Ok(invocation) => invocation,
        Err(error) if error.is_not_found() => {
            return Err(missing(cloud, stack, function).await.into());
        }
        Err(CloudError::Unreachable {
            reason, sent: true, ..
        }) => {
            return Err(CallError::NoAnswer {
                function: function.to_owned(),
                reason,
            });
        }
        Err(refused) => {
            let function = function.to_owned();
            return Err(CallError::Refused { function, refused });
        }
    };
    match invocation.error.take() {
        Some(error) => Err(CallError::Failed {
            function: function.to_owned(),
            error: FunctionError {
                error_message: with_own_files(&error.error_message),
                ..error
            },
            log_tail: with_own_files(&invocation.log_tail),
        }),
        None => Ok(invocation),
    }
}

/// The text with the files of a bundle called as in the workshop folder, not by where Lambda or the sandbox
/// unpack them: `/var/task` on AWS, `code/<16 digits>-<6 letters>` in the sandbox's folder.
fn with_own_files(text: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && !"\"'`()[]{}<>=,;:".contains(c);
    let paths = text.split_inclusive(|c| !is_part(c));
    let shown = paths.map(|path| match path.split_once("/code/") {
        _ if path.starts_with("/var/task/") => &path["/var/task/".len()..],
        Some((before, rest)) if before.starts_with('/') => match rest.split_once('/') {
            Some((folder, file)) if is_unpacked(folder) => file,
            _ => path,
        },
        _ => path,
    });
    shown.collect()
}

fn is_unpacked(folder: &str) -> bool {
    let parts = folder.split_once('-');
    parts.is_some_and(|(digest, drawn)| {
        digest.len() == 16
            && digest.bytes().all(|b| b.is_ascii_hexdigit())
            && drawn.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// Lambda's figures of a call by name, such as `Duration` = `1.93 ms`: read from the `REPORT` line in
/// the tail of its log, tab-separated `Name: value` pairs after the request's id.
///
/// Source: Lambda developer guide, "Working with Lambda function logs".
pub fn report(log_tail: &str) -> BTreeMap<String, String> {
    let line = log_tail
        .lines()
        .find(|line| line.starts_with("REPORT RequestId:"));
    let pairs = line.into_iter().flat_map(|line| line.split('\t').skip(1));
    pairs
        .filter_map(|pair| pair.split_once(": "))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The error's message, without the request id that Lambda puts before its own messages.
fn message(error: &FunctionError) -> &str {
    let message = error.error_message.as_str();
    let from_lambda = message.strip_prefix("RequestId: ");
    let after_the_id = from_lambda.and_then(|rest| rest.split_once(" Error: "));
    after_the_id.map_or(message, |(_, message)| message)
}

/// The error's type, if it is a plain word. A type of the program, such as `a::Error<B>`, is left out.
fn kind(error: &FunctionError) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '.';
    if error.error_type.chars().all(word) {
        format!(" ({})", error.error_type)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_without_the_request_id() {
        for (said, means) in [
            (
                "RequestId: 1 Error: Task timed out after 15.00 seconds",
                "Task timed out after 15.00 seconds",
            ),
            ("Error: no RequestId: 1", "Error: no RequestId: 1"),
        ] {
            let error = FunctionError {
                error_type: "Sandbox.Timedout".to_owned(),
                error_message: said.to_owned(),
            };
            assert_eq!(message(&error), means);
        }
    }

    #[test]
    fn files_of_a_bundle_are_called_as_in_the_workshop_folder() {
        for (text, shown) in [
            (
                "cannot read /var/task/names.txt: no",
                "cannot read names.txt: no",
            ),
            (
                "(\"/tmp/s/code/1b786cb5c4128619-pULvAO/names.txt\") and /home/code/x/y",
                "(\"names.txt\") and /home/code/x/y",
            ),
            (
                "at /s/code/1b786cb5c4128619-pULvAO/bootstrap.\n",
                "at bootstrap.\n",
            ),
            (
                "src/code/1b786cb5c4128619-pULvAO/a",
                "src/code/1b786cb5c4128619-pULvAO/a",
            ),
        ] {
            assert_eq!(with_own_files(text), shown);
        }
    }

    #[test]
    fn a_report_line_is_read_by_name() {
        let tail = "START RequestId: 1\nhello\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 1.93 ms\t\
                    Billed Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 21 MB\tInit Duration: 9.50 ms\t\n";
        let report = report(tail);
        assert_eq!(report.get("Duration").map(String::as_str), Some("1.93 ms"));
        assert_eq!(
            report.get("Init Duration").map(String::as_str),
            Some("9.50 ms")
        );
        assert_eq!(report.len(), 5);
    }

    #[test]
    fn a_tail_without_a_report_gives_none() {
        assert!(report("hello\n").is_empty());
    }
}
