//! What others changed: another tool's template, resources deleted or changed by hand, the artifact
//! bucket emptied away. Each is noticed, and put right or named.

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::lifecycle::wait_until;
use crate::listing::Listing;
use crate::outside::boto3;
use crate::proxy::Proxy;
use crate::student::{Student, WORKSHOP};
use crate::workspace::Workspace;

on_each_endpoint! {
    a_comment_changes_nothing,
    another_tools_template_is_replaced,
    a_new_default_takes_effect_unless_another_value_was_chosen,
    what_was_deleted_or_changed_is_restored_or_named,
    a_function_that_was_deleted_is_restored_or_named,
    a_changed_setting_is_restored_or_named_by_any_deployment,
    a_deleted_artifact_bucket_is_created_again,
    templates_with_transforms_and_named_roles_are_created,
}

const STACK: &str = "mafia-anna";
const TEMPLATE: &str = "templates/game.yaml";

#[track_caller]
fn done(endpoint: &Endpoint, calls: &[(&str, &str, Value)]) {
    let done = boto3(endpoint, calls);
    assert!(done.iter().all(|call| call.answer.is_some()), "{done:?}");
}

/// Neither the stack nor, by its tags, any resource.
fn a_comment_changes_nothing(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let before = Listing::of(endpoint);
    workspace.edit(
        TEMPLATE,
        "\nParameters:\n",
        "\n# The parameters.\nParameters:\n",
    );
    workspace.edit(TEMPLATE, "Mafia workshop: one", "Mafia workshop – one");
    let proxy = Proxy::in_front_of(endpoint);
    assert_eq!(anna.through(&proxy).deploys(&[]).action, "unchanged");
    assert_eq!(proxy.writes().len(), 0, "{}", proxy.transcript());
    before.assert_still_all_there_is(&Listing::of(endpoint));

    // With a real change, only what changed is touched.
    workspace.edit(
        TEMPLATE,
        "RetentionInDays: 7\n\n  GameStateLogs",
        "RetentionInDays: 5\n\n  GameStateLogs",
    );
    let document = anna.asks(&["deploy"]);
    let changes = document["changes"].as_array().expect("a list");
    let changed: Vec<_> = changes.iter().map(|it| &it["logical_id"]).collect();
    assert!(
        changed.iter().any(|it| *it == "NewGameLogs"),
        "{document:#}"
    );
    // ministack names what depends on it, too.
    if endpoint.is_a_sandbox() {
        assert_eq!(changed, ["NewGameLogs"], "{document:#}");
    }
}

fn another_tools_template_is_replaced(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    anna.deploys(&["-p", "Players=7"]);
    let before = Listing::of(endpoint);
    let theirs = workspace
        .read(TEMPLATE)
        .replace("MemorySize: 256", "MemorySize: 512");
    let parameters = before.get("stacks", STACK)["Parameters"].clone();
    let names = parameters.as_object().expect("parameters by name").keys();
    let kept = names.map(|name| json!({ "ParameterKey": name, "UsePreviousValue": true }));
    let update = json!({
        "StackName": STACK,
        "TemplateBody": theirs,
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": kept.collect::<Vec<_>>(),
    });
    done(endpoint, &[("cloudformation", "update_stack", update)]);

    assert_eq!(anna.deploys(&[]).action, "updated");
    assert_eq!(anna.deploys(&[]).action, "unchanged");
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

fn a_new_default_takes_effect_unless_another_value_was_chosen(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&["-p", "Mafia=2"]);
    workspace.edit(TEMPLATE, "Default: 10", "Default: 12");
    workspace.edit(TEMPLATE, "Default: 3\n", "Default: 4\n");
    anna.run(&["deploy"])
        .succeeds()
        .remarks("Mafia keeps its value 2; the template's new default is 4");
    let parameters = Listing::of(endpoint).get("stacks", STACK)["Parameters"].clone();
    assert_eq!(
        (&parameters["Players"], &parameters["Mafia"]),
        (&json!("12"), &json!("2"))
    );
    assert_eq!(anna.deploys(&[]).action, "unchanged");
}

