//! The ground that other stories stand on: that the servers, the listings, the proxy's faults and
//! the runs of the binary are what they claim to be, judged by boto3 where it can.

use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::listing::{Listing, bystander};
use crate::mafia::Mafia;
use crate::ministack::Ministack;
use crate::outside::boto3;
use crate::proxy::{At, Moment, Proxy};

on_each_endpoint! {
    a_bystanders_things_are_listed_and_a_change_to_them_is_seen,
    accounts_do_not_see_each_other,
    the_proxy_names_what_boto3_asks_for,
    boto3_takes_injected_faults_for_awss_own,
    a_write_whose_answer_was_lost_has_happened,
}

fn a_bystanders_things_are_listed_and_a_change_to_them_is_seen(endpoint: &Endpoint) {
    let before = bystander(endpoint, "mafia-anna");
    assert_eq!(before.names("stacks"), ["mafia-annabel", "not-mafia-anna"]);
    assert_eq!(
        before.names("functions"),
        ["mafia-annabel-01-new-game", "not-mafia-anna-01-new-game"]
    );
    assert_eq!(
        before.names("roles"),
        ["mafia-annabel-role", "not-mafia-anna-role"]
    );
    assert_eq!(
        before.names("policies"),
        ["mafia-annabel-role", "not-mafia-anna-role"]
    );
    assert_eq!(
        before.names("tables").len(),
        4,
        "two of its own and two of its stacks"
    );
    assert_eq!(before.names("log_groups").len(), 3);
    assert_eq!(before.names("buckets").len(), 3);
    let bucket = format!("mafia-anna-somebody-elses-{}", endpoint.account());
    let notes = before.get("buckets", &bucket);
    assert!(notes["notes.txt"].is_string(), "{notes}");
    before.assert_still_all_there_is(&Listing::of(endpoint));

    let group = json!({ "logGroupName": "/aws/lambda/mafia-anna-99-somebody-elses" });
    let note = json!({ "Bucket": bucket, "Key": "notes.txt", "Body": "!" });
    boto3(
        endpoint,
        &[
            ("logs", "delete_log_group", group),
            ("s3", "put_object", note),
        ],
    );
    let difference = before.difference(&Listing::of(endpoint));
    let lines: Vec<_> = difference.lines().collect();
    assert_eq!(lines.len(), 2, "{difference}");
    assert!(
        lines[0].starts_with("changed: buckets mafia-anna-somebody-elses-"),
        "{difference}"
    );
    assert!(
        lines[1].starts_with("vanished: log_groups /aws/lambda/mafia-anna-99"),
        "{difference}"
    );
}

fn accounts_do_not_see_each_other(endpoint: &Endpoint) {
    bystander(endpoint, "mafia");
    let neighbour = endpoint.elsewhere();
    let there = Listing::of(&neighbour);
    for kind in [
        "buckets",
        "functions",
        "log_groups",
        "policies",
        "roles",
        "stacks",
        "tables",
    ] {
        assert!(there.names(kind).is_empty(), "{kind}: {there:?}");
    }
}

fn the_proxy_names_what_boto3_asks_for(endpoint: &Endpoint) {
    let proxy = Proxy::in_front_of(endpoint);
    let nobody = json!({ "FunctionName": "nobody", "ZipFile": "x" });
    let bucket = json!({ "Bucket": "named" });
    let object = json!({ "Bucket": "named", "Key": "a/b", "Body": "text" });
    let calls = [
        ("sts", "get_caller_identity", json!({})),
        ("cloudformation", "describe_stacks", json!({})),
        ("dynamodb", "list_tables", json!({})),
        ("logs", "describe_log_groups", json!({})),
        ("lambda", "list_functions", json!({})),
        ("lambda", "update_function_code", nobody),
        ("s3", "create_bucket", bucket.clone()),
        ("s3", "put_object", object),
        ("s3", "list_objects_v2", bucket),
    ];
    boto3(proxy.endpoint(), &calls);
    let expected = [
        "   1 sts:GetCallerIdentity 200 ",
        "   2 cloudformation:DescribeStacks 200 ",
        "   3 dynamodb:ListTables 200 ",
        "   4 logs:DescribeLogGroups 200 ",
        "   5 lambda:ListFunctions 200 ",
        "   6 lambda:UpdateFunctionCode 404 ",
        "   7 s3:CreateBucket 200 ",
        "   8 s3:PutObject 200 ",
        "   9 s3:ListObjectsV2 200 ",
    ];
    assert_eq!(proxy.transcript(), expected.join("\n"));
    let writes: Vec<_> = proxy
        .writes()
        .iter()
        .map(|request| request.number)
        .collect();
    assert_eq!(writes, [6, 7, 8]);
}

