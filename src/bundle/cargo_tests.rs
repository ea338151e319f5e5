use super::*;

/// The tests themselves are started by Cargo, with such variables.
#[test]
fn cargo_gets_none_of_the_variables_of_the_cargo_that_started_this_program() {
    let project = Project::example(&[("01-dawn", "dawn")], &[]);
    let command = command(Run {
        project: &project,
        functions: &project.functions,
        toolchain: Toolchain::Cargo,
        layout: Layout::Static,
        target: None,
        release: false,
        color: false,
    });
    let variables: HashMap<_, _> = command.as_std().get_envs().collect();
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"] {
        assert_eq!(
            variables.get(std::ffi::OsStr::new(name)),
            Some(&None),
            "{name}"
        );
    }
}
