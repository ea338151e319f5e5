//! `mafia api open`

use std::convert::Infallible;

use clap::Args;
use serde::Serialize;

use crate::api::{self, Api, Call};
use crate::cloud::Cloud;
use crate::commands::until_interrupted::until_interrupted;
use crate::commands::values::port;
use crate::context::Context;
use crate::error::Error;
use crate::game::GAME_STATE;
use crate::game_page::GamePage;
use crate::names::without_number;
use crate::page::PageServer;

/// Play the game in the browser, through the API
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia api open
  mafia api open --port 8080")]
#[command(after_long_help = "\
Prints a link for a browser on this machine, and serves the page until Ctrl-C. The page itself asks the API, as any \
page of another origin would. Its files are the same that a web server or a bucket could show.")]
pub struct Open {
    /// Port on 127.0.0.1 [default: any free port]
    #[arg(long, value_name = "N", value_parser = port)]
    port: Option<u16>,
}

#[derive(Serialize)]
struct Opened<'a> {
    stack: &'a str,
    /// Where the API answers; the paths follow.
    address: &'a str,
    /// The link of the page.
    url: String,
}

impl Open {
    pub async fn run(self, context: &Context, cloud: &Cloud, api: &Api) -> Result<(), Error> {
        let page = GamePage::new(&api.address)?;
        let server = PageServer::listen(self.port).await?;
        let opened = Opened {
            stack: &api.stack,
            address: &api.address,
            url: server.link(),
        };
        let printer = &context.printer;
        // The page itself cannot tell this from an API that does not answer.
        let telling = async {
            let state = Call::new("GET", without_number(GAME_STATE), None);
            match api::closed_to_pages(cloud, api, &state).await {
                Ok(closed) if !closed.is_empty() => printer.advise(&super::closed(&closed)),
                // What only informs does not fail.
                _ => {}
            }
            std::future::pending::<Infallible>().await
        };
        until_interrupted(async {
            printer.result(&opened, |opened| opened.url.clone())?;
            printer
                .note("Open this link in a browser on this machine. Press Ctrl-C to end the page.");
            tokio::select! {
                never = server.serve(page) => match never {},
                never = telling => match never {},
            }
        })
        .await
    }
}
