//! The workshop's content, which is part of the program: the labs, and the files of a student's workshop
//! folder.
//!
//! `build.rs` puts it there, under its paths in the repository. A workshop folder has the same files at other
//! places, so that the solution of a lab is a file of `labs/game`, and nothing is there twice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{cargo_toml, lesson, lock};

include!(concat!(env!("OUT_DIR"), "/content.rs"));

/// A package of the workshop folder.
struct Package {
    name: &'static str,
    /// Its folder in the repository.
    ours: &'static str,
    /// Its folder in a workshop folder.
    theirs: &'static str,
}

const PACKAGES: [Package; 2] = [
    Package {
        name: "mafia-game",
        ours: "labs/game/",
        theirs: "functions/",
    },
    Package {
        name: "mafia-support",
        ours: "labs/support/",
        theirs: "support/",
    },
];
/// Files that are elsewhere in a workshop folder.
const MOVED: [(&str, &str); 2] = [
    ("names.txt", "names.txt"),
    ("templates/game.yaml", "template.yaml"),
];
/// Files that a workshop folder has as they are.
const FOLDER: &str = "labs/workspace/";

/// The text of `labs/labs.toml`.
pub fn manifest_text() -> &'static str {
    text("labs/labs.toml")
}

/// A file of the lab, such as `lesson.md` or `hints/1.md`.
pub fn lesson_file(id: &str, name: &str) -> Option<&'static [u8]> {
    file(&format!("labs/lessons/{id}/{name}"))
}

/// The form of a file of the workshop folder, such as `functions/src/bin/new-game.rs`, with which a student ends
/// the lab: that with which the next one begins that is about the same file, or else the finished one.
pub fn solution(id: &str, path: &str) -> Option<Cow<'static, [u8]>> {
    let of_path = STARTERS.iter().filter(|(known, _)| *known == path);
    let mut labs = of_path.map(|(_, id)| *id).skip_while(|it| *it != id);
    match labs.nth(1) {
        Some(next) => starter(next, path),
        None => finished(path),
    }
}

fn finished(path: &str) -> Option<Cow<'static, [u8]>> {
    if let Some((ours, _)) = MOVED.iter().find(|(_, theirs)| *theirs == path) {
        return file(ours).map(Cow::Borrowed);
    }
    PACKAGES.iter().find_map(|package| {
        let rest = path.strip_prefix(package.theirs)?;
        let bytes = file(&format!("{}{rest}", package.ours))?;
        Some(without_tests(rest, bytes))
    })
}

/// The form of a file of the workshop folder with which a student begins the lab.
pub fn starter(id: &str, path: &str) -> Option<Cow<'static, [u8]>> {
    let text = |name| std::str::from_utf8(lesson_file(id, name)?).ok();
    let ended = solution(id, path)?;
    let ended = std::str::from_utf8(&ended).ok()?;
    let starter = lesson::begun(text("starter.md")?, text("lesson.md")?, path, ended).ok()?;
    Some(Cow::Owned(starter.into_bytes()))
}

/// The starters of this file, of each lab that is about it.
pub fn starters(path: &str) -> impl Iterator<Item = Cow<'static, [u8]>> {
    let labs = STARTERS.iter().filter(move |(known, _)| *known == path);
    labs.filter_map(move |(_, id)| starter(id, path))
}

/// The crates of other people in a workshop folder, such as `serde-1.0.0`.
pub fn crates() -> Vec<String> {
    let lock = workspace_files().remove("Cargo.lock").unwrap_or_default();
    lock::crates(&String::from_utf8_lossy(&lock))
}

/// The same files with the finished game, where a student has written everything.
pub fn finished_files() -> BTreeMap<String, Cow<'static, [u8]>> {
    let mut files = BTreeMap::new();
    for (path, bytes) in FILES {
        if let Some(path) = path.strip_prefix(FOLDER) {
            files.insert(path.to_owned(), Cow::Borrowed(*bytes));
        }
        for package in PACKAGES {
            if let Some(rest) = path.strip_prefix(package.ours) {
                files.insert(
                    format!("{}{rest}", package.theirs),
                    without_tests(rest, bytes),
                );
            }
        }
        let lab = path.strip_prefix("labs/lessons/");
        if let Some(id) = lab.and_then(|path| path.strip_suffix("/lesson.md")) {
            files.insert(format!("lessons/{id}.md"), Cow::Borrowed(*bytes));
        }
    }
    files.extend(made());
    files
}

