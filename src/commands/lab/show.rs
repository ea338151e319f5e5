//! `mafia lab show`

use clap::Args;
use serde::Serialize;

use super::workshop::{Workshop, manifest, text};
use crate::context::Context;
use crate::error::Error;
use crate::render;

/// Show the lesson of a lab
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab show [LAB]",
    after_help = "Examples:\n  mafia lab show\n  mafia lab show 01.2\n  mafia lab show game-state | less",
    after_long_help = "The same text is in the folder lessons, for your editor. Its commands work as they are."
)]
pub struct Show {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
}

/// A text of a lab.
#[derive(Serialize)]
pub(super) struct Text<'t> {
    pub lab: &'t str,
    pub markdown: &'t str,
}

impl Show {
    pub fn run(self, context: &Context) -> Result<(), Error> {
        let lab = match &self.lab {
            Some(typed) => manifest()?.find(typed)?.clone(),
            None => Workshop::here()?.lab(None)?,
        };
        let shown = Text {
            lab: &lab.id,
            markdown: text(&lab, "lesson.md")?,
        };
        let invocation = &context.options.invocation;
        context.printer.result_as_it_is(&shown, None, |shown| {
            render::markdown(shown.markdown, invocation)
        })?;
        let file = format!("lessons/{}.md", lab.id);
        let workshop = Workshop::find().ok().flatten();
        if workshop.is_some_and(|it| it.root.join(&file).is_file()) {
            context
                .printer
                .note(&format!("The same text is in {file}."));
        }
        Ok(())
    }
}
