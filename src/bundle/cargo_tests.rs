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

#[test]
fn a_state_that_is_told_again_is_dropped_and_everything_else_kept() {
    let told = Mutex::new(Vec::new());
    let listener = |event| told.lock().expect("no panic").push(event);
    let progress = |done| BuildEvent::Progress {
        done,
        total: 2,
        current: "dawn".to_owned(),
    };
    let waiting = || BuildEvent::Waiting {
        lock: "build directory".to_owned(),
    };
    let remark = || BuildEvent::Remark {
        text: "unused key".to_owned(),
    };
    let mut events = Deduplicated::new(&listener);
    for event in [
        progress(1),
        progress(1),
        remark(),
        remark(),
        progress(1),
        progress(2),
        waiting(),
        waiting(),
        progress(2),
    ] {
        events.emit(event);
    }
    let expected = [
        progress(1),
        remark(),
        remark(),
        progress(2),
        waiting(),
        progress(2),
    ];
    assert_eq!(told.into_inner().expect("no panic"), expected);
}
