//! The events of a build, and its result.

use std::time::{Duration, SystemTime};

use super::*;

fn messages<'a>(events: &'a [BuildEvent], wanted: Level) -> Vec<&'a str> {
    let of_level = |event: &'a BuildEvent| match event {
        BuildEvent::Message { level, rendered } if *level == wanted => Some(rendered.as_str()),
        _ => None,
    };
    events.iter().filter_map(of_level).collect()
}

fn compiled(events: &[BuildEvent]) -> Option<usize> {
    match events.last() {
        Some(BuildEvent::Finished { compiled, .. }) => Some(*compiled),
        _ => None,
    }
}

#[tokio::test]
async fn functions_are_built_once() {
    let workspace = TestWorkspace::new();
    let (artifacts, events) = workspace.try_build().await;
    let artifacts = artifacts.expect("the workspace is sound");
    let names: Vec<_> = artifacts.iter().map(|a| a.function.name.as_str()).collect();
    assert_eq!(names, ["01-dawn", "02-dusk"]);
    assert!(artifacts.iter().all(|artifact| artifact.path.is_file()));
    assert!(artifacts.iter().all(|artifact| artifact.flavor == "dev"));
    let started = BuildEvent::Started {
        toolchain: Toolchain::Cargo,
        functions: 2,
    };
    assert_eq!(events.first(), Some(&started));
    assert_eq!(compiled(&events), Some(2));

    let (again, events) = workspace.try_build().await;
    assert_eq!(again.ok(), Some(artifacts));
    assert_eq!(compiled(&events), Some(0));
}

#[tokio::test]
async fn one_function_can_be_built_without_the_others() -> Result<(), BundleError> {
    let workspace = TestWorkspace::new();
    workspace.write("game/src/bin/dawn.rs", "fn main() { not rust }\n");
    let project = workspace.project();
    let artifacts = build(&project, &project.select(&["dusk"])?, options(), &|_| ()).await?;
    assert_eq!(artifacts.len(), 1);
    Ok(())
}

/// Cargo compares times.
#[tokio::test]
async fn an_older_file_that_is_put_back_is_compiled() {
    let workspace = TestWorkspace::new();
    let outside = tempfile::tempdir().expect("a folder for the test");
    let write = |file: &str, text: &str| {
        fs::write(outside.path().join(file), text).expect("written");
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"outside\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n",
    );
    write("lib.rs", "pub const SAID: &str = \"one\";\n");
    workspace.edit(
        "game/Cargo.toml",
        "[package]",
        &format!(
            "[dependencies]\noutside = {{ path = {:?} }}\n[package]",
            outside.path()
        ),
    );
    workspace.write("game/src/word.txt", "one");
    workspace.write("game/src/lib.rs", "pub const SAID: &str = \"one\";\n");
    workspace.write("game/input.txt", "one");
    workspace.write(
        "game/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=input.txt\");\n    \
         println!(\"cargo::rustc-env=INPUT={}\", std::fs::read_to_string(\"input.txt\").unwrap());\n}\n",
    );
    workspace.write(
        "game/src/bin/dusk.rs",
        "const OWN: &str = \"one\";\nfn main() {\n    print!(\n        \"{OWN} {} {} {} {}\",\n        \
         game::SAID, outside::SAID, include_str!(\"../word.txt\"), env!(\"INPUT\")\n    );\n}\n",
    );
    let words = async || {
        let (artifacts, events) = workspace.try_build().await;
        let artifacts = artifacts.unwrap_or_else(|error| panic!("{error}\n{events:#?}"));
        let output = std::process::Command::new(&artifacts[1].path).output();
        let output = output.expect("the program was built").stdout;
        String::from_utf8_lossy(&output).into_owned()
    };
    assert_eq!(words().await, "one one one one one");
    let game = workspace.folder().join("game");
    for (place, file) in [
        game.join("src/bin/dusk.rs"),
        game.join("src/lib.rs"),
        outside.path().join("lib.rs"),
        game.join("src/word.txt"),
        game.join("input.txt"),
    ]
    .iter()
    .enumerate()
    {
        let earlier = file.with_extension("earlier");
        fs::rename(file, &earlier).expect("renamed");
        let text = fs::read_to_string(&earlier).expect("it is there");
        fs::write(file, text.replacen("one", "two", 1)).expect("written");
        let mut expected = ["one"; 5];
        expected[place] = "two";
        assert_eq!(words().await, expected.join(" "), "{}", file.display());

        fs::rename(&earlier, file).expect("renamed");
        assert_eq!(words().await, "one one one one one", "{}", file.display());
        let (_, events) = workspace.try_build().await;
        assert_eq!(compiled(&events), Some(0));
    }
}

