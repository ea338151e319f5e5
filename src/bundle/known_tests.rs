use std::fs;
use std::path::Path;

use super::*;

/// A workspace of packages with one program each.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(members: &str, packages: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write(
            "Cargo.toml",
            &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"),
        );
        for package in packages {
            folder.add(package);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn add(&self, package: &str) {
        let manifest = format!("[package]\nname = \"{package}\"\nedition = \"2024\"\n");
        self.write(&format!("{package}/Cargo.toml"), &manifest);
        self.write(
            &format!("{package}/src/bin/{package}-one.rs"),
            "fn main() {}\n",
        );
    }
}

/// The programs that are said to be there.
fn programs(known: &mut KnownWorkspace, folder: &Path) -> Vec<String> {
    let workspace = known.around(folder).expect("a workspace");
    let mut programs: Vec<String> = workspace.programs().map(str::to_owned).collect();
    programs.sort();
    programs
}

fn is_known(known: &KnownWorkspace, folder: &Path) -> bool {
    let known = known.0.as_ref().expect("it was asked for");
    known.is_certain && known.inputs == Inputs::of(&known.workspace, folder)
}

#[test]
fn cargo_is_not_asked_again_while_all_is_the_same() {
    let folder = Folder::with("\"a\", \"b\"", &["a", "b"]);
    let mut known = KnownWorkspace::default();
    assert_eq!(programs(&mut known, folder.path()), ["a-one", "b-one"]);
    assert!(!is_known(&known, folder.path()), "it was read once");
    programs(&mut known, folder.path());
    assert!(is_known(&known, folder.path()));
    folder.write("a/src/bin/a-one.rs", "fn main() { println!(); }\n");
    assert!(is_known(&known, folder.path()), "contents of a program");
    assert!(!is_known(&known, &folder.path().join("a")), "elsewhere");
}

#[test]
fn what_cargo_would_say_anew_is_asked_for() {
    let folder = Folder::with("\"a\", \"b\"", &["a", "b"]);
    let mut known = KnownWorkspace::default();
    let mut asked = |expected: &[&str]| {
        for _ in 0..2 {
            assert_eq!(programs(&mut known, folder.path()), expected);
        }
        assert!(is_known(&known, folder.path()));
    };
    asked(&["a-one", "b-one"]);
    folder.write("b/src/bin/two.rs", "fn main() {}\n");
    asked(&["a-one", "b-one", "two"]);
    folder.write("b/src/bin/three/main.rs", "fn main() {}\n");
    asked(&["a-one", "b-one", "three", "two"]);
    folder.write("b/src/main.rs", "fn main() {}\n");
    asked(&["a-one", "b", "b-one", "three", "two"]);
    fs::remove_file(folder.path().join("b/src/main.rs")).expect("removed");
    fs::remove_dir_all(folder.path().join("b/src/bin/three")).expect("removed");
    fs::rename(
        folder.path().join("b/src/bin/two.rs"),
        folder.path().join("b/src/bin/second.rs"),
    )
    .expect("renamed");
    asked(&["a-one", "b-one", "second"]);
    folder.add("c");
    folder.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"c\"]\n",
    );
    asked(&["a-one", "c-one"]);
    folder.write(
        "c/Cargo.toml",
        "[package]\nname = \"c\"\nedition = \"2024\"\nautobins = false\n\n\
         [[bin]]\nname = \"named\"\npath = \"src/bin/c-one.rs\"\n",
    );
    asked(&["a-one", "named"]);
}

#[test]
fn settings_of_cargo_are_asked_for_anew() {
    let folder = Folder::with("\"a\"", &["a"]);
    let mut known = KnownWorkspace::default();
    for _ in 0..2 {
        programs(&mut known, folder.path());
    }
    folder.write(
        ".cargo/config.toml",
        "[build]\ntarget-dir = \"elsewhere\"\n",
    );
    let workspace = known.around(folder.path()).expect("a workspace");
    assert!(workspace.target_folder().ends_with("elsewhere"));
}

#[test]
fn a_broken_manifest_is_an_error_until_it_is_repaired() {
    let folder = Folder::with("\"a\"", &["a"]);
    let mut known = KnownWorkspace::default();
    for _ in 0..2 {
        programs(&mut known, folder.path());
    }
    let manifest = fs::read_to_string(folder.path().join("a/Cargo.toml")).expect("it is there");
    folder.write("a/Cargo.toml", &format!("{manifest}[["));
    assert!(known.around(folder.path()).is_err());
    assert!(known.around(folder.path()).is_err());
    folder.write("a/Cargo.toml", &manifest);
    assert_eq!(programs(&mut known, folder.path()), ["a-one"]);
}

#[test]
fn members_that_a_pattern_names_are_looked_for_each_time() {
    let folder = Folder::with("\"l*\"", &["lab"]);
    let mut known = KnownWorkspace::default();
    for _ in 0..2 {
        assert_eq!(programs(&mut known, folder.path()), ["lab-one"]);
    }
    folder.add("light");
    assert_eq!(
        programs(&mut known, folder.path()),
        ["lab-one", "light-one"]
    );
}
