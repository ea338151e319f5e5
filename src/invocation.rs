//! How the person has started this program: with it, a command that is named to them works as it is typed.
//!
//! Texts name commands in backticks and call the program `mafia`. Only here they become what has to be
//! typed: the program as it was started, and the options that were typed and say where to work.

use std::borrow::Cow;
use std::env;
use std::ffi::{OsStr, OsString};

/// The options that say where to work.
pub const PLACES: [&str; 8] = [
    "target",
    "endpoint-url",
    "state-dir",
    "profile",
    "region",
    "role-arn",
    "stack",
    "workshop",
];

/// The option of `mafia deploy` that chooses what is deployed.
const LAB: &str = "lab";
/// What texts call the program.
const MAFIA: &str = "mafia ";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// As a shell takes it.
    program: String,
    /// Options that say where to work, with their values.
    places: Vec<(&'static str, String)>,
    /// Commands for one stack are typed as those of a class for this student.
    student: Option<Student>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Student {
    name: String,
    /// The option that chooses the class, with a space before it.
    choice: String,
}

/// The commands for one stack that a class has too.
const OF_A_STUDENT: [&str; 2] = ["play", "logs"];

impl Default for Invocation {
    fn default() -> Self {
        Self {
            program: MAFIA.trim_end().to_owned(),
            places: Vec::new(),
            student: None,
        }
    }
}

impl Invocation {
    /// That of a command line, which begins with the program.
    pub fn of(arguments: &[OsString]) -> Self {
        Self {
            program: program(arguments.first().map(OsString::as_os_str)),
            places: places(arguments.get(1..).unwrap_or_default()),
            student: None,
        }
    }

    /// A command as it has to be typed.
    pub fn line(&self, command: &str) -> String {
        let command = self.of_a_class(command);
        format!("{} {}", self.program, self.completed(&command))
    }

    /// `text`, with the commands of this program in it as they have to be typed.
    pub fn in_text(&self, text: &str) -> String {
        let parts = text.split('`').enumerate().map(|(number, part)| {
            if number % 2 == 0 {
                part.to_owned()
            } else if let Some(command) = part.strip_prefix(MAFIA) {
                self.line(command)
            } else {
                self.in_the_place_of_its_output(part)
            }
        });
        parts.collect::<Vec<_>>().join("`")
    }

    /// A page of help: its commands and its examples begin with the program as it was started.
    pub fn in_page(&self, page: &str) -> String {
        let program = Self {
            places: Vec::new(),
            ..self.clone()
        };
        let lines = page.split('\n').map(|line| {
            let example = line.trim_start();
            match example.strip_prefix(MAFIA) {
                Some(command) if example.len() < line.len() => {
                    let indent = &line[..line.len() - example.len()];
                    format!("{indent}{}", program.line(command))
                }
                _ => program.in_the_place_of_its_output(&program.in_text(line)),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The same for a stack that a command chooses itself, of no other lab than the game.
    pub fn of_stack(&self, stack: &str) -> Self {
        let mut it = self.clone();
        it.places
            .retain(|(option, _)| !["stack", LAB].contains(option));
        it.places.insert(0, ("stack", stack.to_owned()));
        it
    }

    /// The same for a lab's stack, which is deployed with `--lab`.
    pub fn of_lab(&self, lab: &str, stack: &str) -> Self {
        let mut it = self.of_stack(stack);
        it.places.insert(0, (LAB, lab.to_owned()));
        it
    }

    /// For another folder: the program as it can be started there, without options.
    pub fn from_anywhere(&self) -> Self {
        let is_found = !self.program.contains(['/', ' ']) || self.program.starts_with('/');
        let exe = env::current_exe().ok().filter(|_| !is_found);
        Self {
            program: exe.map_or_else(|| self.program.clone(), |it| quoted(&it.to_string_lossy())),
            places: Vec::new(),
            student: None,
        }
    }

    /// The same for a student's stack that a command of the class works on. `choice` is the option that chose
    /// the class, with a space before it.
    pub fn of_student(&self, student: &str, choice: &str) -> Self {
        Self {
            student: Some(Student {
                name: quoted(student),
                choice: choice.to_owned(),
            }),
            ..self.clone()
        }
    }

    /// `class play ann night` for `play night`.
    fn of_a_class<'c>(&self, command: &'c str) -> Cow<'c, str> {
        let (first, rest) = match command.find(' ') {
            Some(end) => command.split_at(end),
            None => (command, ""),
        };
        match &self.student {
            Some(Student { name, choice }) if OF_A_STUDENT.contains(&first) => {
                Cow::Owned(format!("class {first} {name}{choice}{rest}"))
            }
            _ => Cow::Borrowed(command),
        }
    }

    /// The value that was typed for an option.
    pub fn typed(&self, option: &str) -> Option<&str> {
        let mut places = self.places.iter();
        let found = places.find(|(place, _)| *place == option)?;
        Some(&found.1)
    }

    /// The options that were typed, as arguments.
    pub fn arguments(&self) -> impl Iterator<Item = String> {
        let places = self.places.iter();
        places.map(|(option, value)| format!("--{option}={value}"))
    }

    /// `eval "$(mafia sandbox env)"`
    fn in_the_place_of_its_output(&self, text: &str) -> String {
        const OPEN: &str = "\"$(mafia ";
        match text.split_once(OPEN) {
            Some((before, rest)) => match rest.split_once(')') {
                Some((command, after)) => {
                    format!("{before}\"$({}){after}", self.line(command))
                }
                None => text.to_owned(),
            },
            None => text.to_owned(),
        }
    }

    /// A command, without the program, with the options that it takes and does not have.
    fn completed(&self, command: &str) -> String {
        let own = &command[..end(command)];
        // What is behind is another command's.
        let (own, rest) = command.split_at(own.find(" -- ").unwrap_or(own.len()));
        let words: Vec<&str> = own.split_whitespace().collect();
        let is_page = ["help", "--help", "--version"];
        if words.iter().any(|word| is_page.contains(word)) {
            return command.to_owned();
        }
        let mut whole = own.trim_end().to_owned();
        for (option, value) in &self.places {
            let name = format!("--{option}");
            let has = words
                .iter()
                .any(|word| word.split('=').next() == Some(&name));
            let is_elsewhere = match words.first() {
                Some(&"sandbox") => *option != "state-dir",
                Some(&("list" | "class")) => ["stack", "workshop"].contains(option),
                Some(&"demo") => *option == "stack",
                // It writes them into the new folder, if somebody types them.
                Some(&"init") => true,
                first if *option == LAB => first != Some(&"deploy"),
                _ => false,
            };
            if !has && !is_elsewhere {
                whole += &format!(" {name} {}", quoted(value));
            }
        }
        whole + &own[own.trim_end().len()..] + rest
    }
}

/// Where a command ends in a line of the shell: before a pipe or a redirection.
fn end(line: &str) -> usize {
    let mut quote = None;
    for (at, letter) in line.char_indices() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => quote = Some(letter),
            ('|' | '<' | '>' | ';', None) => return at,
            _ => {}
        }
    }
    line.len()
}

/// What starts this program from the current folder, as the person has started it.
fn program(started: Option<&OsStr>) -> String {
    let is_cargos_folder = |folder: OsString| env::current_dir().is_ok_and(|here| here == folder);
    let with_cargo = env::var_os("CARGO").and(env::var_os("CARGO_MANIFEST_DIR"));
    match started {
        _ if with_cargo.is_some_and(is_cargos_folder) => "cargo run --".to_owned(),
        Some(program) => quoted(&program.to_string_lossy()),
        None => Invocation::default().program,
    }
}

/// The options in a command line that say where to work; the last counts where one is given twice.
fn places(arguments: &[OsString]) -> Vec<(&'static str, String)> {
    let words = arguments.iter().map(|word| word.to_string_lossy());
    let mut words = words.take_while(|word| word != "--");
    let mut typed = Vec::new();
    while let Some(word) = words.next() {
        let Some(option) = word.strip_prefix("--") else {
            continue;
        };
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (option, None),
        };
        let Some(place) = PLACES.iter().find(|place| **place == name) else {
            continue;
        };
        if let Some(value) = value.or_else(|| Some(words.next()?.into_owned())) {
            typed.retain(|(known, _)| known != place);
            typed.push((*place, value));
        }
    }
    typed
}

