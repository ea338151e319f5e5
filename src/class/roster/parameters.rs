//! The parameters that a roster sets, each with its place, and whether a template takes them. Pure.

use super::Roster;
use crate::deploy::Template;
use crate::source::{Fault, FileError, Place};

/// A parameter that the roster sets, for all students or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetParameter {
    pub name: String,
    pub value: String,
    pub place: Place,
}

impl Roster {
    /// An error with the parameters that the template does not have, or whose values it does not take. The
    /// parameters for the code of these `functions` cannot be set.
    pub fn check_parameters(
        &self,
        template: &Template,
        functions: &[String],
    ) -> Result<(), FileError> {
        let faults = self.set.iter().filter_map(|set| {
            let (message, expected) = template.refusal(&set.name, &set.value, functions)?;
            Some(Fault {
                file: self.file.clone(),
                place: set.place,
                message,
                expected,
            })
        });
        FileError::check(faults.collect())
    }
}
