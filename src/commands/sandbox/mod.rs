//! `mafia sandbox`

mod advance;
mod env;
mod logs;
mod serve;
mod start;

use std::io;

use clap::{Args, Subcommand};

use super::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::render;
use crate::sandbox::{self, SandboxStatus};
use crate::target;
use mafia_sandbox::{StateDir, lifecycle};

/// Start, stop and inspect the sandbox
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia sandbox status
  eval \"$(mafia sandbox env)\"
  mafia sandbox stop")]
#[command(after_long_help = "\
The sandbox is a small AWS on this machine: a server on 127.0.0.1. It supports the parts of CloudFormation, Lambda, API \
Gateway, DynamoDB, S3, SNS, SQS, EventBridge and its Scheduler, CloudWatch Logs, IAM and STS that the workshop needs. Commands start it when it is not running. \
It stops after 30 minutes without requests and keeps what is deployed in it. Its state is in the \
folder .mafia/sandbox in the workshop folder, or in the folder given with --state-dir.")]
pub struct Sandbox {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Start(start::Start),
    Advance(advance::Advance),
    /// Stop the sandbox and keep what is deployed in it
    #[command(
        after_help = "Examples:\n  mafia sandbox stop\n  mafia sandbox stop --state-dir /tmp/other"
    )]
    Stop,
    /// Show whether the sandbox is running, its address and its size
    #[command(after_help = "Examples:\n  mafia sandbox status\n  mafia sandbox status --json")]
    #[command(after_long_help = "\
Does not start it. The exit code is 0 if it is running, 1 if it is not, and 3 if it is running but does \
not answer.")]
    Status,
    /// Stop the sandbox and delete everything in it
    #[command(after_help = "Examples:\n  mafia sandbox reset\n  mafia sandbox reset --yes")]
    #[command(after_long_help = "\
Asks for confirmation. Keeps the keys and the port, so that clients find the sandbox again. Use it \
if the sandbox does not start because its files are damaged or were written by another version.")]
    Reset,
    Env(env::Env),
    Logs(logs::Logs),
    Serve(serve::Serve),
    /// Stop the functions of a sandbox that was killed; every sandbox starts this process
    #[command(hide = true)]
    Reap,
}

impl Sandbox {
    /// Whether this process becomes the server or its companion.
    pub fn is_server(&self) -> bool {
        match &self.action {
            Action::Start(start) => start.is_in_the_foreground(),
            Action::Serve(_) | Action::Reap => true,
            _ => false,
        }
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let state_dir = || target::state_dir(&context.options);
        match self.action {
            Action::Start(start) => start.run(context, state_dir()?).await,
            Action::Advance(advance) => advance.run(context, state_dir()?).await,
            Action::Stop => stop(context, state_dir()?).await,
            Action::Status => status(context, &state_dir()?).await,
            Action::Reset => reset(context, state_dir()?).await,
            Action::Env(env) => env.run(context, state_dir()?).await,
            Action::Logs(logs) => logs.run(context, &state_dir()?).await,
            Action::Reap => {
                mafia_sandbox::reap(io::stdin().lock());
                Ok(())
            }
            Action::Serve(serve) => serve.run(context, state_dir()?).await,
        }
    }
}

async fn status(context: &Context, state_dir: &StateDir) -> Result<(), Error> {
    let printer = &context.printer;
    let (awaited, looking) = (sandbox::awaited(state_dir), sandbox::status(state_dir));
    let status = printer.wait_for(&awaited, looking).await?;
    match status.failure() {
        None => printer.result(&status, render::sandbox_status),
        Some(error) => Err(printer.result_with_error(&status, render::sandbox_status, error)),
    }
}

/// The status of the sandbox as the command's result.
async fn show(
    context: &Context,
    state_dir: &StateDir,
    next: Option<Done<'_>>,
    to_text: impl FnOnce(&SandboxStatus) -> String,
) -> Result<(), Error> {
    let status = sandbox::status(state_dir).await?;
    let next = next.and_then(|done| done.next(context));
    context.printer.result_and_next(&status, next, to_text)
}

async fn stop(context: &Context, state_dir: StateDir) -> Result<(), Error> {
    let stopping = sandbox::blocking({
        let state_dir = state_dir.clone();
        move || Ok(lifecycle::stop(&state_dir)?)
    });
    let printer = &context.printer;
    let ran = printer.wait_for("stopping the sandbox", stopping).await?;
    show(context, &state_dir, None, |_| render::sandbox_stopped(ran)).await
}

async fn reset(context: &Context, state_dir: StateDir) -> Result<(), Error> {
    let printer = &context.printer;
    let all = render::sandbox_contents(&SandboxStatus::new(&state_dir, None));
    if !printer.confirm(&all, "Delete all of this?").await? {
        return Err(Error::cancelled());
    }
    let resetting = sandbox::blocking({
        let state_dir = state_dir.clone();
        move || Ok(lifecycle::reset(&state_dir)?)
    });
    printer.wait_for("resetting the sandbox", resetting).await?;
    let next = Some(Done::Emptied);
    show(context, &state_dir, next, render::sandbox_emptied).await
}
