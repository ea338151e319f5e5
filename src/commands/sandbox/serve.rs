//! `mafia sandbox serve`: what `mafia` runs when it starts the sandbox for somebody. On standard output
//! it says in one line that it is ready, or why it is not; the rest goes to the log.

use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::context::Context;
use crate::error::Error;
use mafia_sandbox::lifecycle::Report;
use mafia_sandbox::{self as sandbox, Options, RunningServer, SandboxError, StateDir};

/// Run the sandbox's server and report on standard output
#[derive(Args, Debug)]
#[command(hide = true)]
pub struct Serve {
    #[arg(long)]
    port: Option<u16>,
    #[arg(long, default_value_t = 0)]
    idle: u64,
}

impl Serve {
    pub async fn run(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        // Who started it may have gone: then nobody is left to hear this.
        let say = |report: Report| drop(context.printer.text(&report.line()));
        let options = Options {
            state_dir,
            port: self.port,
            idle: idle(self.idle),
        };
        let ready = |running: &RunningServer| say(Report::Ready(running.clone()));
        let ended = serve(options, ready).await;
        if let Ended::ByItself(Err(error)) = &ended {
            say(Report::failed(error));
        }
        ended.result()
    }
}

/// No time at all stands for no end.
pub fn idle(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

pub async fn until_asked_to_stop(
    options: Options,
    ready: impl FnOnce(&RunningServer),
) -> Result<(), Error> {
    serve(options, ready).await.result()
}

/// How a server ended.
enum Ended {
    ByItself(Result<(), SandboxError>),
    /// A second signal cut its farewell off.
    AtOnce,
    /// The system gave it no way to hear signals.
    Deaf(std::io::Error),
}

impl Ended {
    fn result(self) -> Result<(), Error> {
        match self {
            Self::ByItself(ended) => Ok(ended?),
            Self::AtOnce => Err(Error::interrupted()),
            Self::Deaf(error) => Err(Error::failed(format!("cannot listen for signals: {error}"))),
        }
    }
}

/// Serves until a signal asks to stop; the next one cuts off even that.
async fn serve(options: Options, ready: impl FnOnce(&RunningServer)) -> Ended {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return Ended::Deaf(error),
    };
    let (stop, asked_to_stop) = oneshot::channel::<()>();
    let asked_to_stop = async {
        // Dropped or sent, it means the same.
        let _ = asked_to_stop.await;
    };
    let mut serving = std::pin::pin!(sandbox::serve(options, ready, asked_to_stop));
    tokio::select! {
        ended = &mut serving => return Ended::ByItself(ended),
        () = signals.next() => drop(stop),
    }
    tokio::select! {
        ended = &mut serving => Ended::ByItself(ended),
        () = signals.next() => Ended::AtOnce,
    }
}

/// What asks a server to end. That its terminal was closed does not.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    _hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            // Who listens is not ended by it.
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
