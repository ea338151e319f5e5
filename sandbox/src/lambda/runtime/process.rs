//! One process of a function: started with all that belongs to it, watched, and ended with all that it
//! started.

use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::desk::Desk;
use super::group::Group;
use super::log::Log;
use super::output::Output;
use super::variables::{self, Told};
use super::{Program, Runtime, address, failure};
use crate::keys::{Keyring, Keys};

/// A `bootstrap` that was just written cannot be started while another process that is being started
/// still has it open, as this one had.
const BUSY_TRIES: u32 = 50;
const BUSY_WAIT: Duration = Duration::from_millis(5);

/// Why there is no process.
#[derive(Debug)]
pub enum NotStarted {
    /// The bundle has nothing to start, and why.
    NoEntrypoint(String),
    /// This machine failed.
    System(io::Error),
}

#[derive(Debug)]
pub struct Process {
    pub desk: Desk,
    pub watch: Watch,
    /// Good as long as the process lives.
    _credentials: Credentials,
}

/// The process itself, apart from what it asks.
#[derive(Debug)]
pub struct Watch {
    child: Child,
    group: Group,
    output: Output,
    stopping: watch::Receiver<bool>,
    peak_memory: Option<u64>,
}

/// What came first.
#[derive(Debug)]
pub enum First<T> {
    Done(T),
    /// The process ended. `None` when the system could not tell how.
    Exited(Option<ExitStatus>),
    Late,
    /// The sandbox stops.
    Stopping,
}

impl Process {
    /// Starts the program's `bootstrap`.
    pub async fn start(
        runtime: &Runtime,
        program: &Program,
        log: &Log,
    ) -> Result<Self, NotStarted> {
        let system = NotStarted::System;
        let folder = std::path::absolute(program.code.folder()).map_err(system)?;
        let desk = runtime.desks.open();
        let credentials = Credentials::issue(&runtime.keyring, program);
        let bootstrap = folder.join("bootstrap");
        let runtime_api = format!("{}/{}", runtime.api, desk.secret());
        let runtime_api = address::in_form_for(&program.code, &runtime_api);
        let variables = variables::of(
            program,
            &Told {
                folder: &folder,
                url: &runtime.url,
                runtime_api: &runtime_api,
                log_stream: log.stream(),
                keys: &credentials.keys,
            },
        );
        let (output, writer) = Output::new().map_err(system)?;
        let mut command = Command::new(&bootstrap);
        command
            .env_clear()
            .envs(variables)
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(system)?)
            .stderr(writer);
        let child = spawn(&mut command, &bootstrap).await?;
        let group = Group::of(&child, &runtime.reaper);
        let watch = Watch {
            child,
            group,
            output,
            stopping: runtime.stopping.subscribe(),
            peak_memory: None,
        };
        Ok(Self {
            desk,
            watch,
            _credentials: credentials,
        })
    }
}

impl Watch {
    /// Waits for `work` and takes in what the process writes, until the work is done, the process has
    /// ended, it is `deadline`, or the sandbox stops.
    pub async fn until<T>(
        &mut self,
        log: &mut Log,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> First<T> {
        let mut work = pin!(work);
        let mut late = pin!(sleep_until(deadline));
        loop {
            tokio::select! {
                // An answer counts, also from a process that ends right after it.
                biased;
                done = &mut work => return First::Done(done),
                status = self.child.wait() => return First::Exited(status.ok()),
                () = &mut late => return First::Late,
                _ = self.stopping.wait_for(|stopping| *stopping) => return First::Stopping,
                () = self.output.arrived() => self.output.take(log),
                () = log.due() => log.write(),
            }
        }
    }

    /// Takes in all that the process has written until now.
    pub fn take_output(&mut self, log: &mut Log) {
        self.output.take_all(log);
    }

    /// In bytes, the most that the process has had in memory; not every system tells.
    pub fn peak_memory(&mut self) -> Option<u64> {
        let now = self.child.id().and_then(peak_memory);
        self.peak_memory = now.or(self.peak_memory);
        self.peak_memory
    }

    /// Ends the process and all that it started, and takes in their last words.
    pub async fn kill(&mut self, log: &mut Log) {
        self.group.kill();
        // Where the wait fails there is nothing left to wait for.
        let _ = self.child.wait().await;
        self.group.ended();
        self.output.take_all(log);
    }
}

/// Keys of the function's role, until dropped.
#[derive(Debug)]
struct Credentials {
    keys: Keys,
    keyring: Arc<Keyring>,
}

impl Credentials {
    fn issue(keyring: &Arc<Keyring>, program: &Program) -> Self {
        let role = program.role.rsplit('/').next().unwrap_or_default();
        Self {
            keys: keyring.issue(role, &program.function),
            keyring: keyring.clone(),
        }
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        self.keyring.revoke(&self.keys.access_key_id);
    }
}

async fn spawn(command: &mut Command, bootstrap: &Path) -> Result<Child, NotStarted> {
    let mut tries = 0;
    loop {
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES =>
            {
                tries += 1;
                sleep(BUSY_WAIT).await;
            }
            Err(error) => {
                return Err(match failure::entrypoint(bootstrap, &error) {
                    Some(reason) => NotStarted::NoEntrypoint(reason),
                    None => NotStarted::System(error),
                });
            }
        }
    }
}

fn peak_memory(pid: u32) -> Option<u64> {
    let status = PathBuf::from(format!("/proc/{pid}/status"));
    peak_in(&fs::read_to_string(status).ok()?)
}

/// In the text of Linux's `/proc/PID/status`: `VmHWM:     12345 kB`.
fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_from_the_systems_words() {
        let status = "Name:\tbootstrap\nVmPeak:\t  9999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 1024 kB\n";
        assert_eq!(peak_in(status), Some(2 << 20));
        assert_eq!(peak_in("Name:\tkthreadd\n"), None);
    }
}