/// All files of a new workshop folder by their paths in it, except for its `mafia.toml`. What a student
/// writes is there as its starter.
pub fn workspace_files() -> BTreeMap<String, Cow<'static, [u8]>> {
    let mut files = finished_files();
    // Of several labs about a file, the first is where a student begins.
    for (path, id) in STARTERS.iter().rev() {
        let starter = starter(id, path);
        let starter = starter.unwrap_or_else(|| panic!("lab {id} has a starter of {path}"));
        files.insert((*path).to_owned(), starter);
    }
    files
}

/// What the functions of the finished game are compiled of: a part of its files.
pub fn compiled_files() -> BTreeMap<String, Cow<'static, [u8]>> {
    let mut files = finished_files();
    files.retain(|path, _| {
        let is_of_package = |it: &Package| path.starts_with(it.theirs);
        PACKAGES.iter().any(is_of_package) || ["Cargo.lock", "Cargo.toml"].contains(&path.as_str())
    });
    files
}

/// The files that are made of others.
fn made() -> Vec<(String, Cow<'static, [u8]>)> {
    let manifests =
        PACKAGES.map(|it| cargo_toml::of_package(text(&format!("{}Cargo.toml", it.ours))));
    let folders = PACKAGES.map(|it| it.theirs.trim_end_matches('/'));
    let root = cargo_toml::of_workspace(text("Cargo.toml"), &folders, &manifests);
    let packages: Vec<_> = PACKAGES
        .iter()
        .zip(&manifests)
        .map(|(it, manifest)| (it.name, cargo_toml::dependencies(manifest)))
        .collect();
    let lock = lock::of_packages(text("Cargo.lock"), &packages);
    let mut made = vec![
        ("Cargo.toml".to_owned(), root),
        ("Cargo.lock".to_owned(), lock),
    ];
    made.extend(
        PACKAGES
            .iter()
            .zip(manifests)
            .map(|(it, manifest)| (format!("{}Cargo.toml", it.theirs), manifest)),
    );
    made.extend(MOVED.map(|(ours, theirs)| (theirs.to_owned(), text(ours).to_owned())));
    let bytes = made
        .into_iter()
        .map(|(path, text)| (path, Cow::Owned(text.into_bytes())));
    bytes.collect()
}

/// A source file without the tests of those who wrote it: they need more packages.
fn without_tests(path: &str, bytes: &'static [u8]) -> Cow<'static, [u8]> {
    const TESTS: &str = "\n#[cfg(test)]\nmod tests {";
    match std::str::from_utf8(bytes) {
        Ok(text) if path.ends_with(".rs") => {
            let kept = text.find(TESTS).map_or(text, |at| &text[..at]);
            Cow::Borrowed(kept.as_bytes())
        }
        _ => Cow::Borrowed(bytes),
    }
}

fn text(path: &str) -> &'static str {
    let text = file(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.unwrap_or_else(|| panic!("build.rs has put {path} here, which is text"))
}

fn file(path: &str) -> Option<&'static [u8]> {
    let at = FILES
        .binary_search_by(|(known, _)| (*known).cmp(path))
        .ok()?;
    Some(FILES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workshop_folder_has_what_it_is_built_of() {
        let files = workspace_files();
        for path in [
            ".gitignore",
            ".vscode/settings.json",
            "Cargo.lock",
            "Cargo.toml",
            "README.md",
            "functions/Cargo.toml",
            "functions/src/bin/new-game.rs",
            "functions/src/players.rs",
            "names.txt",
            "support/Cargo.toml",
            "support/src/lib.rs",
            "template.yaml",
        ] {
            assert!(files.contains_key(path), "{path}");
        }
        assert!(!files.keys().any(|path| path.contains("tests/")));
    }

    #[test]
    fn every_file_that_a_student_writes_has_a_starter_and_a_solution() {
        let files = workspace_files();
        let mut last = BTreeMap::new();
        for (path, id) in STARTERS {
            let (starter, solution) = (starter(id, path), solution(id, path));
            assert_ne!(starter, solution, "{path}");
            let before = last.insert(*path, solution);
            let begins = before.unwrap_or_else(|| Some(files[*path].clone()));
            assert_eq!(starter, begins, "{path} of lab {id}");
        }
        assert!(last.contains_key("template.yaml"));
        for (path, solution) in last {
            assert_eq!(solution, finished(path), "{path}");
        }
        assert_eq!(finished("names"), None);
    }

    #[test]
    fn the_lab_of_an_id_has_its_files() {
        assert!(manifest_text().contains("format = 1"));
        assert_eq!(lesson_file("01.1", "no-such-file"), None);
    }

    #[test]
    fn no_file_has_the_tests_of_its_authors() {
        for (path, bytes) in workspace_files() {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("cfg(test)"), "{path}");
        }
    }
}
