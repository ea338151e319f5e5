//! What `mafia` sends: each operation that it can ask for is recorded once and read by botocore's
//! models of AWS's services, which know every name, type, value and length that AWS accepts.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::listing::Listing;
use crate::mafia::Mafia;
use crate::outside::{boto3, python};
use crate::proxy::{Proxy, Recorded};
use crate::stub::{self, Stub};
use crate::student::Student;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const TEMPLATE: &str = "templates/game.yaml";

impl Recorded {
    /// One request as the scripts of `outside` read it.
    pub fn document(&self) -> Value {
        json!({
            "service": self.operation.service,
            "operation": self.operation.name,
            "method": self.method.as_str(),
            "path": self.path,
            "headers": self.headers,
            "body": STANDARD.encode(&self.body),
        })
    }
}

#[test]
#[ignore = "needs botocore: run .ci/run, or pass --include-ignored"]
fn every_request_is_one_that_aws_accepts() {
    let endpoint = Endpoint::sandbox();
    let requests = of_every_operation(&endpoint);
    let recorded: BTreeSet<&str> = requests
        .iter()
        .map(|request| request.operation.name.as_str())
        .collect();
    let in_code = operations_in_code();
    let missing: Vec<_> = in_code
        .iter()
        .filter(|operation| !recorded.contains(operation.as_str()))
        .collect();
    assert!(missing.is_empty(), "not recorded: {missing:?}");

    let report = read_by("recorded.py", &[], &endpoint, &requests);
    assert_eq!(report["faults"], json!([]), "{report:#}");
    assert_eq!(report["checked"], requests.len());
}

#[test]
#[ignore = "needs botocore: run .ci/run, or pass --include-ignored"]
fn a_request_that_aws_would_refuse_is_noticed() {
    let request = |operation: &str, body: &str| {
        json!({
            "service": "cloudformation",
            "operation": operation,
            "method": "POST",
            "path": "/",
            "headers": { "content-type": "application/x-www-form-urlencoded" },
            "body": STANDARD.encode(format!("Action={operation}&Version=2010-05-15&{body}")),
        })
    };
    for (operation, body, fault) in [
        ("DeleteStack", "", "Missing required parameter"),
        ("DeleteStack", "StackName=a&Stack=b", "Unknown parameter"),
        ("CreateStack", "StackName=a&OnFailure=SHRUG", "SHRUG"),
        ("CreateStack", "StackName=a&ClientRequestToken=-", "pattern"),
        (
            "CreateStack",
            "StackName=a&TimeoutInMinutes=x",
            "TimeoutInMinutes",
        ),
        ("CreateFlock", "StackName=a", "CreateFlock"),
    ] {
        let nowhere = Endpoint::on("http://127.0.0.1:9");
        let documents = [request(operation, body)];
        let report = documents_read_by("recorded.py", &[], &nowhere, &documents);
        let faults = report["faults"].to_string();
        assert!(faults.contains(fault), "{operation} {body}: {faults}");
    }
}

/// The requests of lives in which each operation of the tool is needed at least once.
fn of_every_operation(endpoint: &Endpoint) -> Vec<Recorded> {
    let sent = of_everybody(endpoint);
    let sent = sent.into_iter().flat_map(|(_, requests)| requests);
    sent.chain(of_labs(endpoint)).collect()
}

/// Of somebody who runs the systems of the labs with queues and with users.
fn of_labs(endpoint: &Endpoint) -> Vec<Recorded> {
    const STACK: &str = "mafia-lola";
    let proxy = Proxy::in_front_of(endpoint);
    for (lab, workspace) in [
        ("operations", Workspace::with_lab("operations")),
        ("web", Workspace::copy()),
    ] {
        let lola = Student::new(proxy.endpoint(), STACK, &workspace);
        if lab == "web" {
            lola.deploys(&[]);
        }
        lola.deploys(&["--lab", lab]);
        lola.run(&["lab", "run", lab]).succeeds();
    }
    // What is no operation of AWS is for the page and its API.
    let mut sent = proxy.requests();
    sent.retain(|request| request.operation.service != "unsigned");
    sent
}