fn what_was_deleted_or_changed_is_restored_or_named(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let before = Listing::of(endpoint);
    let table = before.names("tables")[0].to_owned();
    let group = format!("/aws/lambda/{STACK}-02-game-state");
    let function = format!("{STACK}-03-night-turn");
    done(
        endpoint,
        &[
            ("dynamodb", "delete_table", json!({ "TableName": table })),
            ("logs", "delete_log_group", json!({ "logGroupName": group })),
            (
                "lambda",
                "update_function_configuration",
                json!({ "FunctionName": function, "MemorySize": 512 }),
            ),
        ],
    );
    anna.run(&["doctor"])
        .exits_with(1)
        .prints("Table (AWS::DynamoDB::Table) deleted")
        .prints("GameStateLogs (AWS::Logs::LogGroup) deleted")
        .prints("NightTurn (AWS::Lambda::Function) changed: /MemorySize")
        .prints("`mafia deploy --full`");
    if !endpoint.is_a_sandbox() {
        // It has no drift-aware change sets.
        anna.run(&["deploy", "--full"])
            .exits_with(1)
            .remarks("stack mafia-anna has lost GameStateLogs (AWS::Logs::LogGroup), Table")
            .remarks("run `mafia clean`, then `mafia deploy`");
        return;
    }
    assert_eq!(anna.deploys(&["--full"]).action, "updated");
    let after = Listing::of(endpoint);
    for kind in ["functions", "log_groups", "tables"] {
        assert_eq!(after.names(kind).len(), before.names(kind).len(), "{kind}");
    }
    assert_eq!(after.get("functions", &function)["MemorySize"], 256);
    let variables = &after.get("functions", &function)["Environment"]["Variables"];
    assert_eq!(variables["DYNAMO_TABLE"], after.names("tables")[0]);
    anna.run(&["doctor"]).succeeds();
    assert_eq!(anna.deploys(&["--full"]).action, "unchanged");
    assert_eq!(anna.deploys(&[]).action, "unchanged");
}

fn a_function_that_was_deleted_is_restored_or_named(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let function = json!({ "FunctionName": format!("{STACK}-03-night-turn") });
    done(endpoint, &[("lambda", "delete_function", function)]);
    if !endpoint.is_a_sandbox() {
        let refused = anna.run(&["deploy"]).exits_with(1);
        refused.remarks("has lost NightTurn (AWS::Lambda::Function)");
        return;
    }
    workspace.edit("src/bin/night-turn.rs", "\");", ", edited\");");
    let deployed = anna.deploys(&[]);
    assert_eq!(deployed.action, "updated");
    Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
    assert_eq!(anna.deploys(&[]).action, "unchanged");
}

/// It is seen in what each deployment reads anyway.
fn a_changed_setting_is_restored_or_named_by_any_deployment(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let function = format!("{STACK}-03-night-turn");
    let settings = Listing::of(endpoint).get("functions", &function).clone();
    let mut variables = settings["Environment"]["Variables"].clone();
    variables["NUMBER_OF_MAFIA"] = json!("9");
    let change = json!({
        "FunctionName": function,
        "MemorySize": 512,
        "Environment": { "Variables": variables },
    });
    done(
        endpoint,
        &[("lambda", "update_function_configuration", change)],
    );
    // While Lambda is at it, nothing else may change the function.
    wait_until("the change has taken effect", || {
        let listing = Listing::of(endpoint);
        listing.get("functions", &function)["LastUpdateStatus"] != "InProgress"
    });
    let noticed =
        format!("{function} was changed outside CloudFormation: MemorySize, Environment.N");
    let deployed = anna.run(&["deploy"]).succeeds().remarks(&noticed);
    if !endpoint.is_a_sandbox() {
        deployed.remarks("this target does not undo such changes");
        return;
    }
    let after = Listing::of(endpoint).get("functions", &function).clone();
    for name in ["MemorySize", "Environment", "Timeout", "Role"] {
        assert_eq!(after[name], settings[name], "{name}");
    }
    let unchanged = anna.run(&["deploy"]).succeeds().prints("nothing to do");
    unchanged.never_says("outside CloudFormation");
}

