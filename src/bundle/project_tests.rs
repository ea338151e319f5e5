use std::fs;

use super::super::tests::{TestWorkspace, discover};
use super::*;

impl Project {
    /// A project in `/ws` whose package `labs/game` has these functions (name and binary), and these
    /// binaries that are none.
    pub fn example(functions: &[(&str, &str)], unlisted: &[&str]) -> Self {
        let package = PackageId {
            repr: "game".to_owned(),
        };
        Self {
            root: "/ws".into(),
            target_directory: "/ws/target".into(),
            build_directory: "/ws/target".into(),
            manifest: "/ws/labs/game/Cargo.toml".into(),
            package: "game".to_owned(),
            lab: None,
            template: "/ws/templates/game.yaml".into(),
            files: Vec::new(),
            functions: functions.iter().map(|(n, b)| function(n, b)).collect(),
            site: None,
            unlisted: unlisted.iter().map(|&binary| binary.to_owned()).collect(),
            members: HashSet::from([package.clone()]),
            id: package,
            by_default: true,
        }
    }
}

fn function(name: &str, binary: &str) -> Function {
    Function {
        name: name.to_owned(),
        binary: binary.to_owned(),
    }
}

/// What `discover` says of a workspace whose package has this section.
fn refusal(section: &str) -> String {
    let workspace = TestWorkspace::with_section(section);
    let error = discover(workspace.folder()).expect_err("the section is not valid");
    assert_eq!(error.kind(), super::super::ErrorKind::Configuration);
    assert!(!error.hints().is_empty());
    workspace.without_folder(&error.to_string())
}

#[test]
fn functions_and_files_are_found_from_any_folder_inside() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    for folder in ["", "game", "game/src/bin"] {
        let project = discover(&workspace.folder().join(folder))?;
        assert_eq!(project.root, workspace.folder());
        assert_eq!(project.package, "game");
        assert_eq!(project.template, workspace.folder().join("stack.yaml"));
        assert_eq!(project.files, [workspace.folder().join("names.txt")]);
        assert_eq!(
            project.functions,
            [function("01-dawn", "dawn"), function("02-dusk", "dusk")]
        );
    }
    Ok(())
}

#[test]
fn a_function_goes_by_both_names() -> Result<(), BundleError> {
    let project = discover(TestWorkspace::new().folder())?;
    assert_eq!(project.select(&[])?.len(), 2);
    assert_eq!(project.select(&["dusk"])?, [function("02-dusk", "dusk")]);
    assert_eq!(project.select(&["01-dawn"])?, [function("01-dawn", "dawn")]);
    Ok(())
}

#[test]
fn an_unknown_function_is_answered_with_the_known_ones() -> Result<(), BundleError> {
    let project = discover(TestWorkspace::new().folder())?;
    let hints = |name| {
        let error = project.select(&[name]).expect_err("nothing is called so");
        error.hints().join("; ")
    };
    assert_eq!(hints("banana"), "the functions are dawn, dusk");
    let like = "did you mean dusk?; the functions are dawn, dusk";
    assert_eq!(hints("dsuk"), like);
    assert_eq!(hints("02-dsuk"), like);
    let site_alone = Project {
        functions: Vec::new(),
        ..project.clone()
    };
    let error = site_alone.select(&["index.html"]).expect_err("no function");
    assert!(error.hints()[0].starts_with("the package has no functions"));
    Ok(())
}

#[test]
fn a_section_that_is_not_valid_is_explained() {
    let detail = |section: &str| {
        let words = refusal(section);
        let start = "`[package.metadata.mafia]` in `./game/Cargo.toml` is not valid: ";
        words.strip_prefix(start).expect(&words).to_owned()
    };
    assert_eq!(
        detail("[package.metadata.mafia]"),
        "missing field `template`"
    );
    let start = "[package.metadata.mafia]\ntemplate = \"../stack.yaml\"\n";
    assert!(detail(&format!("{start}functoins = {{}}")).starts_with("unknown field `functoins`"));
    assert_eq!(
        detail(&format!("{start}functions = {{}}")),
        "`functions` is empty"
    );
    assert_eq!(
        detail(&format!("{start}functions = {{ noon = \"03-noon\" }}")),
        "`functions` names the binary `noon`, but the package does not have it"
    );
    assert_eq!(
        detail(&format!("{start}functions = {{ dawn = \"the dawn\" }}")),
        "the function name `the dawn` can only have letters, digits, `-` and `_`"
    );
    assert_eq!(
        detail(&format!(
            "{start}functions = {{ dawn = \"1\", dusk = \"1\" }}"
        )),
        "two binaries have the function name `1`"
    );
    assert_eq!(
        detail(&format!(
            "{start}functions = {{ dawn = \"1-night_turn\", dusk = \"2-night-turn\" }}"
        )),
        "the functions `1-night_turn` and `2-night-turn` would share the template's parameter \
         `NightTurnCode`"
    );
    assert_eq!(
        detail(&format!(
            "{start}files = [\"a/b\", \"c/b\"]\nfunctions = {{ dawn = \"1\" }}"
        )),
        "two files of the bundle would have the name `b`"
    );
    assert_eq!(
        detail(&format!(
            "{start}files = [\"a/bootstrap\"]\nfunctions = {{ dawn = \"1\" }}"
        )),
        "two files of the bundle would have the name `bootstrap`"
    );
    assert_eq!(
        detail(&format!(
            "{start}default = \"yes\"\nfunctions = {{ dawn = \"1\" }}"
        )),
        "invalid type: string \"yes\", expected a boolean"
    );
}

