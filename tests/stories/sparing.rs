//! A deployment does the least that makes the stack match: what it sends is counted by operation.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::listing::Listing;
use crate::proxy::{At, Proxy};
use crate::student::{Deployed, FUNCTIONS, Student};
use crate::workspace::Workspace;

on_each_endpoint! {
    only_what_changed_is_sent,
    a_dry_run_changes_nothing,
    a_full_deployment_of_nothing_new_leaves_everything,
    the_newest_code_outlives_a_change_of_the_template,
}

const STACK: &str = "mafia-anna";
const PATCH: &str = "lambda:UpdateFunctionCode";

/// A student with a deployed game, and a proxy that counts from now on.
struct Scene {
    workspace: Workspace,
    anna: Student,
    proxy: Proxy,
    /// The digests of the first deployment.
    first: Deployed,
}

impl Scene {
    fn new(endpoint: &Endpoint) -> Self {
        let workspace = Workspace::light();
        let first = Student::new(endpoint, STACK, &workspace).deploys(&[]);
        let proxy = Proxy::in_front_of(endpoint);
        let anna = Student::new(proxy.endpoint(), STACK, &workspace);
        Self {
            workspace,
            anna,
            proxy,
            first,
        }
    }

    /// Gives a function code that it never had.
    fn edit(&self, function: &str) {
        let source = format!("src/bin/{function}.rs");
        self.workspace.edit(&source, "\");", ", edited\");");
    }

    /// Deploys, and counts what was sent that may change something.
    #[track_caller]
    fn deploys(&self, arguments: &[&str]) -> (Deployed, BTreeMap<String, usize>) {
        self.proxy.clear();
        let deployed = self.anna.deploys(arguments);
        (deployed, self.writes())
    }

    fn writes(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for request in self.proxy.writes() {
            *counts.entry(request.operation.to_string()).or_default() += 1;
        }
        counts
    }

    fn listing(&self) -> Listing {
        Listing::of(&self.anna.endpoint)
    }
}

fn counts<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    let counts = counts.into_iter();
    counts
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

fn only_what_changed_is_sent(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint);

    let (deployed, writes) = scene.deploys(&[]);
    assert_eq!(
        (deployed.action.as_str(), writes),
        ("unchanged", counts([]))
    );
    scene
        .anna
        .run(&["deploy"])
        .succeeds()
        .prints("nothing to do");

    scene.edit("night-turn");
    let (deployed, writes) = scene.deploys(&[]);
    assert_eq!(deployed.functions("patched"), ["03-night-turn"]);
    assert_eq!(writes, counts([(PATCH, 1)]));
    let patched = &scene.proxy.requests_of(PATCH)[0].path;
    assert!(patched.contains("/mafia-anna-03-night-turn/"), "{patched}");

    // A bundle is made anew, but the program in it, which is nearly all of it, is not compressed.
    scene.workspace.write("names.txt", "Ann\nBen\nCem\n");
    scene.proxy.clear();
    let outcome = scene.anna.run(&["deploy", "--verbose"]).succeeds();
    assert_eq!(scene.writes(), counts([(PATCH, 5)]));
    for function in FUNCTIONS {
        let made = format!("bundle {function}: bootstrap copied, names.txt compressed\n");
        assert!(outcome.stderr.contains(&made), "{outcome:?}");
    }

    scene.edit("new-game");
    scene.edit("judgement");
    let (deployed, writes) = scene.deploys(&["--function", "judgement"]);
    assert_eq!(deployed.functions("patched"), ["05-judgement"]);
    assert_eq!(writes, counts([(PATCH, 1)]));
    let (deployed, writes) = scene.deploys(&[]);
    assert_eq!(deployed.functions("patched"), ["01-new-game"]);
    assert_eq!(writes, counts([(PATCH, 1)]));
    scene.listing().assert_holds_games(&[(STACK, &deployed)]);
}