/// Cargo takes what it has compiled then for what it is to compile.
#[tokio::test]
async fn an_older_file_that_is_put_back_after_cargo_was_run_by_hand_is_compiled() {
    let workspace = TestWorkspace::new();
    let said = |file: &str, word: &str| {
        workspace.write(file, &format!("pub const SAID: &str = \"{word}\";\n"));
    };
    said("game/src/lib.rs", "one");
    said("game/src/bin/own.rs", "one");
    workspace.write(
        "game/src/bin/dusk.rs",
        "mod own;\nfn main() {\n    print!(\"{} {}\", own::SAID, game::SAID);\n}\n",
    );
    workspace.edit(
        "game/Cargo.toml",
        "[package]\n",
        "[package]\nautobins = false\n",
    );
    workspace.edit(
        "game/Cargo.toml",
        "[package.metadata.mafia]",
        "[[bin]]\nname = \"dawn\"\n[[bin]]\nname = \"dusk\"\n[package.metadata.mafia]",
    );
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    let words = async || dusk_of(&workspace, "game").await;
    for (file, edited) in [
        ("game/src/bin/own.rs", "two one"),
        ("game/src/lib.rs", "one two"),
    ] {
        let path = workspace.folder().join(file);
        let dated = File::options().write(true).open(&path);
        let dated = dated.and_then(|file| file.set_modified(long_ago));
        dated.expect("a time can be set");
        assert_eq!(words().await, "one one");
        // The library alone is what the tests of the other program need of it.
        for by_hand in [&["--bins"][..], &["--bin", "dawn"]] {
            let earlier = path.with_extension("earlier");
            fs::rename(&path, &earlier).expect("renamed");
            said(file, "two");
            build_by_hand(&workspace, by_hand);
            fs::rename(&earlier, &path).expect("renamed");
            assert_eq!(words().await, "one one", "{file} {by_hand:?}");
        }
        said(file, "two");
        assert_eq!(words().await, edited);
        said(file, "one");
    }
    assert!(workspace.try_build().await.0.is_ok());
    let (_, events) = workspace.try_build().await;
    assert_eq!(compiled(&events), Some(0));
}

fn build_by_hand(workspace: &TestWorkspace, arguments: &[&str]) {
    let mut cargo = std::process::Command::new(toolchain::program());
    for name in toolchain::inherited_variables() {
        cargo.env_remove(name);
    }
    let target = workspace.folder().join("target");
    let cargo = cargo.arg("build").args(arguments).arg("--target-dir");
    let output = cargo
        .arg(target)
        .current_dir(workspace.folder())
        .output()
        .expect("Cargo runs");
    assert!(output.status.success(), "{output:?}");
}

/// Both packages have functions of the same names.
#[tokio::test]
async fn the_named_lab_is_built_though_it_is_no_default_member() {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    workspace.edit(
        "Cargo.toml",
        "[profile.dev]",
        "default-members = [\"game\"]\n[profile.dev]",
    );
    for (package, folder) in [("api", "labs/api"), ("game", "game")] {
        let source = format!("fn main() {{ print!(\"{package}\") }}\n");
        workspace.write(&format!("{folder}/src/bin/dusk.rs"), &source);
    }
    for package in ["api", "game", "api"] {
        assert_eq!(dusk_of(&workspace, package).await, package);
    }
}

