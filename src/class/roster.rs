//! The roster: the class, where it works, and its students. Pure.

mod file;
mod list;
mod new;
mod parameters;
mod students;

pub use list::{Listed, ListedStudent, list};
pub use new::NewRoster;
pub use parameters::SetParameter;

use time::Date;

use super::member::Member;
use super::name;
use crate::source::{FileError, values};

/// The name that a roster's file has, unless another one is given.
pub const FILE: &str = "roster.toml";

/// A class as its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The normalised name: lower-case letters, digits and single hyphens.
    pub class: String,
    /// `sandbox` or `aws`; `None` leaves it to the options.
    pub target: Option<String>,
    /// Another server that speaks AWS's protocols.
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    /// The instructor's profile in AWS's config files.
    pub profile: Option<String>,
    /// The last day of the class, as `YYYY-MM-DD`.
    pub expires: Option<String>,
    pub members: Vec<Member>,
    /// The name of the file.
    pub file: String,
    /// The parameters of the template that it sets, in the order of the file.
    pub set: Vec<SetParameter>,
}

impl Roster {
    /// The class in the text of a `file`.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        file::read(file, bytes)
    }

    /// The name of the stack that the class shares.
    pub fn workshop(&self) -> String {
        name::workshop(&self.class)
    }

    /// Whether the last day of the class was before `today`.
    pub fn is_over(&self, today: Date) -> bool {
        let last = self.expires.as_deref().and_then(values::date);
        last.is_some_and(|last| last < today)
    }
}

#[cfg(test)]
mod tests;
