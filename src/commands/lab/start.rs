//! `mafia lab start` and `mafia lab next`

use clap::Args;
use serde::Serialize;

use super::workshop::{Workshop, now, unwritten};
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::lab::files::{Form, Replacement, replace, replacements};
use crate::lab::manifest::Lab;
use crate::render;

/// Start a lab: write its file, if you have not written it yet
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab start [OPTIONS] [LAB]",
    after_help = "Examples:\n  mafia lab start 01.2\n  mafia lab start 01.4 --catch-up",
    after_long_help = "\
A file that you have written stays as it is. With --catch-up, the files of the labs before become the finished \
ones, if you have not written them: so you can join at any lab."
)]
pub struct Start {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
    /// Get the finished files of the labs before
    #[arg(long)]
    catch_up: bool,
}

/// Start the next lab that you have not passed
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia lab next")]
pub struct Next {}

/// A lab that was started.
#[derive(Serialize)]
pub struct Started {
    pub lab: String,
    pub title: String,
    /// What the student edits.
    pub files: Vec<String>,
    /// Files that were written now: starters, and finished files of earlier labs.
    pub written: Vec<String>,
    /// Files of earlier labs that the student has written, and that differ from the finished ones.
    pub kept: Vec<String>,
    /// Labs that this one builds on, and that are not passed.
    pub missing: Vec<String>,
}

impl Start {
    pub fn run(self, context: &Context) -> Result<(), Error> {
        let workshop = Workshop::here()?;
        let lab = workshop.lab(self.lab.as_deref())?;
        start(workshop, &lab, self.catch_up, context)
    }
}

impl Next {
    pub fn run(&self, context: &Context) -> Result<(), Error> {
        let workshop = Workshop::here()?;
        let next = workshop.progress.next(&workshop.manifest);
        let lab = next.cloned().ok_or_else(|| {
            Error::usage("you have passed all labs")
                .hint("run `mafia lab list` to see them, and `mafia lab start LAB` to do one again")
        })?;
        start(workshop, &lab, false, context)
    }
}

fn start(
    mut workshop: Workshop,
    lab: &Lab,
    catches_up: bool,
    context: &Context,
) -> Result<(), Error> {
    let failed = |error: std::io::Error| unwritten(&workshop.root, &error);
    let root = workshop.root.as_path();
    let mut writes: Vec<Replacement> = Vec::new();
    let mut kept = Vec::new();
    if catches_up {
        for earlier in workshop.manifest.before(lab) {
            let finished = replacements(root, earlier, Form::Solution).map_err(failed)?;
            for finished in finished {
                if finished.untouched {
                    // Of several labs about a file, the last counts.
                    writes.retain(|it| it.path != finished.path);
                    writes.push(finished);
                } else if !workshop.progress.has_passed(&earlier.id) {
                    kept.push(finished.path);
                }
            }
        }
    }
    let own = replacements(root, lab, Form::Starter).map_err(failed)?;
    // What the student has written stays.
    writes.extend(own.into_iter().filter(|it| it.before.is_none()));
    replace(root, &writes, now()).map_err(failed)?;
    let mut missing = Vec::new();
    for earlier in workshop.manifest.before(lab) {
        let is_needed = lab.requires.contains(&earlier.id) && !catches_up;
        if is_needed && !workshop.progress.has_passed(&earlier.id) {
            let unfinished = replacements(root, earlier, Form::Solution).map_err(failed)?;
            missing.extend((!unfinished.is_empty()).then(|| earlier.id.clone()));
        }
    }
    let started = Started {
        lab: lab.id.clone(),
        title: lab.title.clone(),
        files: lab.files.clone(),
        written: writes.into_iter().map(|write| write.path).collect(),
        kept,
        missing,
    };
    workshop.progress.start(&lab.id, now());
    workshop.keep(context);
    if !started.missing.is_empty() {
        context.printer.advise(&format!(
            "lab {} builds on {}: with `mafia lab start {} --catch-up` you get the finished files",
            lab.id,
            started.missing.join(", "),
            lab.id
        ));
    }
    let next = Done::StartedLab(&lab.id).next(context);
    context.printer.result_and_next(&started, next, |it| {
        render::lab_started(&it.lab, &it.title, &it.files, &it.written, &it.kept)
    })
}
