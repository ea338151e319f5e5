//! The crates that a workspace is built of: whether this machine has them, and copies of them for machines
//! without a network.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::error::BundleError;
use super::toolchain;

/// How long Cargo waits for the registry that is only asked whether it answers, in seconds.
const PATIENCE: &str = "10";

/// Where a workspace's crates are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crates {
    /// On this machine.
    Here,
    /// The first build downloads them.
    Downloadable,
    /// Some are not on this machine, and cannot be downloaded now.
    Missing { detail: String },
    /// Cargo has another complaint, which a build tells.
    Unknown,
}

/// Where the crates of the workspace in `root` are. Downloads none of them, and changes no file of it.
pub fn crates(root: &Path) -> Crates {
    // Needs the crates for this machine; `cargo metadata` would need those for all others too.
    let tree = ["tree", "--locked", "--offline", "--quiet"];
    let Ok(output) = run(cargo(root).args(tree)) else {
        return Crates::Unknown;
    };
    let Some(package) = registry_package(root).filter(|_| is_download(&complaint(&output))) else {
        return match output.status.success() {
            true => Crates::Here,
            false => Crates::Unknown,
        };
    };
    let mut command = cargo(root);
    command
        .args(["update", "--dry-run", "--package", &package])
        .env("CARGO_NET_RETRY", "0")
        .env("CARGO_HTTP_TIMEOUT", PATIENCE);
    match run(&mut command) {
        Ok(output) if output.status.success() => Crates::Downloadable,
        Ok(output) => Crates::Missing {
            detail: cause(&complaint(&output)),
        },
        Err(_) => Crates::Unknown,
    }
}

/// Copies the crates of the workspace in `root` into a new folder.
pub async fn vendor(root: &Path, folder: &Path) -> Result<(), BundleError> {
    let mut command = cargo(root);
    command
        .args(["vendor", "--locked", "--versioned-dirs", "--quiet"])
        .arg(folder);
    let mut command = tokio::process::Command::from(command);
    let output = command
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BundleError::NoCargo,
            _ => BundleError::Cargo {
                detail: format!("it could not start ({error})"),
            },
        })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(BundleError::of_cargo(complaint(&output).trim())),
    }
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(toolchain::program());
    command
        .current_dir(root)
        .stdin(Stdio::null())
        .env("CARGO_TERM_COLOR", "never");
    for name in toolchain::inherited_variables() {
        command.env_remove(name);
    }
    command
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Whether Cargo says that it could not get a crate.
pub(super) fn is_download(complaint: &str) -> bool {
    [
        "failed to download",
        "download of ",
        "failed to get `",
        "failed to query replaced source",
        "--offline was specified",
        "offline mode",
    ]
    .iter()
    .any(|words| complaint.contains(words))
}

/// The last reason in a complaint of Cargo's.
fn cause(complaint: &str) -> String {
    let last = complaint.rsplit("Caused by:").next().unwrap_or(complaint);
    let line = last.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().to_owned()
}

/// The first package of the lock file that is from a registry, with its version.
fn registry_package(root: &Path) -> Option<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).ok()?;
    let mut packages = lock.split("[[package]]").skip(1);
    let package = packages.find(|package| package.contains("\nsource = \"registry+"))?;
    let value = |key: &str| {
        let mut lines = package.lines();
        let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        value?.strip_suffix('"')
    };
    Some(format!("{}@{}", value("name")?, value("version")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_complaint_is_its_last() {
        let complaint = "error: failed to download `a`\n\nCaused by:\n  failed\n\nCaused by:\n  \
                         [7] Could not connect to server\n";
        assert_eq!(cause(complaint), "[7] Could not connect to server");
        assert_eq!(cause("error: no"), "error: no");
        assert!(is_download(complaint) && !is_download("error: no such package"));
    }

    #[test]
    fn a_workspace_without_crates_lacks_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |file: &str, text: &str| fs::write(folder.path().join(file), text).expect("written");
        assert_eq!(crates(folder.path()), Crates::Unknown);
        write(
            "Cargo.toml",
            "[package]\nname = \"a\"\n[lib]\npath = \"a.rs\"\n",
        );
        write("a.rs", "");
        write(
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.0.0\"\n",
        );
        assert_eq!(crates(folder.path()), Crates::Here);
        assert_eq!(registry_package(folder.path()), None);
    }
}
