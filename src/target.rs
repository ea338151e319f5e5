//! Which target a command works on: the sandbox of the workspace, unless something else is asked for.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cloud::{Configured, SandboxServer, endpoint_url_of_environment};
use crate::error::Error;
use crate::options::{Options, TargetName};
use mafia_sandbox::lifecycle::{self, LaunchCommand};
use mafia_sandbox::{REGION, Running, StateDir};

/// How long nothing may be asked of a sandbox that was started for a command.
pub const IDLE: Duration = Duration::from_secs(30 * 60);
/// How often a command that goes on for long lets the sandbox know, though it asks for nothing.
const AWAKE: Duration = Duration::from_secs(5 * 60);

/// Where a workspace keeps its sandbox.
const FOLDER: &str = ".mafia";
/// What marks a workspace, too: the file lies beside no manifest but the workspace's.
const LOCK: &str = "Cargo.lock";

/// A target, as it was asked for.
#[derive(Debug)]
pub enum Choice {
    Sandbox(StateDir),
    Configured(Configured),
}

/// The target that `options` mean, or the environment where they say nothing.
pub fn choice(options: &Options) -> Result<Choice, Error> {
    // A variable is switched off by emptying it, too.
    let given = |option: &Option<String>| option.clone().filter(|value| !value.is_empty());
    let configured = Configured {
        endpoint_url: given(&options.endpoint_url),
        profile: given(&options.profile),
        region: given(&options.region),
    };
    match (options.target, &configured.endpoint_url) {
        (Some(TargetName::Sandbox), Some(url)) => Err(Error::usage(format!(
            "the sandbox and {url} cannot both be the target"
        ))
        .hint("leave out one of --target (MAFIA_TARGET) and --endpoint-url (MAFIA_ENDPOINT_URL)")),
        // A profile and a region say more about AWS, whose sign they are elsewhere.
        (Some(TargetName::Sandbox), None) => Ok(Choice::Sandbox(state_dir(options)?)),
        (Some(TargetName::Aws), _) | (None, Some(_)) => Ok(Choice::Configured(configured)),
        (None, None) => by_default(options, configured),
    }
}

/// The target where neither `--target` nor `--endpoint-url` says it.
fn by_default(options: &Options, configured: Configured) -> Result<Choice, Error> {
    if let Some(url) = endpoint_url_of_environment() {
        // Whoever took it from `mafia sandbox env` means the sandbox, and not only while it runs.
        let own = state_dir(options).ok().filter(|state_dir| {
            let last = state_dir.last_server();
            last.is_some_and(|last| last.url() == url)
        });
        return Ok(match own {
            Some(state_dir) => Choice::Sandbox(state_dir),
            None => Choice::Configured(Configured {
                endpoint_url: Some(url),
                ..configured
            }),
        });
    }
    let option = match (&configured.profile, &configured.region) {
        (Some(_), _) => "--profile",
        (None, Some(_)) => "--region",
        (None, None) => return Ok(Choice::Sandbox(state_dir(options)?)),
    };
    Err(
        Error::usage(format!("{option} is of AWS, and the target is the sandbox"))
            .hint("`--target aws` (or MAFIA_TARGET=aws) works on AWS")
            .hint(format!(
                "`--target sandbox` works in the sandbox, whatever {option} says"
            )),
    )
}

/// The sandbox's folder: the one that is named, or the workspace's.
pub fn state_dir(options: &Options) -> Result<StateDir, Error> {
    let named = options.state_dir.as_deref();
    if let Some(folder) = named.filter(|folder| !folder.as_os_str().is_empty()) {
        return Ok(StateDir::new(folder));
    }
    let current = env::current_dir()
        .map_err(|error| Error::usage(format!("the current folder cannot be read: {error}")))?;
    match workspace(&current) {
        Some(workspace) => Ok(StateDir::new(&workspace.join(FOLDER).join("sandbox"))),
        None => Err(
            Error::usage("there is no workspace here whose sandbox it could be")
                .hint("go to the workshop's folder, the one with `Cargo.lock` and `labs`")
                .hint("or name a folder with --state-dir DIR (or MAFIA_STATE_DIR)")
                .hint("`--target aws` works on AWS instead"),
        ),
    }
}

fn workspace(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &&Path| folder.join(FOLDER).is_dir() || folder.join(LOCK).is_file();
    folder.ancestors().find(is_one).map(Path::to_owned)
}

/// How to reach the sandbox in `state_dir`, which is started unless it runs.
pub async fn running_sandbox(state_dir: StateDir) -> Result<SandboxServer, Error> {
    let (running, keys) = off_the_loop(move || {
        let running =
            lifecycle::ensure(&state_dir, &launch_command(&state_dir, None, Some(IDLE))?)?;
        Ok((running, state_dir.keys()?))
    })
    .await?;
    Ok(SandboxServer {
        url: running.url(),
        region: REGION,
        access_key_id: keys.access_key_id,
        secret_access_key: keys.secret_access_key,
    })
}

/// This program, as the server of `state_dir`.
pub fn launch_command(
    state_dir: &StateDir,
    port: Option<u16>,
    idle: Option<Duration>,
) -> Result<LaunchCommand, Error> {
    let program = env::current_exe()
        .map_err(|error| Error::failed(format!("mafia does not find itself: {error}")))?;
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
    // Options that were meant for this command, and keys that are not the sandbox's business.
    let foreign = |name: &str| {
        ["AWS_", "MAFIA_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let variables = env::vars_os().map(|(name, _)| name);
    Ok(LaunchCommand {
        program,
        arguments,
        hidden: variables
            .filter(|name| name.to_str().is_some_and(foreign))
            .collect(),
    })
}

/// Keeps the sandbox from ending for want of requests, as long as this is polled.
pub async fn keep_awake(state_dir: StateDir) {
    loop {
        tokio::time::sleep(AWAKE).await;
        let state_dir = state_dir.clone();
        // Whether it still runs shows at the next request.
        let _ = off_the_loop(move || Ok(lifecycle::find(&state_dir)?)).await;
    }
}

/// The server on `state_dir`, if one runs.
pub async fn found_sandbox(state_dir: &StateDir) -> Result<Option<Running>, Error> {
    let state_dir = state_dir.clone();
    off_the_loop(move || Ok(lifecycle::find(&state_dir)?)).await
}

/// Does what waits for other processes beside everything else, such as Ctrl-C.
pub async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::failed(format!("waiting for the sandbox broke off: {error}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_workspace_is_meant() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let deep = root.join("labs/game/src");
        std::fs::create_dir_all(&deep).expect("made");
        std::fs::write(root.join(LOCK), "").expect("written");
        assert_eq!(workspace(&deep).as_deref(), Some(root));
        std::fs::create_dir_all(root.join("labs/.mafia")).expect("made");
        assert_eq!(workspace(&deep), Some(root.join("labs")));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let sandbox = Options {
            target: Some(TargetName::Sandbox),
            state_dir: Some("/nowhere".into()),
            ..Options::default()
        };
        let profile = Some("anna".to_owned());
        let both = Options {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            ..sandbox.clone()
        };
        assert!(choice(&both).is_err());
        let ignored = Options {
            profile: profile.clone(),
            ..sandbox.clone()
        };
        assert!(matches!(choice(&ignored), Ok(Choice::Sandbox(_))));
        let aws = Options {
            target: Some(TargetName::Aws),
            profile,
            ..Options::default()
        };
        assert!(matches!(choice(&aws), Ok(Choice::Configured(_))));
    }
}
