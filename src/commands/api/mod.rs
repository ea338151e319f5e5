//! `mafia api`

mod call;
mod list;
mod open;

use clap::{Args, Subcommand};

use crate::api::Api as Found;
use crate::cloud::Cloud;
use crate::context::Context;
use crate::error::Error;

/// Look at the API of your stack, and call it
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia api [OPTIONS] [COMMAND]",
    after_help = "\
Examples:
  mafia api
  mafia api call GET /game-state
  mafia api open",
    after_long_help = "\
Your stack has an API after `mafia deploy -p Api=yes`. Without a command, it shows the endpoints of the API, and names \
what is wrong with it: a missing permission, a missing stage, or a stage that serves an older API. It also says \
which requests pages of other origins cannot use."
)]
pub struct Api {
    #[command(subcommand)]
    action: Option<Action>,
    /// Stage of the API [default: that of the output ApiUrl]
    #[arg(long, value_name = "NAME", global = true)]
    stage: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Call(call::Call),
    Open(open::Open),
}

impl Api {
    /// Whether it decides itself what Ctrl-C does.
    pub fn handles_signals(&self) -> bool {
        matches!(self.action, Some(Action::Open(_)))
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let action = self.action.unwrap_or(Action::List(list::List {}));
        // A mistake in the arguments is said before anything is asked for.
        let request = match &action {
            Action::Call(command) => Some(command.request()?),
            _ => None,
        };
        let cloud = context.announced_cloud().await?;
        let api = found(context, &cloud, self.stage.as_deref()).await?;
        match (action, request) {
            (Action::Call(command), Some(request)) => {
                command.run(context, &cloud, &api, &request).await
            }
            (Action::Open(command), _) => command.run(context, &cloud, &api).await,
            _ => list::run(context, &cloud, &api).await,
        }
    }
}

/// What pages of other origins cannot do.
fn closed(requests: &[String]) -> String {
    format!(
        "pages of other origins, such as that of `mafia api open`, may not read the answers to {}: the header \
         Access-Control-Allow-Origin is missing",
        requests.join(", ")
    )
}

async fn found(context: &Context, cloud: &Cloud, stage: Option<&str>) -> Result<Found, Error> {
    let finding = Found::find(cloud, context.stack()?, stage);
    Ok(context
        .printer
        .wait_for("looking for the API", finding)
        .await?)
}
