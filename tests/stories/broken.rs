//! Stacks that failed: what went wrong is said, and the next command mends it.

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::fault::Fault;
use crate::listing::Listing;
use crate::obstacle::Obstacle;
use crate::outside::boto3;
use crate::proxy::{At, Proxy};
use crate::student::{FUNCTIONS, Student, WORKSHOP};
use crate::workspace::Workspace;

on_each_endpoint! {
    a_first_deployment_that_failed_is_explained_and_begun_anew,
    a_stack_that_was_left_as_it_failed_is_begun_anew,
    a_template_that_fails_its_validation_is_explained,
    an_update_that_failed_is_explained_and_rolled_back,
    a_stack_that_was_never_made_is_begun_anew,
    a_shared_stack_that_failed_is_emptied_and_made_anew;
    // The one needs a network, the other bundles that a rollback fetches again.
    on ministack alone:
    a_deletion_that_failed_is_explained_and_done_again,
    a_rollback_that_got_stuck_goes_on_with_the_next_deployment,
}

const STACK: &str = "mafia-anna";
const TEMPLATE: &str = "templates/game.yaml";

fn status(endpoint: &Endpoint, stack: &str) -> Value {
    Listing::of(endpoint).get("stacks", stack)["Status"].clone()
}

fn a_first_deployment_that_failed_is_explained_and_begun_anew(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let obstacle = Obstacle::at(endpoint);
    let before = Listing::of(endpoint);
    let whole = obstacle.break_template(&workspace);
    let anna = Student::new(endpoint, STACK, &workspace);

    for _ in 0..2 {
        anna.run(&["deploy"])
            .exits_with(1)
            .prints_nothing()
            .remarks(&format!("Motto ({})", obstacle.kind))
            .remarks("already exists")
            .remarks("deploy again");
        // As it was asked for; ministack rolls back all the same.
        let left = status(endpoint, STACK);
        assert!(
            ["CREATE_FAILED", "ROLLBACK_COMPLETE"]
                .iter()
                .any(|end| left == *end)
        );
        obstacle.assert_is_as_it_was();
    }

    workspace.write(TEMPLATE, &whole);
    let document = anna.asks(&["deploy"]);
    assert_eq!(document["action"], "created");
    assert!(document["recovered"].is_string(), "{document:#}");
    let deployed = anna.deploys(&[]);
    let new = Listing::of(endpoint).since(&before);
    new.assert_holds_games(&[(STACK, &deployed)]);
    obstacle.assert_is_as_it_was();
}

