//! A workspace with one function and no dependencies, which compiles in a moment: for stories about
//! builds that need nothing of the game.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

const WORKSPACE: &str = "[workspace]\nresolver = \"3\"\nmembers = [\"labs/*\"]\n";
const PACKAGE: &str = "\
[package]
name = \"tiny\"
version = \"0.0.0\"
edition = \"2024\"

[package.metadata.mafia]
template = \"../../templates/game.yaml\"
files = [\"../../names.txt\"]

[package.metadata.mafia.functions]
new-game = \"01-new-game\"
";

/// The workspace; removed when dropped.
pub struct Tiny(TempDir);

impl Tiny {
    pub fn new() -> Self {
        let folder = TempDir::with_prefix_in("workspace-", env!("CARGO_TARGET_TMPDIR"))
            .expect("the target folder takes a new folder");
        let tiny = Self(folder);
        tiny.write("Cargo.toml", WORKSPACE);
        tiny.write("labs/tiny/Cargo.toml", PACKAGE);
        tiny.write("labs/tiny/src/bin/new-game.rs", "fn main() {}\n");
        tiny.write("templates/game.yaml", "Resources: {}\n");
        tiny.write("names.txt", "Ann\nBo\n");
        tiny
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Replaces or creates a file.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("the workspace takes folders");
        fs::write(&path, text).expect("the workspace takes files");
    }

    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path().join(file)).expect("it was there");
    }
}
