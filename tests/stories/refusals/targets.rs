//! No target, no region, no credentials, no answer, or an answer that is no AWS's.

use std::net::TcpListener;

use super::assert_refusals;
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::mafia::{Mafia, Outcome};
use crate::proxy::{At, Proxy};

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];

/// Somebody whose machine knows nothing of AWS.
fn nobody() -> Mafia {
    Mafia::alone()
        .env("MAFIA_STACK", "mafia-anna")
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Somebody with keys of no worth, at `url`.
fn at(url: &str) -> Mafia {
    let [(id, test), (secret, _)] = KEYS;
    nobody()
        .env(id, test)
        .env(secret, test)
        .env("MAFIA_ENDPOINT_URL", url)
}

/// There is a profile `anna`, in which nothing is set.
fn with_an_empty_profile(mafia: Mafia) -> Mafia {
    let folder = mafia.home().join(".aws");
    std::fs::create_dir(&folder).expect("the home is new");
    std::fs::write(folder.join("config"), "[profile anna]\n").expect("written");
    mafia
}

/// An address where nothing listens.
fn nowhere() -> String {
    let gone = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = gone.local_addr().expect("a bound listener has an address");
    format!("http://{address}")
}

#[test]
fn where_to_work_has_to_be_clear() {
    let anna = with_an_empty_profile(nobody());
    let play = |arguments: &[&str]| {
        let outcome = anna.run(&[&["play", "state"], arguments].concat());
        outcome.exits_with(2).reads_well_in_a_pipe()
    };
    let url = |url| ["--endpoint-url", url];
    let nowhere = nobody().without_env("MAFIA_STATE_DIR");
    let nowhere = nowhere.in_folder("/".as_ref()).run(&["play", "state"]);
    let refusals = [
        nowhere.exits_with(2).reads_well_in_a_pipe(),
        play(&["--profile", "anna"]),
        play(&["--region", "eu-west-1"]),
        play(&[&["--target", "sandbox"], &url("http://127.0.0.1:1")[..]].concat()),
        play(&["--target", "aws"]),
        play(&["--target", "aws", "--profile", "anna"]),
        play(&url("127.0.0.1:4566")),
        play(&url("http://127.0.0.1:123456")),
        play(&["--stack", "my stack"]),
    ];
    assert_refusals("no-target", &refusals);
}

#[test]
fn an_endpoint_in_awss_environment_is_a_target() {
    let mafia = nobody().env("AWS_ENDPOINT_URL", &nowhere());
    let mafia = KEYS
        .iter()
        .fold(mafia, |mafia, (name, value)| mafia.env(name, value));
    let refused = mafia.run(&["play", "state"]).exits_with(3);
    refused.remarks("cannot reach http://127.0.0.1:");
    // As for AWS's clients; then nothing names a target but the sandbox.
    let ignoring = mafia.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
    let refused = ignoring.run(&["play", "state"]).exits_with(1);
    refused.remarks("mafia-anna on the sandbox (");
}

#[test]
fn an_address_in_awss_own_settings_is_checked_as_well() {
    let outcome = nobody()
        .env("AWS_ENDPOINT_URL", "localhost")
        .run(&["play", "--target", "aws"]);
    outcome
        .exits_with(2)
        .remarks("`localhost` is not a valid endpoint URL");
}

#[test]
fn without_credentials_nothing_is_sent() {
    let aws = ["--target", "aws", "--region", "eu-west-1"];
    let nobody = with_an_empty_profile(nobody());
    let play = |arguments: &[&str]| {
        let outcome = nobody.run(&[&["play", "state"], arguments].concat());
        outcome.exits_with(3).reads_well_in_a_pipe()
    };
    let refusals = [
        play(&aws),
        play(&[&aws[..], &["--profile", "anna"]].concat()),
        play(&["--endpoint-url", "http://127.0.0.1:1"]),
    ];
    assert_refusals("no-credentials", &refusals);
}

#[test]
fn a_profile_that_is_named_is_not_replaced_by_keys_in_the_environment() {
    let anna = at("http://127.0.0.1:1");
    let play = ["play", "state", "--profile", "anna"];
    let refused = anna.run(&play).exits_with(2);
    refused.remarks("there is no profile `anna` (--profile)");
    let refused = with_an_empty_profile(anna).run(&play).exits_with(3);
    refused.remarks("no credentials for http://127.0.0.1:1 (us-east-1) in profile anna");
}

#[test]
fn a_machine_without_a_metadata_service_is_not_asked_for_long() {
    // It takes the connection and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let refused = nobody()
        .without_env("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)
        .run(&["play", "state", "--target", "aws", "--region", "eu-west-1"]);
    refused
        .exits_with(3)
        .remarks("error: no credentials for AWS (eu-west-1)\n");
}

#[test]
fn an_endpoint_that_is_not_there_or_is_no_aws_is_told_from_a_refusal() {
    let html = |status| {
        let proxy = Proxy::in_front_of(&Endpoint::on("http://127.0.0.1:1"));
        proxy.inject(At::ALL, Fault::Html(status));
        proxy
    };
    let pages = [html(200), html(404)];
    let play = |url: &str| -> Outcome { at(url).run(&["play", "state"]).exits_with(3) };
    let refusals = [
        play(&nowhere()),
        play(pages[0].endpoint().url()),
        play(pages[1].endpoint().url()),
    ];
    assert_refusals("unreachable", &refusals);
    assert_eq!(
        pages[0].requests().len(),
        1,
        "a page is not asked for twice"
    );
}

/// What `mafia play state` says where each request is refused like this.
fn refused_everything(status: u16, code: &'static str, message: &'static str) -> Outcome {
    let proxy = Proxy::in_front_of(&Endpoint::on("http://127.0.0.1:1"));
    let refusal = Fault::Refuse {
        status,
        code,
        message,
    };
    proxy.inject(At::ALL, refusal);
    let refused = at(proxy.endpoint().url()).run(&["play", "state"]);
    refused.exits_with(3)
}

#[test]
fn rejected_keys_and_missing_permissions_are_told_apart() {
    let refusals = [
        refused_everything(
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
        refused_everything(
            403,
            "AccessDenied",
            "User: arn:aws:iam::1:user/ann is not authorized to perform: lambda:InvokeFunction",
        ),
    ];
    assert_refusals("blocked", &refusals);
}

#[test]
#[ignore = "waits for all repetitions: run .ci/run, or pass --include-ignored"]
fn what_fails_for_ever_ends_a_command() {
    let refusals = [
        refused_everything(400, "Throttling", "Rate exceeded"),
        refused_everything(500, "InternalFailure", "We encountered an internal error"),
    ];
    assert_refusals("blocked-for-ever", &refusals);
}

#[test]
fn a_variable_that_is_empty_is_none() {
    let mut mafia = Mafia::alone().in_folder("/".as_ref());
    for variable in [
        "TARGET",
        "STATE_DIR",
        "ENDPOINT_URL",
        "STACK",
        "WORKSHOP",
        "COLOR",
        "JSON",
    ] {
        mafia = mafia.env(&format!("MAFIA_{variable}"), "");
    }
    let refused = mafia.run(&["play", "state"]).exits_with(2);
    refused.remarks("not inside a workshop folder");
}