/// Runs the programs that were built for `dusk` in turn.
async fn dusk_of(workspace: &TestWorkspace, package: &str) -> String {
    let project = Workspace::discover(workspace.folder()).expect("the workspace is sound");
    let project = project.project(Some(package));
    let project = workspace.with_own_target(project.expect("the package is there"));
    let functions = project.select(&["dusk"]).expect("it is there");
    let artifacts = build(&project, &functions, options(), &|_| ()).await;
    let artifacts = artifacts.expect("the workspace is sound");
    let output = std::process::Command::new(&artifacts[0].path).output();
    String::from_utf8_lossy(&output.expect("the program was built").stdout).into_owned()
}

/// Cargo builds the binaries of all default members into one folder.
#[tokio::test]
async fn a_binary_of_the_same_name_elsewhere_is_never_taken() {
    let workspace = TestWorkspace::new();
    workspace.copy_game("labs/api");
    for (package, folder) in [("api", "labs/api"), ("game", "game")] {
        let source = format!("fn main() {{ print!(\"{package}\") }}\n");
        workspace.write(&format!("{folder}/src/bin/dusk.rs"), &source);
    }
    for package in ["api", "game", "api"] {
        assert_eq!(dusk_of(&workspace, package).await, package);
    }
}

/// Cargo gives the packages of both the same file names.
#[tokio::test]
async fn clones_that_share_a_directory_of_cargos_have_programs_of_their_own() {
    for shared in ["target-dir", "build-dir"] {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let config = format!("[build]\n{shared} = {:?}\n", folder.path());
        // Cargo compares times: both clones are older than what is built of either.
        let clones = ["first", "second"].map(|text| {
            let clone = TestWorkspace::new();
            let source = format!("fn main() {{ print!(\"{text}\") }}\n");
            clone.write("game/src/bin/dusk.rs", &source);
            clone.write(".cargo/config.toml", &config);
            (text, clone)
        });
        for (text, clone) in clones.iter().chain(&clones) {
            let project = discover(clone.folder()).expect("the workspace is sound");
            let artifacts = build(&project, &project.functions, options(), &|_| ()).await;
            let path = &artifacts.expect("the workspace is sound")[1].path;
            let output = std::process::Command::new(path).output();
            let output = output.expect("the program was built").stdout;
            assert_eq!(&String::from_utf8_lossy(&output), text, "{shared}");
        }
    }
}

#[tokio::test]
async fn compile_errors_are_shown_and_counted() {
    let workspace = TestWorkspace::new();
    workspace.write(
        "game/src/bin/dusk.rs",
        "fn main() { let a: u8 = \"\"; b(); }\n",
    );
    let (result, events) = workspace.try_build().await;
    let error = result.expect_err("it cannot compile");
    assert_eq!(error.to_string(), "the functions do not compile: 2 errors");
    assert_eq!(error.kind(), ErrorKind::Failed);
    let shown = messages(&events, Level::Error).concat();
    assert!(
        shown.contains("cannot find function `b` in this scope"),
        "{shown}"
    );
    assert!(shown.contains("game/src/bin/dusk.rs:1:25"), "{shown}");
    assert_eq!(compiled(&events), None);
}

#[tokio::test]
async fn warnings_are_kept_until_they_are_mended() {
    let workspace = TestWorkspace::new();
    workspace.write("game/src/bin/dusk.rs", "fn main() { let unused = 1; }\n");
    for _ in ["built", "fresh"] {
        let (result, events) = workspace.try_build().await;
        assert!(result.is_ok());
        let shown = messages(&events, Level::Warning);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].contains("unused variable"), "{shown:?}");
    }
}

#[tokio::test]
async fn colours_are_there_when_asked_for() {
    let workspace = TestWorkspace::new();
    workspace.write("game/src/bin/dusk.rs", "fn main() { let unused = 1; }\n");
    let project = workspace.project();
    for color in [false, true] {
        let options = BuildOptions { color, ..options() };
        let events = Mutex::new(Vec::new());
        let record = |event| events.lock().expect("no listener panics").push(event);
        let result = build(&project, &project.functions, options, &record).await;
        assert!(result.is_ok());
        let events = events.into_inner().expect("no listener panics");
        let shown = messages(&events, Level::Warning).concat();
        assert_eq!(shown.contains('\u{1b}'), color, "{shown:?}");
    }
}

