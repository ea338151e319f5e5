//! Functions that fail, in each way that Lambda knows.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::harness::{Harness, SCRIPTED, ScriptedProcess, ended, is_gone, soon, until};
use super::logs::messages;
use crate::lambda::runtime::{InvocationResponse, Limits};

/// Type and message of the error that the client got.
fn error(response: &InvocationResponse) -> (String, String) {
    assert_eq!(response.function_error, Some("Unhandled"));
    let payload: Value = serde_json::from_slice(&response.payload).expect("JSON");
    let text = |name: &str| payload[name].as_str().unwrap_or_default().to_owned();
    (text("errorType"), text("errorMessage"))
}

#[tokio::test]
async fn an_error_that_the_function_reports_is_the_clients_payload() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    let report = json!({ "errorMessage": "no", "errorType": "E", "stackTrace": [] }).to_string();
    let path = format!("invocation/{}/error", request.id);
    let taken = process.post(&path, report.clone()).await;
    assert_eq!(taken, (StatusCode::ACCEPTED, json!({ "status": "OK" })));
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(response.payload, report);
    assert_eq!(response.function_error, Some("Unhandled"));
    harness.echo(&revision, &process).await;
}

#[tokio::test]
async fn a_response_that_is_too_large_is_refused_and_the_process_kept() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let process = ScriptedProcess::of(&revision).await;
    let request = process.next().await;
    let path = format!("invocation/{}/response", request.id);
    let refused = process
        .post(&path, Bytes::from(vec![b'1'; 6_291_557]))
        .await;
    assert_eq!(refused.0, StatusCode::PAYLOAD_TOO_LARGE);
    let (kind, message) = error(&ended(invocation).await.expect("it was invoked"));
    assert_eq!(kind, "Function.ResponseSizeTooLarge");
    assert!(message.contains("(6291557 bytes)"), "{message}");

    let invocation = harness.invoke(&revision, "1");
    let request = process.next().await;
    process.respond(&request.id, vec![b'1'; 6_291_556]).await;
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(
        (response.payload.len(), response.function_error),
        (6_291_556, None)
    );
}

#[tokio::test]
async fn a_crash_is_reported_with_the_last_output() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let crashes = [
        ("exit 3", "Error: Runtime exited with error: exit status 3"),
        (
            "kill -KILL $$",
            "Error: Runtime exited with error: signal: killed",
        ),
        ("exit 0", "Error: Runtime exited without providing a reason"),
    ];
    let mut before = Vec::new();
    for (crash, reason) in crashes {
        let invocation = harness.invoke(&revision, "1");
        let known: Vec<&ScriptedProcess> = before.iter().collect();
        let mut process = ScriptedProcess::others(&revision, &known).await;
        let request = process.next().await;
        process.send(&format!("echo help; {crash}"));
        let response = ended(invocation).await.expect("it was invoked");
        let (kind, message) = error(&response);
        assert_eq!(kind, "Runtime.ExitError");
        assert_eq!(message, format!("RequestId: {} {reason}", request.id));
        let tail = response.log_tail;
        let last_words = format!("help\n{message}\nRuntime.ExitError\nEND RequestId: ");
        assert!(tail.contains(&last_words), "{tail}");
        assert!(
            tail.ends_with("\tStatus: error\tError Type: Runtime.ExitError\n"),
            "{tail}"
        );
        assert!(is_gone(process.pid));
        before.push(process);
    }
}

