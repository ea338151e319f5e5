//! The code before the last deployment, brought back.

use std::fs;

use serde_json::Value;

use crate::documents::assert_documented;
use crate::endpoint::Endpoint;
use crate::faces::assert_faces;
use crate::fault::Fault;
use crate::listing::Listing;
use crate::proxy::{At, Proxy};
use crate::student::{Deployed, Student};
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const DAY: &str = "src/bin/day-turn.rs";
const NIGHT: &str = "src/bin/night-turn.rs";

fn edit(workspace: &Workspace, file: &str) {
    workspace.edit(file, "\");", ", edited\");");
}

#[track_caller]
fn holds(endpoint: &Endpoint, deployed: &Deployed) {
    Listing::of(endpoint).assert_holds_games(&[(STACK, deployed)]);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn an_undo_brings_the_code_back_and_is_undone_by_another() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.run(&["undo"])
        .exits_with(1)
        .remarks("stack mafia-anna does not exist on http://");
    let first = anna.deploys(&[]);
    anna.run(&["undo"]).exits_with(1).remarks("nothing to undo");

    edit(&workspace, DAY);
    anna.run(&["deploy"])
        .succeeds()
        .prints("day-turn  src/bin/day-turn.rs");
    let second = anna.deploys(&[]);
    assert_eq!(second.action, "unchanged");
    let undo = anna.run(&["undo"]).succeeds().reads_well_in_a_pipe();
    holds(&endpoint, &first);
    let stands = || {
        let status = anna.asks(&["status"]);
        let function = &status["functions"][3];
        assert_eq!(function["function"], "04-day-turn");
        (function["code"].clone(), status["next"].clone())
    };
    assert_eq!(stands(), ("taken-back".into(), "mafia play".into()));
    let again = anna.asks(&["deploy", "--undo"]);
    holds(&endpoint, &second);
    assert_eq!(stands(), ("as-built".into(), "mafia play".into()));
    assert_eq!(again["restored"], "newer");
    let back = anna.asks(&["undo"]);
    assert_eq!(back["restored"], "earlier");
    assert_eq!(back["patched"], again["patched"]);
    let newer = anna.run(&["undo"]).succeeds().reads_well_in_a_pipe();
    holds(&endpoint, &second);
    assert_documented(&["mafia undo"], std::slice::from_ref(&again));
    assert_eq!(again["functions"][0]["files"][0], DAY);

    // Of two deployments, the last one.
    edit(&workspace, NIGHT);
    anna.deploys(&[]);
    let undone = anna.asks(&["undo"]);
    assert_eq!(undone["functions"][0]["function"], "03-night-turn");
    holds(&endpoint, &second);
    // A deployment that changes no code is none to undo.
    anna.deploys(&["--function", "day-turn"]);
    assert_eq!(functions(&anna.asks(&["undo"])), ["03-night-turn"]);
    assert_faces("undo", &[&undo, &newer]);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn an_undo_of_named_functions_leaves_the_others_and_can_be_foreseen() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    let first = anna.deploys(&[]);
    edit(&workspace, NIGHT);
    let second = anna.deploys(&[]);
    edit(&workspace, DAY);
    let third = anna.deploys(&[]);
    let foreseen = anna.run(&["undo", "night", "--dry-run"]).succeeds();
    foreseen
        .prints("03-night-turn  would restore")
        .prints("dry run, nothing changed")
        .remarks("Next: mafia undo night\n")
        .never_says("04-day-turn");
    let document = anna.asks(&["deploy", "--undo", "--dry-run"]);
    assert_documented(&["mafia undo"], std::slice::from_ref(&document));
    assert_eq!(functions(&document), ["04-day-turn"]);
    assert_eq!(document["dry_run"], true);
    holds(&endpoint, &third);

    let undone = anna.asks(&["undo", "night"]);
    assert_eq!(functions(&undone), ["03-night-turn"]);
    assert_eq!(
        undone["functions"][0]["to"],
        *first.digests["03-night-turn"]
    );
    // Each goes back on its own, and forth.
    assert_eq!(functions(&anna.asks(&["undo", "4"])), ["04-day-turn"]);
    holds(&endpoint, &first);
    assert_eq!(
        functions(&anna.asks(&["undo", "night-turn"])),
        ["03-night-turn"]
    );
    holds(&endpoint, &second);
    anna.run(&["undo", "judgement"])
        .exits_with(1)
        .remarks("no change of 05-judgement by this folder is deployed");
    anna.run(&["undo", "nobody"])
        .exits_with(2)
        .remarks("nobody");
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn an_undo_asks_before_it_passes_over_a_deployment_without_code() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    let first = anna.deploys(&[]);
    edit(&workspace, DAY);
    let second = anna.deploys(&[]);
    anna.deploys(&["-p", "Players=8"]);
    anna.mafia()
        .without_env("MAFIA_YES")
        .run(&["undo"])
        .exits_with(2)
        .remarks("the last deployment changed no code")
        .remarks("by a deployment")
        .remarks("use --yes");
    holds(&endpoint, &second);
    anna.run(&["undo", "--yes"])
        .succeeds()
        .remarks("the last deployment changed no code");
    holds(&endpoint, &first);
    // That undo was the last.
    anna.run(&["undo"]).succeeds();
    holds(&endpoint, &second);
}

