//! `mafia api list`

use clap::Args;

use crate::api::{self, Api, Endpoint};
use crate::cloud::Cloud;
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::game::GAME_STATE;
use crate::render;

/// Show the endpoints, and what is wrong with the API
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  mafia api list\n  mafia api list --json")]
pub struct List {}

/// Whether anybody can ask it for the game's state.
fn is_state(endpoint: &Endpoint) -> bool {
    let function = endpoint.function.as_deref().unwrap_or_default();
    endpoint.method == "GET" && function.ends_with(GAME_STATE) && !endpoint.token
}

pub async fn run(context: &Context, cloud: &Cloud, api: &Api) -> Result<(), Error> {
    let printer = &context.printer;
    let looking = api::look(cloud, api);
    let shown = printer.wait_for("looking at the API", looking).await?;
    if !shown.closed_to_pages.is_empty() {
        printer.advise(&super::closed(&shown.closed_to_pages));
    }
    if shown.problems.is_empty() {
        let state = shown.endpoints.iter().find(|it| is_state(it));
        let next = Done::SawApi(state.map(|it| it.path.as_str())).next(context);
        return printer.result_and_next(&shown, next, render::endpoints);
    }
    let error = Error::of_api(&shown.problems, &api.stack);
    let error = context.with_hints_for_stack(error).await;
    Err(printer.result_with_error(&shown, render::endpoints, error))
}
