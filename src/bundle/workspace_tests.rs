use super::super::tests::{TestWorkspace, discover};
use super::super::{ErrorKind, Project};
use super::*;

/// The section's start, for a package that is the default.
const DEFAULT: &str = "[package.metadata.mafia]\ndefault = true\n";

fn make_default(workspace: &TestWorkspace, manifest: &str) {
    workspace.edit(manifest, "[package.metadata.mafia]\n", DEFAULT);
}

fn named(workspace: &TestWorkspace, name: &str) -> Result<Project, BundleError> {
    Workspace::discover(workspace.folder())?.project(Some(name))
}

/// The message and the hints of an error about a choice of packages.
#[track_caller]
fn words(workspace: &TestWorkspace, outcome: Result<Project, BundleError>) -> (String, String) {
    let error = outcome.expect_err("no package can be chosen");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let message = workspace.without_folder(&error.to_string());
    (message, error.hints().join("; "))
}

#[test]
fn a_folder_without_a_workspace_is_named() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let missing = folder.path().join("missing");
    for folder in [folder.path(), &missing] {
        let error = discover(folder).expect_err("there is no workspace");
        assert!(
            matches!(error, BundleError::NotAWorkspace { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(&folder.display().to_string()));
    }
}

#[test]
fn a_manifest_that_cargo_cannot_read_is_answered_in_its_words() {
    let workspace = TestWorkspace::new();
    workspace.write("game/Cargo.toml", "[package\n");
    let error = discover(workspace.folder()).expect_err("the manifest is broken");
    assert!(matches!(error, BundleError::Workspace { .. }), "{error}");
    assert!(error.to_string().contains("Cargo.toml:1:9"), "{error}");
}

#[test]
fn a_workspace_without_functions_is_told_how_to_have_some() {
    let workspace = TestWorkspace::with_section("");
    for outcome in [discover(workspace.folder()), named(&workspace, "game")] {
        let (message, hints) = words(&workspace, outcome);
        assert_eq!(message, "the Cargo workspace `.` has no functions");
        assert!(hints.contains("[package.metadata.mafia]"), "{hints}");
    }
}

#[test]
fn the_only_package_with_functions_is_meant_everywhere() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    for folder in ["", "game", "game/src/bin"] {
        let project = discover(&workspace.folder().join(folder))?;
        assert_eq!(project.root, workspace.folder());
        assert_eq!(project.package, "game");
    }
    Ok(())
}

#[test]
fn of_several_packages_the_one_around_the_current_folder_is_meant() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    workspace.copy_game("labs/api/inner");
    make_default(&workspace, "game/Cargo.toml");
    for (folder, package) in [
        ("labs/api", "api"),
        ("labs/api/src/bin", "api"),
        ("labs/api/inner/src", "inner"),
        ("game/src", "game"),
    ] {
        let project = discover(&workspace.folder().join(folder))?;
        assert_eq!(project.package, package, "{folder}");
    }
    Ok(())
}

/// Else a build in one lab's folder would differ from a build in another: Cargo unifies features for
/// the packages that it builds.
#[test]
fn what_a_plain_build_in_the_root_builds_does_not_depend_on_the_current_folder()
-> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    workspace.edit(
        "Cargo.toml",
        "[profile.dev]",
        "default-members = [\"game\"]\n[profile.dev]",
    );
    for folder in ["", "labs", "game", "labs/api", "labs/api/src/bin"] {
        let workspace = Workspace::discover(&workspace.folder().join(folder))?;
        assert!(workspace.project(Some("game"))?.by_default, "in {folder:?}");
        assert!(!workspace.project(Some("api"))?.by_default, "in {folder:?}");
    }
    Ok(())
}

#[test]
fn elsewhere_the_default_is_meant() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    make_default(&workspace, "labs/api/Cargo.toml");
    workspace.write("templates/stack.yaml", "");
    for folder in ["", "labs", "templates"] {
        let project = discover(&workspace.folder().join(folder))?;
        assert_eq!(project.package, "api", "{folder}");
    }
    Ok(())
}

