//! Accounts with rules: roles that must have a boundary or a path, roles that nobody may create, and a
//! role that CloudFormation works with.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::outside::{boto3, tool};
use crate::proxy::Proxy;
use crate::requests::{documents_read_by, of_everybody};
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    where_nobody_may_create_roles_the_functions_have_one_that_is_there,
    cloudformation_works_with_the_role_that_was_named;
    on ministack alone: an_instructor_gives_permissions_as_the_page_says,
}

const STACK: &str = "mafia-olga";

/// The functions may do what their role allows, at once, and no more.
#[test]
fn a_function_fails_as_on_aws_without_a_permission() {
    const STACK: &str = "mafia-pia";
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::copy();
    let pia = Student::new(&endpoint, STACK, &workspace);
    let (template, allowed) = ("templates/game.yaml", "Action: dynamodb:Scan");
    workspace.edit(template, allowed, "Action: dynamodb:Query");
    pia.deploys(&[]);
    pia.run(&["play", "state"])
        .exits_with(1)
        .remarks("is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:")
        .remarks("/index/Masked because no identity-based policy allows the dynamodb:Scan action");

    let names = |said: &Value| {
        said["error"]["hints"][0]
            .as_str()
            .expect("a text")
            .to_owned()
    };
    let refused = pia.run(&["--json", "play", "state"]).exits_with(1).json();
    let hint = names(&refused);
    let (_, statement) = hint.split_once(": {").expect("a statement");
    let statement = format!("{{{statement}");
    pia.run(&["logs"])
        .succeeds()
        .remarks("dynamodb:Scan was refused: to allow it, add this statement");

    // It works as it was told.
    let statements = "            Statement:\n";
    let pasted = format!("{statements}              - {statement}\n");
    workspace.edit(template, statements, &pasted);
    pia.deploys(&[]);
    pia.run(&["play", "state"]).succeeds();
    workspace.edit(template, &pasted, statements);

    // A statement would not help.
    let deny = format!(
        "{statements}              - {}\n",
        statement.replace("Allow", "Deny")
    );
    workspace.edit(template, "Action: dynamodb:Query", allowed);
    workspace.edit(template, statements, &deny);
    pia.deploys(&[]);
    let denied = names(&pia.run(&["--json", "play", "state"]).exits_with(1).json());
    assert!(
        denied.starts_with("no statement that allows it would help"),
        "{denied}"
    );
    workspace.edit(template, &deny, statements);
    pia.deploys(&[]);
    pia.run(&["play", "new"]).succeeds();
    pia.run(&["play", "state"]).succeeds();
}

/// A change that nobody notices would be one of the policies with one thing wrong.
#[test]
#[ignore = "needs botocore and cfn-lint: run .ci/run, or pass --include-ignored"]
fn the_policies_allow_what_is_needed_and_nothing_else() {
    let endpoint = Endpoint::sandbox();
    let sent = of_everybody(&endpoint);
    let documents: Vec<Value> = sent
        .iter()
        .flat_map(|(by, requests)| {
            requests.iter().map(move |request| {
                let mut document = request.document();
                document["by"] = json!(by);
                document
            })
        })
        .collect();
    let folders = ["templates/policies", "templates"];
    let folders = folders.map(|name| format!("{}/{name}", env!("CARGO_MANIFEST_DIR")));
    let report = documents_read_by(
        "policies.py",
        &folders.each_ref().map(String::as_str),
        &endpoint,
        &documents,
    );
    assert_eq!(report["faults"], json!([]), "{report:#}");
    assert_eq!(report["unnoticed"], json!([]), "{report:#}");
}

/// Not on ministack, whose roles have no boundaries and whose parameters have no patterns.
#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn the_functions_role_has_the_boundary_and_the_path_that_the_account_wants() {
    let endpoint = &Endpoint::sandbox();
    let workspace = Workspace::light();
    let olga = Student::new(endpoint, STACK, &workspace);
    let boundary = boundary(endpoint);
    let given = format!("PermissionsBoundary={boundary}");
    olga.deploys(&["-p", &given, "-p", "RolePath=/class/"]);
    let name = Listing::of(endpoint).names("roles")[0].to_owned();
    let asked = ("iam", "get_role", json!({ "RoleName": name }));
    let role = boto3(endpoint, &[asked]).remove(0).answer.expect("a role");
    let role = &role["Role"];
    assert_eq!(
        role["PermissionsBoundary"]["PermissionsBoundaryArn"],
        boundary
    );
    assert_eq!(role["Path"], "/class/");

    // They stay as they are when something else changes.
    olga.deploys(&["-p", "Players=7"]);
    let before = Listing::of(endpoint);
    assert_eq!(before.names("roles"), [name]);
    for (parameter, reason) in [
        (
            "PermissionsBoundary=mafia-boundary",
            "must be the ARN of a managed policy",
        ),
        ("RolePath=class", "must begin and end with /"),
        ("FunctionRole=lambda", "must be the ARN of a role"),
    ] {
        olga.run(&["deploy", "-p", parameter])
            .exits_with(2)
            .remarks(reason);
    }
    before.assert_still_all_there_is(&Listing::of(endpoint));
    olga.cleans();
}