#[tokio::test]
async fn at_its_timeout_a_function_is_killed_with_all_that_it_started() {
    let harness = Harness::new().await;
    let mut revision = harness.revision("f", SCRIPTED);
    revision.timeout = Duration::from_secs(1);
    let revision = Arc::new(revision);
    let invocation = harness.invoke(&revision, "1");
    let mut process = ScriptedProcess::of(&revision).await;
    process.run("sleep 600 & echo $! > child").await;
    let request = process.next().await;
    process.send("echo working");
    let child = fs::read_to_string(process.file("child").await).expect("text");
    let child: i32 = child.trim().parse().expect("a number");
    let response = ended(invocation).await.expect("it was invoked");
    let (kind, message) = error(&response);
    assert_eq!(kind, "Sandbox.Timedout");
    let words = "Task timed out after 1.00 seconds";
    assert_eq!(message, format!("RequestId: {} Error: {words}", request.id));
    let tail = response.log_tail;
    assert!(tail.contains("\nworking\n"), "{tail}");
    assert!(
        tail.contains(&format!("Z {} {words}\nEND ", request.id)),
        "{tail}"
    );
    assert!(tail.ends_with("\tStatus: timeout\n"), "{tail}");
    assert!(is_gone(process.pid));
    // The parent of orphans may wait for them later.
    until(|| is_gone(child) || is_zombie(child)).await;
    let path = format!("invocation/{}/response", request.id);
    let late = process
        .ask(http::Method::POST, &path, Bytes::from("1"))
        .await;
    assert!(late.is_none(), "the address is gone");
}

