//! A release is applied to its stack, and a person is asked before data is lost.

use crate::cloud::{Change, Cloud};
use crate::commands::game_stack::beside;
use crate::context::Context;
use crate::deploy::{
    self, DeployError, Deployment, Destination, Observed, Prepared, QuickBuild, Release,
};
use crate::error::Error;
use crate::render;

/// The name of the shared stack. A new stack of a lab takes its artifacts from where the game has them, which
/// is the class's bucket if the game is of a class.
pub(super) async fn shared_stack(
    context: &Context,
    cloud: &Cloud,
    stack: &str,
    lab: Option<&str>,
    observed: &Observed,
) -> Result<String, Error> {
    // The game after which the stack is called, or else one's own.
    let game = beside(stack, lab).or(context.game());
    let game = match (&observed.stack, game) {
        (None, Some(game)) if context.given_workshop(stack)?.is_none() => cloud.stack(game).await?,
        _ => None,
    };
    let tagged = observed.stack.as_ref().or(game.as_ref());
    context.workshop_of(stack, tagged.and_then(deploy::workshop_of))
}

/// The outcome; asks before data is lost.
pub(super) async fn deployed(
    context: &Context,
    cloud: &Cloud,
    mut release: Release,
    destination: &Destination,
    observed: Observed,
    quickbuild: Option<&QuickBuild>,
) -> Result<Deployment, Error> {
    let emit = |event| context.printer.deploy_event(&event);
    let first = {
        let prepared = Prepared::new(cloud, &release, &emit).with_quickbuild(quickbuild);
        deploy::deploy(&prepared, destination, Some(observed)).await
    };
    match first {
        Err(DeployError::LosesData { stack, changes })
            if may_lose_data(context, &stack, &changes).await? =>
        {
            release.may_lose_data = true;
            let prepared = Prepared::new(cloud, &release, &emit).with_quickbuild(quickbuild);
            Ok(deploy::deploy(&prepared, destination, None).await?)
        }
        result => Ok(result?),
    }
}

/// Whether a person agrees that data is lost. Without a terminal, nobody does.
async fn may_lose_data(context: &Context, stack: &str, changes: &[Change]) -> Result<bool, Error> {
    let printer = &context.printer;
    if !printer.can_ask() {
        return Ok(false);
    }
    let lost: Vec<Change> = changes.iter().filter(|it| it.loses_data).cloned().collect();
    printer.respond(&format!(
        "The update of stack {stack} loses data:\n  {}",
        render::changes(&lost, render::message_width()).join("\n  ")
    ));
    match printer.ask_yes("May it be lost?").await? {
        Some(true) => Ok(true),
        _ => Err(Error::failed("cancelled, nothing changed")),
    }
}
