//! QuickBuild: what changed in the code travels to a function in the account, which patches the bundle in the bucket.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::outside::python;
use crate::proxy::{At, Moment, Proxy};
use crate::student::{Deployed, FUNCTIONS, Student};
use crate::workspace::Workspace;

on_each_endpoint! {
    with nothing installed:
    only_what_changed_travels,
    the_whole_code_travels_where_changes_cannot,
    two_terminals_make_the_same_code,
}

const LAB: &str = "quickbuild";
const NEW_GAME: &str = "labs/game/src/bin/new-game.rs";
const INVOKE: &str = "lambda:Invoke";
const PATCH: &str = "lambda:UpdateFunctionCode";
const PATIENCE: Duration = Duration::from_secs(60);

/// A student with a game and QuickBuild.
struct Scene {
    workspace: Workspace,
    kim: Student,
    proxy: Proxy,
}

impl Scene {
    fn new(endpoint: &Endpoint, stack: &str) -> Self {
        let workspace = Workspace::with_lab(LAB);
        let proxy = Proxy::in_front_of(endpoint);
        let kim = Student::new(proxy.endpoint(), stack, &workspace);
        kim.deploys(&[]);
        kim.deploys(&["--lab", LAB]);
        Self {
            workspace,
            kim,
            proxy,
        }
    }

    fn edit(&self, old: &str, new: &str) {
        self.workspace.edit(NEW_GAME, old, new);
    }

    /// The bytes of the requests that the deployment made with new code in them, how many of these are to
    /// QuickBuild, and how many to the bucket.
    fn sent(&self) -> (usize, usize, usize) {
        let objects = self.proxy.count("s3:PutObject");
        let invocations = self.proxy.requests_of(INVOKE);
        let code = ["s3:PutObject", PATCH].map(|operation| self.proxy.requests_of(operation));
        let all = code.iter().flatten().chain(&invocations);
        let bytes = all.map(|request| request.body.len()).sum();
        (bytes, invocations.len(), objects)
    }

    fn cleans(&self) {
        for stack in [format!("{}-{LAB}", self.kim.stack), self.kim.stack.clone()] {
            let cleaned = self.kim.asks(&["clean", "--stack", &stack]);
            assert_eq!(cleaned["left"], json!([]));
        }
    }
}

fn only_what_changed_travels(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint, "mafia-kim");
    let kim = &scene.kim;
    let of_text = ("New game started with {}", "A new game starts with {}");
    let of_logic = (
        "let message = format!(",
        "let message = if names.len() > 7 { \"Many\".to_owned() + &names.concat() } else { String::new() }\n        + &format!(",
    );
    for (old, new) in [of_text, of_logic] {
        scene.edit(old, new);
        scene.proxy.clear();
        let deployed = kim.asks(&["deploy", "--quickbuild"]);
        let (bytes, invocations, objects) = scene.sent();
        let whole = deployed["functions"][0]["bytes"]
            .as_u64()
            .expect("a number");
        assert!((bytes as u64) < whole / 10, "{bytes} of {whole}");
        assert_eq!((invocations, objects), (1, 0));
        assert_eq!(scene.proxy.count(PATCH), 1);
        let deployed = Deployed::read(&deployed);
        assert_eq!(deployed.functions("patched"), ["01-new-game"]);
        assert_eq!(kim.deploys(&["--quickbuild"]).action, "unchanged");
    }
    let played = kim.run(&["play", "new", "--json"]).succeeds();
    assert!(
        played.stdout.contains("A new game starts with"),
        "{played:?}"
    );

    // A file of every bundle: five changes and five patches, in place of five bundles.
    scene.workspace.write(
        "names.txt",
        "Ann\nBen\nCem\nDee\nEva\nFay\nGus\nHal\nIda\nJan\n",
    );
    scene.proxy.clear();
    let said = kim.run(&["deploy", "--quickbuild"]).succeeds();
    assert!(
        said.stderr.contains(" of 03-night-turn instead of "),
        "{said:?}"
    );
    let (bytes, invocations, objects) = scene.sent();
    assert!(bytes < 20_000, "{bytes}");
    assert_eq!((invocations, objects), (FUNCTIONS.len(), 0));
    assert_eq!(scene.proxy.count(PATCH), FUNCTIONS.len());

    // The code from before is kept and brought back as ever, and taken up from there.
    let before = kim.asks(&["undo"]);
    assert_eq!(
        before["functions"].as_array().map(Vec::len),
        Some(FUNCTIONS.len())
    );
    scene.edit("A new game", "One more game");
    let compared = kim.asks(&["deploy", "--quickbuild", "--explain"]);
    let ways = &compared["functions"][0]["ways"];
    let bytes = |way: &str| {
        ways[way]["bytes"]
            .as_u64()
            .unwrap_or_else(|| panic!("{ways}"))
    };
    assert!(bytes("quickbuild") < bytes("bucket") / 10, "{ways}");
    assert!(bytes("inline") > bytes("bucket"), "base64: {ways}");
    let status = kim.asks(&["status"]);
    let functions = status["functions"].as_array().expect("a list");
    assert!(
        functions.iter().all(|it| it["code"] == "as-built"),
        "{status}"
    );
    scene.cleans();
}

