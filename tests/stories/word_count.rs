//! The word counter: a function publishes to a topic, and two others subscribe to it.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::documents::assert_documented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { with nothing installed: the_second_message_counts_twelve }

const STACK: &str = "mafia-cleo-word-count";
/// What has not been delivered after this time never is.
const PATIENCE: Duration = Duration::from_secs(60);

fn the_second_message_counts_twelve(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::with_lab("word-count");
    let cleo = Student::new(endpoint, "mafia-cleo", &workspace);
    cleo.run(&["lab", "slack", "hello"])
        .exits_with(1)
        .remarks("mafia deploy --lab word-count");
    cleo.run(&["deploy", "--lab", "word-count"])
        .exits_with(2)
        .remarks("a value for its parameter SlackToken (Token of the outgoing webhook, as Slack shows it)")
        .remarks("mafia deploy -p SlackToken=VALUE-VALUE --lab word-count");
    let deployed = cleo.deploys(&["--lab", "word-count", "-p", "SlackToken=a-secret-of-cleo"]);
    let functions = ["01-word-count", "02-sns-multiplier", "03-sns-logger"];
    assert_eq!(deployed.functions("created"), functions);
    knows_its_lab(&cleo);
    is_undone(&cleo, &workspace);
    let says = |text: &[&str]| {
        let said = cleo.asks(&[&["lab", "slack"], text].concat());
        assert_documented(&["mafia lab slack"], std::slice::from_ref(&said));
        said["text"].as_str().expect("a text").to_owned()
    };

    assert_eq!(
        says(&["awsadvent", "some words"]),
        "awsadvent: 1, some: 1, words: 1"
    );
    counts(&cleo, "words", 11);
    assert_eq!(
        says(&["Words!", "awsadvent, some"]),
        "awsadvent: 12, some: 12, words: 12"
    );
    counts(&cleo, "words", 22);

    // The same post again, as if it had been delivered twice.
    let again = ["again", "--timestamp", "1355517523.000005"];
    assert_eq!(says(&again), "again: 1");
    counts(&cleo, "again", 11);
    assert_eq!(says(&again), "again: 11");
    assert_eq!(says(&["something else"]), "else: 1, something: 1");
    // Deliveries may overtake one another, so this only finds a count that came before it.
    counts(&cleo, "else", 11);
    assert_eq!(count(&cleo, "again"), 11);

    let forged = cleo.run(&["lab", "slack", "hello", "--token", "a-secret-of-eve"]);
    forged
        .exits_with(1)
        .remarks("word-count answered 403: The token is not that of the webhook");
    until(|| {
        let logs = cleo.run(&["logs", "sns-logger", "--stack", STACK]);
        logs.succeeds()
            .stdout
            .contains("somebody said: Words! awsadvent, some")
    });
    let system = Student::new(endpoint, STACK, &workspace);
    system.shows_that_it_works("word-count");
    system.run(&["clean"]).succeeds().prints("0 left");
}

/// The stack is compared with the word counter, and not taken for a game.
fn knows_its_lab(student: &Student) {
    let status = student.asks(&["status", "--stack", STACK]);
    assert_documented(&["mafia status"], std::slice::from_ref(&status));
    assert_eq!(status["stack_lab"], "word-count");
    let functions = status["functions"].as_array().expect("a list");
    assert!(functions.iter().all(|it| it["code"] == "as-built"));
    let game = student.run(&["deploy", "--stack", STACK]);
    game.exits_with(2)
        .remarks(&format!(
            "stack {STACK} is of the lab word-count, not of the game"
        ))
        .remarks(&format!("mafia deploy --lab word-count --stack {STACK}"));
}

/// Every command finds the lab of a stack that is named.
fn is_undone(student: &Student, workspace: &Workspace) {
    const LOGGER: &str = "labs/word-count/src/bin/sns-logger.rs";
    let of_stack = |arguments: &[&str]| {
        let arguments = [arguments, &["--stack", STACK]].concat();
        student.run(&arguments)
    };
    of_stack(&["deploy", "sns-logger"])
        .exits_with(2)
        .remarks(&format!("mafia deploy --lab word-count --stack {STACK}"));
    of_stack(&["lab", "check", "01.1"])
        .exits_with(3)
        .remarks("is of the lab word-count, and this check is of the game")
        .never_says("mafia deploy");
    of_stack(&["doctor"])
        .succeeds()
        .remarks(&format!("mafia deploy --lab word-count --stack {STACK}"));
    workspace.edit(LOGGER, "fn main()", "/* edited */ fn main()");
    let code = workspace.read(LOGGER);
    assert!(code.contains("somebody said"), "{code}");
    workspace.write(LOGGER, &code.replace("somebody said", "anybody said"));
    let patched = student.deploys(&["--lab", "word-count"]);
    assert_eq!(patched.functions("patched"), ["03-sns-logger"]);
    let undone = of_stack(&["undo", "sns-logger", "--json"])
        .succeeds()
        .json();
    assert_documented(&["mafia undo"], std::slice::from_ref(&undone));
    assert_eq!(undone["functions"][0]["function"], "03-sns-logger");
    of_stack(&["undo"]).succeeds().prints("sns-logger");
    of_stack(&["undo"]).succeeds();
}

fn count(student: &Student, word: &str) -> u64 {
    let table = student.asks(&["table", "Words", "--stack", STACK]);
    let mut items = table["items"].as_array().expect("a list").iter();
    let item = items.find(|item| item["word"] == word);
    item.map_or(0, |item| item["count"].as_u64().expect("a number"))
}

fn counts(student: &Student, word: &str, expected: u64) {
    until(|| count(student, word) == expected);
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "it never comes");
        sleep(Duration::from_millis(100));
    }
}
