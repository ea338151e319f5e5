//! Ctrl-C: the command stops at once, says where things stand, leaves nothing half-done behind, and
//! the same command goes on from there.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::mafia::Outcome;
use crate::proxy::{At, Moment, Proxy};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    a_build_that_is_cut_off_sends_nothing,
    an_interrupted_deployment_is_picked_up,
    an_interrupted_clean_up_is_picked_up,
}

const STACK: &str = "mafia-anna";
const PATIENCE: Duration = Duration::from_secs(60);

#[track_caller]
fn assert_says_where_things_stand(outcome: Outcome, step: &str) {
    outcome
        .exits_with(130)
        .prints_nothing()
        .remarks(&format!("interrupted while {step}"))
        .remarks("run the same command again to continue");
}

/// A build script that says that it runs, and then waits to be allowed to end.
const SLOW_BUILD: &str = r#"
fn main() {
    std::fs::write("building", "").expect("a file can be written");
    while !std::path::Path::new("go-on").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
"#;

fn a_build_that_is_cut_off_sends_nothing(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    workspace.write("build.rs", SLOW_BUILD);
    let anna = Student::new(endpoint, STACK, &workspace);
    let building = workspace.path().join("building");
    let in_the_build = || {
        let running = anna.start(&["deploy"]);
        let since = Instant::now();
        while !building.exists() {
            assert!(since.elapsed() < PATIENCE, "the build did not begin");
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::remove_file(&building).expect("a file can be removed");
        running
    };
    let running = in_the_build();
    running.interrupt();
    // Nothing was sent, so AWS has nothing to finish.
    let interrupted = running.finish().never_says("AWS finishes");
    assert_says_where_things_stand(interrupted, "building");
    in_the_build().kill();
    Listing::of(endpoint).assert_is_empty();

    workspace.write("go-on", "");
    let deployed = anna.deploys(&[]);
    Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
}

fn an_interrupted_deployment_is_picked_up(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let interrupted = |arguments: &[&str], at: At, step: &str| {
        let proxy = Proxy::in_front_of(endpoint);
        let gate = proxy.hold(at, Moment::BeforeAnswering);
        let running = anna
            .through(&proxy)
            .start(&[&["deploy"], arguments].concat());
        assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
        running.interrupt();
        assert_says_where_things_stand(running.finish(), step);
        assert_no_half_written_bundle(workspace.path());
        let deployed = anna.deploys(arguments);
        Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
    };
    // The first marks the artifact bucket as used by this game.
    interrupted(&[], At::nth(2, "s3:PutObject"), "uploading 0");
    anna.cleans();
    // The first is the shared stack's.
    let creation = At::nth(2, "cloudformation:CreateStack");
    interrupted(&[], creation, "creating stack mafia-anna");

    workspace.write("names.txt", "Ann\nBen\nCem\n");
    let patch = At::nth(5, "lambda:UpdateFunctionCode");
    interrupted(&[], patch, "patching mafia-anna-0");

    let update = At::nth(1, "cloudformation:ExecuteChangeSet");
    interrupted(&["-p", "Mafia=2"], update, "updating stack mafia-anna");
}

fn assert_no_half_written_bundle(workspace: &Path) {
    let bundles = workspace.join("target/mafia/dev");
    let files = fs::read_dir(bundles).expect("bundles are kept");
    for file in files {
        let name = file.expect("a folder can be read").file_name();
        let name = name.to_string_lossy();
        assert!(name.ends_with(".zip") || name.ends_with(".json"), "{name}");
    }
}

fn an_interrupted_clean_up_is_picked_up(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let proxy = Proxy::in_front_of(endpoint);
    let gate = proxy.hold(At::nth(1, "s3:DeleteObjects"), Moment::BeforeAnswering);
    let running = anna.through(&proxy).start(&["clean"]);
    assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
    running.interrupt();
    assert_says_where_things_stand(running.finish(), "deleting the objects in bucket");
    anna.cleans();
    Listing::of(endpoint).assert_is_empty();
}
