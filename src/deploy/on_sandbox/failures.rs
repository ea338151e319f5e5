//! Stacks whose operations fail, and how they are recovered.

use super::*;
use crate::cloud::Status;
use crate::deploy::{Operation, Recovery};

/// The name of a log group that is there already.
const TAKEN: &str = "/aws/lambda/game-01-one";

/// With a log group of that name.
fn with_logs() -> String {
    let group = "\nResources:\n  Logs:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: \
                 !Sub '/aws/lambda/${AWS::StackName}-01-one'}\n";
    TEMPLATE.replacen("\nResources:\n", group, 1)
}

#[tokio::test]
async fn a_creation_that_failed_is_told_by_its_cause_and_made_again() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    sandbox.cloud.create_log_group_by_hand(TAKEN).await;
    let failed = refused(&sandbox, &with_template(&with_logs()), &both).await;
    let DeployError::StackFailed(failure) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(failure.stack, GAME);
    assert_eq!(failure.operation, Operation::Create);
    assert_eq!(failure.status.0, "CREATE_FAILED");
    let summary = "the creation of stack game failed with status CREATE_FAILED";
    assert_eq!(failure.summary(), summary);
    let explanation = failure.explanation().expect("a cause");
    assert!(
        explanation.starts_with("Logs (AWS::Logs::LogGroup): "),
        "{explanation}"
    );
    assert!(failure.to_string().contains("already exists"), "{failure}");

    let dry = Request {
        dry_run: true,
        ..request()
    };
    let (would, events) = deployed_with_events(&sandbox, &dry, &both).await;
    let would = would.expect("no failure");
    assert_eq!(would.recovered, Some("deleted the failed stack"));
    assert_eq!((would.action, would.undecided), (Action::Created, false));
    let first = events.iter().find_map(|it| match it {
        EventKind::WouldComeFirst { status, how } => Some((status.0.as_str(), *how)),
        _ => None,
    });
    assert_eq!(
        first,
        Some(("CREATE_FAILED", Some(Recovery::DeleteAndCreate)))
    );
    assert_eq!(stack(&sandbox, GAME).await.status.0, "CREATE_FAILED");

    let (created, events) = deployed_with_events(&sandbox, &request(), &both).await;
    let created = created.expect("it is deployed");
    assert_eq!(created.recovered, Some("deleted the failed stack"));
    assert_eq!(created.action, Action::Created);
    let recoveries = events
        .iter()
        .filter(|it| matches!(it, EventKind::Recovering { .. }));
    assert_eq!(recoveries.count(), 1);
    assert_eq!(stack(&sandbox, GAME).await.status.0, "CREATE_COMPLETE");
    let deleted = sandbox.cloud.deleted_stacks(|it| it == GAME).await;
    assert_eq!(deleted.expect("no failure").len(), 1);
}

#[tokio::test]
async fn an_update_that_failed_goes_back_and_is_tried_again() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &request(), &both).await;
    sandbox.cloud.create_log_group_by_hand(TAKEN).await;
    let failed = refused(&sandbox, &with_template(&with_logs()), &both).await;
    let status = match &failed {
        DeployError::StackFailed(failure) => {
            assert_eq!(failure.operation, Operation::Update);
            failure.status.clone()
        }
        // The change set says so before.
        DeployError::ChangeSetFailed { reason, .. } => {
            assert!(reason.contains("already exists"), "{reason}");
            Status("none".to_owned())
        }
        other => panic!("{other:?}"),
    };
    assert!(!status.is_success());
    let deletion = sandbox.cloud.delete_log_group(TAKEN).await;
    deletion.expect("deleted");
    let updated = deployed(&sandbox, &with_template(&with_logs()), &both).await;
    assert_eq!(updated.action, Action::Updated);
    assert_eq!(stack(&sandbox, GAME).await.status.0, "UPDATE_COMPLETE");
}

/// A table whose stream was changed and changed back has another stream, which nobody reads.
#[tokio::test]
async fn what_a_rollback_did_not_bring_back_is_repaired_by_the_next_deployment() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let may_read = "      Policies: [{PolicyName: read, PolicyDocument: {Version: '2012-10-17', Statement: \
                    [{Effect: Allow, Action: 'dynamodb:*', Resource: '*'}]}}]\n";
    let with_stream = |view: &str| {
        let stream = format!("      StreamSpecification: {{StreamViewType: {view}}}\n");
        let table = "      BillingMode: PAY_PER_REQUEST\n";
        let role = "      AssumeRolePolicyDocument:\n";
        let mapping = "  Reads:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      \
                       FunctionName: !Ref One\n      EventSourceArn: !GetAtt Table.StreamArn\n      \
                       StartingPosition: TRIM_HORIZON\n";
        TEMPLATE
            .replacen(table, &format!("{stream}{table}"), 1)
            .replacen(role, &format!("{may_read}{role}"), 1)
            + mapping
    };
    let before = with_template(&with_stream("NEW_IMAGE"));
    deployed(&sandbox, &before, &both).await;
    let groups = format!(
        "  Logs:\n    Type: AWS::Logs::LogGroup\n    DependsOn: Reads\n    Properties: {{LogGroupName: {TAKEN}}}\n"
    );
    sandbox.cloud.create_log_group_by_hand(TAKEN).await;
    let other = with_template(&(with_stream("KEYS_ONLY") + &groups));
    refused(&sandbox, &other, &both).await;
    let status = stack(&sandbox, GAME).await.status;
    assert!(status.is_rolled_back(), "{status}");

    let repaired = deployed(&sandbox, &before, &both).await;
    let changed = repaired.changes.iter().map(|it| it.logical_id.as_str());
    assert_eq!(changed.collect::<Vec<_>>(), ["Reads"]);
    assert_eq!(stack(&sandbox, GAME).await.status.0, "UPDATE_COMPLETE");
    let again = deployed(&sandbox, &before, &both).await;
    assert_eq!(again.action, Action::Unchanged);
}
