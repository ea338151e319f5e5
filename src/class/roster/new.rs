//! Writes a new roster, with comments that say what can be changed. Pure.

use std::fmt::Write;

use time::Date;

use super::list::ListedStudent;
use crate::class::name::stack;

/// What a new roster says.
#[derive(Clone, Debug)]
pub struct NewRoster {
    /// Normalised.
    pub class: String,
    pub target: Option<String>,
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    pub profile: Option<String>,
    /// The last day of the class.
    pub expires: Date,
    pub students: Vec<ListedStudent>,
}

impl NewRoster {
    pub fn text(&self) -> String {
        let example = self.students.first().map_or("ann", |it| it.name.as_str());
        let mut text = format!(
            "\
# The roster of a class: who gets a stack, and where. Change it, and run `mafia class up` again.

# Letters, digits and hyphens. Stacks are named after it, such as `{}`.
class = {}

",
            stack(&self.class, example),
            quoted(&self.class)
        );
        text +=
            "# Where the class works: \"sandbox\" or \"aws\". Without it, as for other commands.\n";
        text += &line("target", self.target.as_deref(), "aws");
        if let Some(url) = &self.endpoint_url {
            text += "# Another server that speaks AWS's protocols.\n";
            text += &line("endpoint-url", Some(url), "");
        }
        text += &line("region", self.region.as_deref(), "eu-central-1");
        text += "# Your profile in AWS's config files.\n";
        text += &line("profile", self.profile.as_deref(), "workshop");
        let _ = write!(
            text,
            "
# The last day of the class. `mafia class clean --expired` deletes classes that are past it.
expires = {}

# Several accounts of an organisation: students are distributed over them in order, and `role` is the
# name of the role to assume in each. Add new students at the end, so that the others stay where they are.
# accounts = [\"111111111111\", \"222222222222\"]
# role = \"OrganizationAccountAccessRole\"

# Parameters of the template, for all students.
# [defaults]
# Players = 7
# Mafia = 2

# One table a student. The name becomes a part of the stack's name. A student can have a profile, a role
# (its ARN) or a region of their own, and parameters:
#
# [[student]]
# name = \"ben\"
# profile = \"ben\"
# region = \"eu-west-1\"
# parameters = {{ Players = 5 }}
",
            self.expires
        );
        for student in &self.students {
            text += "\n[[student]]\n";
            let _ = write!(text, "name = {}", quoted(&student.name));
            if student.written != student.name {
                let _ = write!(text, " # {}", student.written.escape_debug());
            }
            text.push('\n');
            let own = [
                ("profile", &student.profile),
                ("role", &student.role),
                ("region", &student.region),
            ];
            for (key, value) in own {
                if let Some(value) = value {
                    let _ = writeln!(text, "{key} = {}", quoted(value));
                }
            }
        }
        text
    }
}

/// A key with its value, or as a comment with an example.
fn line(key: &str, value: Option<&str>, example: &str) -> String {
    match value {
        Some(value) => format!("{key} = {}\n", quoted(value)),
        None => format!("# {key} = {}\n", quoted(example)),
    }
}

/// A basic string of TOML. Its escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
