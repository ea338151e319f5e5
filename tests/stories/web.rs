//! The lab `web`: the game's page in a bucket that is a web site, with a sign-in in front of the game.

mod page;

use serde_json::{Value, json};

use crate::documents::assert_documented;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::outside::{Request, boto3};
use crate::proxy::Proxy;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! { the_page_is_kept_as_it_is_here, only_who_has_signed_in_plays_through_the_api }

const LAB: [&str; 2] = ["--lab", "web"];
const PASSWORD: &str = "Secret-1";
const USER: &str = "ann@example.org";
/// The files of the page, and those of them that were edited.
const FILES: [&str; 7] = [
    "config.json",
    "game.css",
    "game.js",
    "icon.svg",
    "index.html",
    "sign-in.js",
    "users.js",
];

/// What was done to the files of the page.
fn files(deployed: &Value, action: &str) -> Vec<String> {
    let files = deployed["site"]["files"].as_array();
    let files = files
        .unwrap_or_else(|| panic!("no files in {deployed:#}"))
        .iter();
    let done = files.filter(|it| it["action"] == action);
    done.map(|it| it["file"].as_str().expect("text").to_owned())
        .collect()
}

#[track_caller]
fn answers(endpoint: &Endpoint, requests: &[Request<'_>]) -> Vec<Value> {
    let calls = boto3(endpoint, requests).into_iter();
    calls
        .map(|call| call.answer.unwrap_or_else(|| panic!("{:?}", call.code)))
        .collect()
}

fn the_page_is_kept_as_it_is_here(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::copy();
    let proxy = Proxy::in_front_of(endpoint);
    let wim = Student::new(proxy.endpoint(), "mafia-wim", &workspace);
    let deploys = |more: &[&str]| wim.asks(&[&["deploy"], &LAB[..], more].concat());

    // Without the game, there is nothing to play.
    wim.run(&["deploy", "--lab", "web"])
        .exits_with(1)
        .remarks("stack mafia-wim-web plays the game of stack mafia-wim, which does not exist on")
        .remarks("deploy --lab game --stack mafia-wim");
    wim.deploys(&[]);
    let would = deploys(&["--dry-run"]);
    assert_eq!(
        (&would["action"], files(&would, "uploaded")),
        (&json!("created"), FILES.map(str::to_owned).to_vec())
    );
    let created = deploys(&[]);
    assert_eq!(created["action"], "created");
    assert_eq!(files(&created, "uploaded"), FILES);
    let sites = [created["site"].clone(), would["site"].clone()];
    assert_documented(&["the web site of a deployment"], &sites);
    let bucket = created["site"]["bucket"].as_str().expect("a bucket");

    let read = |key: &str| json!({ "Bucket": bucket, "Key": key });
    let [page, script, config] = &answers(
        endpoint,
        &["index.html", "game.js", "config.json"].map(|key| ("s3", "get_object", read(key))),
    )[..] else {
        panic!("three objects")
    };
    for (object, kind, file) in [
        (page, "text/html; charset=utf-8", "index.html"),
        (script, "text/javascript; charset=utf-8", "game.js"),
    ] {
        assert_eq!(object["ContentType"], kind);
        let text = workspace.read(&format!("labs/web/site/{file}"));
        assert_eq!(object["Body"].as_str(), Some(text.as_str()));
    }
    assert_eq!(config["ContentType"], "application/json");
    let config = config["Body"].as_str().expect("text");
    let config: Value = serde_json::from_str(config).expect("JSON");
    let keys: Vec<&String> = config.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["api", "client", "region", "signIn", "userPool"]);

    // Nothing differs: nothing is written.
    proxy.clear();
    let same = deploys(&[]);
    assert_eq!(
        (&same["action"], files(&same, "unchanged")),
        (&json!("unchanged"), FILES.map(str::to_owned).to_vec())
    );
    // An edited page is uploaded, what is no page any more is removed, and the stack stays as it is.
    workspace.edit("labs/web/site/index.html", "Looking for", "Looking out for");
    let pictures = workspace.path().join("labs/web/site/pictures");
    std::fs::create_dir(&pictures).expect("a new folder");
    workspace.write("labs/web/site/pictures/moon.svg", "<svg/>");
    let status = wim.asks(&["status", "--stack", "mafia-wim-web"]);
    let edited = json!(["index.html", "pictures/moon.svg"]);
    let site = std::slice::from_ref(&status["site"]);
    assert_documented(&["the web site in a status"], site);
    assert_eq!(status["site"]["edited"], edited);
    assert_eq!(
        status["next"]
            .as_str()
            .map(|it| it.contains("deploy --lab web")),
        Some(true)
    );
    let would = deploys(&["--dry-run"]);
    assert_eq!(json!(files(&would, "uploaded")), edited);
    let uploaded = deploys(&[]);
    assert_eq!(uploaded["action"], "uploaded");
    assert_eq!(json!(files(&uploaded, "uploaded")), edited);
    std::fs::remove_dir_all(pictures).expect("it is there");
    let status = wim.asks(&["status", "--stack", "mafia-wim-web"]);
    let site = &status["site"];
    assert_eq!(site["edited"], json!([]));
    assert_eq!(site["removed"], json!(["pictures/moon.svg"]));
    let removed = deploys(&[]);
    assert_eq!(files(&removed, "removed"), ["pictures/moon.svg"]);
    assert_eq!(deploys(&[])["action"], "unchanged");
    let web = Student::new(proxy.endpoint(), "mafia-wim-web", &workspace);
    let mut watch = web.start(&["watch"]);
    watch.wait_until_it_says("watching the page and the template");
    watch.wait_until_it_says("nothing to deploy");
    workspace.edit(
        "labs/web/site/index.html",
        "Looking out for",
        "Looking after",
    );
    watch.wait_until_it_says("index.html: built in");
    watch.wait_until_it_says("1 file live");
    watch.interrupt_and_finish().exits_with(130);
    for operation in ["CreateChangeSet", "CreateStack", "UpdateStack"] {
        let sent = proxy.requests_of(&format!("cloudformation:{operation}"));
        assert!(sent.is_empty(), "{operation}");
    }
    wim.run(&["clean", "--stack", "mafia-wim-web"])
        .succeeds()
        .prints("0 left");
    wim.cleans();
}

