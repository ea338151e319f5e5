//! What the folder and the options say.

use super::Deploy;
use crate::bundle::{Architecture, Function, Project};
use crate::cloud::NamedValues;
use crate::commands::bundles::{architecture, architecture_of_this_machine};
use crate::context::Context;
use crate::deploy::{ARCHITECTURE, Template, WantedSite};
use crate::error::Error;
use crate::names::without_stack;
use crate::render;

/// What is to be deployed.
pub(super) struct Wanted {
    pub project: Project,
    pub functions: Vec<Function>,
    /// `None` if only the code of some functions is deployed.
    pub template: Option<Template>,
    pub site: Option<WantedSite>,
    pub parameters: NamedValues,
    /// That of this machine, unless it is given. An existing stack keeps its own.
    pub architecture: Architecture,
    pub architecture_is_given: bool,
}

impl Deploy {
    /// What this folder and the options say.
    pub(super) fn wanted(&self, context: &Context, stack: &str) -> Result<Wanted, Error> {
        let parameters = self.parameters()?;
        let project = self.projects.project(self.lab.as_deref())?;
        let selected = self.functions.iter().chain(&self.function);
        let selected: Vec<&str> = selected.map(|name| without_stack(stack, name)).collect();
        let functions = project.select(&selected)?;
        if selected.is_empty()
            && let Some(unlisted) = render::unlisted(&project)
        {
            context.printer.advise(&unlisted);
        }
        let given = parameters.get(ARCHITECTURE);
        let given = given.map(|name| architecture(name)).transpose()?;
        let template = match &selected[..] {
            [] => Some(self.projects.template(&project.template)?),
            _ => None,
        };
        let site = project.site.as_ref().filter(|_| selected.is_empty());
        Ok(Wanted {
            functions,
            site: site.map(WantedSite::read).transpose()?,
            template,
            parameters,
            architecture: given.map_or_else(architecture_of_this_machine, Ok)?,
            architecture_is_given: given.is_some(),
            project,
        })
    }

    /// The parameters that were given, each once.
    fn parameters(&self) -> Result<NamedValues, Error> {
        let mut parameters = NamedValues::new();
        for (name, value) in &self.parameters {
            if let Some(other) = parameters.insert(name.clone(), value.clone()) {
                return Err(Error::usage(format!(
                    "the parameter {name} is given twice: {other} and {value}"
                ))
                .hint("give each parameter once"));
            }
        }
        Ok(parameters)
    }
}