/// The policy that limits all roles of a class, as an instructor creates it.
fn boundary(endpoint: &Endpoint) -> String {
    let text = include_str!("../../templates/policies/boundary.json");
    let document = text.replace("ACCOUNT", endpoint.account());
    let policy = json!({ "PolicyName": "mafia-boundary", "PolicyDocument": document });
    let made = boto3(endpoint, &[("iam", "create_policy", policy)]).remove(0);
    let made = made.answer.expect("the policy is sound");
    made["Policy"]["Arn"]
        .as_str()
        .expect("it has an ARN")
        .to_owned()
}

fn where_nobody_may_create_roles_the_functions_have_one_that_is_there(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let olga = Student::new(endpoint, STACK, &workspace);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let role = json!({ "RoleName": "games", "AssumeRolePolicyDocument": trust.to_string() });
    let made = boto3(endpoint, &[("iam", "create_role", role)]).remove(0);
    let role = made.answer.expect("a role")["Role"]["Arn"].take();
    let given = format!("FunctionRole={}", role.as_str().expect("it has an ARN"));

    olga.deploys(&["-p", &given]);
    let listing = Listing::of(endpoint);
    assert_eq!(listing.names("roles"), ["games"]);
    for function in listing.names("functions") {
        assert_eq!(listing.get("functions", function)["Role"], role);
    }
    olga.cleans();
    assert_eq!(Listing::of(endpoint).names("roles"), ["games"]);
}

/// ministack has IAM's users and groups, and a simulator. That one takes no condition keys: what is
/// allowed on a condition is denied, and so is what is allowed for the user's name. Keys of users work in
/// one account of it, which no other story has.
fn an_instructor_gives_permissions_as_the_page_says(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let in_account = |key: &str, secret: &str| {
        let mafia = Student::new(endpoint, "mafia-anna", &workspace).mafia();
        let mafia = mafia.env("AWS_ACCESS_KEY_ID", key);
        mafia.env("AWS_SECRET_ACCESS_KEY", secret)
    };
    in_account("test", "test").run(&["deploy"]).succeeds();

    let page = include_str!("../../docs/permissions.md");
    let scripts = page.split("```sh\n").skip(1);
    let scripts: Vec<&str> = scripts
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(scripts.len(), 2);
    let printed = run_in_shell(endpoint, &scripts.concat());
    let (_, key) = printed
        .rsplit_once("{\n    \"AccessKey\"")
        .expect("a key is the last");
    let key: Value = serde_json::from_str(&format!("{{\"AccessKey\"{key}")).expect("JSON");
    let text = |name: &str| key["AccessKey"][name].as_str().expect("text").to_owned();

    let anna = in_account(&text("AccessKeyId"), &text("SecretAccessKey"));
    let lacks = "you lack statements of templates/policies/student.json: ";
    anna.run(&["doctor"])
        .prints("credentials      user/anna")
        .prints(&format!("{lacks}Stacks; Games; Functions; Table; Logs; "));

    let promotion = "aws iam add-user-to-group --user-name anna --group-name mafia-instructor";
    run_in_shell(endpoint, promotion);
    for stack in ["mafia-anna", "mafia-bea"] {
        let doctor = anna.run(&["doctor", "--stack", stack]);
        let on_condition = "CloudFormationRoleBounded; CloudFormationPassRole\n";
        doctor.prints(&format!("{lacks}{on_condition}"));
    }
    anna.run(&["doctor", "--stack", "production"])
        .prints(&format!("{lacks}Stacks; Functions; Table; Logs; "));
}

/// What the script prints, which is run in the project's folder with the AWS CLI.
fn run_in_shell(endpoint: &Endpoint, script: &str) -> String {
    let tools = tool("aws").parent().expect("it is in a folder").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", format!("{}:{path}", tools.display()))
        .envs(endpoint.environment())
        .env("AWS_ACCESS_KEY_ID", "test")
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("the AWS CLI prints text")
}

fn cloudformation_works_with_the_role_that_was_named(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let proxy = Proxy::in_front_of(endpoint);
    let olga = Student::new(proxy.endpoint(), STACK, &workspace);
    let role = format!("arn:aws:iam::{}:role/deployer", endpoint.account());
    let named = ["--role-arn", &role];
    let run = |arguments: &[&str]| olga.run(&[arguments, &named].concat()).succeeds();
    run(&["deploy"]);
    run(&["deploy", "-p", "Players=7"]);
    run(&["clean"]);
    let sent = format!("RoleARN={}", role.replace(':', "%3A").replace('/', "%2F"));
    for (operation, count) in [
        ("cloudformation:CreateStack", 2),
        ("cloudformation:CreateChangeSet", 1),
        ("cloudformation:DeleteStack", 2),
    ] {
        let requests = proxy.requests_of(operation);
        assert_eq!(requests.len(), count, "{operation}");
        for request in requests {
            let body = String::from_utf8_lossy(&request.body);
            assert!(body.contains(&sent), "{operation}: {body}");
        }
    }
}
