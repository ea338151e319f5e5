//! `mafia clean`

use clap::Args;
use serde::Serialize;

use super::adoption::{Adoption, owner};
use crate::context::Context;
use crate::deploy::Leftover;
use crate::deploy::clean::{self, Plan};
use crate::error::Error;
use crate::render;
use crate::wording::count;

/// Delete your stack and everything that belongs to it
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia clean\n  mafia clean --stack mafia-demo --yes")]
#[command(after_long_help = "\
Shows what it will delete and asks for confirmation. Also deletes the stack's log groups, the \
objects in its buckets, and the workshop's shared stack if no other game uses it. Never changes \
stacks that mafia did not create, and asks before it deletes a stack of somebody else.")]
pub struct Clean {
    #[command(flatten)]
    adoption: Adoption,
}

#[derive(Serialize)]
struct Cleaned<'a> {
    deleted: &'a Plan,
    left: &'a [Leftover],
}

impl Clean {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let stack = context.stack()?;
        let workshop = context.given_workshop(stack)?;
        let cloud = context.cloud().await?;
        let caller = context.announce(&cloud, stack).await?;
        let mut plan = clean::plan(
            &cloud,
            &[stack.to_owned()],
            workshop,
            self.adoption.adopts(),
        )
        .await?;
        for missing in plan.missing() {
            printer.note(&render::not_there(missing, cloud.target()));
        }
        let owner = owner(context, caller.as_ref())?;
        for deletion in &plan.stacks {
            self.adoption
                .check(context, &deletion.stack, &owner)
                .await?;
        }
        if plan.is_empty() {
            printer.note("nothing to delete");
        } else if !printer
            .confirm(
                &render::deletion_plan(&plan, &context.options.invocation),
                "Delete all of this?",
            )
            .await?
        {
            return Err(Error::cancelled());
        }
        let emit = |event| printer.deploy_event(&event);
        let planned = plan.kept_for.clone();
        let left = clean::clean(&cloud, &mut plan, &emit).await?;
        if !plan.kept_for.is_empty() && plan.kept_for != planned {
            printer.note(&render::workshop_kept(&plan));
        }
        let cleaned = Cleaned {
            deleted: &plan,
            left: &left,
        };
        let to_text = |cleaned: &Cleaned| {
            render::cleaned(
                stack,
                cleaned.left,
                cloud.target(),
                &context.options.invocation,
            )
        };
        match left.iter().filter(|it| it.kept.is_none()).count() {
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