/// The account's limit for reading logs is low, and for everybody in a class.
#[test]
fn logs_are_read_one_function_after_the_other() {
    let scene = Scene::new(&Endpoint::sandbox());
    let read = "logs:FilterLogEvents";
    scene.proxy.inject(At::nth(1, read), Fault::Throttle);
    scene.anna.run(&["logs"]).succeeds();
    let requests = scene.proxy.requests_of(read);
    let group = |number: usize| {
        let body: Value = serde_json::from_slice(&requests[number].body).expect("it is JSON");
        body["logGroupName"].clone()
    };
    assert_eq!(requests.len(), 6, "{}", scene.proxy.transcript());
    assert_eq!(
        group(1),
        group(0),
        "the others have to wait for a refused one"
    );
}

fn a_dry_run_changes_nothing(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint);
    let before = scene.listing();
    let (created, deleted) = (
        "cloudformation:CreateChangeSet",
        "cloudformation:DeleteChangeSet",
    );

    let (deployed, writes) = scene.deploys(&["--dry-run"]);
    assert_eq!(
        (deployed.action.as_str(), writes),
        ("unchanged", counts([]))
    );

    scene.edit("day-turn");
    let (deployed, writes) = scene.deploys(&["--dry-run"]);
    assert_eq!(deployed.functions("patched"), ["04-day-turn"]);
    assert_eq!(writes, counts([]));

    scene.proxy.clear();
    let dry = scene.anna.run(&["deploy", "--dry-run", "-p", "Players=7"]);
    dry.succeeds()
        .prints("~ DayTurn, GameState, Judgement, NewGame, NightTurn AWS::Lambda::Function")
        .prints("dry run, nothing changed");
    assert_eq!(scene.writes(), counts([(created, 1), (deleted, 1)]));
    before.assert_still_all_there_is(&scene.listing());

    let nobody = endpoint.elsewhere();
    let proxy = Proxy::in_front_of(&nobody);
    let deployed = scene.anna.at(proxy.endpoint()).deploys(&["--dry-run"]);
    assert_eq!(deployed.functions("created"), FUNCTIONS);
    assert_eq!(proxy.writes().len(), 0, "{}", proxy.transcript());
    Listing::of(&nobody).assert_is_empty();
}

fn a_full_deployment_of_nothing_new_leaves_everything(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint);
    let before = scene.listing();
    let (deployed, writes) = scene.deploys(&["--full"]);
    assert_eq!(
        deployed,
        Deployed {
            action: "unchanged".to_owned(),
            ..deployed.clone()
        }
    );
    assert_eq!(deployed.digests, scene.first.digests);
    assert!(!writes.contains_key("s3:PutObject"), "{writes:?}");
    assert!(
        !writes.contains_key("cloudformation:ExecuteChangeSet"),
        "{writes:?}"
    );
    before.assert_still_all_there_is(&scene.listing());
}

/// CloudFormation remembers the code that it deployed itself, and knows nothing of patches.
fn the_newest_code_outlives_a_change_of_the_template(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint);
    let source = "src/bin/game-state.rs";
    let original = scene.workspace.read(source);

    scene.edit("game-state");
    let (patched, _) = scene.deploys(&[]);
    let (updated, _) = scene.deploys(&["-p", "Players=7"]);
    assert_eq!((&*patched.action, &*updated.action), ("patched", "updated"));
    assert_eq!(updated.digests, patched.digests);
    scene.listing().assert_holds_games(&[(STACK, &patched)]);

    // Back to code that CloudFormation believes to be deployed, by way of code that it never saw.
    scene.edit("game-state");
    scene.deploys(&[]);
    scene.workspace.write(source, &original);
    scene.edit("game-state");
    let (updated, _) = scene.deploys(&["-p", "Players=8"]);
    assert_eq!(updated.digests, patched.digests);
    scene.listing().assert_holds_games(&[(STACK, &patched)]);

    // The same, all the way back and with everything done by the template's change.
    scene.workspace.write(source, &original);
    let (updated, _) = scene.deploys(&["-p", "Players=9"]);
    assert_eq!(updated.digests, scene.first.digests);
    scene.listing().assert_holds_games(&[(STACK, &scene.first)]);
    let (last, writes) = scene.deploys(&[]);
    assert_eq!((last.action.as_str(), writes), ("unchanged", counts([])));
}
