//! `mafia class board`

use std::convert::Infallible;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

use super::found::{ClassChoice, Found};
use super::status::{looked_at, now};
use crate::board::{self, View};
use crate::class::Accounts;
use crate::commands::until_interrupted::until_interrupted;
use crate::commands::values::port;
use crate::context::Context;
use crate::error::Error;
use crate::page::PageServer;

/// A class of any size is read with so many requests a second: after each reading, this long for each student.
const PAUSE_FOR_EACH_STUDENT: Duration = Duration::from_millis(100);
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// How often is looked whether somebody has opened the page.
const GLANCE: Duration = Duration::from_millis(200);

/// Show a class in the browser: who is up, who deploys, who is stuck
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class board
  mafia class board --port 8080")]
#[command(after_long_help = "\
Prints a link for a browser on this machine, and serves the page until Ctrl-C. The link has a secret in it: \
who has it can see the class, and change nothing. The page changes as the class does. Nothing is read while \
nobody has opened it.")]
pub struct Board {
    /// Port on 127.0.0.1 [default: any free port]
    #[arg(long, value_name = "N", value_parser = port)]
    port: Option<u16>,
    #[command(flatten)]
    choice: ClassChoice,
}

#[derive(Serialize)]
struct Opened<'a> {
    class: &'a str,
    url: String,
}

impl Board {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let accounts = found.accounts().await?;
        let server = PageServer::listen(self.port).await?;
        let opened = Opened {
            class: &found.class,
            url: server.link(),
        };
        let (views, shown) = watch::channel(View::unread(&found.class));
        let printer = &context.printer;
        until_interrupted(async {
            printer.result(&opened, |opened| opened.url.clone())?;
            printer.note(
                "Open this link in a browser on this machine. Press Ctrl-C to close the board.",
            );
            tokio::select! {
                never = server.serve(board::Board(shown)) => match never {},
                never = keep_reading(&found, &accounts, &views) => match never {},
            }
        })
        .await
    }
}

/// Reads the class again and again, while somebody looks.
async fn keep_reading(
    found: &Found,
    accounts: &Accounts,
    views: &watch::Sender<View>,
) -> Infallible {
    // The server has a receiver itself.
    let is_seen = || views.receiver_count() > 1;
    loop {
        while !is_seen() {
            sleep(GLANCE).await;
        }
        let students = match looked_at(found, accounts, false).await {
            Ok(standing) => {
                views.send_replace(View::of(&standing, now(accounts)));
                standing.students.len()
            }
            Err(error) => {
                let problem = Error::from(error).message;
                views.send_modify(|view| *view = view.clone().with_problem(problem));
                found.members().len()
            }
        };
        let students = u32::try_from(students).unwrap_or(u32::MAX);
        let pause = PAUSE_FOR_EACH_STUDENT.saturating_mul(students);
        sleep(pause.max(SHORTEST_PAUSE)).await;
    }
}
