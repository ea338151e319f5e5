use std::fs;

use super::super::tests::{TestWorkspace, discover};
use super::*;

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
    assert_eq!(project.select(None)?.len(), 2);
    assert_eq!(project.select(Some("dusk"))?, [function("02-dusk", "dusk")]);
    assert_eq!(
        project.select(Some("01-dawn"))?,
        [function("01-dawn", "dawn")]
    );
    Ok(())
}

#[test]
fn an_unknown_function_is_answered_with_the_known_ones() -> Result<(), BundleError> {
    let project = discover(TestWorkspace::new().folder())?;
    let hints = |name| {
        let error = project
            .select(Some(name))
            .expect_err("nothing is called so");
        error.hints().join("; ")
    };
    assert_eq!(hints("banana"), "the functions are dawn, dusk");
    let like = "did you mean dusk?; the functions are dawn, dusk";
    assert_eq!(hints("dsuk"), like);
    assert_eq!(hints("02-dsuk"), like);
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

#[test]
fn a_missing_template_or_file_is_named() {
    let section = |template: &str, file: &str| {
        format!(
            "[package.metadata.mafia]\ntemplate = \"{template}\"\nfiles = [\"{file}\"]\n\
             functions = {{ dawn = \"01-dawn\" }}"
        )
    };
    assert_eq!(
        refusal(&section("gone.yaml", "../names.txt")),
        "`./game/gone.yaml` is missing, but `./game/Cargo.toml` needs it"
    );
    assert_eq!(
        refusal(&section("../stack.yaml", "../gone.txt")),
        "`./gone.txt` is missing, but `./game/Cargo.toml` needs it"
    );
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
