//! Why a call failed, where only its function says so: Lambda's report of a call that was answered with an
//! error says nothing of it.
//!
//! Source: Lambda developer guide, "Log and monitor Lambda functions" for Python and Node.js.

use serde::Deserialize;

/// The beginning of why a call failed that has panicked.
const PANIC: &str = "panicked at ";

/// Why the call failed that has written this.
pub fn failure(message: &str) -> Option<String> {
    of_the_workshop(message)
        .or_else(|| panic(message))
        .or_else(|| of_python(message))
        .or_else(|| of_node(message))
}

/// Completes why a call failed with its function's next line: a panic takes one line for its place, and
/// another for its message.
pub fn complete(failure: &mut String, next: &str) {
    if failure.starts_with(PANIC) && failure.ends_with(':') {
        *failure = format!("{failure} {}", next.lines().next().unwrap_or_default());
    }
}

fn of_the_workshop(message: &str) -> Option<String> {
    let (origin, why) = message.strip_prefix("called ")?.split_once(", fails: ")?;
    ["directly", "through API Gateway"]
        .contains(&origin)
        .then(|| why.to_owned())
}

fn panic(message: &str) -> Option<String> {
    let thread = message.trim_start().strip_prefix("thread '")?;
    let (first, rest) = thread.split_once('\n').unwrap_or((thread, ""));
    let (_, place) = first.split_once(PANIC)?;
    let mut why = format!("{PANIC}{place}");
    if !rest.is_empty() {
        complete(&mut why, rest);
    }
    Some(why)
}

fn of_python(message: &str) -> Option<String> {
    let (why, trace) = message.strip_prefix("[ERROR] ")?.split_once('\n')?;
    trace
        .starts_with("Traceback (most recent call last)")
        .then(|| why.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeError {
    error_type: String,
    error_message: String,
}

/// Time, id, level, what failed and the error as JSON, with tabs between.
fn of_node(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("\tERROR\t")?;
    let (what, error) = rest.split_once('\t')?;
    if !["Invoke Error", "Uncaught Exception"].contains(&what.trim()) {
        return None;
    }
    let error: NodeError = serde_json::from_str(error).ok()?;
    Some(format!("{}: {}", error.error_type, error.error_message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runtime_says_in_its_own_way_why_a_call_failed() {
        for (message, why) in [
            ("called directly, fails: no table", "no table"),
            (
                "thread 'main' panicked at src/bin/night-turn.rs:12:9:",
                "panicked at src/bin/night-turn.rs:12:9:",
            ),
            (
                "\nthread 'main' (8) panicked at src/a.rs:1:2:\nnobody is left\nnote: run with",
                "panicked at src/a.rs:1:2: nobody is left",
            ),
            (
                "[ERROR] KeyError: 'name'\nTraceback (most recent call last):\n  File \"/var/task/a.py\"",
                "KeyError: 'name'",
            ),
            (
                "2026-11-22T08:36:40.393Z\t1\tERROR\tInvoke Error \t{\"errorType\":\"Error\",\
                 \"errorMessage\":\"nobody is left\",\"stack\":[]}",
                "Error: nobody is left",
            ),
        ] {
            assert_eq!(failure(message).as_deref(), Some(why), "{message}");
        }
    }

    #[test]
    fn what_a_function_writes_besides_is_no_failure() {
        for message in [
            "",
            "called directly, answers 200: all is well",
            "the thread 'main' panicked at nothing",
            "[ERROR] of mine",
            "[ERROR]\t2026-11-22T08:36:40.393Z\t1\tlogged",
            "2026-11-22T08:36:40.393Z\t1\tERROR\tlogged\t{}",
        ] {
            assert_eq!(failure(message), None, "{message}");
        }
    }
}
