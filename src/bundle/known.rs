//! A workspace that is asked for again and again: Cargo is asked again only when its answer can be another one.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::BundleError;
use super::workspace::Workspace;

/// Where Cargo finds the targets of a package by itself: `src/bin/dawn.rs` and `src/bin/dawn/main.rs`.
///
/// Source: "Cargo Targets" in the Cargo book, section "Target auto-discovery".
const TARGET_FOLDERS: [&str; 5] = ["src", "src/bin", "examples", "tests", "benches"];
/// Files of the folders around a workspace with settings of Cargo's, and of the one that is run.
const SETTINGS: [&str; 4] = [
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];
const MANIFEST: &str = "Cargo.toml";

/// The workspace that was asked for last.
#[derive(Debug, Default)]
pub struct KnownWorkspace(Option<Known>);

#[derive(Debug)]
struct Known {
    workspace: Workspace,
    inputs: Inputs,
    /// Whether the files were surely these when Cargo read them.
    is_certain: bool,
}

/// All that decides what Cargo says.
#[derive(Debug, PartialEq, Eq)]
struct Inputs {
    folder: PathBuf,
    /// The contents of each file; `None` for one that is not there.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// What can be a target.
    sources: BTreeSet<PathBuf>,
}

impl KnownWorkspace {
    /// The workspace that `folder` is in. Cargo is not asked while all that it would read is as it was: the
    /// manifests, its settings, and which source files there are.
    pub fn around(&mut self, folder: &Path) -> Result<&Workspace, BundleError> {
        let known = self.0.take();
        let before = known.as_ref().map(|it| Inputs::of(&it.workspace, folder));
        let known = match known {
            Some(known) if known.is_certain && before.as_ref() == Some(&known.inputs) => known,
            _ => {
                let workspace = Workspace::discover(folder)?;
                let inputs = Inputs::of(&workspace, folder);
                Known {
                    is_certain: workspace.is_listed() && before.as_ref() == Some(&inputs),
                    inputs,
                    workspace,
                }
            }
        };
        Ok(&self.0.insert(known).workspace)
    }
}

impl Inputs {
    fn of(workspace: &Workspace, folder: &Path) -> Self {
        let packages: Vec<&Path> = workspace.package_folders().collect();
        let home = env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
        let home = home
            .iter()
            .flat_map(|home| ["config.toml", "config"].map(|it| home.join(it)));
        let around = folder.ancestors().chain(workspace.root().ancestors());
        let around = around.flat_map(|folder| {
            let files = SETTINGS.iter().chain([&MANIFEST]);
            files.map(|file| folder.join(file)).collect::<Vec<_>>()
        });
        let manifests = packages.iter().map(|package| package.join(MANIFEST));
        let files: BTreeSet<PathBuf> = manifests.chain(around).chain(home).collect();
        let files = files
            .into_iter()
            .map(|path| (path.clone(), fs::read(path).ok()));
        Self {
            folder: folder.to_owned(),
            files: files.collect(),
            sources: packages.into_iter().flat_map(sources).collect(),
        }
    }
}

/// What can be a target of the package in this folder.
fn sources(package: &Path) -> Vec<PathBuf> {
    let folders = TARGET_FOLDERS.iter().map(|it| package.join(it));
    let entries = folders
        .filter_map(|folder| folder.read_dir().ok())
        .flatten();
    let paths = entries.flatten().map(|entry| entry.path());
    let named = paths.chain([package.join("build.rs")]);
    let sources = named.map(|path| match path.extension() {
        Some(kind) if kind == "rs" => path,
        _ => path.join("main.rs"),
    });
    sources.filter(|path| path.is_file()).collect()
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;
