//! `mafia class init`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use time::{Date, Duration, OffsetDateTime};

use super::roster_file::RosterFile;
use crate::class::name;
use crate::class::roster::{Listed, ListedStudent, NewRoster, list};
use crate::commands::next::Done;
use crate::commands::values::number;
use crate::context::Context;
use crate::error::Error;
use crate::wording::{count, without_number};

/// How many students a new roster has, unless it is said.
const STUDENTS: usize = 3;
/// The most students of a class.
const MOST_STUDENTS: usize = 10_000;
/// How long a class lasts, unless its file is changed.
const LASTS: Duration = Duration::days(7);

/// Write a roster: the file that names your students
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class init --students 30
  mafia class init --from students.csv --class monday")]
#[command(after_long_help = "\
The list of students is a table with a first line of titles, separated by commas, semicolons or tabs. The \
column `name` or `student` is required; `profile`, `role` and `region` are used, others are ignored.

A student's stack is named mafia-CLASS-STUDENT. In names, spaces, dots and underscores become hyphens. \
Asks before it replaces a file.")]
pub struct Init {
    /// Take the students from a list, such as a spreadsheet's CSV
    #[arg(long, value_name = "FILE.csv", conflicts_with = "students")]
    from: Option<PathBuf>,
    /// Number of students, named student-01 and so on [default: 3]
    #[arg(long, value_name = "N", value_parser = number_of_students)]
    students: Option<usize>,
    /// Name of the class [default: that of the list, or today's date]
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    file: RosterFile,
}

#[derive(Serialize)]
struct Written {
    roster: String,
    class: String,
    students: Vec<String>,
    ignored_columns: Vec<String>,
}

impl Init {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let today = OffsetDateTime::now_utc().date();
        let class = self.class(today)?;
        let listed = match &self.from {
            Some(path) => from_list(path, &class)?,
            None => numbered(&class, self.students.unwrap_or(STUDENTS))?,
        };
        let options = &context.options;
        let target = options.target.map(|target| target.text().to_owned());
        let written = Written {
            roster: self.file.path().display().to_string(),
            class: class.clone(),
            students: listed.students.iter().map(|it| it.name.clone()).collect(),
            ignored_columns: listed.ignored,
        };
        let new = NewRoster {
            class,
            target,
            endpoint_url: options.endpoint_url.clone(),
            region: options.region.clone(),
            profile: options.profile.clone(),
            expires: today + LASTS,
            students: listed.students,
        };
        write(context, self.file.path(), &new.text()).await?;
        let choice = self.file.as_typed();
        let next = Done::WroteRoster(&choice).next(context);
        context.printer.result_and_next(&written, next, to_text)
    }

    fn class(&self, today: Date) -> Result<String, Error> {
        if let Some(class) = &self.class {
            return Ok(name::class(class)?);
        }
        let stem = self.from.as_deref().and_then(Path::file_stem);
        let of_list = stem.and_then(|stem| name::class(stem.to_str()?).ok());
        Ok(of_list.unwrap_or_else(|| today.to_string()))
    }
}

fn to_text(written: &Written) -> String {
    let Written { roster, class, .. } = written;
    let students = count(written.students.len(), "student");
    let mut text = format!("wrote {roster}: the class {class} with {students}");
    if !written.ignored_columns.is_empty() {
        text += &format!(
            "\nnot used from the list: {}",
            written.ignored_columns.join(", ")
        );
    }
    text
}

fn number_of_students(text: &str) -> Result<usize, String> {
    match number(text)? {
        students @ 1..=MOST_STUDENTS => Ok(students),
        _ => Err(format!("expected 1 to {MOST_STUDENTS}")),
    }
}

fn from_list(path: &Path, class: &str) -> Result<Listed, Error> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let error = error.to_string();
        let reason = without_number(&error);
        Error::usage(format!("cannot read the list {shown}: {reason}"))
            .hint("name a file of CSV, such as `mafia class init --from students.csv`")
    })?;
    Ok(list(&shown, &bytes, class)?)
}

/// Students named `student-01` and so on.
fn numbered(class: &str, students: usize) -> Result<Listed, Error> {
    let digits = students.to_string().len().max(2);
    let names =
        (1..=students).map(|number| name::student(class, &format!("student-{number:0digits$}")));
    let students = names.map(|name| {
        let name = name?;
        Ok::<_, Error>(ListedStudent {
            written: name.clone(),
            name,
            ..ListedStudent::default()
        })
    });
    Ok(Listed {
        students: students.collect::<Result<_, _>>()?,
        ignored: Vec::new(),
    })
}

/// Writes the file. A person agrees before another one is replaced.
async fn write(context: &Context, path: &Path, text: &str) -> Result<(), Error> {
    let shown = path.display();
    let exists = path.symlink_metadata().is_ok();
    if exists && !context.options.yes {
        let question = format!("{shown} exists. Replace it?");
        match context.printer.ask_yes(&question).await? {
            Some(true) => {}
            Some(false) => return Err(Error::failed("cancelled, nothing changed")),
            None => {
                return Err(Error::usage(format!("{shown} exists"))
                    .hint("name another file with --roster (MAFIA_ROSTER)")
                    .hint("or use --yes to replace it"));
            }
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    let opened = match exists {
        true => options.create(true).open(path),
        // Somebody else may have made it in the meantime.
        false => options.truncate(false).create_new(true).open(path),
    };
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let error = error.to_string();
        Error::usage(format!("cannot write {shown}: {}", without_number(&error)))
            .hint("name a file that you can write to with --roster (MAFIA_ROSTER)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Workspace;
    use crate::class::name::stack;
    use crate::names::{LONGEST_FUNCTION_NAME, function_name, lab_stack_name};

    /// A student of any class that is named after its day can deploy each lab.
    #[test]
    fn the_labs_of_a_new_class_fit_into_the_names_of_functions() {
        let class = "2026-11-27";
        let listed = numbered(class, MOST_STUDENTS).expect("names");
        let last = listed.students.last().expect("many students");
        let game = stack(class, &last.name);
        let workspace = Workspace::discover(Path::new(env!("CARGO_MANIFEST_DIR")));
        let workspace = workspace.expect("the project");
        let labs = workspace.labs();
        assert!(labs.len() > 3, "{labs:?}");
        for lab in labs {
            let project = workspace.project(Some(&lab)).expect("a package");
            let stack = match &project.lab {
                Some(lab) => lab_stack_name(&game, lab).expect("a name"),
                None => game.clone(),
            };
            for function in &project.functions {
                let full = function_name(&stack, &function.name);
                assert!(
                    full.len() <= LONGEST_FUNCTION_NAME,
                    "{full}: {}",
                    full.len()
                );
            }
        }
    }
}
