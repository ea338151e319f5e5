use super::*;

fn event(line: &str) -> Option<BuildEvent> {
    match parse_error(line) {
        ErrorLine::Event(event) => Some(event),
        _ => None,
    }
}

fn step(verb: &str, subject: &str) -> Option<BuildEvent> {
    Some(BuildEvent::Step {
        verb: verb.to_owned(),
        subject: subject.to_owned(),
    })
}

#[test]
fn steps_are_told_apart_from_other_words() {
    assert_eq!(
        event("   Compiling serde v1.0.228\n"),
        step("Compiling", "serde v1.0.228")
    );
    assert_eq!(
        event("    Updating `mirror` index\n"),
        step("Updating", "`mirror` index")
    );
    assert_eq!(event("    Finished `dev` profile in 0.17s\n"), None);
    let text = |text: &str| ErrorLine::Text(text.to_owned());
    assert_eq!(
        parse_error("error: no such command\n"),
        text("error: no such command")
    );
    assert_eq!(parse_error("  Caused by:\n"), text("  Caused by:"));
    assert_eq!(parse_error("\n"), ErrorLine::Empty);
}

#[test]
fn the_bar_becomes_numbers() {
    let line = "    Building [=======>      ] 223/224: game-state(bin), new-game(bin)        \r";
    let progress = BuildEvent::Progress {
        done: 223,
        total: 224,
        current: "game-state(bin), new-game(bin)".to_owned(),
    };
    assert_eq!(event(line), Some(progress));
    let line = "    Building [=>            ] 45/224: syn, syn, quote, syn(build)\r";
    let progress = BuildEvent::Progress {
        done: 45,
        total: 224,
        current: "syn, quote, syn(build)".to_owned(),
    };
    assert_eq!(event(line), Some(progress));
    let line = "    Building [             ] 0/224\r";
    let progress = BuildEvent::Progress {
        done: 0,
        total: 224,
        current: String::new(),
    };
    assert_eq!(event(line), Some(progress));
    let line = " Downloading [==>          ] 3 crates, remaining bytes: 1.2MiB \r";
    assert_eq!(
        event(line),
        step("Downloading", "3 crates, remaining bytes: 1.2MiB")
    );
}

#[test]
fn a_lock_is_something_to_wait_for() {
    let line = "    Blocking waiting for file lock on build directory\n";
    let lock = "build directory".to_owned();
    assert_eq!(event(line), Some(BuildEvent::Waiting { lock }));
}

#[test]
fn summaries_of_what_was_said_are_left_out() {
    let line = "warning: `mafia-game` (bin \"new-game\") generated 1 warning\n";
    assert_eq!(parse_error(line), ErrorLine::Empty);
    let line = "warning: unused manifest key: package.colour\n";
    assert!(matches!(parse_error(line), ErrorLine::Text(_)));
}

#[test]
fn lines_of_a_program_that_are_no_messages_are_passed_over() {
    assert_eq!(parse_output("hello"), OutputLine::Other);
    assert_eq!(
        parse_output(r#"{"reason":"of-the-future"}"#),
        OutputLine::Other
    );
}

#[test]
fn the_end_says_whether_everything_is_built() {
    for is_built in [true, false] {
        let end = format!(r#"{{"reason":"build-finished","success":{is_built}}}"#);
        assert_eq!(parse_output(&end), OutputLine::End { is_built });
    }
}

#[test]
fn package_names_are_found_in_ids() {
    let name = |repr: &str| {
        let repr = repr.to_owned();
        package_name(&PackageId { repr }).to_owned()
    };
    assert_eq!(
        name("path+file:///home/a/labs/game#mafia-game@0.1.0"),
        "mafia-game"
    );
    assert_eq!(name("path+file:///home/a/game#0.1.0"), "game");
    assert_eq!(
        name("registry+https://example.org/index#serde@1.0.228"),
        "serde"
    );
}
