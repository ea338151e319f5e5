//! A copy of the project that a story may edit and deploy from.
//!
//! It lies in the target folder and has a target folder of its own, filled from the project's: the
//! compiled dependencies as hard links, what Cargo and the compiler write into as copies. Times are
//! kept, and Cargo's fingerprints do not depend on where a workspace lies, so everything counts as
//! built and an edit compiles the edited crate alone. A target folder shared by several copies would
//! not do: Cargo gives their crates the same names and takes one copy's artifacts for another's.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{OnceLock, PoisonError, RwLock};

use tempfile::TempDir;

use crate::mafia::{Mafia, cargo};
use crate::outside::target_folder;

/// The parts of a target folder that a build needs. Incremental state is not among them: it is larger
/// than what it saves for crates as small as the game's.
const BUILT: [&str; 3] = [".fingerprint", "build", "deps"];

/// Large files that are only ever replaced, never written into.
const LINKED: [&str; 5] = ["a", "o", "rlib", "rmeta", "so"];

/// Programs that no function is made of, by the beginnings of their files' names. They are the largest.
const NO_PARTS: [&str; 3] = ["mafia-", "mafia_sandbox-", "stories-"];

/// Cargo puts files into the project's target folder and takes them out again while it builds:
/// nobody copies from it meanwhile.
static TARGET: RwLock<()> = RwLock::new(());

/// What is no source: of the build, of the repository, of a developer's own sandbox.
const LEFT: [&str; 3] = ["target", ".git", ".mafia"];

/// A copy of the project; removed when dropped.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    /// Copies the project with its built functions.
    pub fn copy() -> Self {
        Self::copy_of_built(built_functions())
    }

    /// The same with the functions of another lab built as well.
    pub fn with_lab(lab: &str) -> Self {
        built_functions();
        Self::copy_of_built(&built(&functions_of(lab)))
    }

    fn copy_of_built(built: &Path) -> Self {
        let workspace = Self::copy_of_sources();
        let _unchanging = TARGET.read().unwrap_or_else(PoisonError::into_inner);
        copy_built(built, workspace.path());
        workspace
    }

    /// Copies the project without anything built: for stories that never get as far as compiling,
    /// and for those that look at a first build.
    pub fn copy_of_sources() -> Self {
        let folder = TempDir::with_prefix_in("workspace-", env!("CARGO_TARGET_TMPDIR"))
            .expect("the target folder takes a new folder");
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in fs::read_dir(project).expect("the project can be read") {
            let entry = entry.expect("the project can be read");
            if !LEFT.iter().any(|left| entry.file_name() == *left) {
                copy(&entry.path(), &folder.path().join(entry.file_name()))
                    .expect("the project can be copied");
            }
        }
        Self { folder }
    }

    /// A workspace with the project's template, names and functions, of which each is a program that
    /// only says its name: for stories that deploy often and call nothing. It has no dependencies, so
    /// it is built in a moment, and its bundles are small.
    pub fn light() -> Self {
        let folder = TempDir::with_prefix_in("light-", env!("CARGO_TARGET_TMPDIR"))
            .expect("the target folder takes a new folder");
        let workspace = Self { folder };
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in ["names.txt", "templates"] {
            copy(&project.join(part), &workspace.path().join(part))
                .expect("the project can be copied");
        }
        let manifest = fs::read_to_string(project.join("labs/game/Cargo.toml"));
        let manifest = manifest.expect("the game has a manifest");
        let (_, functions_table) = manifest
            .split_once("[package.metadata.mafia.functions]\n")
            .expect("the manifest names the functions");
        workspace.write(
            "Cargo.toml",
            &format!(
                "[workspace]\n\
                 [package]\nname = \"light-game\"\nedition = \"2024\"\n\
                 [profile.dev]\ndebug = false\nstrip = \"symbols\"\n\
                 [package.metadata.mafia]\ntemplate = \"templates/game.yaml\"\nfiles = [\"names.txt\"]\n\
                 [package.metadata.mafia.functions]\n{functions_table}"
            ),
        );
        fs::create_dir_all(workspace.path().join("src/bin")).expect("a new folder takes folders");
        for name in functions() {
            workspace.write(
                &format!("src/bin/{name}.rs"),
                &format!("fn main() {{\n    println!(\"{name}\");\n}}\n"),
            );
        }
        workspace
    }

    /// The same with another lab: the project's template, and functions that only say their names.
    pub fn light_with_lab(lab: &str) -> Self {
        let workspace = Self::light();
        workspace.edit(
            "Cargo.toml",
            "[workspace]\n",
            "[workspace]\nmembers = [\"labs/*\"]\n",
        );
        let section = "[package.metadata.mafia]\n";
        workspace.edit("Cargo.toml", section, &format!("{section}default = true\n"));
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = fs::read_to_string(project.join(format!("labs/{lab}/Cargo.toml")));
        let manifest = manifest.expect("the lab has a manifest");
        let at = manifest.find(section).expect("it names the functions");
        let bins = format!("labs/{lab}/src/bin");
        fs::create_dir_all(workspace.path().join(&bins)).expect("a new folder takes folders");
        workspace.write(
            &format!("labs/{lab}/Cargo.toml"),
            &format!(
                "[package]\nname = \"light-{lab}\"\nedition = \"2024\"\n{}",
                &manifest[at..]
            ),
        );
        for name in functions_of(lab) {
            let program = format!("fn main() {{\n    println!(\"{name}\");\n}}\n");
            workspace.write(&format!("{bins}/{name}.rs"), &program);
        }
        workspace
    }

    /// A new workshop folder, as `mafia init` makes it, with the crates of its functions built.
    pub fn made() -> Self {
        let workspace = Self::made_of_sources();
        build_crates_in(workspace.path());
        workspace
    }

    /// The same without anything built. Its `mafia.toml` says nothing.
    pub fn made_of_sources() -> Self {
        let folder = TempDir::with_prefix_in("made-", env!("CARGO_TARGET_TMPDIR"))
            .expect("the target folder takes a new folder");
        let path = folder.path().to_str().expect("a path in UTF-8");
        let mafia = Mafia::alone().without_env("MAFIA_STATE_DIR");
        mafia.run(&["init", path]).succeeds();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The text of one of its files.
    #[track_caller]
    pub fn read(&self, file: &str) -> String {
        let path = self.path().join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Replaces or creates one of its files.
    #[track_caller]
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces `old`, which must occur exactly once, in one of its files.
    #[track_caller]
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        let times = text.matches(old).count();
        assert_eq!(times, 1, "{file} should hold {old:?} once:\n{text}");
        self.write(file, &text.replace(old, new));
    }
}