fn boto3_takes_injected_faults_for_awss_own(endpoint: &Endpoint) {
    let denied = Fault::Refuse {
        status: 403,
        code: "AccessDenied",
        message: "not yours",
    };
    let closed = (Some("ConnectionClosedError"), None, None);
    let error = |code, status| (None, Some(code), Some(status));
    for (service, method, throttled, failed) in [
        (
            "cloudformation",
            "describe_stacks",
            ("Throttling", 400),
            "InternalFailure",
        ),
        (
            "dynamodb",
            "list_tables",
            ("ThrottlingException", 400),
            "InternalServerError",
        ),
        (
            "lambda",
            "list_functions",
            ("TooManyRequestsException", 429),
            "ServiceException",
        ),
        ("s3", "list_buckets", ("SlowDown", 503), "InternalError"),
    ] {
        let proxy = Proxy::in_front_of(endpoint);
        let scene = [
            (Fault::Throttle, error(throttled.0, throttled.1)),
            (Fault::ServerError(500), error(failed, 500)),
            (Fault::ServerError(503), error("ServiceUnavailable", 503)),
            (denied.clone(), error("AccessDenied", 403)),
            (Fault::DropBefore, closed),
            (Fault::DropAfter, closed),
        ];
        for (number, (fault, _)) in (1..).zip(&scene) {
            proxy.inject(At::request(number), fault.clone());
        }
        // One more than there are faults.
        let calls = vec![(service, method, json!({})); scene.len() + 1];
        let seen = boto3(proxy.endpoint(), &calls);
        for (call, (fault, expected)) in seen.iter().zip(&scene) {
            let got = (call.exception.as_deref(), call.code.as_deref(), call.status);
            assert_eq!(&got, expected, "{service}, {fault:?}");
        }
        assert_eq!(seen[scene.len()].status, Some(200), "{service}, no fault");
    }
    let proxy = Proxy::in_front_of(endpoint);
    proxy.inject(At::ALL, Fault::Html(200));
    let seen = boto3(
        proxy.endpoint(),
        &[("cloudformation", "describe_stacks", json!({}))],
    );
    assert_eq!(
        seen[0].exception.as_deref(),
        Some("ResponseParserError"),
        "{seen:?}"
    );
}

fn a_write_whose_answer_was_lost_has_happened(endpoint: &Endpoint) {
    let proxy = Proxy::in_front_of(endpoint);
    let create = |name: &str| ("logs", "create_log_group", json!({ "logGroupName": name }));
    proxy.inject(At::nth(1, "logs:CreateLogGroup"), Fault::DropBefore);
    proxy.inject(At::nth(2, "logs:CreateLogGroup"), Fault::DropAfter);
    let seen = boto3(proxy.endpoint(), &[create("never"), create("done")]);
    assert!(seen.iter().all(|call| call.answer.is_none()), "{seen:?}");
    assert_eq!(Listing::of(endpoint).names("log_groups"), ["done"]);

    let gate = proxy.hold(At::nth(3, "logs:CreateLogGroup"), Moment::BeforeAnswering);
    let asking = std::thread::spawn({
        let endpoint = proxy.endpoint().clone();
        let held = create("held");
        move || boto3(&endpoint, &[held])
    });
    assert!(gate.reached_within(Duration::from_secs(30)));
    assert_eq!(Listing::of(endpoint).names("log_groups"), ["done", "held"]);
    gate.open();
    let seen = asking.join().expect("the call ends");
    assert_eq!(seen[0].status, Some(200), "{seen:?}");
}

#[test]
#[ignore = "needs ministack: run .ci/run, or pass --include-ignored"]
fn two_ministacks_run_side_by_side_and_end_when_dropped() {
    let listens =
        |url: &str| TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).is_ok();
    let (one, other) = (Ministack::start(), Ministack::start());
    let (first, second) = (one.url().to_owned(), other.url().to_owned());
    assert!(listens(&first) && listens(&second) && first != second);
    drop(one);
    assert!(!listens(&first) && listens(&second));
    drop(other);
    assert!(!listens(&second));
}

#[test]
fn the_binary_runs() {
    let version = format!("mafia {}\n", env!("CARGO_PKG_VERSION"));
    let outcome = Mafia::alone().run(&["--version"]).succeeds();
    assert_eq!(outcome.stdout, version);
}
