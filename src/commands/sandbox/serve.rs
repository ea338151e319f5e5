//! `mafia sandbox serve`: the process that `mafia` starts as the sandbox. It reports on standard output
//! in one line that it is ready, or why it is not; the rest goes to the log.

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
    /// In seconds; 0 is for ever.
    #[arg(long, default_value_t = 0)]
    idle: u64,
}

impl Serve {
    pub async fn run(self, context: &Context, state_dir: StateDir) -> Result<(), Error> {
        mafia_sandbox::close_inherited_files();
        // The process that started it may have ended and closed the pipe.
        let report = |line: Report| drop(context.printer.print_raw(&line.line()));
        let options = Options {
            state_dir,
            port: self.port,
            idle: (self.idle > 0).then(|| Duration::from_secs(self.idle)),
        };
        let ready = |running: &RunningServer| report(Report::Ready(running.clone()));
        let ended = serve(options, ready).await;
        if let ServeEnd::Finished(Err(error)) = &ended {
            report(Report::failed(error));
        }
        ended.result()
    }
}

pub async fn until_asked_to_stop(
    options: Options,
    ready: impl FnOnce(&RunningServer),
) -> Result<(), Error> {
    serve(options, ready).await.result()
}

/// How a server ended.
enum ServeEnd {
    Finished(Result<(), SandboxError>),
    /// A second signal ended it before its shutdown was done.
    Aborted,
    /// No handler for signals could be installed.
    NoSignals(std::io::Error),
}

impl ServeEnd {
    fn result(self) -> Result<(), Error> {
        match self {
            Self::Finished(ended) => Ok(ended?),
            Self::Aborted => Err(Error::interrupted()),
            Self::NoSignals(error) => {
                Err(Error::failed(format!("cannot listen for signals: {error}")))
            }
        }
    }
}

/// Serves until a signal. The next signal ends the shutdown, too.
async fn serve(options: Options, ready: impl FnOnce(&RunningServer)) -> ServeEnd {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return ServeEnd::NoSignals(error),
    };
    let (stop, asked_to_stop) = oneshot::channel::<()>();
    let asked_to_stop = async {
        // A dropped sender asks to stop, too.
        let _ = asked_to_stop.await;
    };
    let mut serving = std::pin::pin!(sandbox::serve(options, ready, asked_to_stop));
    tokio::select! {
        ended = &mut serving => return ServeEnd::Finished(ended),
        () = signals.next() => drop(stop),
    }
    tokio::select! {
        ended = &mut serving => ServeEnd::Finished(ended),
        () = signals.next() => ServeEnd::Aborted,
    }
}

/// The signals that stop a server. A hangup, when its terminal is closed, does not.
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
            // With a handler, the signal does not end the process.
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