/// The project's own build of the game's functions, brought up to date once per test process with the
/// command line that `mafia` uses: tests unite more features, so their artifacts alone do not do.
pub fn built_functions() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| built(&functions()))
}

fn built(functions: &[String]) -> PathBuf {
    let _alone = TARGET.write().unwrap_or_else(PoisonError::into_inner);
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = cargo(project)
        .arg("build")
        .args(functions.iter().flat_map(|name| ["--bin", name]))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the functions do not compile:\n{said}"
    );
    target_folder().join("debug")
}

/// Lets the crates of a workshop folder in which nothing was built be built already.
pub fn build_crates_in(folder: &Path) {
    copy_built(built_crates(), folder);
}

/// Fills the target folder of a workspace with what was built in another.
fn copy_built(built: &Path, workspace: &Path) {
    let target = workspace.join("target/debug");
    for part in BUILT {
        copy(&built.join(part), &target.join(part)).expect("a target folder can be copied");
    }
}

/// A build of a new workshop folder, kept in the target folder: only the first one compiles the crates.
fn built_crates() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made");
        let workspace = Workspace::made_of_sources();
        let output = cargo(workspace.path())
            .args(["build", "--locked", "--offline"])
            .args(functions().iter().flat_map(|name| ["--bin", name]))
            .env("CARGO_TARGET_DIR", &target)
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !said.contains("warning"),
            "the starters do not compile without warnings:\n{said}"
        );
        target.join("debug")
    })
}

/// The names of the functions' binaries.
pub fn functions() -> Vec<String> {
    functions_of("game")
}

fn functions_of(lab: &str) -> Vec<String> {
    let labs = Path::new(env!("CARGO_MANIFEST_DIR")).join("labs");
    let mut names: Vec<String> = fs::read_dir(labs.join(lab).join("src/bin"))
        .expect("a lab has functions")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Copies a file or a folder with its times.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            if !is_no_part(&entry.path()) {
                copy(&entry.path(), &to.join(entry.file_name()))?;
            }
        }
        return Ok(());
    }
    let linked = from
        .extension()
        .is_some_and(|kind| LINKED.iter().any(|linked| kind == *linked));
    if linked && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    File::options()
        .write(true)
        .open(to)?
        .set_modified(from.metadata()?.modified()?)
}

fn is_no_part(built: &Path) -> bool {
    let name = built.file_name().and_then(|name| name.to_str());
    let named = |name: &str| NO_PARTS.iter().any(|program| name.starts_with(program));
    built
        .parent()
        .is_some_and(|folder| folder.ends_with("deps"))
        && built.extension().is_none()
        && name.is_some_and(named)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Workspace, functions, target_folder};
    use crate::mafia::cargo;

    /// The names of the crates that cargo compiled for `mafia`'s command line.
    fn compiled_in(workspace: &Workspace) -> Vec<String> {
        let output = cargo(workspace.path())
            .env_remove("CARGO_TARGET_DIR")
            .arg("build")
            .args(functions().iter().flat_map(|name| ["--bin", name]))
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let compiled = |line: &str| Some(line.trim().strip_prefix("Compiling ")?.to_owned());
        said.lines()
            .filter_map(compiled)
            .filter_map(|crate_line| Some(crate_line.split(' ').next()?.to_owned()))
            .collect()
    }

    /// The bytes of every artifact of ours in the project's own target folder.
    fn own_artifacts() -> BTreeMap<PathBuf, Vec<u8>> {
        let ours = |path: &Path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            path.is_file() && (name.contains("mafia_game") || name.contains("new_game"))
        };
        fs::read_dir(target_folder().join("debug/deps"))
            .expect("the project is built")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| ours(path))
            .map(|path| {
                (
                    path.clone(),
                    fs::read(&path).expect("an artifact can be read"),
                )
            })
            .collect()
    }

    #[test]
    fn an_edit_in_a_copy_compiles_that_crate_alone_and_leaves_the_project_as_it_is() {
        let workspace = Workspace::copy();
        let before = own_artifacts();
        assert_eq!(compiled_in(&workspace), [""; 0], "a copy is built already");

        let source = "labs/game/src/bin/new-game.rs";
        workspace.edit(source, "fn main()", "/* edited */ fn main()");
        assert_eq!(compiled_in(&workspace), ["mafia-game"]);
        assert!(
            before == own_artifacts(),
            "the project's artifacts have changed"
        );
    }
}
