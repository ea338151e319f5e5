use std::fs::File;

use super::super::digest::Digest;
use super::super::tests::{TestWorkspace, discover};
use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn at(hours: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + HOUR * hours
}

fn contents(files: &[(&str, &str)]) -> Sources {
    let files = files.iter();
    files
        .map(|(name, text)| ((*name).to_owned(), Digest::of(text.as_bytes())))
        .collect()
}

#[test]
fn only_other_contents_that_are_no_newer_than_the_program_are_overlooked() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str, time| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        let file = File::options().write(true).open(&path).expect("it opens");
        file.set_modified(time).expect("a time can be set");
    };
    write("put-back", "earlier", at(1));
    write("at-once", "other", at(2));
    write("edited", "later", at(3));
    write("touched", "same", at(1));
    let names = ["put-back", "at-once", "edited", "touched", "gone"];
    let compiled = Compiled {
        records: folder.path().join("records"),
        root: folder.path().to_owned(),
        programs: BTreeMap::new(),
        now: digests(folder.path(), names.map(PathBuf::from)),
        changed: Changes::new(),
    };
    let program = Program {
        built: at(2),
        sources: contents(&names.map(|name| (name, "same"))),
        changed: Changes::new(),
    };
    let overlooked = compiled.overlooked(&program).map(|it| it.name);
    assert_eq!(overlooked.collect::<Vec<_>>(), ["at-once", "put-back"]);
}

#[test]
fn a_file_that_was_put_back_is_overlooked_whatever_it_contains() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "a.rs".to_owned();
    let path = folder.path().join(&name);
    fs::write(&path, "same").expect("written");
    let mut compiled = Compiled {
        records: folder.path().join("records"),
        root: folder.path().to_owned(),
        programs: BTreeMap::new(),
        now: Sources::new(),
        changed: Changes::new(),
    };
    compiled.look_at(BTreeSet::from([path.clone()]));
    let program = Program {
        built: at(2),
        sources: compiled.now.clone(),
        changed: compiled.changed.clone(),
    };
    let is_overlooked = |compiled: &Compiled| {
        let overlooked = compiled.overlooked(&program);
        overlooked.map(|it| it.name).eq([name.as_str()])
    };
    assert!(!is_overlooked(&compiled));
    let file = File::options().write(true).open(&path).expect("it opens");
    for time in [1, 3] {
        file.set_modified(at(time)).expect("a time can be set");
        compiled.look_at(BTreeSet::from([path.clone()]));
        assert!(is_overlooked(&compiled));
    }
    // Cargo sees it then, whatever it builds.
    compiled.programs = BTreeMap::from([("dawn".to_owned(), program.clone())]);
    compiled.show_to_cargo().expect("its time can be set");
    let saved = fs::metadata(&path).and_then(|file| file.modified());
    assert!(saved.expect("a time") > program.built);
    compiled.look_at(BTreeSet::from([path.clone()]));
    assert!(!is_overlooked(&compiled));
    // As an editor saves.
    fs::write(&path, "same").expect("written");
    compiled.look_at(BTreeSet::from([path.clone()]));
    assert!(!is_overlooked(&compiled));
}

#[test]
fn builds_at_once_keep_what_each_has_learned() {
    let workspace = TestWorkspace::new();
    let project = discover(workspace.folder()).expect("the workspace is sound");
    let project = workspace.with_own_target(project);
    let [dawn, dusk] = &project.functions[..] else {
        panic!("two functions")
    };
    let of = |function: &Function| Compiled::of(&project, "dev", std::slice::from_ref(function));
    let program = workspace.folder().join("program");
    fs::write(&program, "").expect("written");
    let (mut one, mut other) = (of(dawn), of(dusk));
    let learned = one.learn(&dawn.name, &program, std::slice::from_ref(&program));
    other.learn(&dusk.name, &program, std::slice::from_ref(&program));
    let known = Compiled::of(&project, "dev", &project.functions).programs;
    let known = known
        .into_iter()
        .map(|(name, program)| (name, program.sources));
    let both = [dawn, dusk].map(|it| (it.name.clone(), learned.clone()));
    assert_eq!(known.collect::<Vec<_>>(), both);
}
