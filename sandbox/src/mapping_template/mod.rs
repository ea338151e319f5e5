//! API Gateway's mapping templates: the Velocity Template Language, with the variables `$input`, `$context`,
//! `$stageVariables` and `$util`.
//!
//! A template is parsed once and rendered for each request or response. Both are pure: no clock, no file,
//! nothing of the sandbox. What a template may cost is limited in [`limits`], because whoever may write one
//! must not stop the sandbox with it.

mod fault;
mod inputs;
mod limits;

pub(crate) use fault::Fault;
pub(crate) use inputs::{Inputs, Parameters, Rendered, RequestOverride, ResponseOverride};

/// A template that can be rendered.
#[derive(Debug)]
pub(crate) struct MappingTemplate {}

impl MappingTemplate {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// The text is no Velocity, uses what API Gateway does not offer (`#macro`, `#include`, `#parse`,
    /// `#evaluate`, `#define`), or exceeds a limit.
    pub(crate) fn parse(_text: &str) -> Result<Self, Fault> {
        Ok(Self {})
    }

    /// Renders the template. API Gateway answers a fault with status 500 and `Internal server error`, and
    /// writes its message to the log.
    ///
    /// # Errors
    ///
    /// A method is called wrongly, or rendering exceeds a limit.
    pub(crate) fn render(&self, inputs: &Inputs) -> Result<Rendered, Fault> {
        Ok(Rendered {
            text: inputs.body.clone(),
            ..Rendered::default()
        })
    }
}