fn is_zombie(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[tokio::test]
async fn a_process_that_ends_before_its_first_invocation_is_started_once_more() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", "#!/bin/sh\necho starting\nexit 7\n"));
    let response = ended(harness.invoke(&revision, "1"))
        .await
        .expect("it was invoked");
    let (kind, message) = error(&response);
    assert_eq!(kind, "Runtime.ExitError");
    assert!(
        message.ends_with(" Error: Runtime exited with error: exit status 7"),
        "{message}"
    );
    let words = |line: &str| {
        line.split([' ', '\t'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let lines: Vec<String> = response.log_tail.lines().map(words).collect();
    let attempt = ["starting", "INIT_REPORT"];
    assert_eq!(lines[..2], attempt);
    assert_eq!(lines[2], "START");
    assert_eq!(lines[3..5], attempt);
    assert_eq!(
        lines[5..],
        ["RequestId:", "Runtime.ExitError", "END", "REPORT"]
    );
    let reported: Vec<&str> = response
        .log_tail
        .lines()
        .filter(|line| line.starts_with("INIT_REPORT"))
        .collect();
    let status = "Status: error\tError Type: Runtime.ExitError";
    assert!(
        reported[0].ends_with(&format!("\tPhase: init\t{status}")),
        "{reported:?}"
    );
    assert!(
        reported[1].ends_with(&format!("\tPhase: invoke\t{status}")),
        "{reported:?}"
    );
}

#[tokio::test]
async fn an_error_of_initialisation_is_the_clients_payload() {
    let harness = Harness::new().await;
    let revision = Arc::new(harness.revision("f", SCRIPTED));
    let invocation = harness.invoke(&revision, "1");
    let report = json!({ "errorType": "Bad.Config", "errorMessage": "no table" }).to_string();
    let first = ScriptedProcess::of(&revision).await;
    assert_eq!(first.post("init/error", "{}").await.0, StatusCode::ACCEPTED);
    let second = ScriptedProcess::others(&revision, &[&first]).await;
    second.post("init/error", report.clone()).await;
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(response.payload, report);
    assert_eq!(response.function_error, Some("Unhandled"));
    let tail = response.log_tail;
    assert!(
        tail.ends_with("\tStatus: error\tError Type: Bad.Config\n"),
        "{tail}"
    );
    first.is_gone().await;
    second.is_gone().await;
}

#[tokio::test]
async fn a_process_that_takes_too_long_to_start_gets_the_invocations_time_too() {
    let limits = Limits {
        init_timeout: Duration::from_millis(300),
        ..Limits::default()
    };
    let harness = Harness::with_limits(limits).await;
    let endless = "#!/bin/sh\necho $$ >> pids\nexec sleep 600\n";
    let mut revision = harness.revision("f", endless);
    revision.timeout = Duration::from_millis(600);
    let revision = Arc::new(revision);
    let response = ended(harness.invoke(&revision, "1")).await;
    let response = response.expect("it was invoked");
    assert_eq!(error(&response).0, "Sandbox.Timedout");
    let tail = response.log_tail;
    assert!(
        tail.contains("\tPhase: init\tStatus: timeout\nSTART"),
        "{tail}"
    );
    assert!(
        tail.contains("\tPhase: invoke\tStatus: timeout\n"),
        "{tail}"
    );
    let pids = fs::read_to_string(revision.code.folder().join("pids")).unwrap_or_default();
    assert!(pids.lines().all(|pid| is_gone(pid.parse().expect("an id"))));

    // Where the second init is in time, the invocation succeeds.
    let waiting = SCRIPTED.replacen('\n', "\nuntil [ -e go ]; do sleep 0.01; done\n", 1);
    let revision = Arc::new(harness.revision("g", &waiting));
    let invocation = harness.invoke(&revision, "1");
    let began = async {
        while !messages(&harness, "g").await.concat().contains("START") {
            sleep(Duration::from_millis(1)).await;
        }
    };
    soon(began).await;
    fs::write(revision.code.folder().join("go"), "").expect("it can be written");
    let second = ScriptedProcess::of(&revision).await;
    let request = second.next().await;
    second.respond(&request.id, "2").await;
    let response = ended(invocation).await.expect("it was invoked");
    assert_eq!(
        (&response.payload[..], response.function_error),
        (&b"2"[..], None)
    );
    harness.echo(&revision, &second).await;
}

#[tokio::test]
async fn a_bundle_without_a_program_is_told_from_one_that_fails() {
    let harness = Harness::new().await;
    let cases = [
        (None, 0, "Error: Couldn't find valid bootstrap(s): ["),
        (Some("#!/bin/sh\n"), 0o644, "/bootstrap: permission denied"),
        (Some("no revision"), 0o755, "/bootstrap: exec format error"),
        (
            Some("#!/no/such/shell\n"),
            0o755,
            "/bootstrap: no such file or directory",
        ),
    ];
    for (bootstrap, mode, reason) in cases {
        let revision = harness.revision("f", bootstrap.unwrap_or_default());
        let path = revision.code.folder().join("bootstrap");
        match bootstrap {
            None => fs::remove_file(path).expect("it was there"),
            Some(_) => {
                let mode = fs::Permissions::from_mode(mode);
                fs::set_permissions(path, mode).expect("it can be set");
            }
        }
        let response = ended(harness.invoke(&Arc::new(revision), "1")).await;
        let (kind, message) = error(&response.expect("it was invoked"));
        assert_eq!(kind, "Runtime.InvalidEntrypoint");
        assert!(message.contains(reason), "{message}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_function_that_takes_more_than_its_memory_is_killed() {
    let harness = Harness::new().await;
    let mut revision = harness.revision("f", SCRIPTED);
    // More than it ever needs, also on a busy machine.
    revision.timeout = Duration::from_secs(20);
    let revision = Arc::new(revision);
    let take = "x=$(head -c 150000000 /dev/zero | tr '\\0' x)";
    let mut before = Vec::new();
    // While it has it, and after it has had it.
    for answers in [false, true] {
        let invocation = harness.invoke(&revision, "1");
        let known: Vec<&ScriptedProcess> = before.iter().collect();
        let mut process = ScriptedProcess::others(&revision, &known).await;
        let request = process.next().await;
        if answers {
            process.send(&format!("{take}; x=; echo done > taken"));
            let taken = process.file("taken");
            tokio::select! {
                _ = taken => {
                    let path = format!("invocation/{}/response", request.id);
                    // It may be killed before.
                    process.ask(http::Method::POST, &path, Bytes::from("1")).await;
                }
                () = process.is_gone() => {}
            }
        } else {
            process.send(take);
        }
        let response = ended(invocation).await.expect("it was invoked");
        let (kind, message) = error(&response);
        assert_eq!(kind, "Runtime.OutOfMemory");
        assert!(
            message.ends_with("Runtime exited with error: signal: killed"),
            "{message}"
        );
        let report = "Memory Size: 128 MB\tMax Memory Used: 128 MB";
        assert!(response.log_tail.contains(report), "{}", response.log_tail);
        process.is_gone().await;
        before.push(process);
    }
}
