//! The page for instructors: each command in it does what the page says, one after the other, in a fresh folder.

use std::collections::BTreeSet;

use ::mafia::cli::tree;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

const PAGE: &str = include_str!("../../../docs/instructor.md");
/// Before the list of students.
const LIST: &str = "```csv\n";
const LIST_FILE: &str = "students.csv";
/// Before a command.
const INDENT: &str = "    mafia ";
/// Above the lines for students to paste, which `class up` alone prints.
const LINES: &str = "For each student, a line to paste";
/// What commands print that run until Ctrl-C.
const ENDLESS: [(&str, &str); 2] = [
    ("status --watch", "jose-maria"),
    ("board", "Press Ctrl-C to close the board"),
];

fn commands() -> Vec<&'static str> {
    let lines = PAGE.lines();
    lines.filter_map(|line| line.strip_prefix(INDENT)).collect()
}

#[test]
fn the_page_names_every_command_on_a_class() {
    let tree = tree();
    let class = tree.find_subcommand("class").expect("the command is there");
    let there = class
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    let there: BTreeSet<&str> = there.map(clap::Command::get_name).collect();
    let word = |command: &&'static str| command.strip_prefix("class ")?.split(' ').next();
    let commands = commands();
    let named: BTreeSet<&str> = commands.iter().filter_map(word).collect();
    assert_eq!(named, there);
}

#[test]
fn each_command_of_the_page_works() {
    let workspace = Workspace::copy();
    let (_, list) = PAGE
        .split_once(LIST)
        .expect("the page has a list of students");
    let (list, _) = list.split_once("```").expect("the list has an end");
    workspace.write(LIST_FILE, list);
    let instructor = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_YES", "true");
    for command in commands() {
        let endless = ENDLESS.iter().find(|(words, _)| command.ends_with(words));
        if let Some((_, says)) = endless {
            let words: Vec<&str> = command.split(' ').collect();
            let mut running = instructor.start(&words);
            running.wait_until_it_says(says);
            running.interrupt();
            let outcome = running.finish();
            if !matches!(outcome.code, Some(0 | 130)) {
                outcome.fails("should have ended with Ctrl-C");
            }
            continue;
        }
        let outcome = instructor
            .run_in_shell(&format!("\"$MAFIA\" {command}"))
            .succeeds();
        let outcome = match command {
            "class up" => outcome.prints(LINES),
            _ => outcome.never_says(LINES),
        };
        match command {
            "class up --dry-run" => assert_eq!(stacks(&instructor), 0),
            "class up" => {
                outcome
                    .prints("3 of 3 ready")
                    .remarks("The sandbox is on this computer, and so is this class");
                assert_eq!(stacks(&instructor), 4, "three students and what they share");
            }
            "class report > monday.md" => assert!(workspace.read("monday.md").contains("| ann ")),
            "class clean" => drop(outcome.prints("0 left")),
            "list" => assert_eq!(stacks(&instructor), 0),
            _ => {}
        }
    }
}

fn stacks(instructor: &Mafia) -> usize {
    let listed = instructor.run(&["list", "--json"]).succeeds().json();
    listed["stacks"].as_array().map_or(0, Vec::len)
}
