//! Which class a command works on, and which of its students.

use clap::Args;

use super::roster_file::RosterFile;
use crate::class::{Member, Roster};
use crate::context::Context;
use crate::error::Error;
use crate::wording::{known_names, nearest};

#[derive(Args, Clone, Debug, Default)]
pub struct Selection {
    #[command(flatten)]
    pub file: RosterFile,
    /// Work on these students only, with commas between their names
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,
}

impl Selection {
    /// Whether it leaves students out.
    pub fn is_partial(&self) -> bool {
        !self.only.is_empty()
    }

    /// The class, with the students that are worked on, and what a command works with there.
    pub fn read(&self, context: &Context) -> Result<(Roster, Context), Error> {
        let (mut roster, context) = self.file.read(context)?;
        if !self.only.is_empty() {
            roster.members = named(&roster, &self.only)?;
        }
        Ok((roster, context))
    }
}

/// The students of these names, in the order of the roster.
pub fn named(roster: &Roster, names: &[String]) -> Result<Vec<Member>, Error> {
    let names: Vec<String> = names
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    let members = &roster.members;
    for name in &names {
        if !members.iter().any(|member| member.student == *name) {
            let known: Vec<String> = members.iter().map(|it| it.student.clone()).collect();
            let nearest = nearest(name, known.iter().map(String::as_str));
            let hints = known_names("students", &known, nearest);
            let message = format!("class {} has no student {name}", roster.class);
            return Err(Error::usage(message).hints(hints));
        }
    }
    let is_named = |member: &&Member| names.contains(&member.student);
    Ok(members.iter().filter(is_named).cloned().collect())
}