#[tokio::test]
async fn what_fails_without_the_compiler_is_answered_in_the_words_of_cargo() {
    let workspace = TestWorkspace::new();
    workspace.write(
        "game/build.rs",
        "fn main() { panic!(\"no such header\") }\n",
    );
    let (result, events) = workspace.try_build().await;
    let error = result.expect_err("the build script fails");
    assert!(matches!(error, BundleError::Cargo { .. }), "{error}");
    let words = error.to_string();
    let start = "Cargo could not build the functions: failed to run custom build command for `game";
    assert!(words.starts_with(start), "{words}");
    assert!(words.contains("no such header"), "{words}");
    assert!(messages(&events, Level::Error).is_empty());
}

#[tokio::test]
async fn a_remark_of_cargo_is_passed_on() {
    let workspace = TestWorkspace::with_section(&format!("colour = \"red\"\n{SECTION}"));
    let (_, events) = workspace.try_build().await;
    let remark = |event: &BuildEvent| match event {
        BuildEvent::Remark { text } => text.contains("unused manifest key"),
        _ => false,
    };
    assert!(events.iter().any(remark), "{events:#?}");
}

#[tokio::test]
async fn waiting_for_another_cargo_is_told() {
    const PACKAGE_CACHE: &str = "package cache";
    let workspace = TestWorkspace::new();
    let (built, _) = workspace.try_build().await;
    assert!(built.is_ok());
    // As another Cargo would, hold the lock until ours waits for it.
    let path = workspace.folder().join("target/debug/.cargo-lock");
    let lock = File::open(path).expect("Cargo leaves its lock");
    lock.lock().expect("nobody else builds here");
    let lock = Mutex::new(Some(lock));
    let waited = Mutex::new(RefCell::new(Vec::new()));
    let listener = |event| {
        if let BuildEvent::Waiting { lock: name } = event {
            // Other tests' Cargos hold up this one at the package cache.
            if !name.contains(PACKAGE_CACHE) {
                drop(lock.lock().expect("no panic").take());
            }
            waited.lock().expect("no panic").borrow_mut().push(name);
        }
    };
    let project = workspace.project();
    let built = build(&project, &project.functions, options(), &listener).await;
    assert!(built.is_ok());
    let waited = waited.into_inner().expect("no panic").into_inner();
    let here = waited.iter().filter(|name| !name.contains(PACKAGE_CACHE));
    assert_eq!(here.count(), 1, "{waited:?}");
}

/// Dropping the future is what a first Ctrl-C does.
#[tokio::test]
async fn a_build_that_is_dropped_takes_cargo_along() {
    let workspace = TestWorkspace::new();
    // Stays until the Cargo that runs it is gone, or this test with its folder; or for two minutes, should
    // both have been killed before it looked.
    workspace.write(
        "game/build.rs",
        "fn main() {\n    let cargo = std::os::unix::process::parent_id();\n    \
         let began = std::time::Instant::now();\n    \
         while std::os::unix::process::parent_id() == cargo\n        \
         && std::path::Path::new(\"Cargo.toml\").exists()\n        \
         && began.elapsed().as_secs() < 120\n    {\n        \
         std::thread::sleep(std::time::Duration::from_millis(5));\n    }\n}\n",
    );
    let project = workspace.project();
    let (seen, mut is_seen) = tokio::sync::mpsc::unbounded_channel();
    let listener = |event| {
        // The build script has been compiled, and is run now.
        if let BuildEvent::Compiled { .. } = event {
            seen.send(()).expect("the test listens");
        }
    };
    tokio::select! {
        _ = build(&project, &project.functions, options(), &listener) => panic!("it cannot end"),
        _ = is_seen.recv() => {}
    }
    let path = workspace.folder().join("target/debug/.cargo-lock");
    let lock = File::open(path).expect("Cargo leaves its lock");
    let is_free = async {
        while lock.try_lock().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let free = tokio::time::timeout(Duration::from_secs(30), is_free).await;
    assert!(free.is_ok(), "Cargo still holds its lock");
}
