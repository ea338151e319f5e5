//! `mafia doctor`

use clap::Args;
use serde::Serialize;

use super::dropped::{dropped, problem};
use super::next::Done;
use crate::context::Context;
use crate::deploy::Owner;
use crate::error::Error;
use crate::preflight::{self, Check};
use crate::render;
use crate::workspace::{current_folder, known_id, root};

/// Check prerequisites and suggest fixes
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  mafia doctor\n  mafia doctor --target aws",
    after_long_help = "Changes nothing, but starts the sandbox if it is the target. The exit code is 0 \
                       if all checks pass."
)]
pub struct Doctor {}

#[derive(Serialize)]
struct Findings {
    checks: Vec<Check>,
}

impl Doctor {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let folder = current_folder();
        let mut checks = preflight::local_checks(folder.as_deref().map_err(|error| error.clone()));
        let target = async {
            let workshop = context.given_workshop(context.stack().unwrap_or_default())?;
            Ok::<_, Error>((workshop, context.cloud().await?))
        };
        match target.await {
            Ok((workshop, cloud)) => {
                let caller = context.caller(&cloud).await;
                let root = folder.ok().and_then(|folder| root(&folder));
                let id = root.and_then(|root| known_id(&root));
                let owner = Owner::new(caller.as_ref().ok(), id);
                let owner = owner.given(context.options.given_stack());
                let stack = context.stack();
                let found = preflight::target_checks(&cloud, caller, &owner, stack, workshop);
                checks.extend(found.await);
            }
            Err(error) => checks.push(Check::new("target", Err(error))),
        }
        let stack = context.known_stack().await;
        let changed = stack.as_ref().and_then(|stack| stack.changed);
        let lost = problem(dropped(context, changed));
        checks.extend(lost.map(|lost| Check::new("deliveries", Err(lost))));
        let invocation = context.invocation_for(stack.as_ref());
        for remedy in checks.iter_mut().flat_map(|check| &mut check.remedies) {
            *remedy = invocation.in_text(remedy);
        }
        let findings = Findings { checks };
        let to_text = |findings: &Findings| render::checks(&findings.checks);
        match preflight::failure(&findings.checks) {
            None => {
                let next = Done::Checked.next_in(&invocation);
                context.printer.result_and_next(&findings, next, to_text)
            }
            Some(error) => Err(context.printer.result_with_error(&findings, to_text, error)),
        }
    }
}