/// The same by who sent them: somebody with a stack of her own, who also sets up what is shared; the instructor
/// of a class; and a student of that class.
pub fn of_everybody(endpoint: &Endpoint) -> Vec<(&'static str, Vec<Recorded>)> {
    let workspace = Workspace::light();
    let anna = of_anna(endpoint, &workspace);
    let [instructor, eve] = of_a_class(endpoint, &workspace);
    vec![("anna", anna), ("instructor", instructor), ("eve", eve)]
}

fn of_anna(endpoint: &Endpoint, workspace: &Workspace) -> Vec<Recorded> {
    let proxy = Proxy::in_front_of(endpoint);
    let anna = Student::new(proxy.endpoint(), STACK, workspace);
    let whole = workspace.read(TEMPLATE);

    workspace.edit(
        TEMPLATE,
        "\nResources:\n",
        "\nResources:\n  Bad: { Type: AWS::Nothing }\n",
    );
    anna.run(&["deploy"]).exits_with(1);
    let group = json!({ "logGroupName": format!("/aws/lambda/{STACK}-05-judgement") });
    boto3(endpoint, &[("logs", "create_log_group", group)]);
    workspace.write(TEMPLATE, &whole);
    // A log group that Lambda made, as the template's is another.
    workspace.edit(
        TEMPLATE,
        "!Sub /aws/lambda/${AWS::StackName}-05-judgement",
        "!Sub /logs/${AWS::StackName}-05-judgement",
    );
    anna.run(&["doctor"]);
    anna.deploys(&[]);
    anna.deploys(&["--dry-run", "-p", "Players=7"]);
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    anna.deploys(&[]);
    anna.deploys(&["-p", "Players=7"]);
    anna.deploys(&["--full"]);
    anna.run(&["undo"]).succeeds();
    anna.run(&["play", "new"]);
    // An API in front of functions that answer nothing.
    anna.deploys(&["-p", "Api=yes"]);
    anna.run(&["api"]).succeeds();
    anna.run(&["api", "call", "--test", "GET", "/game-state"])
        .succeeds();
    // These functions only say their names, but the check has put a game into the table by then.
    anna.run(&["lab", "check", "01.3"]).exits_with(1);
    anna.run(&["status"]).succeeds();
    anna.run(&["list"]).succeeds();
    anna.run(&["table"]).succeeds();
    anna.run(&["table", "--index", "Masked"]).succeeds();
    anna.run(&["logs"]).succeeds();
    anna.cleans();
    // Nothing is there any more but what CloudFormation remembers.
    anna.cleans();

    let stuck = stuck_in_a_rollback();
    let in_front_of_stuck = Proxy::in_front_of(stuck.endpoint());
    anna.through(&in_front_of_stuck)
        .run(&["deploy"])
        .exits_with(1);

    [proxy.requests(), in_front_of_stuck.requests()].concat()
}

/// A class from its plan to nothing, with a student at work in it. What the instructor sent, and what the
/// student.
fn of_a_class(endpoint: &Endpoint, workspace: &Workspace) -> [Vec<Recorded>; 2] {
    let roster = "class = \"monday\"\n\n[[student]]\nname = \"eve\"\n";
    workspace.write("roster.toml", roster);
    let [of_instructor, of_eve] = [(); 2].map(|()| Proxy::in_front_of(endpoint));
    let instructor = Student::new(of_instructor.endpoint(), STACK, workspace);
    let runs = |arguments: &[&str]| {
        instructor.run(&[&["class"], arguments].concat()).succeeds();
    };
    runs(&["plan"]);
    runs(&["up"]);
    runs(&["up"]);
    runs(&["status", "--errors"]);
    runs(&["logs", "eve"]);
    instructor.run(&["class", "play", "eve", "state"]);
    runs(&["checkpoint", "lab-02"]);

    let eve = Mafia::at(of_eve.endpoint())
        .in_folder(workspace.path())
        .env("MAFIA_YES", "true")
        .env("MAFIA_STACK", "mafia-monday-eve");
    workspace.edit("src/bin/new-game.rs", "\");", ", by eve\");");
    for arguments in [
        &["deploy"][..],
        &["deploy", "-p", "Players=7"],
        &["status"],
        &["table"],
        &["logs"],
    ] {
        eve.run(arguments).succeeds();
    }
    // It fails, and writes how far she is.
    eve.run(&["lab", "check", "01.3"]).exits_with(1);
    let listing = Listing::of(endpoint);
    let tables = listing.names("tables");
    let table = tables
        .iter()
        .find(|name| name.starts_with("mafia-monday-eve-"));
    let item = json!({ "Name": { "S": "Ann" } });
    let put = json!({ "TableName": table, "Item": item });
    let group = json!({ "logGroupName": "/aws/lambda/mafia-monday-ben-01-new-game" });
    let deleted = json!({ "logGroupName": "/aws/lambda/mafia-monday-eve-05-judgement" });
    boto3(
        endpoint,
        &[
            ("dynamodb", "put_item", put),
            ("logs", "create_log_group", group),
        ],
    );
    runs(&["reset", "eve", "--to", "lab-02"]);
    runs(&["deploy"]);
    runs(&["report"]);
    runs(&["exec", "--", "status"]);
    eve.run(&["clean", "--adopt"]).succeeds();
    // Of a function that no stack of hers had, so that its tags are asked for.
    let unknown = json!({ "logGroupName": "/aws/lambda/mafia-monday-eve-06-epilogue" });
    boto3(
        endpoint,
        &[
            ("logs", "create_log_group", deleted),
            ("logs", "create_log_group", unknown),
        ],
    );
    runs(&["clean"]);
    [of_instructor.requests(), of_eve.requests()]
}

