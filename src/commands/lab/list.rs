//! `mafia lab list`, and `mafia lab` alone

use clap::Args;

use super::workshop::{Workshop, manifest, now};
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::lab::outline::Outline;
use crate::lab::progress::Progress;
use crate::render;

/// Show all labs, and which of them you have passed
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia lab list\n  mafia lab list --json")]
pub struct List {}

impl List {
    pub fn run(&self, context: &Context) -> Result<(), Error> {
        let outline = match Workshop::find()? {
            Some(workshop) => Outline::of(&workshop.manifest, &workshop.progress),
            None => Outline::of(&manifest()?, &Progress::default()),
        };
        context.printer.result(&outline, render::labs)
    }
}

/// Where the student goes on.
pub(super) fn go_on(context: &Context) -> Result<(), Error> {
    let workshop = Workshop::here()?;
    let outline = Outline::of(&workshop.manifest, &workshop.progress);
    let next = Done::AtLab(outline.current.as_deref()).next(context);
    context.printer.result_and_next(&outline, next, |outline| {
        render::current_lab(outline, now(), &context.options.invocation)
    })
}
