//! The embedded sandbox as this program runs it: its folder, how it is started and found, its status.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::cloud::SandboxServer;
use crate::error::Error;
use crate::wording::GO_TO_WORKSHOP;
use crate::workspace;
use mafia_sandbox::lifecycle::{self, LaunchCommand};
use mafia_sandbox::{
    Dropped, Holder, REGION, RunningServer, SandboxError, StateDir, length_of_log,
};

/// How long a sandbox that was started for a command keeps running without requests.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// How often a long command resets the sandbox's idle timeout.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// The time that a sandbox has after it was set forward.
#[derive(Debug, Serialize)]
pub struct SandboxClock {
    /// In seconds since 1970, as all times here.
    pub now: i64,
    /// How far it is ahead of this machine's, in seconds.
    pub ahead: i64,
    /// What happened on the way.
    pub fired: Vec<Fired>,
    /// False if so much happened that it went less far.
    pub complete: bool,
    /// What was handed over on the way, and nobody got.
    pub dropped: Vec<DroppedDelivery>,
}

/// Deliveries that were given up for the same reason.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct DroppedDelivery {
    /// To what, and why.
    pub what: String,
    pub times: usize,
}

impl DroppedDelivery {
    /// In the order in which each is there first.
    fn of(all: Vec<Dropped>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for Dropped { what, .. } in all {
            match found.iter_mut().find(|it| it.what == what) {
                Some(known) => known.times += 1,
                None => found.push(Self { what, times: 1 }),
            }
        }
        found
    }
}

#[derive(Debug, Serialize)]
pub struct Fired {
    /// Such as `rule nightly`.
    pub what: String,
    pub at: i64,
}

/// How long a sandbox may take to start or end while somebody looks.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(20);

/// The status of a sandbox, read from its folder.
#[derive(Debug, Serialize)]
pub struct SandboxStatus {
    pub running: bool,
    /// `None` when it is not running or does not answer.
    pub url: Option<String>,
    /// `None` when it is not running, or runs in another container or on another machine.
    pub pid: Option<u32>,
    /// Seconds since 1970.
    pub since: Option<u64>,
    /// How far its clock is ahead of this machine's, in seconds; `None` when it does not answer.
    pub ahead: Option<i64>,
    pub folder: PathBuf,
    /// Of all files in the folder.
    pub bytes: u64,
}

impl SandboxStatus {
    pub fn new(state_dir: &StateDir, running: Option<&RunningServer>) -> Self {
        Self {
            running: running.is_some(),
            url: running.map(RunningServer::url),
            pid: running.map(|running| running.pid),
            since: running.map(|running| running.started),
            ahead: running.and_then(|running| {
                let clock = lifecycle::clock(state_dir, running).ok()?;
                Some(clock.ahead / 1000)
            }),
            folder: state_dir.folder().to_owned(),
            bytes: state_dir.size(),
        }
    }

    /// Why it cannot be used as it is.
    pub fn failure(&self) -> Option<Error> {
        match (self.running, &self.url) {
            (true, Some(_)) => None,
            (true, None) => Some(Error::from(SandboxError::NoAnswer { pid: self.pid })),
            (false, _) => Some(Error::failed("the sandbox is not running").hint(
                "run `mafia sandbox start`, or any command that uses the sandbox, to start it",
            )),
        }
    }

    /// It runs, but does not answer.
    fn unresponsive(state_dir: &StateDir, pid: Option<u32>) -> Self {
        Self {
            running: true,
            pid,
            ..Self::new(state_dir, None)
        }
    }
}

