//! The kit around a shell in place of the binary.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{Mafia, Outcome, Running};
use crate::endpoint::Endpoint;

fn shell(mafia: &Mafia, script: &str) -> Running {
    mafia.start_program("sh", &["-c", script])
}

/// What a failing assertion says.
fn complaint(assertion: impl FnOnce() -> Outcome) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion should fail");
    *panic.downcast::<String>().expect("the kit says why")
}

#[test]
fn only_what_a_story_says_reaches_the_program() {
    let endpoint = Endpoint::on("http://127.0.0.1:1");
    let mafia = Mafia::at(&endpoint)
        .env("MAFIA_STACK", "mafia-anna")
        .without_env("LANG")
        .input("a line\n")
        .in_folder("/".as_ref());
    let outcome = shell(&mafia, "env; pwd; cat").finish().succeeds();
    let home = format!("HOME={}", mafia.home().display());
    let account = format!("AWS_ACCESS_KEY_ID={}", endpoint.account());
    let outcome = outcome
        .prints("MAFIA_STACK=mafia-anna\n")
        .prints("MAFIA_ENDPOINT_URL=http://127.0.0.1:1\n")
        .prints("COLUMNS=80\n")
        .prints(&home)
        .prints(&account)
        .never_says("LANG=")
        .never_says("CARGO_PKG_NAME");
    assert!(outcome.stdout.ends_with("/\na line\n"), "{outcome:?}");
}

#[test]
fn a_kill_takes_along_what_the_program_started() {
    let mut running = shell(
        &Mafia::alone(),
        "(trap '' INT; exec sleep 600) & echo $!; wait",
    );
    assert!(!running.has_ended());
    // The pipes end only when nobody holds them any more, so an outcome proves that both are gone.
    let outcome = running.kill();
    assert_eq!((outcome.code, outcome.signal), (None, Some(9)));
}

#[test]
fn an_interrupt_is_the_programs_own_to_handle() {
    // It ends by itself, should this test be killed.
    let script = "trap 'echo stopping >&2; exit 1' INT; echo ready; \
                  left=6000; while [ $left -gt 0 ]; do sleep 0.01; left=$((left - 1)); done";
    let mut running = shell(&Mafia::alone(), script);
    running.wait_until_it_says("ready");
    running.interrupt();
    running
        .finish()
        .exits_with(1)
        .remarks("stopping")
        .prints("ready");
}

/// As a job in the background of a script has it.
#[test]
fn an_interrupt_arrives_even_if_the_tests_were_told_to_ignore_it() {
    let tests = std::env::current_exe().expect("the tests are a program");
    let script = "trap '' INT; exec \"$0\" --exact \
                  mafia::tests::an_interrupt_is_the_programs_own_to_handle";
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(tests)
        .output()
        .expect("there is a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
fn patience_ends() {
    let mut mafia = Mafia::alone();
    mafia.patience = Duration::from_millis(50);
    let said = complaint(|| shell(&mafia, "echo slowly; sleep 600").finish());
    assert!(
        said.starts_with("`sh -c echo slowly; sleep 600` should have ended within"),
        "{said}"
    );
    assert!(said.contains("signal 9"), "{said}");
    assert!(said.contains("slowly"), "{said}");
}

#[test]
fn a_failed_assertion_shows_everything() {
    let mafia = Mafia::alone();
    let outcome = || shell(&mafia, "echo out; echo err >&2; exit 2").finish();
    let everything = "--- stdout\nout\n\n--- stderr\nerr\n";
    for said in [
        complaint(|| outcome().succeeds()),
        complaint(|| outcome().prints("err")),
        complaint(|| outcome().prints_nothing()),
        complaint(|| outcome().remarks("out")),
        complaint(|| outcome().never_says("err")),
        complaint(|| {
            outcome().json();
            outcome()
        }),
    ] {
        assert!(
            said.contains("exit code 2") && said.contains(everything),
            "{said}"
        );
    }
    let wide = complaint(|| {
        shell(&mafia, "printf %081d 0")
            .finish()
            .reads_well_in_a_pipe()
    });
    assert!(wide.contains("80 columns"), "{wide}");
    let coloured = complaint(|| {
        shell(&mafia, "printf '\\033[1m'")
            .finish()
            .reads_well_in_a_pipe()
    });
    assert!(coloured.contains("control characters"), "{coloured}");
    assert_eq!(shell(&mafia, "echo '[1]'").finish().json()[0], 1);
}
