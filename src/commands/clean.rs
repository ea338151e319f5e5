//! `mafia clean`

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::deploy::clean::{self, Leftover, Plan};
use crate::error::Error;
use crate::render;
use crate::wording::count;

/// Delete your stack and everything that belongs to it
#[derive(Args, Debug)]
#[command(after_help = "\
Shows what it will delete and asks for confirmation. Also deletes the stack's log groups, the \
objects in its buckets, and the workshop's shared stack if no other game uses it. Never changes \
stacks that mafia did not create.")]
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
        let mut plan = clean::plan(&cloud, &stacks, &context.options.workshop).await?;
        if plan.is_empty() {
            printer.note("nothing to delete");
        } else if !printer
            .confirm(&render::deletion_plan(&plan), "Delete all of this?")
            .await?
        {
            return Err(Error::cancelled());
        }
        let emit = |event| printer.deploy_event(&event);
        let planned = plan.kept_for.len();
        let left = clean::clean(&cloud, &mut plan, &emit).await?;
        if plan.kept_for.len() > planned {
            printer.note(&render::workshop_kept(&plan));
        }
        let cleaned = Cleaned {
            deleted: &plan,
            left: &left,
        };
        let to_text = |cleaned: &Cleaned| render::cleaned(cleaned.left);
        match left.len() {
            0 => printer.result(&cleaned, to_text),
            number => {
                let number = count(number, "resource");
                let error = Error::failed(format!("{number} not deleted"))
                    .hint("run `mafia clean` again; if something is still left, delete it by hand");
                Err(printer.result_with_error(&cleaned, to_text, error))
            }
        }
    }
}
