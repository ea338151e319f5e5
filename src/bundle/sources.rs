//! The files that a function is built from, and which of them differ from those of an earlier build.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::project::Project;

/// The digest of each file, by its path in the workspace, or its whole path elsewhere. Empty when it is not known.
pub type Sources = BTreeMap<String, Digest>;

/// Files that can change every function, and mostly change none.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "Cargo.lock"];

/// The files behind a program: those that it was compiled from, the project's files, and the manifests.
pub(super) fn sources(project: &Project, compiled: &Sources) -> Sources {
    if compiled.is_empty() {
        return Sources::new();
    }
    let folder = project.manifest.parent().unwrap_or(&project.root);
    let manifests = [&project.root, folder]
        .into_iter()
        .flat_map(|folder| MANIFESTS.map(|name| folder.join(name)));
    let files = project.files.iter().cloned().chain(manifests);
    let mut sources = digests(&project.root, files);
    sources.extend(compiled.clone());
    sources
}

/// The files in Cargo's dep-info at this path, which for a program is beside it; none where there is no such file.
///
/// Source: "Build Cache" in the Cargo book, section "Dep-info files".
pub(super) fn listed(dep_info: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(dep_info).unwrap_or_default();
    dependencies(&text)
}

/// The digests of those `files` that can be read. One that is not in the workspace has its whole path.
pub fn digests(root: &Path, files: impl IntoIterator<Item = PathBuf>) -> Sources {
    let digest = |path: PathBuf| {
        let (digest, _) = Digest::of_reader(File::open(root.join(&path)).ok()?).ok()?;
        Some((name_in(root, &path)?, digest))
    };
    files.into_iter().filter_map(digest).collect()
}

/// The name of a file in [`Sources`]; `None` if it is not in UTF-8.
pub(super) fn name_in(root: &Path, file: &Path) -> Option<String> {
    let path = root.join(file);
    let name = path.strip_prefix(root).unwrap_or(&path);
    Some(name.to_str()?.to_owned())
}

/// The files after the colon of each rule. A space in a name has a backslash before it.
fn dependencies(listed: &str) -> Vec<PathBuf> {
    const SPACE: char = '\u{0}';
    let rules = listed.lines().filter_map(|line| line.split_once(": "));
    let files = rules.flat_map(|(_, files)| {
        let files = files.replace("\\ ", &SPACE.to_string());
        let names = files.split_whitespace();
        let names = names.map(|name| PathBuf::from(name.replace(SPACE, " ")));
        names.collect::<Vec<_>>()
    });
    files.collect()
}

/// Those of the files whose contents are other ones now, or that are gone.
pub(super) fn edited(root: &Path, built: &Sources) -> Vec<String> {
    let now = digests(root, built.keys().map(PathBuf::from));
    without_idle_manifests(different(built, &now))
}

/// The files that differ between two builds; `None` when that is not known. Manifests are named only
/// where nothing else differs.
pub fn changed_files(before: &Sources, after: &Sources) -> Option<Vec<String>> {
    if before.is_empty() || after.is_empty() {
        return None;
    }
    Some(without_idle_manifests(different(before, after)))
}

fn different(before: &Sources, after: &Sources) -> Vec<String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    names.into_iter().filter(differs).cloned().collect()
}

fn without_idle_manifests(mut names: Vec<String>) -> Vec<String> {
    let is_manifest = |name: &String| {
        let file = Path::new(name).file_name().and_then(|name| name.to_str());
        file.is_some_and(|file| MANIFESTS.contains(&file))
    };
    if names.iter().any(|name| !is_manifest(name)) {
        names.retain(|name| !is_manifest(name));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(files: &[(&str, &str)]) -> Sources {
        let files = files.iter();
        files
            .map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes())))
            .collect()
    }

    #[test]
    fn dep_info_lists_files_whose_names_may_have_spaces() {
        let listed = "/t/debug/a: /w/src/a.rs /w/my\\ lab/b.rs\n\n/t/debug/b: c.rs\n# env\n";
        let files = ["/w/src/a.rs", "/w/my lab/b.rs", "c.rs"].map(PathBuf::from);
        assert_eq!(dependencies(listed), files);
        assert!(dependencies("").is_empty());
    }

    #[test]
    fn changed_files_are_those_with_other_contents_and_those_that_came_or_went() {
        let before = built(&[
            ("a.rs", "1"),
            ("b.rs", "1"),
            ("Cargo.lock", "1"),
            ("gone", ""),
        ]);
        let after = built(&[
            ("a.rs", "1"),
            ("b.rs", "2"),
            ("Cargo.lock", "2"),
            ("new", ""),
        ]);
        let names = |names: &[&str]| Some(names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(
            changed_files(&before, &after),
            names(&["b.rs", "gone", "new"])
        );
        let lock = built(&[
            ("a.rs", "1"),
            ("b.rs", "1"),
            ("Cargo.lock", "2"),
            ("gone", ""),
        ]);
        assert_eq!(changed_files(&before, &lock), names(&["Cargo.lock"]));
        assert_eq!(changed_files(&before, &before), names(&[]));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let known = built(&[("a.rs", "1")]);
        assert_eq!(changed_files(&Sources::new(), &known), None);
        assert_eq!(changed_files(&known, &Sources::new()), None);
    }

    #[test]
    fn edits_are_seen_in_the_files_themselves() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).expect("written");
        };
        write("a.rs", "1");
        write("b.rs", "1");
        let then = digests(folder.path(), ["a.rs", "b.rs"].map(PathBuf::from));
        assert!(edited(folder.path(), &then).is_empty());
        write("a.rs", "2");
        fs::remove_file(folder.path().join("b.rs")).expect("removed");
        assert_eq!(edited(folder.path(), &then), ["a.rs", "b.rs"]);
    }
}
