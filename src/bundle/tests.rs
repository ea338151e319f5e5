//! Tiny workspaces without dependencies, built and bundled for real.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::*;

// Elsewhere they would need a cross-builder.
#[cfg(target_os = "linux")]
mod building;
#[cfg(target_os = "linux")]
mod bundling;
const SECTION: &str = r#"
[package.metadata.mafia]
template = "../stack.yaml"
files = ["../names.txt"]

[package.metadata.mafia.functions]
dusk = "02-dusk"
dawn = "01-dawn"
"#;

/// A workspace with one package, `game`, that has two functions: `dawn` and `dusk`.
pub(super) struct TestWorkspace {
    folder: PathBuf,
    /// Removes the folder in the end.
    _guard: tempfile::TempDir,
}

impl TestWorkspace {
    pub fn new() -> Self {
        Self::with_section(SECTION)
    }

    pub fn with_section(section: &str) -> Self {
        let guard = tempfile::tempdir().expect("a folder for the test");
        let folder = guard.path().canonicalize().expect("it was just made");
        let workspace = Self {
            folder,
            _guard: guard,
        };
        workspace.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"game\"]\n\
             [profile.dev]\ndebug = false\nstrip = \"symbols\"\n",
        );
        workspace.write(
            "game/Cargo.toml",
            &format!(
                "[package]\nname = \"game\"\nversion = \"0.0.0\"\nedition = \"2024\"\n{section}"
            ),
        );
        // A panic names its source file: the binary would differ if that were the whole path.
        for binary in ["dawn", "dusk"] {
            let source =
                format!("fn main() {{ assert_ne!(std::env::args().len(), 9, \"{binary}\") }}\n");
            workspace.write(&format!("game/src/bin/{binary}.rs"), &source);
        }
        workspace.write("stack.yaml", "Resources: {}\n");
        workspace.write("names.txt", "Ada\nGrace\n");
        workspace
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn write(&self, path: &str, contents: &str) {
        let path = self.folder.join(path);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("a folder of the workspace");
        fs::write(path, contents).expect("a file of the workspace");
    }

    /// A package like `game` in another folder, `labs/api`, and called like that: `api`.
    pub fn copy_game(&self, folder: &str) {
        let read = |file: &str| fs::read_to_string(self.folder.join(file)).expect(file);
        let members = format!("members = [\"{folder}\", ");
        self.write(
            "Cargo.toml",
            &read("Cargo.toml").replace("members = [", &members),
        );
        let (name, up) = match folder.rsplit_once('/') {
            Some((parents, name)) => (name, "../".repeat(parents.split('/').count())),
            None => (folder, String::new()),
        };
        let manifest = read("game/Cargo.toml").replace("\"game\"", &format!("\"{name}\""));
        self.write(
            &format!("{folder}/Cargo.toml"),
            &manifest.replace("\"../", &format!("\"{up}../")),
        );
        for file in ["src/bin/dawn.rs", "src/bin/dusk.rs"] {
            self.write(&format!("{folder}/{file}"), &read(&format!("game/{file}")));
        }
    }

    /// Replaces `old`, which must occur, in a file.
    pub fn edit(&self, path: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.folder.join(path)).expect(path);
        assert!(text.contains(old), "{path} should hold {old}:\n{text}");
        self.write(path, &text.replace(old, new));
    }

    /// A message with `.` in place of this workspace's folder.
    pub fn without_folder(&self, words: &str) -> String {
        words.replace(&self.folder.display().to_string(), ".")
    }

    /// The project, with a target directory of its own even where the environment names one for all.
    fn project(&self) -> Project {
        self.with_own_target(discover(&self.folder).expect("the workspace is sound"))
    }

    pub fn with_own_target(&self, project: Project) -> Project {
        let target = self.folder.join("target");
        Project {
            target_directory: target.clone(),
            build_directory: target,
            ..project
        }
    }

    /// Builds all functions; returns what came of it and what happened.
    async fn try_build(&self) -> (Result<Vec<Artifact>, BundleError>, Vec<BuildEvent>) {
        let project = self.project();
        let events = Mutex::new(Vec::new());
        let record = |event| events.lock().expect("no listener panics").push(event);
        let result = build(&project, &project.functions, options(), &record).await;
        (result, events.into_inner().expect("no listener panics"))
    }

    /// Builds and bundles all functions.
    async fn bundle(&self) -> Vec<Bundle> {
        let (artifacts, events) = self.try_build().await;
        let artifacts = artifacts.unwrap_or_else(|error| panic!("{error}\n{events:#?}"));
        bundle(&self.project(), &artifacts).expect("there is room for it")
    }
}

/// The project that is meant in a folder.
pub(super) fn discover(folder: &Path) -> Result<Project, BundleError> {
    Workspace::discover(folder)?.project(None)
}

fn options() -> BuildOptions {
    BuildOptions {
        platform: Platform::Lambda,
        architecture: Architecture::host().expect("tests run on a machine that Lambda has"),
        release: false,
        layout: Layout::Static,
        color: false,
    }
}
