//! Runs the real `mafia` binary as a user would: in a folder, with an environment that holds only
//! what the story says, bounded in time; and asserts on what it did, showing all of it on failure.

mod outcome;
mod process;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::endpoint::Endpoint;
use crate::outside::{script, target_folder, tool};
use crate::sandbox::Sandbox;

pub use outcome::Outcome;
pub use process::Running;

/// Longer than anything here should take on a busy machine, compiling the game included.
const PATIENCE: Duration = Duration::from_secs(180);

/// What Cargo, when `mafia` runs it, needs in order to find the toolchain and to agree with the
/// build of the tests, so that it compiles nothing again.
const KEPT: [&str; 7] = [
    "PATH",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// An invocation of `mafia` in the making.
pub struct Mafia {
    folder: PathBuf,
    environment: Vec<(OsString, OsString)>,
    input: String,
    patience: Duration,
    /// Ended before its folder goes.
    _sandbox: Sandbox,
    /// A home of its own: no AWS or mafia configuration of the developer's.
    home: TempDir,
}

impl Mafia {
    /// Without an endpoint and without credentials, outside of any workspace, with a sandbox of its own.
    pub fn alone() -> Self {
        let home = TempDir::new().expect("the temporary folder takes a new folder");
        let state_dir = home.path().join("sandbox");
        let mut mafia = Self {
            folder: home.path().to_owned(),
            environment: Vec::new(),
            input: String::new(),
            patience: PATIENCE,
            _sandbox: Sandbox::at(&state_dir),
            home,
        };
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                mafia.environment.push((name.into(), value));
            }
        }
        mafia
            .env("COLUMNS", "80")
            .env("LANG", "C.UTF-8")
            .env("MAFIA_STATE_DIR", &state_dir.to_string_lossy())
            .with_toolchain_of_this_build()
    }

    /// A client of `endpoint`, outside of any workspace.
    pub fn at(endpoint: &Endpoint) -> Self {
        let mut mafia = Self::alone().env("MAFIA_ENDPOINT_URL", endpoint.url());
        for (name, value) in endpoint.credentials() {
            mafia = mafia.env(name, &value);
        }
        mafia
    }

    /// Works in `folder`, such as a copied workspace.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(kept, _)| kept != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(kept, _)| kept != name);
        self
    }

    /// What it reads from standard input, which is a pipe and no terminal.
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// For a story that compiles more than an edit.
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Its home folder, for a story that puts configuration there.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it takes longer than three minutes.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).finish()
    }

    /// Runs a script of the shell, in which `"$MAFIA"` is the binary: for what only a shell does to
    /// it, such as closing a pipe or limiting the size of files.
    #[track_caller]
    pub fn run_in_shell(&self, script: &str) -> Outcome {
        let binary = env!("CARGO_BIN_EXE_mafia");
        let script = format!("MAFIA='{binary}'; {script}");
        self.start_program("sh", &["-c", &script]).finish()
    }

    /// Runs it on a terminal of so many columns and types what `keys` say: each pair is a text to
    /// wait for and the keys to press then. Its output is the screen in the end, and what stood on it
    /// for a while, as the JSON document of `outside/terminal.py`.
    #[track_caller]
    pub fn run_on_a_terminal(
        &self,
        columns: u16,
        keys: &[(&str, &str)],
        arguments: &[&str],
    ) -> Outcome {
        let script = script("terminal.py");
        let keys = serde_json::to_string(keys).expect("texts are JSON");
        let columns = columns.to_string();
        let mut all = vec![
            script.to_str().expect("the project's path is text"),
            &columns,
            &keys,
            env!("CARGO_BIN_EXE_mafia"),
        ];
        all.extend(arguments);
        let python = tool("python3");
        self.start_program(python.to_str().expect("its path is text"), &all)
            .finish()
    }

    /// Starts it, for a story that has to act while it runs.
    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mafia"));
        // As a person starts it who has installed it.
        command.arg0("mafia");
        self.start_command(command, arguments)
    }

    #[track_caller]
    fn start_program(&self, program: &str, arguments: &[&str]) -> Running {
        self.start_command(Command::new(program), arguments)
    }

    #[track_caller]
    fn start_command(&self, mut command: Command, arguments: &[&str]) -> Running {
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("HOME", self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running::start(command, &self.input, self.patience)
    }

    /// Cargo and rustup live in the real home unless their variables say otherwise.
    fn with_toolchain_of_this_build(mut self) -> Self {
        let home = std::env::var_os("HOME")
            .map(PathBuf::from)
            .unwrap_or_default();
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let value = std::env::var_os(name).unwrap_or_else(|| home.join(folder).into());
            self.environment.push((name.into(), value));
        }
        self
    }
}

/// A cargo that runs in `folder` as `mafia` would run it, for the parts of the tests that prepare.
pub fn cargo(folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(folder)
        .env_clear()
        .envs(Mafia::alone().environment);
    command.env("CARGO_TARGET_DIR", target_folder());
    command
}
