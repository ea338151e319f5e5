//! Who may know whom among the modules of `src` and the sandbox: the rules that keep AWS in one place, printing in
//! another and the domain free of both. Read from the sources, so that breaking one fails a test.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// AWS's clients.
const AWS_CLIENTS: &[&str] = &["aws_config", "aws_sdk_", "aws_types"];
/// What both sides of AWS's protocols are made with.
const AWS_PROTOCOLS: &[&str] = &["aws_credential_types", "aws_sigv4", "aws_smithy"];
/// What belongs to the terminal.
const TERMINAL: &[&str] = &[
    "anstream::",
    "anstyle::",
    "clap::",
    "comfy_table::",
    "crate::render",
    "indicatif::",
    "io::stderr",
    "io::stdin",
    "io::stdout",
    "IsTerminal",
];
const DOMAIN: &[&str] = &["crate::deploy", "crate::game"];
/// Macros and calls that the lints forbid; allowing one is the business of a single place.
const PRINTING: &[&str] = &["clippy::print_stdout", "clippy::print_stderr"];

/// Where nothing of a list may be named: folders or files' stems under `src`, or all but some.
enum Where {
    In(&'static [&'static str]),
    OutsideOf(&'static [&'static str]),
}

const RULES: &[(Where, &[&str])] = &[
    (Where::OutsideOf(&["cloud"]), AWS_CLIENTS),
    (Where::OutsideOf(&["cloud", "sandbox"]), AWS_PROTOCOLS),
    (Where::In(&["sandbox"]), TERMINAL),
    (Where::OutsideOf(&["render"]), PRINTING),
    (Where::In(&["cloud"]), DOMAIN),
    (Where::In(&["cloud"]), TERMINAL),
    (
        Where::In(&["cloud", "bundle", "deploy", "game"]),
        &["crate::commands"],
    ),
    (Where::In(&["bundle", "deploy", "game"]), TERMINAL),
    (Where::In(&["bundle"]), &["crate::cloud"]),
    (Where::In(&["bundle"]), DOMAIN),
    (Where::In(&["commands"]), &["io::stderr", "io::stdout"]),
    (
        Where::In(&["render"]),
        &["crate::commands", "hyper", "std::net", "tokio::net"],
    ),
];

#[test]
fn every_module_keeps_to_what_it_may_know() {
    let mut broken = String::new();
    let folders = ["src", "sandbox/src"].map(|folder| sources(&project().join(folder)));
    for file in folders.concat() {
        let text = fs::read_to_string(&file).expect("a source file is text");
        for (line, number) in code_lines(&text).zip(1..) {
            for name in names_against_the_rules(module_of(&file), line) {
                writeln!(broken, "{}:{number} names {name}", file.display()).expect("text");
            }
        }
    }
    assert!(
        broken.is_empty(),
        "modules that know what they must not:\n{broken}"
    );
}

#[test]
fn the_rules_see_what_breaks_them() {
    let seen = |module, line| names_against_the_rules(module, line).collect::<Vec<_>>();
    assert_eq!(seen("deploy", "use aws_sdk_lambda::Client;"), ["aws_sdk_"]);
    assert_eq!(
        seen("deploy", "use crate::render::Table;"),
        ["crate::render"]
    );
    assert_eq!(
        seen("game", "#[allow(clippy::print_stdout)]"),
        ["clippy::print_stdout"]
    );
    assert_eq!(
        seen("cloud", "use crate::deploy::Plan; use clap::Args;"),
        ["crate::deploy", "clap::"]
    );
    assert!(seen("cloud", "use aws_sdk_lambda::Client;").is_empty());
    assert!(seen("commands", "use crate::render::Table;").is_empty());
    let documented = "/// Shown by crate::render.\nlet url = \"http://a\"; // aws_sdk_lambda\n";
    assert_eq!(
        code_lines(documented).collect::<Vec<_>>(),
        ["", "let url = \"http:"]
    );
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder or the file's stem right under `src`; `sandbox` for all of the crate of that name.
fn module_of(file: &Path) -> &str {
    let inside = file.strip_prefix(project()).expect("a file of the project");
    let first = inside
        .iter()
        .find(|part| *part != "src")
        .and_then(|part| part.to_str())
        .expect("a name in UTF-8");
    first.trim_end_matches(".rs")
}

fn names_against_the_rules<'a>(
    module: &'a str,
    line: &'a str,
) -> impl Iterator<Item = &'static str> + 'a {
    let applies = move |place: &Where| match place {
        Where::In(modules) => modules.contains(&module),
        Where::OutsideOf(owners) => !owners.contains(&module),
    };
    let rules = RULES.iter().filter(move |(place, _)| applies(place));
    rules
        .flat_map(|(_, names)| names.iter())
        .copied()
        .filter(|name| line.contains(name))
}

/// The lines without their comments, in which anything may be named.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("src can be read").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
