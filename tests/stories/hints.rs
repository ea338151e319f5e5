//! Commands, options and variables that the tool's texts name: each of them exists. Whoever follows a
//! hint is not told that there is no such command.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ::mafia::cli::{Cli, Unparsed};

/// The parts whose texts name options of `mafia`; elsewhere options are those of other programs.
const SPEAKING: [&str; 10] = [
    "src/cli.rs",
    "src/cli/help.rs",
    "src/cli/invalid.rs",
    "src/commands",
    "src/context.rs",
    "src/error",
    "src/preflight",
    "src/render",
    "src/sandbox.rs",
    "src/target.rs",
];

/// Words that stand for a value of the person's own.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("COMMAND", "deploy"),
    ("DIR", "folder"),
    ("N", "7"),
    ("NUMBER", "7"),
    ("SHELL", "bash"),
    ("TIME", "5m"),
    ("URL", "http://127.0.0.1:1"),
];

/// A text of the project, without the tests at its end and with long strings in one line. Files of tests
/// are no texts.
struct Text {
    path: PathBuf,
    words: String,
}

fn texts(folder: &str, kinds: &[&str]) -> Vec<Text> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if path.is_file() || path.with_extension("rs").is_file() && !path.is_dir() {
        return vec![read(&path)];
    }
    let mut texts = Vec::new();
    let module = path.with_extension("rs");
    if module.is_file() {
        texts.push(read(&module));
    }
    let mut left = vec![path];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the project") {
            let path = entry.expect("it can be read").path();
            let kind = path.extension().and_then(|kind| kind.to_str());
            if is_for_tests(&path) {
                continue;
            }
            if path.is_dir() {
                left.push(path);
            } else if kind.is_some_and(|kind| kinds.contains(&kind)) {
                texts.push(read(&path));
            }
        }
    }
    texts
}

fn is_for_tests(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.is_some_and(|name| name == "tests" || name.ends_with("_tests"))
}

fn read(path: &Path) -> Text {
    let text = fs::read_to_string(path).expect("a text of the project");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut parts = text.split("\\\n");
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        words += part.trim_start();
    }
    Text {
        path: path.to_owned(),
        words: words.replace("\\\"", "\""),
    }
}

/// What stands between backticks, in one line.
fn quoted(words: &str) -> Vec<&str> {
    let lines = words.lines();
    lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// The words of a command line as the shell would give them, with values for what stands for one.
pub fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(end)) if letter == end => quote = None,
            ('\'' | '"', None) => quote = Some(letter),
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    let asks_for_help = words.iter().any(|word| word == "help");
    for word in &mut words {
        *word = word.trim_matches(['[', ']']).to_owned();
        if let Some((_, value)) = PLACEHOLDERS.iter().find(|(name, _)| name == word) {
            (*value).clone_into(word);
        }
        if word.starts_with('{') && word.ends_with('}') && !word.contains(':') {
            let value = match asks_for_help {
                true => "deploy",
                false if word.contains("}={") => "x=x",
                false => "x",
            };
            value.clone_into(word);
        }
    }
    words
}

/// Why `line`, which begins with `mafia`, is no command line that can be typed; what it lacks besides is
/// the person's to add.
pub fn problem(line: &str) -> Option<String> {
    let line = line.split([';', '|', '>', '<']).next().unwrap_or(line);
    match Cli::read(words(line).into_iter().map(Into::into), None).map_err(|refused| *refused) {
        Err(Unparsed::Invalid(error, _)) if !error.message.contains("` needs <") => {
            Some(format!("{line}: {}", error.message))
        }
        _ => None,
    }
}

fn is_command(quoted: &&str) -> bool {
    quoted.starts_with("mafia ") && !quoted.contains('…')
}

#[test]
fn every_command_that_a_text_names_can_be_typed() {
    let sources = texts("src", &["rs"]).into_iter();
    let pages = texts("docs", &["md"]).into_iter();
    let readme = texts("README.md", &[]).into_iter();
    let mut number = 0;
    let mut problems = Vec::new();
    for text in sources.chain(pages).chain(readme) {
        for line in quoted(&text.words).into_iter().filter(is_command) {
            number += 1;
            let problem = problem(line);
            problems.extend(problem.map(|it| format!("{}: {it}", text.path.display())));
        }
    }
    assert!(number > 80, "only {number} commands found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_option_and_variable_that_a_text_names_exists() {
    let (options, variables) = known();
    let mut problems = Vec::new();
    for text in SPEAKING.iter().flat_map(|part| texts(part, &["rs"])) {
        // Between backticks are whole commands, of this program and of others.
        let plain = text.words.lines().map(|line| {
            let parts = line.split('`').step_by(2);
            parts.collect::<Vec<_>>().join(" ")
        });
        for word in plain.flat_map(|line| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            let words = line.split(move |c: char| !is_part(c));
            words.map(str::to_owned).collect::<Vec<_>>()
        }) {
            let is_option = word.len() > 3
                && word.starts_with("--")
                && word[2..].starts_with(|c: char| c.is_ascii_lowercase());
            let is_variable = word.starts_with("MAFIA_") && word.len() > 6;
            let exists = if is_option {
                options.contains(&word)
            } else {
                !is_variable || variables.contains(&word)
            };
            if !exists {
                problems.push(format!("{}: {word}", text.path.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The options of all commands, and the variables of those that have one.
fn known() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut options = BTreeSet::from(["--help", "--version"].map(str::to_owned));
    let mut variables = BTreeSet::from(["MAFIA_COMPLETE".to_owned()]);
    let mut left = vec![::mafia::cli::tree()];
    while let Some(command) = left.pop() {
        for argument in command.get_arguments() {
            options.extend(argument.get_long().map(|long| format!("--{long}")));
            let variable = argument.get_env().and_then(|name| name.to_str());
            variables.extend(variable.map(str::to_owned));
        }
        left.extend(command.get_subcommands().cloned());
    }
    (options, variables)
}
