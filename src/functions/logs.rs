//! The log lines of functions, and which of them Lambda wrote.

use std::time::SystemTime;

use serde::Serialize;

use crate::cloud::{Cloud, CloudError, LogLine};
use crate::names::log_group;

/// One line that a function wrote, or Lambda about it.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Milliseconds since 1970.
    pub time: u128,
    /// Full name of the function.
    pub function: String,
    pub message: String,
    /// Of the call that it belongs to, once [`Calls`](super::Calls) has read it.
    pub request_id: Option<String>,
    #[serde(skip)]
    pub stream: String,
    /// Unique among the lines of the function.
    #[serde(skip)]
    pub id: String,
    /// Whether Lambda wrote it around a call.
    #[serde(skip)]
    pub from_lambda: bool,
}

/// The lines of these functions that were written at `since` or later, oldest first. They are asked for
/// one after the other: the account's limit is for all who read logs.
///
/// Source: CloudWatch Logs quotas, `FilterLogEvents`.
pub async fn lines(
    cloud: &Cloud,
    functions: &[String],
    since: SystemTime,
) -> Result<Vec<Line>, CloudError> {
    let mut lines = Vec::new();
    for function in functions {
        let read = cloud.log_lines(&log_group(function), since).await?;
        lines.extend(read.into_iter().map(|read| line(function, read)));
    }
    lines.sort_by_key(|line| line.time);
    Ok(lines)
}

pub(super) fn line(function: &str, read: LogLine) -> Line {
    Line {
        time: read
            .time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis(),
        function: function.to_owned(),
        from_lambda: is_around_a_call(&read.text),
        message: read.text,
        request_id: None,
        stream: read.stream,
        id: read.id,
    }
}

/// The log groups of these functions that do not exist.
pub async fn missing_log_groups(
    cloud: &Cloud,
    functions: &[String],
) -> Result<Vec<String>, CloudError> {
    let mut missing = Vec::new();
    for group in functions.iter().map(|function| log_group(function)) {
        if !cloud.log_groups(&group).await?.contains(&group) {
            missing.push(group);
        }
    }
    Ok(missing)
}

/// The lines of a log tail that the function wrote itself.
pub fn without_lambdas_lines(log_tail: &str) -> String {
    let own = |line: &&str| !is_around_a_call(line) && !is_failure_line(line);
    log_tail.lines().filter(own).collect::<Vec<_>>().join("\n")
}

/// Whether it is one of the lines that Lambda writes around each call.
fn is_around_a_call(line: &str) -> bool {
    ["START", "END", "REPORT", "INIT_START", "INIT_REPORT"]
        .iter()
        .any(|word| {
            line.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(' '))
        })
}

/// Whether Lambda wrote the line at the end of a failed call; the call's error says the same.
fn is_failure_line(line: &str) -> bool {
    let words = ["Runtime exited with error: ", "Task timed out after "];
    let is_id =
        |word: &str| word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let names_a_call = line.split(' ').nth(1).is_some_and(is_id);
    ["Runtime.ExitError", "Runtime.OutOfMemory"].contains(&line)
        || (names_a_call && words.iter().any(|words| line.contains(words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5882a9e9-d9e0-4c9b-ab77-de75bd9289ca";

    #[test]
    fn lambdas_lines_around_a_call_are_known_by_their_first_word() {
        for line in [
            format!("START RequestId: {ID} Version: $LATEST"),
            format!("END RequestId: {ID}"),
            format!("REPORT RequestId: {ID}\tDuration: 1.93 ms"),
            "INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn".to_owned(),
            "INIT_REPORT Init Duration: 9.50 ms\tPhase: init\tStatus: timeout".to_owned(),
        ] {
            assert!(is_around_a_call(&line), "{line}");
        }
        for line in [
            "STARTING",
            "INIT_STARTED now",
            "the END ",
            "End of the game",
            "",
        ] {
            assert!(!is_around_a_call(line), "{line}");
        }
        let tail = "INIT_START Runtime Version: 1\nhello\nREPORT RequestId: 1";
        assert_eq!(without_lambdas_lines(tail), "hello");
    }

    #[test]
    fn lambdas_lines_about_a_failed_call_are_left_out() {
        for (line, is_one) in [
            (
                format!("2026-11-22T08:36:40.393Z {ID} Task timed out after 15.00 seconds"),
                true,
            ),
            (
                format!("RequestId: {ID} Error: Runtime exited with error: exit status 7"),
                true,
            ),
            ("Runtime.ExitError".to_owned(), true),
            ("Runtime.OutOfMemory".to_owned(), true),
            ("my own Task timed out after all".to_owned(), false),
            (format!("judged {ID}"), false),
        ] {
            assert_eq!(is_failure_line(&line), is_one, "{line}");
        }
        let tail = format!("START RequestId: {ID}\nhello\nRuntime.ExitError\nEND RequestId: {ID}");
        assert_eq!(without_lambdas_lines(&tail), "hello");
    }
}
