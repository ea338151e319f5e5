//! What a clean-up leaves, and that it says so.

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::outside::boto3;
use crate::student::Student;
use crate::workspace::Workspace;

on_each_endpoint! {
    what_the_template_retains_stays_and_is_listed,
    every_version_in_a_bucket_is_deleted,
    what_left_the_template_is_listed,
    what_another_tools_deletion_left_is_cleaned_and_neighbours_are_spared,
    a_protected_stack_keeps_everything,
    games_cleaned_at_once_leave_no_shared_stack,
}

const STACK: &str = "mafia-anna";
const TEMPLATE: &str = "templates/game.yaml";
const ATTIC: &str = "  Attic:\n    Type: AWS::S3::Bucket\n";

#[track_caller]
fn done(endpoint: &Endpoint, calls: &[(&str, &str, Value)]) {
    let done = boto3(endpoint, calls);
    assert!(done.iter().all(|call| call.answer.is_some()), "{done:?}");
}

/// Adds a bucket to the template, deploys, and puts something into it.
fn with_attic(endpoint: &Endpoint, workspace: &Workspace, properties: &str) -> String {
    let attic = format!("\nResources:\n{ATTIC}{properties}");
    workspace.edit(TEMPLATE, "\nResources:\n", &attic);
    Student::new(endpoint, STACK, workspace).deploys(&[]);
    let listing = Listing::of(endpoint);
    let mut buckets = listing.names("buckets").into_iter();
    let attic = buckets.find(|name| name.contains("attic"));
    let attic = attic.expect("the template has it").to_owned();
    let note = json!({ "Bucket": attic, "Key": "note", "Body": "x" });
    done(
        endpoint,
        &[
            ("s3", "put_object", note.clone()),
            ("s3", "put_object", note),
        ],
    );
    attic
}

/// Neither deleted nor emptied.
fn what_the_template_retains_stays_and_is_listed(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    workspace.edit(
        TEMPLATE,
        "  NewGameLogs:\n    Type: AWS::Logs::LogGroup\n    DeletionPolicy: Delete",
        "  NewGameLogs:\n    Type: AWS::Logs::LogGroup\n    DeletionPolicy: Retain",
    );
    let attic = with_attic(endpoint, &workspace, "    DeletionPolicy: Retain\n");
    let document = anna.asks(&["clean"]);
    let group = format!("/aws/lambda/{STACK}-01-new-game");
    let retained = |resource_type: &str, name: &str| json!({ "resource_type": resource_type, "name": name, "kept": "retained" });
    let left = document["left"].as_array().expect("a list");
    assert_eq!(left.len(), 2, "{document:#}");
    assert!(left.contains(&retained("AWS::S3::Bucket", &attic)));
    assert!(left.contains(&retained("AWS::Logs::LogGroup", &group)));
    let listing = Listing::of(endpoint);
    assert_eq!(listing.names("stacks"), [] as [&str; 0]);
    assert_eq!(listing.names("log_groups"), [group]);
    assert!(listing.get("buckets", &attic)["note"].is_string());

    // ministack forgets deleted stacks.
    if endpoint.is_a_sandbox() {
        let again = anna.run(&["clean"]).succeeds();
        again
            .prints("2 left")
            .prints(&attic)
            .prints("stayed when an earlier stack was deleted");
        let group = listing.names("log_groups")[0].to_owned();
        let delete = json!({ "logGroupName": group });
        done(endpoint, &[("logs", "delete_log_group", delete)]);
        anna.run(&["clean"]).succeeds().prints("1 left");
    }
}

fn every_version_in_a_bucket_is_deleted(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let versions = "    Properties:\n      VersioningConfiguration:\n        Status: Enabled\n";
    let attic = with_attic(endpoint, &workspace, versions);
    let note = json!({ "Bucket": attic, "Key": "note" });
    done(endpoint, &[("s3", "delete_object", note)]);
    Student::new(endpoint, STACK, &workspace).cleans();
    Listing::of(endpoint).assert_is_empty();
}

fn what_left_the_template_is_listed(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let whole = workspace.read(TEMPLATE);
    let attic = with_attic(endpoint, &workspace, "    DeletionPolicy: Retain\n");
    workspace.write(TEMPLATE, &whole);
    let anna = Student::new(endpoint, STACK, &workspace);
    let updated = anna.run(&["deploy"]).succeeds().prints("updated");
    if endpoint.is_a_sandbox() {
        updated
            .remarks("Attic (AWS::S3::Bucket mafia-anna-attic-")
            .remarks("still exists");
    }
    anna.run(&["clean"])
        .succeeds()
        .prints("1 left")
        .prints(&attic)
        .prints("left the template")
        .prints(&format!("`aws s3 rb --force s3://{attic}"));
}