/// The user pool of a deployed lab, as a program uses it.
struct Pool<'a> {
    endpoint: &'a Endpoint,
    id: String,
    client: String,
}

impl<'a> Pool<'a> {
    fn of(endpoint: &'a Endpoint, student: &Student) -> Self {
        let name = json!({ "StackName": student.stack });
        let stacks = answers(endpoint, &[("cloudformation", "describe_stacks", name)]).remove(0);
        let outputs = stacks["Stacks"][0]["Outputs"].as_array().expect("outputs");
        let output = |name: &str| {
            let mut outputs = outputs.iter();
            let found = outputs.find(|it| it["OutputKey"] == name);
            found.expect(name)["OutputValue"]
                .as_str()
                .expect("text")
                .to_owned()
        };
        Self {
            endpoint,
            id: output("UserPool"),
            client: output("UserPoolClient"),
        }
    }

    /// Another pool, of which the API knows nothing.
    fn another(endpoint: &'a Endpoint) -> Self {
        let pool = json!({ "PoolName": "others" });
        let pool = answers(endpoint, &[("cognito-idp", "create_user_pool", pool)]).remove(0);
        let id = pool["UserPool"]["Id"].as_str().expect("an id");
        let client = json!({ "UserPoolId": id, "ClientName": "others",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] });
        let client = answers(
            endpoint,
            &[("cognito-idp", "create_user_pool_client", client)],
        )
        .remove(0);
        let client = client["UserPoolClient"]["ClientId"]
            .as_str()
            .expect("an id");
        Self {
            endpoint,
            id: id.to_owned(),
            client: client.to_owned(),
        }
    }

    /// Signs a user up, confirms, and signs in; the tokens.
    fn tokens(&self) -> Value {
        let sign_up = json!({ "ClientId": self.client, "Username": USER, "Password": PASSWORD,
            "UserAttributes": [{ "Name": "email", "Value": USER }] });
        let confirm = json!({ "UserPoolId": self.id, "Username": USER });
        let sign_in = json!({ "ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": USER, "PASSWORD": PASSWORD } });
        let mut answers = answers(
            self.endpoint,
            &[
                ("cognito-idp", "sign_up", sign_up),
                ("cognito-idp", "admin_confirm_sign_up", confirm),
                ("cognito-idp", "initiate_auth", sign_in),
            ],
        );
        answers[2]["AuthenticationResult"].take()
    }
}