fn functions(undone: &Value) -> Vec<&str> {
    let functions = undone["functions"].as_array().expect("a list").iter();
    functions
        .map(|it| it["function"].as_str().expect("a text"))
        .collect()
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn code_that_somebody_else_deployed_or_that_is_gone_is_not_brought_back() {
    let endpoint = Endpoint::sandbox();
    let (annas, bens) = (Workspace::light(), Workspace::light());
    let anna = Student::new(&endpoint, STACK, &annas);
    let ben = Student::new(&endpoint, STACK, &bens);
    anna.deploys(&[]);
    edit(&annas, DAY);
    let patched = anna.deploys(&[]);
    bens.edit(DAY, "\");", ", of ben\");");
    ben.deploys(&["--adopt"]);
    let bens_code = Listing::of(&endpoint);
    anna.run(&["undo"])
        .exits_with(2)
        .remarks("belongs to somebody else");
    anna.run(&["undo", "--adopt"])
        .exits_with(1)
        .remarks("a deployment that this folder does not know has changed 04-day-turn");
    bens_code.assert_still_all_there_is(&Listing::of(&endpoint));

    assert_eq!(anna.deploys(&["--adopt"]).digests, patched.digests);
    let kept = annas.path().join("target/mafia/kept/04-day-turn");
    let zips = fs::read_dir(&kept).expect("code is kept");
    for zip in zips {
        let path = zip.expect("the folder can be read").path();
        fs::write(path, "damaged").expect("written");
    }
    anna.run(&["undo"])
        .exits_with(1)
        .remarks("no longer kept: 04-day-turn")
        .remarks("nothing was restored");
    holds(&endpoint, &patched);
    fs::remove_dir_all(annas.path().join("target/mafia/kept")).expect("removed");
    anna.run(&["undo"]).exits_with(1).remarks("nothing to undo");
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn an_undo_that_fails_in_the_middle_says_so_and_is_finished_by_the_next() {
    let proxy = Proxy::in_front_of(&Endpoint::sandbox());
    let workspace = Workspace::light();
    let anna = Student::new(proxy.endpoint(), STACK, &workspace);
    let first = anna.deploys(&[]);
    edit(&workspace, DAY);
    edit(&workspace, NIGHT);
    anna.deploys(&[]);
    proxy.clear();
    let refused = Fault::Refuse {
        status: 403,
        code: "AccessDeniedException",
        message: "no",
    };
    proxy.inject(At::nth(2, "lambda:UpdateFunctionCode"), refused);
    anna.run(&["undo"])
        .exits_with(3)
        .prints_nothing()
        .remarks("restored: 0")
        .remarks("not restored: 0")
        .remarks("run `mafia undo` again to restore the rest");
    anna.run(&["undo"]).succeeds();
    holds(proxy.endpoint(), &first);
}
