//! Workspaces that cannot be deployed: none, broken, incomplete, or with bundles that would not run.

use tempfile::TempDir;

use super::assert_refusals;
use crate::mafia::Outcome;
use crate::scripted::anna;
use crate::stub::Stub;
use crate::tiny::Tiny;

/// A deployment to an empty account from `tiny`.
fn deploy(tiny: &Tiny, arguments: &[&str]) -> Outcome {
    let stub = Stub::empty();
    let mafia = anna(&stub).in_folder(tiny.path());
    mafia.run(&[&["deploy"], arguments].concat())
}

#[test]
fn a_folder_that_is_no_workspace_is_told_from_one_without_functions() {
    let stub = Stub::empty();
    let folder = TempDir::new().expect("a folder");
    let outside = anna(&stub).in_folder("/".as_ref()).run(&["deploy"]);
    std::fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").expect("a manifest");
    let bare = anna(&stub).in_folder(folder.path()).run(&["deploy"]);
    let bare = Outcome {
        stderr: bare
            .stderr
            .replace(&folder.path().display().to_string(), "[folder]"),
        ..bare
    };
    let tiny = Tiny::new();
    tiny.write("labs/tiny/Cargo.toml", "[package\n");
    let broken = deploy(&tiny, &[]).exits_with(2).remarks("Cargo.toml:1:9");
    drop(broken);
    assert_refusals("no-workspace", &[outside.exits_with(2), bare.exits_with(2)]);
}

#[test]
fn a_workspace_that_lacks_something_names_it() {
    let refused = |prepare: &dyn Fn(&Tiny), arguments: &[&str]| {
        let tiny = Tiny::new();
        prepare(&tiny);
        deploy(&tiny, arguments)
            .exits_with(2)
            .reads_well_in_a_pipe()
    };
    let template = "templates/game.yaml";
    let large = format!("Resources: {{}}\n{}", "# sixteen bytes\n".repeat(62_500));
    let refusals = [
        refused(&|tiny| tiny.remove("names.txt"), &[]),
        refused(&|tiny| tiny.remove(template), &[]),
        refused(&|tiny| tiny.write(template, " \n"), &[]),
        refused(&|tiny| tiny.write(template, &large), &[]),
        refused(&|_| (), &["--function", "new-gam"]),
        refused(&|_| (), &["--function", "day-turn"]),
        refused(&|_| (), &["-p", "Architecture=mips"]),
    ];
    assert_refusals("lacking-workspace", &refusals);
}

#[test]
fn code_that_does_not_compile_is_shown_as_the_compiler_shows_it() {
    let tiny = Tiny::new();
    let source = "fn main() {\n    let players: usize = \"ten\";\n    draw(players);\n}\n";
    tiny.write("labs/tiny/src/bin/new-game.rs", source);
    let refused = deploy(&tiny, &[]).exits_with(1).prints_nothing();
    refused
        .reads_well_in_a_pipe()
        .remarks("error[E0308]: mismatched types\n --> labs/tiny/src/bin/new-game.rs:2:26\n")
        .remarks("error[E0425]: cannot find function `draw` in this scope\n")
        .remarks("\nerror: the functions do not compile: 2 errors\n");
    let stub = Stub::empty();
    let colored = anna(&stub)
        .in_folder(tiny.path())
        .run(&["deploy", "--color", "always"]);
    colored
        .exits_with(1)
        .remarks("\u{1b}[1m\u{1b}[91merror[E0308]");
}

#[test]
fn warnings_are_shown_and_do_not_stop_a_deployment() {
    let tiny = Tiny::new();
    tiny.write(
        "labs/tiny/src/bin/new-game.rs",
        "fn main() {\n    let mafia = 3;\n}\n",
    );
    // The stub has no answer to what comes after the build.
    let outcome = deploy(&tiny, &[]).exits_with(1);
    outcome
        .remarks("warning: unused variable: `mafia`")
        .remarks("compiled 1 crate");
}

#[cfg(target_os = "linux")]
#[test]
fn a_bundle_that_lambda_could_not_start_is_refused_before_the_upload() {
    let other = match std::env::consts::ARCH {
        "x86_64" => "arm64",
        _ => "x86_64",
    };
    let parameter = format!("Architecture={other}");
    let stub = Stub::empty();
    let tiny = Tiny::new();
    // No cargo-zigbuild in sight, be it installed here or not.
    let cross = anna(&stub)
        .in_folder(tiny.path())
        .env("PATH", &path_without_zigbuild())
        .env("CARGO_HOME", "/nonexistent")
        .run(&["deploy", "-p", &parameter])
        .exits_with(2);
    cross
        .reads_well_in_a_pipe()
        .remarks("needs `cargo-zigbuild`")
        .remarks("hint: run `pip install");

    let tiny = needing_glibc_of_the_future();
    let refused = deploy(&tiny, &[]).exits_with(1).prints_nothing();
    refused
        .remarks("needs glibc 2.99, but provided.al2023 has 2.34: it would not start")
        .remarks(
            "hint: run `pip install cargo-zigbuild` to install a cross compiler that builds for \
             glibc 2.34",
        );
}

/// The folders of `PATH` that have no `cargo-zigbuild`, the one with `cargo` always.
#[cfg(target_os = "linux")]
fn path_without_zigbuild() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let without =
        std::env::split_paths(&path).filter(|folder| !folder.join("cargo-zigbuild").exists());
    let path = std::env::join_paths(without).expect("they were joined before");
    path.into_string().expect("a path that is text")
}

/// A function that is linked to a library whose symbols are of a glibc that nobody has yet.
#[cfg(target_os = "linux")]
fn needing_glibc_of_the_future() -> Tiny {
    let tiny = Tiny::new();
    tiny.write(
        "labs/tiny/future.c",
        "int from_the_future(void) { return 0; }\n",
    );
    tiny.write("labs/tiny/future.map", "GLIBC_2.99 { from_the_future; };\n");
    tiny.write(
        "labs/tiny/build.rs",
        r#"fn main() {
            let out = std::env::var("OUT_DIR").unwrap();
            let library = format!("{out}/libfuture.so");
            let mut cc = std::process::Command::new("cc");
            cc.args(["-shared", "-fPIC", "-Wl,--version-script=future.map", "-o", &library, "future.c"]);
            assert!(cc.status().unwrap().success());
            println!("cargo:rustc-link-search={out}");
        }"#,
    );
    tiny.write(
        "labs/tiny/src/bin/new-game.rs",
        "#[link(name = \"future\")]\nunsafe extern \"C\" {\n    fn from_the_future() -> i32;\n}\n\
         fn main() {\n    std::process::exit(unsafe { from_the_future() })\n}\n",
    );
    tiny
}

/// A limit on the size of files acts as a full disk does: a write fails halfway.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_earlier_bundle_and_says_so() {
    let (stub, tiny) = (Stub::empty(), Tiny::new());
    let mafia = anna(&stub).in_folder(tiny.path());
    // Compiles, and keeps a bundle; the stub has no answer to what comes then.
    mafia
        .run(&["deploy"])
        .exits_with(1)
        .remarks("compiled 1 crate");
    tiny.write("names.txt", "Cleo\n");
    let full = mafia.run_in_shell("trap '' XFSZ; ulimit -f 8; exec \"$MAFIA\" deploy");
    let full = Outcome {
        command: "mafia deploy".to_owned(),
        ..full.exits_with(1)
    };
    assert_refusals("disk-full", &[full]);
    mafia
        .run(&["deploy"])
        .exits_with(1)
        .never_says("no disk space left");
}