#[test]
fn without_a_single_default_the_packages_are_named() {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    let several = "several packages of the workspace `.` have functions: api, game";
    let hint = "go to the folder of one of these packages; \
                or add `default = true` to the `[package.metadata.mafia]` of one of them";
    let (message, hints) = words(&workspace, discover(workspace.folder()));
    assert_eq!((&*message, &*hints), (several, hint));

    for manifest in ["game/Cargo.toml", "labs/api/Cargo.toml"] {
        make_default(&workspace, manifest);
    }
    let (message, _) = words(&workspace, discover(workspace.folder()));
    assert_eq!(message, several, "two defaults are none");
}

#[test]
fn a_package_in_the_root_is_not_meant_just_because_all_is_in_its_folder() -> Result<(), BundleError>
{
    let workspace = TestWorkspace::new();
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"game\"]\n";
    let package = "[package]\nname = \"workshop\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                   [package.metadata.mafia]\ntemplate = \"stack.yaml\"\n\
                   functions = { noon = \"01-noon\" }\n";
    workspace.write("Cargo.toml", &format!("{members}{package}"));
    workspace.write("src/bin/noon.rs", "fn main() {}\n");

    assert_eq!(discover(&workspace.folder().join("game"))?.package, "game");
    let (message, _) = words(&workspace, discover(workspace.folder()));
    assert_eq!(
        message,
        "several packages of the workspace `.` have functions: game, workshop"
    );
    assert_eq!(named(&workspace, "workshop")?.package, "workshop");
    let labs = Workspace::discover(workspace.folder())?.labs();
    assert_eq!(labs, ["game", "workshop"]);
    Ok(())
}

#[test]
fn a_mistake_in_another_package_s_section_does_not_matter() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    make_default(&workspace, "game/Cargo.toml");
    workspace.edit("labs/api/Cargo.toml", "template", "tmeplate");
    assert_eq!(discover(workspace.folder())?.package, "game");

    workspace.edit("game/Cargo.toml", "files", "flies");
    let (message, _) = words(&workspace, discover(workspace.folder()));
    assert!(
        message.starts_with("`[package.metadata.mafia]` in `./game/Cargo.toml` is not valid: "),
        "the default stays the default: {message}"
    );
    Ok(())
}

#[test]
fn a_lab_goes_by_the_name_of_its_package_and_of_its_folder() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    workspace.edit("labs/api/Cargo.toml", "\"api\"", "\"mafia-api\"");
    make_default(&workspace, "game/Cargo.toml");

    assert_eq!(
        Workspace::discover(workspace.folder())?.labs(),
        ["api", "game"]
    );
    for (name, package) in [
        ("api", "mafia-api"),
        ("mafia-api", "mafia-api"),
        ("game", "game"),
    ] {
        assert_eq!(named(&workspace, name)?.package, package, "{name}");
    }
    Ok(())
}

#[test]
fn an_unknown_lab_is_answered_with_the_known_ones() {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");

    let (message, hints) = words(&workspace, named(&workspace, "banana"));
    assert_eq!(message, "there is no lab `banana`");
    assert_eq!(hints, "the labs are api, game");
    let (_, hints) = words(&workspace, named(&workspace, "gmae"));
    assert_eq!(hints, "did you mean game?; the labs are api, game");
}

#[test]
fn of_two_labs_in_folders_of_one_name_the_package_s_own_name_tells() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.copy_game("more/game");
    workspace.edit("more/game/Cargo.toml", "\"game\"", "\"more-game\"");
    workspace.edit("game/Cargo.toml", "\"game\"", "\"mafia-game\"");

    let (message, _) = words(&workspace, named(&workspace, "game"));
    assert_eq!(
        message,
        "several packages of the workspace `.` have functions: mafia-game, more-game"
    );
    assert_eq!(named(&workspace, "more-game")?.package, "more-game");
    Ok(())
}
