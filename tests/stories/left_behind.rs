//! Functions end with their sandbox, also when it is killed: `mafia sandbox reap` sees to it.

use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

/// As if it were a function: it leads a group of its own, and does not end by itself.
fn function() -> Child {
    Command::new("sleep")
        .arg("60")
        .process_group(0)
        .spawn()
        .expect("the system has it")
}

#[test]
fn what_a_sandbox_leaves_running_ends_when_its_pipe_breaks() {
    let (mut left, mut done) = (function(), function());
    // One that a function has started in a session of its own.
    let mut child = Command::new("sleep")
        .arg("60")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]a b")
        .process_group(0)
        .spawn()
        .expect("the system has it");
    let mut reaper = Command::new(env!("CARGO_BIN_EXE_mafia"))
        .args(["sandbox", "reap"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut pipe = reaper.stdin.take().expect("it was asked for");
    let told = format!(
        "+{left} 2026/11/22/[$LATEST]a b\n+{done} c\n-{done}\n",
        left = left.id(),
        done = done.id()
    );
    pipe.write_all(told.as_bytes()).expect("it listens");
    assert_eq!(left.try_wait().expect("it was started"), None);
    drop(pipe);
    assert!(reaper.wait().expect("it was started").success());

    let ended = left.wait().expect("it was started");
    assert_eq!(ended.signal(), Some(9));
    if cfg!(not(target_os = "linux")) {
        child.kill().expect("it was started");
    }
    let child = child.wait().expect("it was started");
    assert_eq!(child.signal(), Some(9));
    let kept = done.try_wait().expect("it was started");
    done.kill().expect("it was started");
    done.wait().expect("it was started");
    assert_eq!(kept, None, "it was another's by then");
}
