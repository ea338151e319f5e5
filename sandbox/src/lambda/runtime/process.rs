//! One process of a function: started with its API, credentials and output, watched, and killed with
//! its process group.

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

use super::api::RuntimeApi;
use super::log::Log;
use super::output::Output;
use super::process_group::ProcessGroup;
use super::variables::{self, ProcessContext};
use super::{Revision, Runtime, api_address, failure};
use crate::keys::{Keyring, Keys};

/// A `bootstrap` that was just written cannot be started while a child that is being forked still has
/// it open for writing (`ETXTBSY`).
const MAX_BUSY_RETRIES: u32 = 50;
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// Why a process was not started.
#[derive(Debug)]
pub enum StartError {
    /// The bundle has nothing that can be started: the reason.
    NoEntrypoint(String),
    /// The machine is the cause.
    System(io::Error),
}

#[derive(Debug)]
pub struct Process {
    pub api: RuntimeApi,
    pub child: ChildProcess,
    /// Revoked when the process has ended.
    _credentials: Credentials,
}

/// The process itself, without its API.
#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    group: ProcessGroup,
    output: Output,
    stopping: watch::Receiver<bool>,
    peak_memory: Option<u64>,
}

/// What happened first.
#[derive(Debug)]
pub enum Event<T> {
    Done(T),
    /// The process has exited. `None` where the system could not tell how.
    Exited(Option<ExitStatus>),
    TimedOut,
    /// The sandbox is stopping.
    Stopping,
}

impl Process {
    /// Starts the bundle's `bootstrap`.
    pub async fn start(
        runtime: &Runtime,
        revision: &Revision,
        log: &Log,
    ) -> Result<Self, StartError> {
        let system = StartError::System;
        let folder = std::path::absolute(revision.code.folder()).map_err(system)?;
        let api = runtime.apis.open();
        let credentials = Credentials::issue(&runtime.keyring, revision);
        let bootstrap = folder.join("bootstrap");
        let runtime_api = format!("{}/{}", runtime.api_base, api.secret());
        let runtime_api = api_address::for_program(&revision.code, &runtime_api);
        let variables = variables::of(
            revision,
            &ProcessContext {
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
        let group = ProcessGroup::of(&child, &runtime.reaper);
        let child = ChildProcess {
            child,
            group,
            output,
            stopping: runtime.stopping.subscribe(),
            peak_memory: None,
        };
        Ok(Self {
            api,
            child,
            _credentials: credentials,
        })
    }
}

impl ChildProcess {
    /// Waits for `work` and logs what the process writes, until the work is done, the process has exited,
    /// the deadline has passed, or the sandbox stops.
    pub async fn until<T>(
        &mut self,
        log: &mut Log,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Event<T> {
        let mut work = pin!(work);
        let mut timed_out = pin!(sleep_until(deadline));
        loop {
            tokio::select! {
                // An answer counts, also of a process that exits right after it.
                biased;
                done = &mut work => return Event::Done(done),
                status = self.child.wait() => return Event::Exited(status.ok()),
                () = &mut timed_out => return Event::TimedOut,
                _ = self.stopping.wait_for(|stopping| *stopping) => return Event::Stopping,
                () = self.output.readable() => self.output.read_available(log),
                () = log.due() => log.write(),
            }
        }
    }

    /// Logs all that the process has written until now.
    pub fn read_output(&mut self, log: &mut Log) {
        self.output.read_all(log);
    }

    /// The peak of its resident memory in bytes; `None` where the system does not tell.
    pub fn peak_memory(&mut self) -> Option<u64> {
        let now = self.child.id().and_then(peak_memory);
        self.peak_memory = now.or(self.peak_memory);
        self.peak_memory
    }

    /// Kills the process group, and logs its last output.
    pub async fn kill(&mut self, log: &mut Log) {
        self.group.kill();
        // It fails where there is nothing to wait for.
        let _ = self.child.wait().await;
        self.group.ended();
        self.output.read_all(log);
    }
}

/// Keys of the function's role, revoked when dropped.
#[derive(Debug)]
struct Credentials {
    keys: Keys,
    keyring: Arc<Keyring>,
}

impl Credentials {
    fn issue(keyring: &Arc<Keyring>, revision: &Revision) -> Self {
        let role = revision.role.rsplit('/').next().unwrap_or_default();
        Self {
            keys: keyring.issue(role, &session_name(&revision.function)),
            keyring: keyring.clone(),
        }
    }
}

/// A session has the function's name. Names of sessions have two characters at least, and one of a
/// function may have one.
fn session_name(function: &str) -> String {
    if function.len() < 2 {
        return format!("{function}@lambda_function");
    }
    function.to_owned()
}

impl Drop for Credentials {
    fn drop(&mut self) {
        self.keyring.revoke(&self.keys.access_key_id);
    }
}

async fn spawn(command: &mut Command, bootstrap: &Path) -> Result<Child, StartError> {
    let mut retries = 0;
    loop {
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy
                    && retries < MAX_BUSY_RETRIES =>
            {
                retries += 1;
                sleep(BUSY_PAUSE).await;
            }
            Err(error) => {
                return Err(match failure::entrypoint(bootstrap, &error) {
                    Some(reason) => StartError::NoEntrypoint(reason),
                    None => StartError::System(error),
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
    fn sessions_have_names_of_two_characters_at_least() {
        assert_eq!(session_name("game"), "game");
        assert_eq!(session_name("g"), "g@lambda_function");
    }

    #[test]
    fn the_peak_is_read_from_proc() {
        let status = "Name:\tbootstrap\nVmPeak:\t  9999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t 1024 kB\n";
        assert_eq!(peak_in(status), Some(2 << 20));
        assert_eq!(peak_in("Name:\tkthreadd\n"), None);
    }
}
