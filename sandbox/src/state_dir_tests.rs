//! A state folder: what it keeps, and whose it is.

use super::*;

#[test]
fn a_folder_with_other_files_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("notes"), "mine").expect("written");
    let state_dir = StateDir::new(folder.path());
    let refused = state_dir.make().expect_err("it is not empty");
    assert!(matches!(refused, SandboxError::ForeignFolder { .. }));
    assert!(!state_dir.is_of_a_sandbox());
    let names: Vec<_> = fs::read_dir(folder.path()).expect("it").collect();
    assert_eq!(names.len(), 1);
}

#[test]
fn only_its_owner_may_enter_whatever_was_there_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = StateDir::new(&folder.path().join("sandbox"));
    for before in [0o755, 0o777] {
        state_dir.make().expect("made");
        let made = fs::metadata(state_dir.folder()).expect("it is there");
        assert_eq!(made.permissions().mode() & 0o777, 0o700);
        set_mode(state_dir.folder(), before).expect("opened to all");
    }
}

#[test]
fn emptying_keeps_what_says_how_to_reach_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = StateDir::new(&folder.path().join("deep/sandbox"));
    state_dir.make().expect("made");
    state_dir.make().expect("made again");
    let keys = state_dir.keys().expect("made");
    fs::write(state_dir.path("state.sqlite"), "rows").expect("written");
    fs::create_dir_all(state_dir.path("code/deep")).expect("made");
    state_dir.empty().expect("emptied");
    assert!(!state_dir.path("state.sqlite").exists() && !state_dir.path("code").exists());
    assert!(state_dir.is_of_a_sandbox());
    assert_eq!(state_dir.keys().expect("kept"), keys);

    fs::write(state_dir.path(KEYS), "{").expect("written");
    assert!(state_dir.keys().is_err());
    state_dir.empty().expect("emptied");
    assert_ne!(state_dir.keys().expect("made"), keys);
}

#[test]
fn what_is_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    type Use = fn(&StateDir) -> Result<(), SandboxError>;
    let uses: [(&str, Use); 5] = [
        (LOCK, |it| it.lock().map(|_| ())),
        (LOCK, |it| it.holder().map(|_| ())),
        (START_LOCK, |it| it.start_lock().map(|_| ())),
        (SERVER, |it| {
            it.running().map(|_| ()).and(it.last_server().map(|_| ()))
        }),
        (KEYS, |it| it.keys().map(|_| ())),
    ];
    let target = tempfile::NamedTempFile::new().expect("a file");
    let put: [fn(&Path, &Path); 3] = [
        |path, _| {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).expect("made");
        },
        |path, target| std::os::unix::fs::symlink(target, path).expect("made"),
        |path, _| fs::create_dir(path).expect("made"),
    ];
    for (name, uses) in uses {
        for put in put {
            let folder = tempfile::tempdir().expect("a folder");
            let state_dir = StateDir::new(folder.path());
            put(&state_dir.path(name), target.path());
            let refused = uses(&state_dir).expect_err(name).to_string();
            assert!(
                refused.contains("is not a file of its own"),
                "{name}: {refused}"
            );
        }
    }
}

#[test]
fn only_its_owner_may_use_it_not_even_the_administrator() {
    if !geteuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = StateDir::new(folder.path());
    state_dir.make().expect("made");
    state_dir.keys().expect("made");
    let give = |name: &str| {
        let path = state_dir.path(name);
        std::os::unix::fs::chown(path, Some(12_345), None).expect("given away");
    };
    give(KEYS);
    assert!(state_dir.keys().is_err() && state_dir.make().is_err());
    fs::remove_file(state_dir.path(KEYS)).expect("removed");
    give("");
    let refusals = [
        state_dir.make(),
        state_dir.lock().map(|_| ()),
        state_dir.holder().map(|_| ()),
        state_dir.start_lock().map(|_| ()),
        state_dir.running().map(|_| ()),
        state_dir.last_server().map(|_| ()),
        state_dir.keys().map(|_| ()),
    ];
    for refusal in refusals {
        let refusal = refusal.expect_err("it is another's").to_string();
        assert!(
            refusal.contains("belongs to another user (12345)"),
            "{refusal}"
        );
    }
}

#[test]
fn a_missing_lock_has_no_holder() {
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = StateDir::new(folder.path());
    assert_eq!(state_dir.holder().expect("it looks"), None);
    assert_eq!(state_dir.running().expect("it looks"), None);
}
