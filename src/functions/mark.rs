//! What Lambda's own log lines say about calls, in the formats Text and JSON.
//!
//! Source: Lambda developer guide, "Working with Lambda function logs" and "Lambda Telemetry API Event
//! schema reference".

use serde::Deserialize;

/// A log line, as far as it tells of a call. Times are in milliseconds.
#[derive(Debug, PartialEq)]
pub enum Mark {
    /// Nothing that the marks of the calls do not say.
    Nothing,
    Start(String),
    Report {
        id: String,
        milliseconds: Option<f64>,
        init_milliseconds: Option<f64>,
        error: Option<String>,
    },
    /// Why a call failed; Lambda does not always name the call.
    Failure {
        id: Option<String>,
        why: String,
    },
    /// The function's own line, or one that is not known.
    Output,
}

impl Mark {
    pub fn of(message: &str) -> Self {
        let first = message.lines().next().unwrap_or_default();
        in_text(first)
            .or_else(|| in_json(message))
            .unwrap_or(Self::Output)
    }
}

fn in_text(line: &str) -> Option<Mark> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let id = || {
        Some(
            rest.strip_prefix("RequestId: ")?
                .split_whitespace()
                .next()?
                .to_owned(),
        )
    };
    match word {
        "START" => Some(Mark::Start(id()?)),
        "END" => id().map(|_| Mark::Nothing),
        "INIT_START" => Some(Mark::Nothing),
        "REPORT" => Some(report(id()?, rest)),
        "Runtime.ExitError" | "Runtime.OutOfMemory" if rest.is_empty() => Some(Mark::Failure {
            id: None,
            why: word.to_owned(),
        }),
        "RequestId:" => {
            let (id, why) = rest.split_once(" Error: ")?;
            Some(failure(id, why))
        }
        _ => {
            let (id, why) = rest.split_once(' ')?;
            let timed_out = why.starts_with("Task timed out after ") && is_request_id(id);
            timed_out.then(|| failure(id, why))
        }
    }
}

fn failure(id: &str, why: &str) -> Mark {
    Mark::Failure {
        id: Some(id.to_owned()),
        why: why.to_owned(),
    }
}

/// Tab-separated `Name: value` pairs after the request's id.
fn report(id: String, rest: &str) -> Mark {
    let figure = |name: &str| {
        let mut figures = rest.split('\t').filter_map(|pair| pair.split_once(": "));
        let found = figures.find(|(found, _)| *found == name)?;
        Some(found.1.trim())
    };
    let milliseconds = |name| figure(name)?.strip_suffix(" ms")?.parse().ok();
    let error = match (figure("Status"), figure("Error Type")) {
        (None | Some("success"), None) => None,
        (_, Some(kind)) => Some(kind.to_owned()),
        (status, None) => status.map(str::to_owned),
    };
    Mark::Report {
        milliseconds: milliseconds("Duration"),
        init_milliseconds: milliseconds("Init Duration"),
        error,
        id,
    }
}

/// An event of the format JSON.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    request_id: Option<String>,
    status: Option<String>,
    error_type: Option<String>,
    metrics: Option<Metrics>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    duration_ms: Option<f64>,
    init_duration_ms: Option<f64>,
}

fn in_json(message: &str) -> Option<Mark> {
    if !message.starts_with('{') {
        return None;
    }
    let Event { kind, record } = serde_json::from_str(message).ok()?;
    match kind.as_str() {
        "platform.start" => Some(Mark::Start(record.request_id?)),
        "platform.report" => {
            let metrics = record.metrics.unwrap_or_default();
            let failed = record.status.filter(|status| status != "success");
            Some(Mark::Report {
                id: record.request_id?,
                milliseconds: metrics.duration_ms,
                init_milliseconds: metrics.init_duration_ms,
                error: record.error_type.or(failed),
            })
        }
        "platform.initStart"
        | "platform.initRuntimeDone"
        | "platform.initReport"
        | "platform.runtimeDone"
            if record
                .status
                .as_deref()
                .is_none_or(|status| status == "success") =>
        {
            Some(Mark::Nothing)
        }
        _ => None,
    }
}

/// Whether it has the form of an id that Lambda gives to a call.
pub fn is_request_id(word: &str) -> bool {
    word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5882a9e9-d9e0-4c9b-ab77-de75bd9289ca";

    fn reported(milliseconds: f64, init: Option<f64>, error: Option<&str>) -> Mark {
        Mark::Report {
            id: ID.to_owned(),
            milliseconds: Some(milliseconds),
            init_milliseconds: init,
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn lambdas_lines_are_read_in_both_formats() {
        let report = |rest: &str| format!("REPORT RequestId: {ID}\tDuration: 1.93 ms{rest}");
        let event = |kind: &str, more: &str| {
            format!(
                r#"{{"time":"t","type":"platform.{kind}","record":{{"requestId":"{ID}"{more}}}}}"#
            )
        };
        let because = |why| failure(ID, why);
        for (line, mark) in [
            (
                format!("START RequestId: {ID} Version: $LATEST"),
                Mark::Start(ID.to_owned()),
            ),
            (format!("END RequestId: {ID}"), Mark::Nothing),
            (
                "INIT_START Runtime Version: provided:al2023.v1".to_owned(),
                Mark::Nothing,
            ),
            (
                report("\tBilled Duration: 2 ms"),
                reported(1.93, None, None),
            ),
            (
                report("\tInit Duration: 9.50 ms\t"),
                reported(1.93, Some(9.5), None),
            ),
            (
                report("\tStatus: timeout"),
                reported(1.93, None, Some("timeout")),
            ),
            (
                report("\tStatus: error\tError Type: Runtime.ExitError"),
                reported(1.93, None, Some("Runtime.ExitError")),
            ),
            (
                format!("2026-11-22T08:36:40.393Z {ID} Task timed out after 15.00 seconds"),
                because("Task timed out after 15.00 seconds"),
            ),
            (
                format!(
                    "RequestId: {ID} Error: Runtime exited with error: exit status 7\nRuntime.ExitError"
                ),
                because("Runtime exited with error: exit status 7"),
            ),
            (
                "Runtime.ExitError".to_owned(),
                Mark::Failure {
                    id: None,
                    why: "Runtime.ExitError".to_owned(),
                },
            ),
            (event("start", ""), Mark::Start(ID.to_owned())),
            (
                event("runtimeDone", r#","status":"success""#),
                Mark::Nothing,
            ),
            (
                event(
                    "report",
                    r#","metrics":{"durationMs":1.93,"initDurationMs":9.5},"status":"success""#,
                ),
                reported(1.93, Some(9.5), None),
            ),
            (
                event(
                    "report",
                    r#","metrics":{"durationMs":1.93},"status":"error","errorType":"E""#,
                ),
                reported(1.93, None, Some("E")),
            ),
        ] {
            assert_eq!(Mark::of(&line), mark, "{line}");
        }
    }

    #[test]
    fn what_is_not_lambdas_is_output() {
        for line in [
            "",
            "START",
            "START now",
            "END of the game",
            "REPORT: all is well",
            "RequestId: 1 and nothing more",
            "Runtime.ExitError was here",
            "my own Task timed out after all",
            r#"{"type":"platform.start"}"#,
            r#"{"type":"platform.extension","record":{}}"#,
            r#"{"level":"INFO","message":"hello"}"#,
            "{not JSON",
            "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout",
        ] {
            assert_eq!(Mark::of(line), Mark::Output, "{line}");
        }
    }
}
