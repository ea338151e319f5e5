//! The package of functions that a command works with.

use crate::bundle::{Project, Workspace};
use crate::cloud::Stack;
use crate::deploy;
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