/// A stack whose rollback fails again for what CloudFormation found in a validation.
fn stuck_in_a_rollback() -> Stub {
    let id = format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{STACK}/1");
    let looks = AtomicUsize::new(0);
    Stub::answering(move |asked| {
        let operation = asked.name.strip_prefix("cloudformation:")?;
        let content = match operation {
            "ContinueUpdateRollback" => String::new(),
            "DescribeStacks" => format!(
                "<Stacks><member><StackName>{STACK}</StackName><StackId>{id}</StackId>\
                 <StackStatus>UPDATE_ROLLBACK_FAILED</StackStatus>\
                 <CreationTime>2026-11-22T00:00:00Z</CreationTime><Tags><member>\
                 <Key>mafia:kind</Key><Value>game</Value></member></Tags></member></Stacks>"
            ),
            "DescribeStackEvents" if looks.fetch_add(1, Ordering::Relaxed) == 0 => {
                "<StackEvents/>".to_owned()
            }
            "DescribeStackEvents" => format!(
                "<StackEvents><member><EventId>1</EventId><StackId>{id}</StackId>\
                 <PhysicalResourceId>{id}</PhysicalResourceId><StackName>{STACK}</StackName>\
                 <Timestamp>2026-11-22T00:00:00Z</Timestamp>\
                 <ResourceStatus>UPDATE_ROLLBACK_FAILED</ResourceStatus>\
                 <ResourceStatusReason>see DescribeEvents</ResourceStatusReason></member>\
                 </StackEvents>"
            ),
            _ => return None,
        };
        Some(stub::xml(&format!(
            "<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>"
        )))
    })
}

/// The operations that `src/cloud` names, where it says which one failed.
fn operations_in_code() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud");
    let files = std::fs::read_dir(folder).expect("the sources are there");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    let texts = paths
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).expect("sources are text"));
    let names = |text: String| -> Vec<String> {
        let parts = text.split("failed(\"").skip(1);
        let names = parts.filter_map(|part| part.split('"').next());
        names.map(str::to_owned).collect()
    };
    texts.flat_map(names).collect()
}

/// What a script of `outside` reports on the requests, whose file is its last argument.
#[track_caller]
pub fn read_by(
    script: &str,
    arguments: &[&str],
    endpoint: &Endpoint,
    requests: &[Recorded],
) -> Value {
    let documents: Vec<Value> = requests.iter().map(Recorded::document).collect();
    documents_read_by(script, arguments, endpoint, &documents)
}

#[track_caller]
pub fn documents_read_by(
    script: &str,
    arguments: &[&str],
    endpoint: &Endpoint,
    documents: &[Value],
) -> Value {
    let mut file = tempfile::NamedTempFile::new().expect("the system takes a new file");
    for document in documents {
        writeln!(file, "{document}").expect("the file takes lines");
    }
    let path = file.path().to_str().expect("its path is text");
    python(endpoint, script, &[arguments, &[path]].concat())
}