/// As a shell takes it for one word.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(line: &str) -> Invocation {
        let words: Vec<OsString> = line.split('|').map(OsString::from).collect();
        Invocation {
            program: words[0].to_string_lossy().into_owned(),
            places: places(&words[1..]),
            student: None,
        }
    }

    #[test]
    fn a_labs_stack_is_deployed_as_that_of_the_lab() {
        let of_lab = invocation("mafia").of_lab("word-count", "ann-word-count");
        for (command, expected) in [
            (
                "deploy",
                "mafia deploy --lab word-count --stack ann-word-count",
            ),
            (
                "deploy --lab other",
                "mafia deploy --lab other --stack ann-word-count",
            ),
            ("clean", "mafia clean --stack ann-word-count"),
        ] {
            assert_eq!(of_lab.line(command), expected);
        }
        let of_game = of_lab.of_stack("ann");
        assert_eq!(of_game.line("deploy"), "mafia deploy --stack ann");
    }

    #[test]
    fn a_command_has_the_options_that_were_typed_and_that_it_takes() {
        let typed = invocation("mafia|--stack|ann|play|--state-dir=my folder|--|--region=x");
        for (command, expected) in [
            ("play", "mafia play --stack ann --state-dir 'my folder'"),
            (
                "play --stack bob",
                "mafia play --stack bob --state-dir 'my folder'",
            ),
            (
                "play --stack=bob",
                "mafia play --stack=bob --state-dir 'my folder'",
            ),
            (
                "invoke a '<|>' - < b.json",
                "mafia invoke a '<|>' - --stack ann --state-dir 'my folder' < b.json",
            ),
            ("sandbox stop", "mafia sandbox stop --state-dir 'my folder'"),
            ("list", "mafia list --state-dir 'my folder'"),
            ("demo", "mafia demo --state-dir 'my folder'"),
            ("init game", "mafia init game"),
            (
                "class exec -- status | less",
                "mafia class exec --state-dir 'my folder' -- status | less",
            ),
            ("help deploy", "mafia help deploy"),
            ("play --help", "mafia play --help"),
        ] {
            assert_eq!(typed.line(command), expected);
        }
        assert_eq!(Invocation::default().line("play"), "mafia play");
        let twice = invocation("mafia|--stack|ann|--stack|bob|play|--region");
        assert_eq!(twice.line("play"), "mafia play --stack bob");
        assert_eq!(
            twice.of_stack("cleo").line("play"),
            "mafia play --stack cleo"
        );
    }

    #[test]
    fn a_command_for_a_students_stack_is_one_of_the_class() {
        let typed = invocation("mafia|--stack|x|class|play|--state-dir=/a");
        let student = typed.of_stack("mafia-monday-ann");
        let student = student.of_student("ann", " --roster 'my class.toml'");
        for (command, expected) in [
            (
                "play night",
                "mafia class play ann --roster 'my class.toml' night --state-dir /a",
            ),
            (
                "logs",
                "mafia class logs ann --roster 'my class.toml' --state-dir /a",
            ),
            (
                "status",
                "mafia status --stack mafia-monday-ann --state-dir /a",
            ),
        ] {
            assert_eq!(student.line(command), expected);
        }
    }

    #[test]
    fn commands_in_texts_are_as_they_have_to_be_typed() {
        let started = invocation("target/debug/mafia|--state-dir=/a b|--stack=mafia-bo");
        for (text, typed) in [
            (
                "run `mafia deploy` to create it",
                "run `target/debug/mafia deploy --state-dir '/a b' --stack mafia-bo` to create it",
            ),
            (
                "`mafia play --stack x`, `aws x`",
                "`target/debug/mafia play --stack x --state-dir '/a b'`, `aws x`",
            ),
            (
                "run `eval \"$(mafia sandbox env)\"` before `aws`",
                "run `eval \"$(target/debug/mafia sandbox env --state-dir '/a b')\"` before `aws`",
            ),
            (
                "a tag mafia:kind of mafia play",
                "a tag mafia:kind of mafia play",
            ),
        ] {
            assert_eq!(started.in_text(text), typed);
            // What is complete stays as it is.
            assert_eq!(started.in_text(typed), typed);
        }
    }

    #[test]
    fn a_page_of_help_names_the_program_as_it_was_started() {
        let started = invocation("cargo run --|--stack=mafia-bo");
        let page = "mafia plays:\n  mafia play --seed 7\n  eval \"$(mafia sandbox env)\"\nsee `mafia help`";
        assert_eq!(
            started.in_page(page),
            "mafia plays:\n  cargo run -- play --seed 7\n  \
             eval \"$(cargo run -- sandbox env)\"\nsee `cargo run -- help`"
        );
        assert_eq!(Invocation::default().in_page(page), page);
    }

    #[test]
    fn a_shell_reads_a_quoted_value_as_it_is() {
        assert_eq!(quoted("Players=7"), "Players=7");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
