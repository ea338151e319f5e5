//! The functions of the finished game, ready built: a `mafia` that was installed has their programs beside it, for
//! computers without Rust.
//!
//! With the program in `bin`, they are in `share/mafia/functions`, which is where a wheel puts them. They are for
//! the same machines as `mafia` itself. See `docs/releasing.md`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::content;
use crate::bundle::{Artifact, BuildOptions, Function, Project, digests};

/// Beside the folder of the program.
const FOLDER: &str = "share/mafia/functions";
/// The kind of build that they are.
const FLAVOR: &str = "ready";

/// What is ready of some functions.
pub enum Ready {
    /// Their programs.
    Built(Vec<Artifact>),
    /// Nothing; for the finished game it would be, but this file differs from it.
    Edited(String),
    Nothing,
}

/// Where the functions of the finished game are ready built, if they are.
pub fn folder() -> Option<PathBuf> {
    let program = env::current_exe().ok()?.canonicalize().ok()?;
    let folder = program.parent()?.parent()?.join(FOLDER);
    folder.is_dir().then_some(folder)
}

/// What is ready of these `functions`, which the project would build in this way.
pub fn ready(project: &Project, functions: &[Function], options: BuildOptions) -> Ready {
    match folder() {
        Some(folder) if options.are_for_this_machine() => ready_in(&folder, project, functions),
        _ => Ready::Nothing,
    }
}

fn ready_in(folder: &Path, project: &Project, functions: &[Function]) -> Ready {
    let compiled = content::compiled_files();
    let artifact = |function: &Function| Artifact {
        function: function.clone(),
        path: folder.join(&function.binary),
        library: None,
        sources: digests(&project.root, sources(&function.binary, compiled.keys())),
        flavor: FLAVOR.to_owned(),
    };
    let artifacts: Vec<_> = functions.iter().map(artifact).collect();
    if !artifacts.iter().all(|it| it.path.is_file()) {
        return Ready::Nothing;
    }
    let is_edited = |path: &String, bytes: &[u8]| {
        fs::read(project.root.join(path)).ok().as_deref() != Some(bytes)
    };
    let mut compiled = compiled.into_iter();
    match compiled.find(|(path, bytes)| is_edited(path, bytes)) {
        Some((path, _)) => Ready::Edited(path),
        None => Ready::Built(artifacts),
    }
}

/// The source files of a program among those of all.
fn sources<'a>(binary: &str, all: impl Iterator<Item = &'a String>) -> Vec<PathBuf> {
    let own = format!("{binary}.rs");
    let is_of_another = |path: &Path| {
        path.parent().is_some_and(|it| it.ends_with("src/bin")) && !path.ends_with(&own)
    };
    let sources = all
        .map(PathBuf::from)
        .filter(|path| path.extension().is_some_and(|it| it == "rs"));
    sources.filter(|path| !is_of_another(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Workspace;

    /// A workshop folder with the finished game, its package, and a folder with the programs of its functions.
    fn finished() -> (tempfile::TempDir, Project, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, bytes) in content::finished_files() {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        let workspace = Workspace::discover(folder.path()).expect("a workspace");
        let project = workspace.project(None).expect("the game");
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).expect("made");
        for function in &project.functions {
            fs::write(programs.join(&function.binary), "").expect("written");
        }
        (folder, project, programs)
    }

    #[test]
    fn the_finished_game_is_ready_until_somebody_edits_it() {
        let (folder, project, programs) = finished();
        let ready = |functions| ready_in(&programs, &project, functions);
        let Ready::Built(built) = ready(&project.functions) else {
            panic!("ready");
        };
        assert_eq!(built.len(), 5);
        let judgement = built.iter().find(|it| it.function.binary == "judgement");
        let sources = &judgement.expect("one of the five").sources;
        for (path, is_source) in [
            ("functions/src/bin/judgement.rs", true),
            ("functions/src/bin/day-turn.rs", false),
            ("functions/src/players.rs", true),
            ("support/src/lib.rs", true),
            ("Cargo.toml", false),
        ] {
            assert_eq!(sources.contains_key(path), is_source, "{path}");
        }
        assert!(matches!(ready(&project.functions[..1]), Ready::Built(built) if built.len() == 1));
        fs::write(folder.path().join("names.txt"), "Ann").expect("written");
        assert!(matches!(ready(&project.functions), Ready::Built(_)));
        let edited = "functions/src/bin/judgement.rs";
        fs::write(folder.path().join(edited), "fn main() {}").expect("written");
        assert!(matches!(ready(&project.functions), Ready::Edited(path) if path == edited));
    }

    #[test]
    fn a_function_of_ones_own_is_not_ready() {
        let (_folder, mut project, programs) = finished();
        project.functions.push(Function {
            name: "06-seance".to_owned(),
            binary: "seance".to_owned(),
        });
        let ready = ready_in(&programs, &project, &project.functions);
        assert!(matches!(ready, Ready::Nothing));
    }
}