/// A section with this template and this file.
fn section_with(template: &str, file: &str) -> String {
    format!(
        "[package.metadata.mafia]\ntemplate = \"{template}\"\nfiles = [\"{file}\"]\n\
         functions = {{ dawn = \"01-dawn\" }}"
    )
}

#[test]
fn a_template_or_file_that_is_none_is_named_with_what_it_is() {
    for (template, file, problem) in [
        ("gone.yaml", "../names.txt", "`./game/gone.yaml` is missing"),
        ("../stack.yaml", "../gone.txt", "`./gone.txt` is missing"),
        ("src", "../names.txt", "`./game/src` is a folder"),
        ("../stack.yaml", "src", "`./game/src` is a folder"),
        (
            "../stack.yaml",
            "../../../../dev/null",
            "`/dev/null` is not a regular file",
        ),
    ] {
        let words = refusal(&section_with(template, file));
        let expected = format!("{problem}, but `./game/Cargo.toml` needs a file there");
        if problem.contains("/dev/null") {
            assert!(words.contains("is not a regular file"), "{words}");
        } else {
            assert_eq!(words, expected);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_told_from_a_missing_file() {
    let workspace = TestWorkspace::with_section(&section_with("../stack.yaml", "../gone.txt"));
    let link = workspace.folder().join("gone.txt");
    std::os::unix::fs::symlink("nowhere", link).expect("a link can be made");
    let error = discover(workspace.folder()).expect_err("nothing can be read");
    let words = workspace.without_folder(&error.to_string());
    assert!(
        words.starts_with("`./gone.txt` is a link to a missing file"),
        "{words}"
    );
}

/// Cargo reads the paths of a manifest in the same way.
#[cfg(unix)]
#[test]
fn the_files_of_a_linked_package_are_beside_the_link() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    let elsewhere = workspace.folder().join("some/where/else");
    fs::create_dir_all(elsewhere.parent().expect("it has one")).expect("folders can be made");
    let link = workspace.folder().join("game");
    fs::rename(&link, &elsewhere).expect("a folder can be moved");
    std::os::unix::fs::symlink(&elsewhere, &link).expect("a link can be made");
    for folder in [workspace.folder(), &link] {
        let project = discover(folder)?;
        assert_eq!(project.root, workspace.folder());
        assert_eq!(project.template, workspace.folder().join("stack.yaml"));
        assert_eq!(project.files, [workspace.folder().join("names.txt")]);
    }
    Ok(())
}

#[test]
fn binaries_that_are_no_functions_are_known_and_how_they_become_some() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    for binary in ["noon", "midnight"] {
        workspace.write(&format!("game/src/bin/{binary}.rs"), "fn main() {}\n");
    }
    let project = discover(workspace.folder())?;
    assert_eq!(project.unlisted, ["midnight", "noon"]);
    assert_eq!(project.suggested_name("noon"), "03-noon");
    let error = project.select(&["noon"]).expect_err("it is no function");
    assert_eq!(error.to_string(), "the binary `noon` is not a function yet");
    assert_eq!(
        workspace.without_folder(&error.hints().concat()),
        "add `noon = \"03-noon\"` to `[package.metadata.mafia.functions]` in `./game/Cargo.toml`"
    );
    let unnumbered = Project::example(&[("dawn", "dawn")], &[]);
    assert_eq!(unnumbered.suggested_name("noon"), "noon");
    Ok(())
}

#[test]
fn a_target_directory_outside_of_the_workspace_is_not_shared() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let own = |clone: &str, target: &str| {
        let root = folder.path().join(clone);
        fs::create_dir_all(&root).expect("a folder can be made");
        own_directory(&folder.path().join(target), &root)
    };
    let shared = folder.path().join("shared");
    assert_eq!(own("one", "one/target"), folder.path().join("one/target"));
    assert!(own("one", "shared").starts_with(&shared));
    assert_ne!(own("one", "shared"), own("two", "shared"));
    assert_eq!(own("one", "shared"), own("one", "shared"));
    #[cfg(unix)]
    {
        fs::create_dir(&shared).expect("a folder can be made");
        let link = folder.path().join("two/target");
        std::os::unix::fs::symlink(&shared, &link).expect("a link can be made");
        assert_ne!(own("two", "two/target"), link, "a link to a shared folder");
    }
}

#[test]
fn a_linked_file_keeps_the_name_of_the_link() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    let names = workspace.folder().join("names.txt");
    fs::rename(&names, workspace.folder().join("others.txt")).expect("the file is there");
    #[cfg(unix)]
    std::os::unix::fs::symlink("others.txt", &names).expect("a link can be made");
    #[cfg(unix)]
    assert_eq!(discover(workspace.folder())?.files, [names]);
    Ok(())
}
