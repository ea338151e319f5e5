//! Changes in proportion, and those that lose data.

use serde_json::json;

use crate::endpoint::Endpoint;
use crate::faces::assert_faces;
use crate::listing::Listing;
use crate::student::Student;
use crate::workspace::Workspace;

const STACK: &str = "mafia-anna";
const TEMPLATE: &str = "templates/game.yaml";

#[test]
fn changes_are_shown_in_proportion() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.deploys(&[]);
    workspace.edit(
        TEMPLATE,
        "RetentionInDays: 7\n\n  GameStateLogs",
        "RetentionInDays: 5\n\n  GameStateLogs",
    );
    let foreseen = anna
        .run(&["deploy", "--dry-run", "-p", "Players=7"])
        .succeeds();
    assert_faces("changes", &[&foreseen.reads_well_in_a_pipe()]);

    let document = anna.asks(&["deploy", "--dry-run"]);
    let changes = document["changes"].as_array().expect("a list");
    let logs = changes.iter().find(|it| it["logical_id"] == "NewGameLogs");
    let property = json!({ "property": "RetentionInDays", "before": "7", "after": "5" });
    assert_eq!(logs.expect("it changes")["properties"], json!([property]));
}

#[test]
fn what_a_deployment_would_meet_is_foreseen() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.deploys(&[]);
    workspace.edit(
        TEMPLATE,
        "\nOutputs:\n",
        "\nOutputs:\n  Motto:\n    Value: hello\n",
    );
    anna.run(&["deploy", "--dry-run"])
        .succeeds()
        .prints("~ outputs: Motto\n");
    assert_eq!(anna.asks(&["deploy"])["outputs"], json!(["Motto"]));

    // A stack that cannot be deleted, as its table is protected.
    workspace.edit(
        TEMPLATE,
        "    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n    \
         Properties:\n",
        "    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n    \
         Properties:\n      DeletionProtectionEnabled: true\n",
    );
    anna.deploys(&[]);
    anna.run(&["clean"]).exits_with(1);
    anna.run(&["deploy", "--dry-run"])
        .succeeds()
        .remarks("the last deletion failed at Table (AWS::DynamoDB::Table)");
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn data_is_not_lost_unless_somebody_agrees() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let before = Listing::of(&endpoint);
    let whole = workspace.read(TEMPLATE);
    let cautious = || anna.mafia().without_env("MAFIA_YES");

    // The table is replaced, a log group leaves the template.
    let other_key = whole.replace("AttributeName: Name\n", "AttributeName: Player\n");
    let without_logs = whole.replace(
        "LogGroupName: !Sub /aws/lambda/${AWS::StackName}-05-judgement",
        "LogGroupName: !Sub /logs/${AWS::StackName}-05-judgement",
    );
    for (template, lost) in [(&other_key, "Table"), (&without_logs, "JudgementLogs")] {
        assert_ne!(*template, whole);
        workspace.write(TEMPLATE, template);
        cautious()
            .run(&["deploy"])
            .exits_with(2)
            .prints_nothing()
            .remarks(&format!("would lose data: {lost} (AWS::"))
            .remarks("--yes");
        before.assert_still_all_there_is(&Listing::of(&endpoint));
        cautious()
            .run(&["deploy", "--dry-run"])
            .succeeds()
            .prints("(replaced, its data is lost)");
    }

    let kept = other_key.replace(
        "    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n    Properties:\n      # Pay",
        "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      # Pay",
    );
    assert_ne!(kept, other_key);
    workspace.write(TEMPLATE, &kept);
    cautious().run(&["deploy"]).succeeds();
    workspace.write(TEMPLATE, &without_logs);
    cautious().run(&["deploy", "--yes"]).succeeds();
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn what_left_the_template_is_kept_by_putting_it_back_first() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    let without = workspace.read(TEMPLATE);
    let with = |policies: &str| {
        let attic = format!("\nResources:\n  Attic:\n    Type: AWS::S3::Bucket\n{policies}");
        workspace.write(TEMPLATE, &without.replacen("\nResources:\n", &attic, 1));
    };
    let deploy = || {
        let cautious = anna.mafia().without_env("MAFIA_YES");
        cautious.run(&["deploy"])
    };
    with("");
    deploy().succeeds();
    let has_attic = || {
        let listing = Listing::of(&endpoint);
        let buckets = listing.names("buckets");
        buckets.iter().any(|name| name.contains("attic"))
    };
    workspace.write(TEMPLATE, &without);
    deploy()
        .exits_with(2)
        .remarks("to keep Attic, put it back into the template with DeletionPolicy and");
    with("    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n");
    deploy().succeeds();
    workspace.write(TEMPLATE, &without);
    deploy().succeeds().remarks("still exists");
    assert!(has_attic());
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn at_a_terminal_a_person_is_asked_before_data_is_lost() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    let anna = Student::new(&endpoint, STACK, &workspace);
    anna.deploys(&[]);
    let before = Listing::of(&endpoint);
    workspace.edit(
        TEMPLATE,
        "LogGroupName: !Sub /aws/lambda/${AWS::StackName}-05-judgement",
        "LogGroupName: !Sub /logs/${AWS::StackName}-05-judgement",
    );
    let answers = |answer: &str| {
        let mafia = anna.mafia().without_env("MAFIA_YES");
        let keys = [("May it be lost?", answer)];
        mafia
            .run_on_a_terminal(80, &keys, &["deploy"])
            .succeeds()
            .json()
    };
    assert_eq!(answers("n\r")["code"], 1);
    before.assert_still_all_there_is(&Listing::of(&endpoint));
    assert_eq!(answers("y\r")["code"], 0);
}