/// The status of the sandbox in `state_dir`. One that is just starting or ending is waited for.
pub async fn status(state_dir: &StateDir) -> Result<SandboxStatus, Error> {
    let since = Instant::now();
    loop {
        let status = status_now(state_dir).await?;
        let is_clear = !status.running || status.url.is_some();
        if is_clear || since.elapsed() > CHANGE_TIMEOUT {
            return Ok(status);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

async fn status_now(state_dir: &StateDir) -> Result<SandboxStatus, Error> {
    let found = find(state_dir).await?;
    let status = SandboxStatus::new(state_dir, found.as_ref());
    Ok(match state_dir.holder()? {
        None => status,
        Some(Holder::Process(pid)) if found.is_none() => {
            SandboxStatus::unresponsive(state_dir, Some(pid.as_raw_pid().unsigned_abs()))
        }
        Some(Holder::Process(_)) => status,
        Some(Holder::Elsewhere) if found.is_none() => SandboxStatus::unresponsive(state_dir, None),
        // Its id means nothing here.
        Some(Holder::Elsewhere) => SandboxStatus {
            pid: None,
            ..status
        },
    })
}

/// The sandbox's folder: `named`, or the workspace's.
pub fn state_dir(named: Option<&Path>) -> Result<StateDir, Error> {
    if let Some(folder) = named.filter(|folder| !folder.as_os_str().is_empty()) {
        return Ok(StateDir::new(folder));
    }
    match workspace::root(&workspace::current_folder()?) {
        Some(root) => Ok(StateDir::new(&root.join(workspace::FOLDER).join("sandbox"))),
        None => Err(Error::usage("not inside a workshop folder")
            .hint(GO_TO_WORKSHOP)
            .hint("or use another folder with --state-dir DIR (or MAFIA_STATE_DIR)")
            .hint("or add `--target aws` to work on AWS")),
    }
}

/// What a command waits for while it reaches the sandbox in `state_dir`.
pub fn awaited(state_dir: &StateDir) -> String {
    match (state_dir.running(), state_dir.holder()) {
        (Ok(Some(_)), Ok(Some(Holder::Process(pid)))) => {
            format!("waiting for the sandbox (process {pid}), which does not answer")
        }
        (Ok(Some(running)), _) => {
            format!(
                "waiting for the sandbox at {}, which does not answer",
                running.url()
            )
        }
        _ => "starting the sandbox".to_owned(),
    }
}

/// How to reach the sandbox in `state_dir`; starts it if it is not running.
pub async fn ensure(state_dir: StateDir) -> Result<SandboxServer, Error> {
    blocking(move || {
        let launch = launch_command(&state_dir, None, Some(IDLE_TIMEOUT))?;
        let running = lifecycle::ensure(&state_dir, &launch)?;
        server(&state_dir, &running)
    })
    .await
}

/// How to reach the sandbox in `state_dir`, if it is running.
pub async fn running(state_dir: StateDir) -> Result<Option<SandboxServer>, Error> {
    blocking(move || {
        let found = lifecycle::find(&state_dir)?;
        let server = found.map(|running| server(&state_dir, &running));
        server.transpose()
    })
    .await
}

fn server(state_dir: &StateDir, running: &RunningServer) -> Result<SandboxServer, Error> {
    let keys = state_dir.keys()?;
    Ok(SandboxServer {
        url: running.url(),
        region: REGION,
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
    })
}

/// The running sandbox in `state_dir`, if any. Resets its idle timeout.
pub async fn find(state_dir: &StateDir) -> Result<Option<RunningServer>, Error> {
    let state_dir = state_dir.clone();
    blocking(move || Ok(lifecycle::find(&state_dir)?)).await
}

/// Sets the clock of the running sandbox in `state_dir` forward.
pub async fn advance(state_dir: StateDir, by: Duration) -> Result<SandboxClock, Error> {
    blocking(move || {
        let running = lifecycle::find(&state_dir)?;
        let running = running.ok_or(SandboxError::NoAnswer { pid: None })?;
        let noted = length_of_log(&state_dir)?;
        let advanced = lifecycle::advance(&state_dir, &running, by)?;
        let dropped = Dropped::after(&state_dir, noted)?;
        let fired = advanced.fired.into_iter().map(|fired| Fired {
            what: fired.what,
            at: fired.at / 1000,
        });
        Ok(SandboxClock {
            now: advanced.now / 1000,
            ahead: advanced.ahead / 1000,
            fired: fired.collect(),
            complete: advanced.is_whole,
            dropped: DroppedDelivery::of(dropped),
        })
    })
    .await
}

/// What of a stack was dropped since a time: the names of what it has begin with its own.
pub fn dropped(
    state_dir: &StateDir,
    stack: &str,
    since: SystemTime,
) -> Result<Vec<DroppedDelivery>, Error> {
    let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
    let since = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let all = Dropped::after(state_dir, 0)?.into_iter();
    let of_stack = all.filter(|it| it.is_since(since) && it.what.contains(stack));
    Ok(DroppedDelivery::of(of_stack.collect()))
}

/// Keeps the sandbox running as long as this future is polled.
pub async fn keep_alive(state_dir: StateDir) {
    loop {
        tokio::time::sleep(KEEP_ALIVE_INTERVAL).await;
        // If it has stopped, the next request reports that.
        let _ = find(&state_dir).await;
    }
}

/// The command that runs this program as the server of `state_dir`.
pub fn launch_command(
    state_dir: &StateDir,
    port: Option<u16>,
    idle: Option<Duration>,
) -> Result<LaunchCommand, Error> {
    let program = env::current_exe()
        .map_err(|error| Error::failed(format!("cannot find the mafia program: {error}")))?;
    let mut arguments = vec![
        "sandbox".into(),
        "serve".into(),
        "--state-dir".into(),
        state_dir.folder().into(),
        "--idle".into(),
        idle.map_or(0, |idle| idle.as_secs()).to_string().into(),
    ];
    if let Some(port) = port {
        arguments.extend(["--port".into(), port.to_string().into()]);
    }
    let variables = env::vars_os().map(|(name, _)| name);
    Ok(LaunchCommand {
        program,
        arguments,
        hidden: variables
            .filter(|name| name.to_str().is_some_and(is_of_the_command))
            .collect(),
    })
}

/// Whether the variable is an option of this command, or for credentials that the sandbox must not see.
fn is_of_the_command(variable: &str) -> bool {
    ["AWS_", "MAFIA_"]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}

/// Runs blocking work on a thread of its own, so that Ctrl-C is handled during the work.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::failed(format!("cannot wait for the sandbox: {error}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_credentials_do_not_reach_the_server() {
        for hidden in [
            "AWS_SECRET_ACCESS_KEY",
            "AWS_PROFILE",
            "MAFIA_JSON",
            "MAFIA_QUIET",
        ] {
            assert!(is_of_the_command(hidden), "{hidden}");
        }
        for kept in ["PATH", "HOME", "LANG", "RUST_BACKTRACE"] {
            assert!(!is_of_the_command(kept), "{kept}");
        }
    }
}
