//! One process of a function: started with its API, credentials, output and a folder for temporary files,
//! watched, and killed with all that it has started.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, prlimit};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::api::RuntimeApi;
use super::api_listener::{ApiListener, Peers, Serving};
use super::family::Family;
use super::log::Log;
use super::memory::Memory;
use super::output::Output;
use super::running_family::RunningFamily;
use super::variables::{self, ProcessContext};
use super::{Revision, Runtime, UnpackedBundle, api_address, failure};
use crate::caller::Caller;
use crate::keys::{Keyring, Keys};

/// A `bootstrap` that was just written cannot be started while a child that is being forked still has
/// it open for writing (`ETXTBSY`).
const MAX_BUSY_RETRIES: u32 = 50;
/// How many files a function can have open.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
#[cfg(target_os = "linux")]
const MAX_FILES: u64 = 1024;
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
    _serving: Serving,
    /// Revoked when the process has ended.
    _credentials: Credentials,
}

/// The process itself, without its API.
#[derive(Debug)]
pub struct ChildProcess {
    child: Child,
    family: RunningFamily,
    /// Deleted when the process has ended.
    _temporary: TempDir,
    output: Output,
    stopping: watch::Receiver<bool>,
    memory: Option<Memory>,
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
        let absolute =
            |bundle: &UnpackedBundle| std::path::absolute(bundle.folder()).map_err(system);
        let folder = absolute(&revision.code)?;
        let layers = revision.layers.iter().map(|layer| absolute(layer));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let (api, requests) = RuntimeApi::open();
        let listener = ApiListener::bind().map_err(system)?;
        let temporary = temporary_folder(&folder).map_err(system)?;
        let credentials = Credentials::issue(&runtime.keyring, revision);
        let bootstrap = folder.join("bootstrap");
        let runtime_api = api_address::for_program(&revision.code, &listener.address());
        let variables = variables::of(
            revision,
            &ProcessContext {
                folder: &folder,
                layers: &layers,
                url: &runtime.url,
                runtime_api: &runtime_api,
                temporary: temporary.path(),
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
        let mark = runtime.reaper.marks.draw();
        let start = || RunningFamily::start(&mut command, mark, &runtime.reaper);
        let (child, family) = started(start, &bootstrap).await?;
        limit_files(family.family());
        let peers = match family.family() {
            Some(family) if runtime.limits.checks_peers => Peers::Only(family.clone()),
            _ => Peers::Anyone,
        };
        let serving = listener.serve(requests, peers, &runtime.journal);
        let child = ChildProcess {
            child,
            family,
            _temporary: temporary,
            output,
            stopping: runtime.stopping.subscribe(),
            memory: None,
        };
        Ok(Self {
            api,
            child,
            _serving: serving.map_err(system)?,
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

    /// Its id; `None` when it has exited.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its memory, as it was when the process was last looked at; `None` where the system does not tell.
    pub fn memory(&mut self) -> Option<Memory> {
        let now = self.child.id().and_then(Memory::of);
        self.memory = now.or(self.memory);
        self.memory
    }

    /// Its memory, as it was when somebody last asked for it.
    pub fn last_memory(&self) -> Option<Memory> {
        self.memory
    }

    /// Kills the process and all that it has started, and logs their last output.
    pub async fn kill(&mut self, log: &mut Log) {
        self.family.kill();
        // It fails where there is nothing to wait for.
        let _ = self.child.wait().await;
        self.family.ended();
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
        let session = session_name(&revision.function);
        Self {
            keys: keyring.issue(Caller::in_role(&revision.role_id, role, &session)),
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

async fn started<T>(
    mut start: impl FnMut() -> io::Result<T>,
    bootstrap: &Path,
) -> Result<T, StartError> {
    let mut retries = 0;
    loop {
        match start() {
            Ok(started) => return Ok(started),
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

/// A folder beside the unpacked bundle's: both are removed at the next start if the sandbox is killed.
fn temporary_folder(bundle: &Path) -> io::Result<TempDir> {
    let (parent, name) = (bundle.parent(), bundle.file_name());
    let prefix = format!("{}-tmp-", name.unwrap_or_default().to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).tempdir_in(parent.unwrap_or(bundle))
}

/// The sandbox may have more files open. Lambda's quota, see [`MAX_FILES`].
#[cfg(target_os = "linux")]
fn limit_files(family: Option<&Family>) {
    if let Some(family) = family {
        let limit = Rlimit {
            current: Some(MAX_FILES),
            maximum: Some(MAX_FILES),
        };
        // It may have ended already.
        let _ = prlimit(Some(family.leader), Resource::Nofile, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_files(_: Option<&Family>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_have_names_of_two_characters_at_least() {
        assert_eq!(session_name("game"), "game");
        assert_eq!(session_name("g"), "g@lambda_function");
    }
}
