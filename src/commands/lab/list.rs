//! `mafia lab list`, and `mafia lab` alone

use clap::Args;

use super::workshop::{Workshop, manifest, now};
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::lab::progress::Progress;
use crate::lab::standing::Standing;
use crate::render;

/// Show all labs, and which of them you have passed
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia lab list\n  mafia lab list --json")]
pub struct List {}

impl List {
    pub fn run(&self, context: &Context) -> Result<(), Error> {
        let standing = match Workshop::find()? {
            Some(workshop) => Standing::of(&workshop.manifest, &workshop.progress),
            None => Standing::of(&manifest()?, &Progress::default()),
        };
        context.printer.result(&standing, render::labs)
    }
}

/// Where the student goes on.
pub(super) fn go_on(context: &Context) -> Result<(), Error> {
    let workshop = Workshop::here()?;
    let standing = Standing::of(&workshop.manifest, &workshop.progress);
    let next = Done::AtLab(standing.current.as_deref()).next(context);
    context
        .printer
        .result_and_next(&standing, next, |standing| {
            render::current_lab(standing, now(), &context.options.invocation)
        })
}
