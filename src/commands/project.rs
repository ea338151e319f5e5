//! The package of functions that a command works with, and its template.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::bundles::template_text;
use crate::bundle::{KnownWorkspace, Project, Workspace};
use crate::cloud::Stack;
use crate::deploy::{self, Template, with_api_digest};
use crate::error::Error;
use crate::workspace::current_folder;

/// The package of the current folder that is this lab; without one, the package that the folder is in, or else
/// the game.
pub fn project(lab: Option<&str>) -> Result<Project, Error> {
    Ok(Workspace::discover(&current_folder()?)?.project(lab)?)
}

/// The package that is deployed to the stack, which knows its lab.
pub fn project_of(stack: &Stack) -> Result<Project, Error> {
    project(deploy::lab_of(stack))
}

/// Packages and templates for a command that asks for them again and again. What is the same as the last time
/// is not read again.
#[derive(Debug, Default)]
pub struct Projects {
    workspace: Mutex<KnownWorkspace>,
    /// With its text as it is in the file.
    template: Mutex<Option<(String, Template)>>,
}

impl Projects {
    /// As [`project`].
    pub fn project(&self, lab: Option<&str>) -> Result<Project, Error> {
        let folder = current_folder()?;
        let mut known = self
            .workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(known.around(&folder)?.project(lab)?)
    }

    /// The template at this path. What a text means is read once.
    pub fn template(&self, path: &Path) -> Result<Template, Error> {
        let text = template_text(path)?;
        let mut known = self.template.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, template)) = known.as_ref().filter(|(known, _)| *known == text) {
            return Ok(template.clone());
        }
        let template = with_api_digest(Template::new(text.clone()));
        *known = Some((text, template.clone()));
        Ok(template)
    }
}
