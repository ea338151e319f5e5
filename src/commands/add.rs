//! `mafia add`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::next::Done;
use super::values::function;
use crate::bundle::{self, Outline, Workspace};
use crate::context::Context;
use crate::deploy::{Addition, AdditionError, Part, PartKind};
use crate::error::Error;
use crate::names::{LONGEST_FUNCTION_NAME, function_name, leading_number, words};
use crate::render;
use crate::wording::without_number;
use crate::workspace::current_folder;

/// Add a function of your own
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia add [OPTIONS] <FUNCTION>",
    after_help = "Examples:\n  mafia add day-report\n  mafia add 07-day-report",
    after_long_help = "\
A function consists of a program in `src/bin`, a line in the package's `Cargo.toml`, and in the template a \
parameter for its code, a log group and the function itself. This writes what is missing of these, and says \
what is there. You can write each of them yourself, in any order. Comments and layout of the files stay. \
After it, edit the program, and run `mafia deploy`."
)]
pub struct Add {
    /// Name of the function, such as day-report
    #[arg(value_name = "FUNCTION", value_parser = function)]
    function: String,
}

/// What `mafia add` did.
#[derive(Serialize)]
struct Added {
    /// With its number: `06-day-report`.
    function: String,
    parts: Vec<AddedPart>,
}

#[derive(Serialize)]
struct AddedPart {
    part: &'static str,
    name: String,
    file: PathBuf,
    /// Whether it was missing before.
    added: bool,
}

/// Names of binaries that Cargo's target folder needs itself.
///
/// Source: Cargo, `restricted_names::is_conflicting_artifact_name`.
const OF_CARGO: [&str; 4] = ["build", "deps", "examples", "incremental"];

impl Add {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let outline = Workspace::discover(&current_folder()?)?.outline()?;
        let (manifest, template) = (read(&outline.manifest)?, read(&outline.template)?);
        let binary = binary(&self.function, &outline)?;
        let number = leading_number(&self.function);
        let addition = Addition::of(&outline, (&manifest, &template), &binary, number)
            .map_err(|error| by_hand(error, &outline))?;
        if let Ok(stack) = context.stack() {
            let full = function_name(stack, &addition.name);
            if full.len() > LONGEST_FUNCTION_NAME {
                return Err(Error::usage(format!(
                    "the function name {full} is too long: {} characters",
                    full.len()
                ))
                .hint(format!("Lambda allows {LONGEST_FUNCTION_NAME} characters")));
            }
        }
        let program = program(&outline, &addition);
        if let Some(text) = starter(&outline, &addition) {
            write(&program, &text)?;
        }
        for (path, text) in [
            (&outline.template, &addition.template),
            (&outline.manifest, &addition.manifest),
        ] {
            if let Some(text) = text {
                write(path, text)?;
            }
        }
        let parts = addition.parts.into_iter().map(|part| AddedPart {
            part: word(part.kind),
            file: match part.kind {
                PartKind::Program => program.clone(),
                PartKind::Listed => outline.manifest.clone(),
                PartKind::Parameter | PartKind::LogGroup | PartKind::Function => {
                    outline.template.clone()
                }
            },
            name: part.name,
            added: part.missing,
        });
        let added = Added {
            function: addition.name,
            parts: parts.collect(),
        };
        let next = Done::Added.next(context);
        context.printer.result_and_next(&added, next, to_text)
    }
}

fn word(kind: PartKind) -> &'static str {
    match kind {
        PartKind::Program => "program",
        PartKind::Listed => "line",
        PartKind::Parameter => "parameter",
        PartKind::LogGroup => "log group",
        PartKind::Function => "function",
    }
}

fn to_text(added: &Added) -> String {
    let parts = added.parts.iter().map(|it| {
        let file = bundle::shown(&it.file).to_string();
        [
            if it.added { "added" } else { "was there" }.to_owned(),
            format!("{} {}", it.part, it.name),
            file,
        ]
    });
    render::added(&added.function, parts)
}

/// The binary that is meant: one that the package has or lists, or a new one.
fn binary(typed: &str, outline: &Outline) -> Result<String, Error> {
    let meant = words(typed);
    let known = outline.functions.keys().chain(&outline.binaries);
    if let Some(known) = known.into_iter().find(|known| words(known) == meant) {
        return Ok(known.clone());
    }
    let binary = meant.join("-");
    let is_name = binary.starts_with(|c: char| c.is_ascii_lowercase())
        && binary
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !is_name || OF_CARGO.contains(&binary.as_str()) {
        return Err(
            Error::usage(format!("a function cannot have the name `{typed}`")).hint(
                "use letters, digits and hyphens, starting with a letter, such as day-report",
            ),
        );
    }
    Ok(binary)
}

fn program(outline: &Outline, addition: &Addition) -> PathBuf {
    let folder = outline.manifest.parent().unwrap_or(Path::new(""));
    folder.join(format!("src/bin/{}.rs", addition.binary))
}

/// The text of a new program, if it is missing.
fn starter(outline: &Outline, addition: &Addition) -> Option<String> {
    let is_missing = |part: &Part| part.kind == PartKind::Program && part.missing;
    if !addition.parts.iter().any(is_missing) {
        return None;
    }
    let Addition { name, binary, .. } = addition;
    if !outline.has_support {
        return Some(format!(
            "//! {name}: a program that Lambda starts. It has to take calls from Lambda and answer them.\n\n\
             fn main() {{}}\n"
        ));
    }
    let function = binary.replace('-', "_");
    Some(format!(
        "\
//! {name}: so far it only says that it does nothing yet.

use mafia_support::{{Answer, Error, Request, RuntimeError, Table, serve}};

fn main() -> Result<(), RuntimeError> {{
    serve({function})
}}

pub async fn {function}(_request: &Request, _table: &Table) -> Result<Answer, Error> {{
    Ok(Answer::lines([\"{binary}: not yet\"]))
}}
"
    ))
}

fn by_hand(error: AdditionError, outline: &Outline) -> Error {
    let message = error.to_string();
    match error {
        AdditionError::Template { snippet } => {
            let file = bundle::shown(&outline.template);
            Error::usage(format!("{message}: `{file}`"))
                .detail(&snippet)
                .hint(format!(
                    "add this to `{file}`, then run the same command again"
                ))
        }
        AdditionError::Manifest { line } => {
            let file = bundle::shown(&outline.manifest);
            Error::usage(format!("{message}: `{file}`")).hint(format!(
                "add `{line}` to `[package.metadata.mafia.functions]` in `{file}`, then run the same command \
                 again"
            ))
        }
    }
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

/// Writes a file as a whole: somebody who stops the command has the old one or the new one.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    let replace = || -> io::Result<()> {
        // A link stays, and what it points to is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".mafia-")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        match fs::metadata(&path) {
            Ok(old) => file.as_file().set_permissions(old.permissions())?,
            // As any other program would make it.
            Err(_) => return fs::write(&path, text),
        }
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    replace().map_err(|error| failed("write", path, &error))
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    let error = error.to_string();
    let path = bundle::shown(path);
    Error::usage(format!(
        "cannot {what} `{path}`: {}",
        without_number(&error)
    ))
    .hint("check that the file exists and that you can read and write it")
}