/// Log groups of functions that were deleted; those of stacks with longer names look alike.
fn what_another_tools_deletion_left_is_cleaned_and_neighbours_are_spared(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let anna = Student::new(endpoint, STACK, &workspace);
    let neighbour = Student::new(endpoint, "mafia-anna-02", &workspace);
    anna.deploys(&[]);
    let deployed = neighbour.deploys(&[]);
    let create = |name: &str| {
        let name = format!("/aws/lambda/{name}");
        ("logs", "create_log_group", json!({ "logGroupName": name }))
    };
    let others = ["mafia-anna-3-01-new-game", "mafia-annabel-01-new-game"];
    // Of a function that left the template, while the stack is there.
    done(endpoint, &[create("mafia-anna-06-extra")]);
    let delete = json!({ "StackName": STACK });
    done(endpoint, &[("cloudformation", "delete_stack", delete)]);
    let late = create("mafia-anna-01-new-game");
    done(endpoint, &[late, create(others[0]), create(others[1])]);
    anna.run(&["clean"]).succeeds().prints("0 left");

    let mut groups: Vec<String> = deployed.digests.keys().cloned().collect();
    groups = groups
        .iter()
        .map(|function| format!("/aws/lambda/mafia-anna-02-{function}"))
        .chain(others.map(|name| format!("/aws/lambda/{name}")))
        .collect();
    groups.sort();
    assert_eq!(Listing::of(endpoint).names("log_groups"), groups);
    anna.run(&["clean"]).succeeds().remarks("nothing to delete");
}

fn a_protected_stack_keeps_everything(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    with_attic(endpoint, &workspace, "");
    let protect = json!({ "StackName": STACK, "EnableTerminationProtection": true });
    done(
        endpoint,
        &[("cloudformation", "update_termination_protection", protect)],
    );
    let before = Listing::of(endpoint);
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.run(&["clean"])
        .exits_with(1)
        .remarks("its termination protection is on")
        .remarks("--no-enable-termination-protection --stack-name mafia-anna");
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

/// ministack deletes it all the same.
#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn a_table_with_deletion_protection_is_explained() {
    let endpoint = &Endpoint::sandbox();
    let workspace = Workspace::light();
    let billing = "      BillingMode: PAY_PER_REQUEST\n";
    let protected = format!("{billing}      DeletionProtectionEnabled: true\n");
    workspace.edit(TEMPLATE, billing, &protected);
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let table = Listing::of(endpoint).names("tables")[0].to_owned();
    anna.run(&["clean"])
        .exits_with(1)
        .remarks("Table (AWS::DynamoDB::Table): ")
        .remarks(&format!("--table-name {table} --no-deletion-protection"));

    let unprotected = json!({ "TableName": table, "DeletionProtectionEnabled": false });
    done(endpoint, &[("dynamodb", "update_table", unprotected)]);
    anna.run(&["clean"]).succeeds().prints("0 left");
    Listing::of(endpoint).assert_is_empty();
}

/// ministack deletes it all the same.
#[test]
#[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
fn a_policy_that_a_user_has_is_explained() {
    const POLICY: &str = "\nResources:
  OwnItems:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]
";
    let endpoint = &Endpoint::sandbox();
    let workspace = Workspace::light();
    workspace.edit(TEMPLATE, "\nResources:\n", POLICY);
    let anna = Student::new(endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let listed = boto3(
        endpoint,
        &[("iam", "list_policies", json!({ "Scope": "Local" }))],
    );
    let listed = listed[0].answer.as_ref().expect("it answers");
    let arn = listed["Policies"][0]["Arn"].as_str().expect("an ARN");
    let eve = json!({ "UserName": "eve", "PolicyArn": arn });
    done(
        endpoint,
        &[
            ("iam", "create_user", json!({ "UserName": "eve" })),
            ("iam", "attach_user_policy", eve.clone()),
        ],
    );
    anna.run(&["clean"])
        .exits_with(1)
        .remarks("Cannot delete a policy attached to entities")
        .remarks(&format!(
            "aws iam list-entities-for-policy --policy-arn {arn}"
        ))
        .remarks(&format!(
            "aws iam detach-user-policy --policy-arn {arn} --user-name NAME"
        ));
    let failed = anna.asks(&["status"]);
    assert_eq!(failed["status"], "DELETE_FAILED");
    let next = failed["next"].as_str().unwrap_or_default();
    assert!(next.ends_with("mafia clean"), "{next}");
    let way = failed["hints"][0].as_str().unwrap_or_default();
    assert!(way.contains("the deletion of stack"), "{way}");
    done(endpoint, &[("iam", "detach_user_policy", eve)]);
    anna.run(&["clean"]).succeeds().prints("0 left");
}

/// Whichever comes last deletes it, though each saw the others when it began.
fn games_cleaned_at_once_leave_no_shared_stack(endpoint: &Endpoint) {
    let workspace = Workspace::light();
    let names = ["mafia-anna", "mafia-ben", "mafia-cem"];
    let students = names.map(|name| Student::new(endpoint, name, &workspace));
    for student in &students {
        student.deploys(&[]);
    }
    let running = students.each_ref().map(|student| student.start(&["clean"]));
    for running in running {
        running.finish().succeeds().prints("0 left");
    }
    Listing::of(endpoint).assert_is_empty();
}
