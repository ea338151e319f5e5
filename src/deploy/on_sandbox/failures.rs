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