fn the_whole_code_travels_where_changes_cannot(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint, "mafia-kai");
    let kim = &scene.kim;
    let texts = [
        "started",
        "began",
        "begins",
        "is on",
        "was begun",
        "was started",
    ];
    let mut edits = texts.windows(2);
    let mut edit = || {
        let texts = edits.next().expect("texts enough");
        let text = |verb: &str| format!("New game {verb} with {{}}");
        scene.edit(&text(texts[0]), &text(texts[1]));
        scene.proxy.clear();
    };
    let whole = |reason: &str| {
        let said = kim.run(&["deploy", "--quickbuild"]).succeeds();
        let said = said.remarks("sending the whole code of 01-new-game: ");
        let said = said.remarks(reason);
        let lines = said.stderr.matches("sending the whole code").count();
        assert_eq!(lines, 1, "{said:?}");
        let (_, _, objects) = scene.sent();
        assert_eq!(
            objects, 1,
            "through the bucket, where the next patch finds it"
        );
        assert_eq!(kim.deploys(&["--quickbuild"]).action, "unchanged");
    };

    // Sent within a request to Lambda, so that the bucket never had it.
    edit();
    kim.deploys(&[]);
    edit();
    whole("is not there");
    edit();
    let denied = Fault::Refuse {
        status: 403,
        code: "AccessDeniedException",
        message: "User: kim is not authorized to perform: lambda:InvokeFunction",
    };
    scene.proxy.inject(At::every(INVOKE), denied);
    whole("is not authorized to perform: lambda:InvokeFunction");
    scene.proxy.clear();

    edit();
    let kept = scene.workspace.path().join("target/mafia/kept/01-new-game");
    fs::remove_dir_all(&kept).unwrap_or_else(|error| panic!("{}: {error}", kept.display()));
    whole("the deployed code is not kept in this folder");

    kim.run(&["clean", "--stack", "mafia-kai-quickbuild"])
        .succeeds()
        .prints("0 left");
    edit();
    whole(
        "there is no function mafia-kai-quickbuild-01-quickbuild (run `mafia deploy --lab quickbuild --stack mafia-kai-quickbuild`)",
    );
    kim.cleans();
}

fn two_terminals_make_the_same_code(endpoint: &Endpoint) {
    let scene = Scene::new(endpoint, "mafia-kea");
    scene.edit("New game started with {}", "New game begins with {}");
    let gate = scene
        .proxy
        .hold(At::nth(1, INVOKE), Moment::BeforeForwarding);
    let one = scene.kim.start(&["deploy", "--quickbuild", "--json"]);
    assert!(
        gate.reached_within(PATIENCE),
        "{}",
        scene.proxy.transcript()
    );
    let other = scene.kim.at(endpoint).deploys(&["--quickbuild"]);
    gate.open();
    let one = Deployed::read(&one.finish().succeeds().json());
    assert_eq!(one.digests, other.digests);
    assert_eq!(scene.kim.deploys(&["--quickbuild"]).action, "unchanged");
    scene.cleans();
}

/// The source's own case, and what the function may not do.
#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn texts_of_a_bundle_are_patched_by_whoever_may_invoke_it() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::with_lab(LAB);
    let kim = Student::new(&endpoint, "mafia-kit", &workspace);
    kim.deploys(&["--lab", LAB]);
    let report = python(&endpoint, "quickbuild.py", &["mafia-kit-quickbuild"]);
    assert_eq!(
        report["changed"],
        json!({ "added": 1, "modified": 1, "removed": 0 })
    );
    assert_eq!(
        report["bundle"],
        json!({
            "index.py": ["def handler(event, context): return 2\n", "0o644"],
            "lib/new.py": ["NEW = 1\n", "0o755"],
            "lib/old.py": ["OLD = 1\n", "0o600"],
        })
    );
    assert_eq!(
        report["elsewhere"],
        "def handler(event, context): return 3\n"
    );
    for (what, said) in [
        ("outside", "it leads out of the bundle"),
        ("digest", "nothing is written"),
        ("missing", "bundles/none.zip is not there"),
        ("games", "is not authorized to perform: s3:GetObject"),
        ("other", "is not authorized to perform: s3:GetObject"),
        ("written", "is not authorized to perform: s3:PutObject"),
        ("bomb", "bytes uncompressed"),
    ] {
        let text = report["refused"][what].as_str().unwrap_or_default();
        assert!(text.contains(said), "{what}: {text}");
    }
    assert_eq!(report["unchanged"], true, "what is refused changes nothing");
    // Of changes at the same time, each is in the bundle or was refused.
    let taken = report["at_once"]["taken"].as_array().expect("a list");
    assert!(!taken.is_empty(), "{report}");
    assert_eq!(
        report["at_once"]["found"], report["at_once"]["taken"],
        "{report}"
    );
    kim.run(&["clean", "--stack", "mafia-kit-quickbuild"])
        .succeeds()
        .prints("0 left");
}