/// CloudFormation takes no notice of it where the template says nothing of it.
#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_function_that_may_not_run_is_named_with_what_helps() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let function = format!("{STACK}-03-night-turn");
    let none = json!({ "FunctionName": function, "ReservedConcurrentExecutions": 0 });
    done(&endpoint, &[("lambda", "put_function_concurrency", none)]);
    let status = anna.run(&["status"]).succeeds();
    status.prints("cannot be called: its reserved concurrency is 0");
    anna.run(&["invoke", "night-turn"])
        .exits_with(3)
        .remarks("ReservedFunctionConcurrentInvocationLimitExceeded")
        .remarks(&format!(
            "delete-function-concurrency --function-name {function}"
        ))
        .never_says("wait a minute");
    let again = json!({ "FunctionName": function });
    done(
        &endpoint,
        &[("lambda", "delete_function_concurrency", again)],
    );
    let called = anna.run(&["invoke", "night-turn"]);
    called.never_says("ReservedFunction");

    // Where the template says something of it, the next deployment does.
    workspace.edit(
        TEMPLATE,
        "FunctionName: !Sub ${AWS::StackName}-03-night-turn\n",
        "FunctionName: !Sub ${AWS::StackName}-03-night-turn\n      ReservedConcurrentExecutions: 5\n",
    );
    anna.deploys(&[]);
    let none = json!({ "FunctionName": function, "ReservedConcurrentExecutions": 0 });
    done(&endpoint, &[("lambda", "put_function_concurrency", none)]);
    anna.run(&["deploy"])
        .succeeds()
        .remarks("was changed outside CloudFormation: ReservedConcurrentExecutions");
    anna.run(&["status"])
        .succeeds()
        .never_says("cannot be called");
}

fn a_deleted_artifact_bucket_is_created_again(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let ben = Student::new(endpoint, "mafia-ben", &workspace);
    let bens = ben.deploys(&[]);
    anna.deploys(&[]);
    let listing = Listing::of(endpoint);
    let bucket = listing.names("buckets")[0].to_owned();
    let objects = listing
        .get("buckets", &bucket)
        .as_object()
        .expect("objects");
    let delete = |key| {
        (
            "s3",
            "delete_object",
            json!({ "Bucket": bucket, "Key": key }),
        )
    };
    let mut calls: Vec<_> = objects.keys().map(delete).collect();
    calls.push(("s3", "delete_bucket", json!({ "Bucket": bucket })));
    done(endpoint, &calls);

    let doctor = anna.run(&["doctor"]).exits_with(1);
    doctor.prints(&format!(
        "bucket {bucket} of stack mafia-workshop was deleted"
    ));
    // Patches need no bucket.
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    assert_eq!(anna.deploys(&[]).action, "patched");
    let proxy = Proxy::in_front_of(endpoint);
    let updated = anna.through(&proxy).run(&["deploy", "-p", "Players=7"]);
    updated.succeeds().remarks("creating it again");
    let deployed = anna.deploys(&[]);
    assert_eq!(deployed.action, "unchanged");
    let listing = Listing::of(endpoint);
    listing.assert_holds_games(&[(STACK, &deployed), ("mafia-ben", &bens)]);
    assert_ne!(listing.names("buckets")[0], bucket);
    assert_eq!(listing.get("stacks", WORKSHOP)["Status"], "CREATE_COMPLETE");
    ben.deploys(&["-p", "Players=7"]);
    anna.cleans();
    ben.cleans();
    Listing::of(endpoint).assert_is_empty();
}

fn templates_with_transforms_and_named_roles_are_created(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let template = workspace.read(TEMPLATE);
    let template = template
        .replacen(
            "\nDescription:",
            "\nTransform: AWS::Serverless-2016-10-31\nDescription:",
            1,
        )
        .replacen(
            "    Type: AWS::IAM::Role\n    Properties:\n",
            "    Type: AWS::IAM::Role\n    Properties:\n      RoleName: !Sub ${AWS::StackName}-role\n",
            1,
        );
    workspace.write(TEMPLATE, &template);
    let anna = Student::new(endpoint, STACK, &workspace);
    let proxy = Proxy::in_front_of(endpoint);
    assert_eq!(anna.through(&proxy).deploys(&[]).action, "created");
    assert_eq!(
        anna.through(&proxy).deploys(&["-p", "Players=7"]).action,
        "updated"
    );
    // Not every server insists on them.
    for operation in ["CreateStack", "CreateChangeSet"] {
        for request in proxy.requests_of(&format!("cloudformation:{operation}")) {
            for needed in ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"] {
                let body = String::from_utf8_lossy(&request.body);
                assert!(body.contains(needed), "{operation}: {body}");
            }
        }
    }
}
