//! `mafia clean`

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::deploy::clean::{self, Leftover, Plan};
use crate::error::Error;
use crate::render;

/// Delete your stack and all that belongs to it, and look whether anything is left
#[derive(Args, Debug)]
#[command(
    after_help = "Shows what goes and asks first. Goes along: log groups, the objects in buckets, and the \
    workshop's\nshared stack if no other stack uses it. Stacks that mafia did not make are never touched."
)]
pub struct Clean {}

#[derive(Serialize)]
struct Cleaned<'a> {
    deleted: &'a Plan,
    left: &'a [Leftover],
}

impl Clean {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let cloud = context.announced_cloud().await?;
        let stacks = [context.stack()?.to_owned()];
        let plan = clean::plan(&cloud, &stacks, &context.options.workshop).await?;
        if plan.is_empty() {
            printer.note("nothing of yours is here");
        } else {
            printer.note(&render::doomed(&plan));
            if !printer.confirm("Delete all of this?").await? {
                printer.note("nothing was deleted");
                return Ok(());
            }
        }
        let emit = |event| printer.deploy_event(&event);
        let left = clean::clean(&cloud, &plan, &emit).await?;
        let cleaned = Cleaned {
            deleted: &plan,
            left: &left,
        };
        printer.result(&cleaned, |cleaned| render::cleaned(cleaned.left))?;
        match left.len() {
            0 => Ok(()),
            number => Err(Error::failed(format!(
                "{} could not be deleted",
                render::count(number, "thing")
            ))
            .hint("run `mafia clean` again; what stays then has to be deleted by hand")),
        }
    }
}
