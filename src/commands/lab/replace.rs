//! `mafia lab reset` and `mafia lab solve`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::workshop::{Workshop, now, unwritten};
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::lab::files::{Form, Replacement, replace, replacements};
use crate::render;

/// Begin a lab again: its file becomes the starter
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab reset [LAB]",
    after_help = "Examples:\n  mafia lab reset 01.2\n  mafia lab reset 01.2 --yes",
    after_long_help = "\
Shows the difference and asks. What you have written is kept in .mafia/backups."
)]
pub struct Reset {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
}

/// Show the solution of a lab, and take it if you want
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab solve [LAB]",
    after_help = "Examples:\n  mafia lab solve 01.2\n  mafia lab solve 01.2 --yes",
    after_long_help = "\
Shows the difference between your file and the finished one, and asks. What you have written is kept in \
.mafia/backups."
)]
pub struct Solve {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
}

/// The files of a lab that were replaced.
#[derive(Serialize)]
struct Replaced {
    lab: String,
    form: Form,
    files: Vec<String>,
    /// The folder with what they replaced.
    backup: Option<PathBuf>,
}

impl Reset {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        become_form(self.lab, Form::Starter, context).await
    }
}

impl Solve {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        become_form(self.lab, Form::Solution, context).await
    }
}

async fn become_form(named: Option<String>, form: Form, context: &Context) -> Result<(), Error> {
    let mut workshop = Workshop::here()?;
    let lab = workshop.lab(named.as_deref())?;
    if lab.files.is_empty() {
        return Err(Error::usage(format!("lab {} has no file to write", lab.id))
            .hint(format!("run `mafia lab show {}` to see what to do", lab.id)));
    }
    let failed = |error: std::io::Error| unwritten(&workshop.root, &error);
    let changes = replacements(&workshop.root, &lab, form).map_err(failed)?;
    let agrees = changes.is_empty() || agrees(&changes, form, context).await?;
    if !agrees {
        return Err(Error::failed("cancelled, nothing changed"));
    }
    let backup = replace(&workshop.root, &changes, now()).map_err(failed)?;
    if form == Form::Starter {
        workshop.progress.reset(&lab.id, now());
        workshop.keep(context);
    }
    let replaced = Replaced {
        lab: lab.id.clone(),
        form,
        files: changes.into_iter().map(|change| change.path).collect(),
        backup,
    };
    let next = match form {
        Form::Starter => Done::StartedLab(&lab.id),
        Form::Solution => Done::Solved(lab.function.as_deref()),
    };
    let next = next.next(context);
    context.printer.result_and_next(&replaced, next, |it| {
        render::files_replaced(&it.lab, it.form, &it.files, it.backup.as_deref())
    })
}

async fn agrees(changes: &[Replacement], form: Form, context: &Context) -> Result<bool, Error> {
    let printer = &context.printer;
    printer.print_as_it_is(&render::differences(changes))?;
    let question = match form {
        Form::Starter => "Begin again with the starter?",
        Form::Solution => "Take the solution?",
    };
    let what = match changes.iter().all(|change| change.untouched) {
        true => "you have not written anything yet",
        false => "what you have written is kept in .mafia/backups",
    };
    printer.confirm(what, question).await
}
