//! Functions end with their sandbox, also when it is killed, and so does all that they have started.

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
    let mut reaper = Command::new(env!("CARGO_BIN_EXE_mafia"))
        .args(["sandbox", "reap"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut pipe = reaper.stdin.take().expect("it was asked for");
    let told = format!(
        "+{left} 7\n+{done} 8\n-{done}\n",
        left = left.id(),
        done = done.id()
    );
    pipe.write_all(told.as_bytes()).expect("it listens");
    assert_eq!(left.try_wait().expect("it was started"), None);
    drop(pipe);
    assert!(reaper.wait().expect("it was started").success());

    let ended = left.wait().expect("it was started");
    assert_eq!(ended.signal(), Some(9));
    let kept = done.try_wait().expect("it was started");
    done.kill().expect("it was started");
    done.wait().expect("it was started");
    assert_eq!(kept, None, "it was another's by then");
}

#[cfg(target_os = "linux")]
mod wherever_they_went {
    use std::fs;

    use crate::crashes::kill;
    use crate::lifecycle::wait_until;
    use crate::mafia::Mafia;
    use crate::workspace::Workspace;

    /// Starts a process which leaves it: in another session, with an empty environment, from another
    /// folder, and as the child of none. Then it answers whatever it is asked.
    const LEAVING: &str = r#"use std::io::{Read, Write};
fn ask(request: &str) -> String {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let head = format!("{request}\r\nHost: {address}\r\nConnection: close\r\n");
    stream.write_all(format!("{head}Content-Length: 2\r\n\r\n{{}}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
fn main() {
    let leave = "cd / && (setsid env -i PATH=/usr/bin:/bin sleep SECONDS &)";
    std::process::Command::new("/bin/sh").args(["-c", leave]).status().unwrap();
    loop {
        let next = ask("GET /2018-06-01/runtime/invocation/next HTTP/1.1").to_lowercase();
        let (_, id) = next.split_once("lambda-runtime-aws-request-id: ").unwrap();
        let id = id.lines().next().unwrap();
        ask(&format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1"));
    }
}
"#;

    /// The processes with this command line, also those that nobody waited for.
    fn processes(line: &[&str]) -> Vec<u64> {
        let line: String = line.iter().map(|part| format!("{part}\0")).collect();
        let entries = fs::read_dir("/proc").expect("Linux has it").flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid: &u64| {
            fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|it| it == line.as_bytes())
        })
        .collect()
    }

    fn parent(pid: u64) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        rest.split(' ').nth(1)?.parse().ok()
    }

    #[test]
    fn what_a_function_has_started_ends_with_the_function_and_the_sandbox() {
        // Nobody else sleeps so long.
        let seconds = (10_000_000 + rand::random::<u32>() % 10_000_000).to_string();
        let workspace = Workspace::light();
        let function = LEAVING.replace("SECONDS", &seconds);
        workspace.write("src/bin/new-game.rs", &function);
        let mafia = Mafia::alone()
            .in_folder(workspace.path())
            .env("MAFIA_STACK", "mafia-leaving")
            .env("MAFIA_YES", "true");
        let run = |arguments: &[&str]| mafia.run(arguments).succeeds();
        let sandbox = || {
            let status = run(&["sandbox", "status", "--json"]).json();
            status["pid"].as_u64().expect("it runs")
        };
        let left = || processes(&["sleep", &seconds]);
        let call = || {
            run(&["invoke", "01-new-game"]);
            wait_until("it has left", || left().len() == 1);
        };
        let is_gone = |what: &str| wait_until(what, || left().is_empty());

        run(&["deploy"]);
        call();
        run(&["sandbox", "stop"]);
        is_gone("it ended with the sandbox");

        run(&["sandbox", "start"]);
        call();
        kill(sandbox());
        is_gone("it ended when the sandbox was killed");

        run(&["sandbox", "start"]);
        call();
        let pid = sandbox();
        let reapers = processes(&["mafia", "sandbox", "reap"]);
        let reaper = reapers
            .into_iter()
            .find(|reaper| parent(*reaper) == Some(pid));
        kill(reaper.expect("it has one"));
        kill(pid);
        assert_eq!(left().len(), 1, "nobody is there to end it");
        run(&["sandbox", "start"]);
        is_gone("it ended at the next start");

        call();
        let other = function.replace(
            "Content-Length: 2\\r\\n\\r\\n{{}}",
            "Content-Length: 1\\r\\n\\r\\n1",
        );
        workspace.write("src/bin/new-game.rs", &other);
        let before = left();
        run(&["deploy"]);
        // The new code is started ahead of its first call.
        wait_until("it ended with its code", || {
            left().iter().all(|pid| !before.contains(pid))
        });

        call();
        run(&["clean"]);
        is_gone("it ended with its stack");
    }
}
