//! `cargo-zigbuild`: builds for another machine, or for an older glibc than this machine's.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;

use super::architecture::Architecture;
use super::runtime::RUNTIME_GLIBC;

/// Whether Cargo finds it as `cargo zigbuild`.
pub(super) fn is_installed() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    is_in(&path) || cargo_home().is_some_and(|home| is_in(home.join("bin").as_os_str()))
}

fn is_in(path: &OsStr) -> bool {
    let file = format!("cargo-zigbuild{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).any(|folder| folder.join(&file).is_file())
}

/// Cargo also looks for its extensions in the `bin` folder there, even if that is not on the PATH.
fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))
}

/// The target in cargo-zigbuild's notation, with the glibc to build for: `x86_64-unknown-linux-gnu.2.34`.
pub(super) fn target(architecture: Architecture) -> String {
    format!("{}.{RUNTIME_GLIBC}", architecture.triple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_in_any_folder_of_the_path() -> std::io::Result<()> {
        let (empty, full) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let path = env::join_paths([empty.path(), full.path()]).expect("plain names");
        assert!(!is_in(&path));
        let name = format!("cargo-zigbuild{}", env::consts::EXE_SUFFIX);
        std::fs::write(full.path().join(name), "")?;
        assert!(is_in(&path));
        Ok(())
    }

    #[test]
    fn target_names_the_glibc_of_the_runtime() {
        let target = target(Architecture::Arm64);
        assert_eq!(target, "aarch64-unknown-linux-gnu.2.34");
    }
}