/// A new stack is not rolled back, so that its failure can be looked at.
fn a_stack_that_was_left_as_it_failed_is_begun_anew(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let obstacle = Obstacle::at(endpoint);
    let before = Listing::of(endpoint);
    let whole = obstacle.break_template(&workspace);
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.run(&["deploy"])
        .exits_with(1)
        .remarks(&format!("Motto ({})", obstacle.kind));
    assert_eq!(status(endpoint, STACK), "CREATE_FAILED");

    workspace.write(TEMPLATE, &whole);
    let deployed = anna.deploys(&[]);
    let new = Listing::of(endpoint).since(&before);
    new.assert_holds_games(&[(STACK, &deployed)]);
    anna.cleans();
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

/// What CloudFormation finds before it makes a change set, it tells only as long as the change set is
/// there.
#[test]
fn a_change_set_that_fails_its_validation_is_explained() {
    let workspace = Workspace::light();
    let endpoint = Endpoint::sandbox();
    Student::new(&endpoint, STACK, &workspace).deploys(&[]);
    let proxy = Proxy::in_front_of(&endpoint);
    let describe = At::every("cloudformation:DescribeChangeSet");
    let failed = "<Status>FAILED</Status><StatusReason>The following hook(s)/validation failed: \
                  [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, \
                  use the DescribeEvents API for detailed failure information.</StatusReason>";
    proxy.inject(describe, Fault::Result(failed));
    let found = "<OperationEvents><member><EventId>1</EventId><OperationId>2</OperationId>\
                 <LogicalResourceId>Table</LogicalResourceId>\
                 <ResourceType>AWS::DynamoDB::Table</ResourceType>\
                 <Timestamp>2026-11-22T00:00:00Z</Timestamp>\
                 <ValidationStatusReason>#/BillingMode: FREE is not a valid enum value\
                 </ValidationStatusReason></member></OperationEvents>";
    proxy.inject(
        At::every("cloudformation:DescribeEvents"),
        Fault::Result(found),
    );
    // That it cannot be deleted at the moment hides no reason.
    proxy.inject(
        At::every("cloudformation:DeleteChangeSet"),
        Fault::Refuse {
            status: 400,
            code: "InvalidChangeSetStatus",
            message: "being created",
        },
    );
    let anna = Student::new(proxy.endpoint(), STACK, &workspace);
    anna.run(&["deploy", "-p", "Players=7"])
        .exits_with(1)
        .remarks("Table (AWS::DynamoDB::Table): #/BillingMode: FREE is not a valid enum value");
    let names: Vec<String> = proxy
        .requests()
        .iter()
        .map(|request| request.operation.name.clone())
        .collect();
    let asked = names.iter().position(|name| name == "DescribeEvents");
    let deleted = names.iter().position(|name| name == "DeleteChangeSet");
    assert!(asked.is_some() && asked < deleted, "{names:?}");
}

/// CloudFormation looks at some things before it begins, and keeps what it found in another list.
fn a_template_that_fails_its_validation_is_explained(endpoint: &Endpoint) {
    let name = format!("somebody-elses-{}", endpoint.account());
    boto3(
        endpoint,
        &[("s3", "create_bucket", json!({ "Bucket": name }))],
    );
    let workspace = Workspace::light();
    let bucket = format!(
        "\nResources:\n  Notes:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: {name}\n"
    );
    workspace.edit(TEMPLATE, "\nResources:\n", &bucket);
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.run(&["deploy"])
        .exits_with(1)
        .remarks("Notes (AWS::S3::Bucket): ")
        .remarks(&name);
}

fn an_update_that_failed_is_explained_and_rolled_back(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let first = anna.deploys(&[]);

    let obstacle = Obstacle::at(endpoint);
    let whole = obstacle.break_template(&workspace);
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    // The second time the answer is lost by which CloudFormation says that it begins.
    let proxy = Proxy::in_front_of(endpoint);
    proxy.inject(
        At::nth(1, "cloudformation:ExecuteChangeSet"),
        Fault::DropAfter,
    );
    for anna in [&anna, &anna.through(&proxy)] {
        anna.run(&["deploy", "-p", "Players=7"])
            .exits_with(1)
            .prints_nothing()
            .remarks("failed with status UPDATE_ROLLBACK_COMPLETE")
            .remarks(&format!("Motto ({}): ", obstacle.kind))
            .remarks("already exists")
            .never_says("somebody else");
    }
    let listing = Listing::of(endpoint);
    let players = &listing.get("stacks", STACK)["Parameters"]["Players"];
    assert_eq!(players, "10", "as it was before");
    let function = format!("{STACK}-01-new-game");
    let code = &listing.get("functions", &function)["CodeSha256"];
    assert_eq!(code, &first.digests["01-new-game"]);

    workspace.write(TEMPLATE, &whole);
    let second = anna.deploys(&[]);
    assert_eq!(second.functions("patched"), ["01-new-game"]);
    let listing = Listing::of(endpoint);
    let code = &listing.get("functions", &function)["CodeSha256"];
    assert_eq!(code, &second.digests["01-new-game"]);
    obstacle.assert_is_as_it_was();
}

/// A rollback needs the code from before, which has gone from the bucket.
fn a_rollback_that_got_stuck_goes_on_with_the_next_deployment(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let listing = Listing::of(endpoint);
    let bucket = listing.names("buckets")[0].to_owned();
    let bundles: Vec<String> = listing
        .get("buckets", &bucket)
        .as_object()
        .map_or_else(Vec::new, |objects| objects.keys().cloned().collect());
    let safe = format!("safe-{}", endpoint.account());
    boto3(
        endpoint,
        &[("s3", "create_bucket", json!({ "Bucket": safe }))],
    );
    let moves = |from: &str, to: &str| {
        let source = |key: &String| json!({ "Bucket": from, "Key": key });
        let copy = |key: &String| {
            (
                "s3",
                "copy_object",
                json!({ "Bucket": to, "Key": key, "CopySource": source(key) }),
            )
        };
        let delete = |key| ("s3", "delete_object", source(key));
        let calls: Vec<_> = bundles
            .iter()
            .flat_map(|key| [copy(key), delete(key)])
            .collect();
        let done = boto3(endpoint, &calls);
        assert!(done.iter().all(|call| call.answer.is_some()), "{done:?}");
    };

    moves(&bucket, &safe);
    let obstacle = Obstacle::at(endpoint);
    let whole = obstacle.break_template(&workspace);
    workspace.edit("src/bin/new-game.rs", "\");", ", edited\");");
    anna.run(&["deploy"])
        .exits_with(1)
        .remarks("failed with status UPDATE_ROLLBACK_FAILED")
        .remarks(&format!("Motto ({}): ", obstacle.kind));

    workspace.write(TEMPLATE, &whole);
    anna.run(&["deploy"])
        .exits_with(1)
        .remarks("continuing its rollback")
        .remarks("NewGame (AWS::Lambda::Function)")
        .remarks("`mafia clean`");

    moves(&safe, &bucket);
    let document = anna.asks(&["deploy"]);
    assert!(document["recovered"].is_string(), "{document:#}");
    // What the rollback may have left otherwise is compared once more.
    assert_eq!(anna.deploys(&[]).action, "updated");
    let deployed = anna.deploys(&[]);
    assert_eq!(deployed.action, "unchanged");
    let listing = Listing::of(endpoint);
    for function in FUNCTIONS {
        let code = &listing.get("functions", &format!("{STACK}-{function}"))["CodeSha256"];
        assert_eq!(code, &deployed.digests[function], "{function}");
    }
}

/// What is left of a change set for a new stack that was never executed.
fn a_stack_that_was_never_made_is_begun_anew(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let template = r#"{"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup"}}}"#;
    let request = json!({
        "StackName": STACK,
        "ChangeSetName": "forgotten",
        "ChangeSetType": "CREATE",
        "TemplateBody": template,
        "Tags": [{ "Key": "mafia:kind", "Value": "game" }],
    });
    let made = boto3(
        endpoint,
        &[("cloudformation", "create_change_set", request)],
    );
    assert_eq!(made[0].status, Some(200), "{made:?}");
    assert_eq!(status(endpoint, STACK), "REVIEW_IN_PROGRESS");

    let anna = Student::new(endpoint, STACK, &workspace);
    let deployed = anna.deploys(&[]);
    Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
}

/// A shared stack that somebody's experiment broke, with something in its bucket.
fn a_shared_stack_that_failed_is_emptied_and_made_anew(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let obstacle = Obstacle::at(endpoint);
    let before = Listing::of(endpoint);
    let template = json!({ "Resources": {
        "ArtifactBucket": { "Type": "AWS::S3::Bucket" },
        "Motto": obstacle.resource(&["ArtifactBucket"]),
    }});
    let broken = json!({
        "StackName": WORKSHOP,
        "TemplateBody": template.to_string(),
        "OnFailure": "DO_NOTHING",
        "Tags": [{ "Key": "mafia:kind", "Value": "workshop" }],
    });
    boto3(endpoint, &[("cloudformation", "create_stack", broken)]);
    let listing = Listing::of(endpoint);
    assert_eq!(listing.get("stacks", WORKSHOP)["Status"], "CREATE_FAILED");
    let note = json!({ "Bucket": listing.names("buckets")[0], "Key": "a", "Body": "b" });
    boto3(endpoint, &[("s3", "put_object", note)]);

    let proxy = Proxy::in_front_of(endpoint);
    let anna = Student::new(endpoint, STACK, &workspace);
    let deployed = anna.through(&proxy).deploys(&[]);
    let new = Listing::of(endpoint).since(&before);
    new.assert_holds_games(&[(STACK, &deployed)]);
    // ministack deletes a bucket with all that is in it, AWS only an empty one.
    let position = |operation: &str| {
        let requests = proxy.requests();
        let mut names = requests.iter().map(|request| request.operation.to_string());
        names.position(|name| name == operation)
    };
    let (emptied, deleted) = (
        position("s3:DeleteObjects"),
        position("cloudformation:DeleteStack"),
    );
    assert!(
        emptied.is_some() && emptied < deleted,
        "{}",
        proxy.transcript()
    );
}

/// A resource that cannot be deleted while somebody uses it.
fn a_deletion_that_failed_is_explained_and_done_again(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let network =
        "  Network:\n    Type: AWS::EC2::VPC\n    Properties:\n      CidrBlock: 10.0.0.0/16\n";
    let whole = workspace.read(TEMPLATE);
    workspace.edit(
        TEMPLATE,
        "\nResources:\n",
        &format!("\nResources:\n{network}"),
    );
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);

    let resource = json!({ "StackName": STACK, "LogicalResourceId": "Network" });
    let found = boto3(
        endpoint,
        &[("cloudformation", "describe_stack_resource", resource)],
    );
    let found = found[0].answer.clone().unwrap_or_default();
    let network = &found["StackResourceDetail"]["PhysicalResourceId"];
    let subnet = json!({ "VpcId": network, "CidrBlock": "10.0.1.0/24" });
    let subnet = boto3(endpoint, &[("ec2", "create_subnet", subnet)]).remove(0);
    let subnet = subnet.answer.unwrap_or_default()["Subnet"]["SubnetId"].clone();

    workspace.write(TEMPLATE, &whole);
    for command in ["clean", "deploy"] {
        anna.run(&[command])
            .exits_with(1)
            .remarks("failed with status DELETE_FAILED")
            .remarks("Network (AWS::EC2::VPC): ");
        assert_eq!(status(endpoint, STACK), "DELETE_FAILED");
    }
    boto3(
        endpoint,
        &[("ec2", "delete_subnet", json!({ "SubnetId": subnet }))],
    );
    let deployed = anna.deploys(&[]);
    assert_eq!(deployed.action, "created");
    Listing::of(endpoint).assert_holds_games(&[(STACK, &deployed)]);
    anna.cleans();
    Listing::of(endpoint).assert_is_empty();
}