/// ministack has user pools, but no authorizers of the type `COGNITO_USER_POOLS`: its APIs let anybody through. It
/// has no web sites of buckets either, only their settings.
fn only_who_has_signed_in_plays_through_the_api(endpoint: &Endpoint) {
    let endpoint = &endpoint.for_the_public();
    let workspace = Workspace::copy();
    let ida = Student::new(endpoint, "mafia-ida", &workspace);
    ida.deploys(&[]);
    ida.deploys(&LAB);
    let web = Student::new(endpoint, "mafia-ida-web", &workspace);
    hints_are_for_a_page(&ida, &web);
    let pool = Pool::of(endpoint, &web);
    let tokens = pool.tokens();
    let plays = |path: &str, token: Option<&str>| {
        let header = token.map(|token| format!("Authorization: {token}"));
        let header = header.iter().flat_map(|it| ["--header", it]);
        let command: Vec<&str> = ["api", "call", "GET", path]
            .into_iter()
            .chain(header)
            .collect();
        let answer = web.mafia().run(&[&command[..], &["--json"]].concat());
        (answer.json()["status"].as_u64(), answer.code)
    };
    let id = tokens["IdToken"].as_str().expect("a token");
    assert_eq!(plays("/new-game", Some(id)), (Some(200), Some(0)));
    assert_eq!(plays("/night-turn", Some(id)), (Some(200), Some(0)));
    let state = ida.asks(&["play", "state"]);
    let players = state["players"].as_array().expect("a list").iter();
    let killed = players.filter(|it| it["identity"] == "Killed by mafia");
    assert_eq!(
        killed.count(),
        1,
        "the game that was played is the student's"
    );
    if endpoint.is_a_sandbox() {
        let others = Pool::another(endpoint).tokens();
        let other = others["IdToken"].as_str().expect("a token");
        let access = tokens["AccessToken"].as_str().expect("a token");
        let forged = &id[..id.len() - 3];
        for token in [None, Some(other), Some(access), Some(forged), Some("x")] {
            assert_eq!(plays("/night-turn", token).0, Some(401), "{token:?}");
        }
        endpoint.advance("61m").expect("a sandbox's clock");
        assert_eq!(plays("/night-turn", Some(id)).0, Some(401), "it expired");
    }
    let runs = ["lab", "run", "web"];
    if endpoint.is_a_sandbox() {
        web.shows_that_it_works("web");
        // The trial user is gone.
        let users = json!({ "UserPoolId": pool.id });
        let users = answers(endpoint, &[("cognito-idp", "list_users", users)]).remove(0);
        assert_eq!(users["Users"].as_array().map(Vec::len), Some(1), "{users}");
        ida.run(&runs).succeeds().prints("web works: 6 steps in");
    } else {
        let stopped = ida.run(&runs).exits_with(1);
        stopped.prints("expected: 200 and a page");
    }
    ida.run(&["lab", "run", "word-cuont"])
        .exits_with(2)
        .remarks("there is no system word-cuont to run")
        .remarks("did you mean word-count?");
    ida.run(&["lab", "run", "web", "--stack", "mafia-ida"])
        .exits_with(2)
        .remarks("stack mafia-ida is of the game, not of the lab web")
        .remarks("deploy --lab game --stack mafia-ida` to deploy the game");
    let cleaned = ida.run(&["clean"]).succeeds();
    cleaned
        .remarks("Stack mafia-ida-web plays this game, and will not work without it.")
        .remarks("clean --stack mafia-ida-web`");
    if endpoint.is_a_sandbox() {
        // Without the game, the page is there, and the API says that it cannot play.
        let stopped = ida.run(&runs).exits_with(1);
        stopped
            .prints("expected: 200 and the players")
            .remarks("a permission is missing");
    }
    web.run(&["clean"]).succeeds().prints("0 left");
    // A stack that is called after the lab is the lab's.
    web.run(&runs)
        .exits_with(1)
        .remarks("stack mafia-ida-web does not exist")
        .never_says("web-web");
    ida.run(&runs)
        .exits_with(1)
        .remarks("mafia deploy --lab web --stack mafia-ida-web");
}

/// What is said about functions to somebody who works on the stack of the page, which has none.
fn hints_are_for_a_page(ida: &Student, web: &Student) {
    for command in [
        &["play", "auto"][..],
        &["logs"],
        &["table"],
        &["invoke", "1"],
    ] {
        let refused = web.run(command);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        refused.remarks("it plays the game of stack mafia-ida: use --stack mafia-ida");
    }
    ida.run(&["deploy", "--lab", "web", "index.html"])
        .exits_with(2)
        .remarks("the package has no functions: run `")
        .remarks("deploy --lab web --stack mafia-ida-web` to deploy all that it has");
    ida.run(&["deploy", "--lab", "web", "--quickbuild"])
        .exits_with(2)
        .remarks("--quickbuild is for the code of functions");
    let api = web.run(&["api"]).succeeds();
    api.prints("curl -H 'Authorization: TOKEN' http");
    assert!(!web.run(&["api"]).stderr.contains("Next:"));
    // The stack that a variable names is not the game's here.
    let next = web.asks(&["status"])["next"].take();
    let next = next.as_str().unwrap_or_default();
    assert!(
        next.ends_with("lab run web --stack mafia-ida-web"),
        "{next}"
    );
}
