//! What operations do with answers that a test has written: of CloudFormation, Lambda and S3.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::clean::{self, Deletion};
use super::event::Reporter;
use super::stack::Execution;
use super::waiter::StackWaiter;
use super::{
    DeployError, Event, EventKind, Fate, FunctionCode, Prepared, Recovery, Release, Workshop,
    patch, stack,
};
use crate::bundle::{Architecture, Digest};
use crate::cloud::{
    Against, Cloud, DeployedFunction, NamedValues, Resource, Stack, StackRequest, Status,
    TemplateSource, UpdateStatus,
};

const ID: &str = "arn:aws:cloudformation:us-east-1:1:stack/game/1";
const FUNCTION: &str = "game-01-new-game";

fn silent(_: Event) {}

fn report() -> Reporter<'static> {
    Reporter {
        stack: "game",
        emit: &silent,
    }
}

fn game(status: &str) -> Stack {
    Stack {
        name: "game".to_owned(),
        id: ID.to_owned(),
        status: Status(status.to_owned()),
        reason: None,
        changed: None,
        protected: false,
        tags: NamedValues::new(),
        parameters: NamedValues::new(),
        outputs: NamedValues::new(),
    }
}

fn xml(operation: &str, content: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn described(status: &str) -> (u16, String) {
    let content = format!(
        "<Stacks><member><StackName>game</StackName><StackId>{ID}</StackId>\
         <StackStatus>{status}</StackStatus><CreationTime>2026-11-22T00:00:00Z</CreationTime>\
         </member></Stacks>"
    );
    xml("DescribeStacks", &content)
}

/// Of the stack itself.
fn event(id: &str, status: &str) -> String {
    format!(
        "<member><EventId>{id}</EventId><StackId>{ID}</StackId><StackName>game</StackName>\
         <PhysicalResourceId>{ID}</PhysicalResourceId><LogicalResourceId>game</LogicalResourceId>\
         <Timestamp>2026-11-22T00:00:00Z</Timestamp><ResourceStatus>{status}</ResourceStatus></member>"
    )
}

fn refusal(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body)
}

fn throttled() -> (u16, String) {
    refusal(400, "Throttling", "Rate exceeded")
}

fn count(sent: &[String], operation: &str) -> usize {
    let action = format!("Action={operation}&");
    sent.iter()
        .filter(|request| request.contains(&action))
        .count()
}

#[tokio::test]
async fn the_status_from_before_an_operation_is_not_its_end() {
    let looks = AtomicUsize::new(0);
    let (cloud, _) = Cloud::scripted(move |request| {
        let look = looks.load(Ordering::SeqCst);
        if request.contains("Action=DescribeStacks&") {
            looks.fetch_add(1, Ordering::SeqCst);
            return described(match look {
                0 | 1 => "UPDATE_COMPLETE",
                2 => "UPDATE_IN_PROGRESS",
                _ => "UPDATE_ROLLBACK_COMPLETE",
            });
        }
        let events = match look {
            0..=2 => event("old", "UPDATE_COMPLETE"),
            _ => event("new", "UPDATE_IN_PROGRESS") + &event("old", "UPDATE_COMPLETE"),
        };
        xml(
            "DescribeStackEvents",
            &format!("<StackEvents>{events}</StackEvents>"),
        )
    });
    let waiter = StackWaiter::before_operation(&cloud, &game("UPDATE_COMPLETE")).await;
    let ended = waiter.expect("a waiter").wait(&cloud, report()).await;
    let stack = ended.expect("an end").stack.expect("a stack");
    assert_eq!(stack.status.0, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn polls_may_fail_often_but_not_ten_times_in_a_row() {
    let polls = AtomicUsize::new(0);
    let (cloud, _) = Cloud::scripted(move |request| {
        if !request.contains("Action=DescribeStacks&") {
            return xml("DescribeStackEvents", "<StackEvents/>");
        }
        match polls.fetch_add(1, Ordering::SeqCst) {
            // Eighteen failures, nine at a time.
            9 | 19 => described("CREATE_IN_PROGRESS"),
            20.. => described("CREATE_COMPLETE"),
            _ => throttled(),
        }
    });
    let waiter = StackWaiter::for_new_stack(ID.to_owned());
    let ended = waiter.wait(&cloud, report()).await.expect("an end");
    assert_eq!(ended.stack.expect("a stack").status.0, "CREATE_COMPLETE");

    let (cloud, sent) = Cloud::scripted(|_| throttled());
    let waiter = StackWaiter::for_new_stack(ID.to_owned());
    let failed = waiter.wait(&cloud, report()).await;
    assert!(matches!(failed, Err(DeployError::Unseen { .. })));
    assert_eq!(sent.lock().expect("sent").len(), 11);
}

fn request() -> StackRequest {
    StackRequest {
        name: "game".to_owned(),
        template: TemplateSource::Text("Resources: {}".to_owned()),
        parameters: Vec::new(),
        tags: NamedValues::new(),
    }
}

/// An empty one, which needs another attempt without Express mode.
#[tokio::test]
async fn a_change_set_that_changes_nothing_is_deleted() {
    let (cloud, sent) = Cloud::scripted(|request| {
        if request.contains("Action=CreateChangeSet&") && request.contains("DeploymentConfig") {
            refusal(
                400,
                "ValidationError",
                "Unknown parameter: DeploymentConfig",
            )
        } else if request.contains("Action=CreateChangeSet&") {
            xml("CreateChangeSet", "<Id>set</Id>")
        } else if request.contains("Action=DescribeChangeSet&") {
            let reason = "The submitted information didn't contain changes.";
            let content =
                format!("<Status>FAILED</Status><StatusReason>{reason}</StatusReason><Changes/>");
            xml("DescribeChangeSet", &content)
        } else {
            xml("DeleteChangeSet", "")
        }
    });
    let before = game("CREATE_COMPLETE");
    let against = Against::LastUpdate;
    let execution = Execution::Always;
    let updated = stack::update(&cloud, &before, &request(), against, execution, report()).await;
    assert_eq!(updated.expect("no failure"), stack::Update::Needless);
    let sent = sent.lock().expect("sent");
    assert_eq!(count(&sent, "CreateChangeSet"), 2);
    assert_eq!(count(&sent, "DeleteChangeSet"), 1);
    assert_eq!(count(&sent, "ExecuteChangeSet"), 0);
}

#[tokio::test]
async fn what_others_changed_is_restored_by_a_drift_aware_change_set() {
    let (cloud, sent) = Cloud::scripted(|request| {
        if request.contains("Action=CreateChangeSet&") {
            xml("CreateChangeSet", "<Id>set</Id>")
        } else if request.contains("Action=DescribeChangeSet&") {
            xml(
                "DescribeChangeSet",
                "<Status>CREATE_COMPLETE</Status><Changes/>",
            )
        } else {
            xml("DeleteChangeSet", "")
        }
    });
    let before = game("CREATE_COMPLETE");
    let against = Against::Reality;
    let execution = Execution::Never;
    let updated = stack::update(&cloud, &before, &request(), against, execution, report()).await;
    assert_eq!(
        updated.expect("no failure"),
        stack::Update::Done(Vec::new())
    );
    let sent = sent.lock().expect("sent");
    assert!(
        sent[0].contains("DeploymentMode=REVERT_DRIFT"),
        "{}",
        sent[0]
    );
}

fn release() -> Release {
    Release {
        project: None,
        workshop: Workshop::named("workshop"),
        template: None,
        code: vec![FunctionCode {
            function: "01-new-game".to_owned(),
            digest: Digest::of(b"zip"),
            size: 3,
            zip: Some((*b"zip").into()),
        }],
        architecture: Architecture::X86_64,
        full: false,
        dry_run: false,
        may_lose_data: false,
        to_many: false,
    }
}

fn configuration(code: &str, revision: usize, status: &str) -> (u16, String) {
    let body = serde_json::json!({ "Configuration": {
        "FunctionName": FUNCTION,
        "CodeSha256": code,
        "RevisionId": revision.to_string(),
        "State": "Active",
        "LastUpdateStatus": status,
        "LastUpdateStatusReason": "the role is gone",
    }});
    (200, body.to_string())
}

fn known() -> Option<DeployedFunction> {
    Some(DeployedFunction {
        code_sha256: "old".to_owned(),
        revision: "0".to_owned(),
        update: UpdateStatus::Done,
        settings: serde_json::Value::Null,
    })
}

/// Patches a function: the answers to `UpdateFunctionCode` and to `GetFunction`, each by its number.
async fn patched(
    update: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
    get: impl Fn(usize) -> (u16, String) + Send + Sync + 'static,
) -> (Result<bool, DeployError>, usize) {
    let numbers = Mutex::new((0, 0));
    let (cloud, sent) = Cloud::scripted(move |request| {
        let mut numbers = numbers.lock().expect("no answer panics");
        if request.starts_with("PUT ") {
            numbers.0 += 1;
            update(numbers.0)
        } else {
            numbers.1 += 1;
            get(numbers.1)
        }
    });
    let release = release();
    let prepared = Prepared::new(&cloud, &release, &silent);
    let took = patch::patch(&prepared, FUNCTION, &release.code[0], known(), report()).await;
    let sent = sent.lock().expect("sent");
    let updates = sent.iter().filter(|request| request.starts_with("PUT "));
    (took.map(|took| took.is_some()), updates.count())
}

fn accepted(_: usize) -> (u16, String) {
    (
        200,
        r#"{"State": "Active", "LastUpdateStatus": "InProgress"}"#.to_owned(),
    )
}

fn conflict(_: usize) -> (u16, String) {
    let body = r#"{"__type": "ResourceConflictException", "Message": "in progress"}"#;
    (409, body.to_owned())
}

#[tokio::test]
async fn a_patch_ends_when_calls_run_the_new_code() {
    let ours = Digest::of(b"zip").to_string();
    let get = move |number: usize| {
        configuration(
            &ours,
            number,
            if number < 3 {
                "InProgress"
            } else {
                "Successful"
            },
        )
    };
    let (took, updates) = patched(accepted, get).await;
    assert_eq!((took.expect("patched"), updates), (true, 1));
}

#[tokio::test]
async fn a_patch_that_lambda_cannot_apply_has_failed() {
    let ours = Digest::of(b"zip").to_string();
    let (failed, _) = patched(accepted, move |number| {
        configuration(&ours, number, "Failed")
    })
    .await;
    let Err(DeployError::PatchFailed { reason, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(reason, "the role is gone");
}

#[tokio::test]
async fn a_patch_comes_after_the_update_that_is_in_its_way() {
    let ours = Digest::of(b"zip").to_string();
    let update = |number| {
        if number == 1 {
            conflict(number)
        } else {
            accepted(number)
        }
    };
    let get = move |number: usize| match number {
        1 => configuration("old", number, "Successful"),
        _ => configuration(&ours, number, "Successful"),
    };
    let (took, updates) = patched(update, get).await;
    assert_eq!((took.expect("patched"), updates), (true, 2));
}

#[tokio::test]
async fn other_code_that_lands_in_between_is_not_overwritten() {
    let theirs = |number| configuration("theirs", number, "Successful");
    for update in [accepted, conflict] {
        let (failed, updates) = patched(update, theirs).await;
        assert!(matches!(failed, Err(DeployError::FunctionChanged { .. })));
        assert_eq!(updates, 1);
    }
}

fn resource(resource_type: &str, physical_id: &str) -> Resource {
    Resource {
        logical_id: "Thing".to_owned(),
        physical_id: physical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        status: Status("CREATE_COMPLETE".to_owned()),
        reason: None,
    }
}

/// The stack with a function and a bucket, by the server that answers.
async fn deletion(cloud: &Cloud) -> Deletion {
    clean::deletion_of(clean::Sight::by_requests(cloud), &game("CREATE_COMPLETE"))
        .await
        .expect("a deletion")
}

fn listed() -> (u16, String) {
    let member = |resource: Resource| {
        format!(
            "<member><LogicalResourceId>{}</LogicalResourceId><PhysicalResourceId>{}\
             </PhysicalResourceId><ResourceType>{}</ResourceType><LastUpdatedTimestamp>\
             2026-11-22T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE\
             </ResourceStatus></member>",
            resource.logical_id, resource.physical_id, resource.resource_type
        )
    };
    let members = member(resource("AWS::Lambda::Function", FUNCTION))
        + &member(resource("AWS::S3::Bucket", "attic"));
    xml(
        "ListStackResources",
        &format!("<StackResourceSummaries>{members}</StackResourceSummaries>"),
    )
}

/// Its first deletion fails, as the bucket has filled up again; at first another operation is running.
#[tokio::test]
async fn a_clean_up_waits_empties_again_and_spares_the_neighbours_log_group() {
    let deletions = AtomicUsize::new(0);
    let looks = AtomicUsize::new(0);
    let (cloud, sent) = Cloud::scripted(move |request| {
        let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
        let tries = deletions.load(Ordering::SeqCst);
        if asked("ListStackResources") {
            listed()
        } else if asked("GetTemplate") {
            xml("GetTemplate", "<TemplateBody>Resources: {}</TemplateBody>")
        } else if asked("DeleteStack") {
            deletions.fetch_add(1, Ordering::SeqCst);
            xml("DeleteStack", "")
        } else if asked("DescribeStacks") {
            let look = looks.fetch_add(1, Ordering::SeqCst);
            described(match (tries, look) {
                (0, 0 | 1) => "UPDATE_IN_PROGRESS",
                (0, _) => "UPDATE_COMPLETE",
                (1, _) => "DELETE_FAILED",
                _ => "DELETE_COMPLETE",
            })
        } else if asked("DescribeStackEvents") {
            let events = match tries {
                0 => String::new(),
                _ => event(&format!("deletion {tries}"), "DELETE_IN_PROGRESS"),
            };
            xml(
                "DescribeStackEvents",
                &format!("<StackEvents>{events}</StackEvents>"),
            )
        } else if request.contains("?versions") {
            let version = "<Version><Key>note</Key><VersionId>1</VersionId></Version>";
            (
                200,
                format!("<ListVersionsResult>{version}</ListVersionsResult>"),
            )
        } else if request.contains("?delete") {
            (200, "<DeleteResult/>".to_owned())
        } else {
            // CloudWatch Logs: the names that begin with the one asked for.
            let group = format!("/aws/lambda/{FUNCTION}");
            let groups = serde_json::json!({ "logGroups": [
                { "logGroupName": group }, { "logGroupName": format!("{group}-of-ben") },
            ]});
            (200, groups.to_string())
        }
    });
    let deletion = deletion(&cloud).await;
    assert_eq!(deletion.buckets[0].objects, 1);
    assert_eq!(deletion.log_groups, [format!("/aws/lambda/{FUNCTION}")]);
    clean::delete(&cloud, &deletion, &silent)
        .await
        .expect("deleted");
    let sent = sent.lock().expect("sent");
    assert_eq!(count(&sent, "DeleteStack"), 2);
    let emptied = sent.iter().filter(|request| request.contains("?delete"));
    assert_eq!(emptied.count(), 2);
    let groups = sent.iter().filter(|request| request.contains("-of-ben"));
    assert_eq!(groups.count(), 0);
}

#[tokio::test]
async fn a_rollback_goes_on_without_what_it_cannot_bring_back() {
    let attempts = AtomicUsize::new(0);
    let (cloud, sent) = Cloud::scripted(move |request| {
        let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
        let attempt = attempts.load(Ordering::SeqCst);
        if asked("ContinueUpdateRollback") {
            attempts.fetch_add(1, Ordering::SeqCst);
            xml("ContinueUpdateRollback", "")
        } else if asked("DescribeStacks") {
            described(match attempt {
                1 => "UPDATE_ROLLBACK_FAILED",
                _ => "UPDATE_ROLLBACK_COMPLETE",
            })
        } else if asked("ListStackResources") {
            let cancelled =
                "<ResourceStatusReason>Resource update cancelled</ResourceStatusReason>";
            let (status, body) = listed();
            let body = body.replace("CREATE_COMPLETE", "UPDATE_FAILED");
            let (first, second) = body.split_at(body.rfind("</member>").expect("two"));
            (status, format!("{first}{cancelled}{second}"))
        } else {
            let events = match attempt {
                0 => String::new(),
                _ => event(
                    &format!("rollback {attempt}"),
                    "UPDATE_ROLLBACK_IN_PROGRESS",
                ),
            };
            xml(
                "DescribeStackEvents",
                &format!("<StackEvents>{events}</StackEvents>"),
            )
        }
    });
    let stuck = game("UPDATE_ROLLBACK_FAILED");
    let how = Recovery::ContinueRollback;
    let recovered = stack::recover(&cloud, &stuck, how, report()).await;
    recovered.expect("it went on");
    let sent = sent.lock().expect("sent");
    let continued: Vec<_> = sent
        .iter()
        .filter(|request| request.contains("Action=ContinueUpdateRollback&"))
        .map(|request| {
            // The other one was only cancelled.
            let skips = request.contains("ResourcesToSkip.member.1=Thing");
            (skips, request.contains("ResourcesToSkip.member.2"))
        })
        .collect();
    assert_eq!(continued, [(false, false), (true, false)]);
}

/// Express mode does not wait until a table is active: the next call would fail.
#[tokio::test]
async fn an_update_that_takes_effect_later_is_waited_for() {
    let changed = |resource_type: &str, action: &str, replacement: &str| {
        format!(
            "<Status>CREATE_COMPLETE</Status><Changes><member><ResourceChange><Action>{action}</Action>\
             <LogicalResourceId>Thing</LogicalResourceId><ResourceType>{resource_type}</ResourceType>\
             <Replacement>{replacement}</Replacement></ResourceChange></member></Changes>"
        )
    };
    let (function, table) = ("AWS::Lambda::Function", "AWS::DynamoDB::Table");
    for (resource_type, action, replacement, express) in [
        (function, "Modify", "False", vec![true]),
        (function, "Add", "", vec![true]),
        ("AWS::Logs::LogGroup", "Add", "", vec![true]),
        (table, "Remove", "", vec![true]),
        (table, "Add", "", vec![true, false]),
        (table, "Modify", "False", vec![true, false]),
        ("AWS::IAM::Role", "Modify", "False", vec![true, false]),
        ("AWS::S3::Bucket", "Modify", "False", vec![true]),
        ("AWS::S3::Bucket", "Modify", "True", vec![true, false]),
    ] {
        let changes = changed(resource_type, action, replacement);
        let executed = AtomicUsize::new(0);
        let (cloud, sent) = Cloud::scripted(move |request| {
            let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
            let after = executed.load(Ordering::SeqCst);
            if asked("CreateChangeSet") {
                xml("CreateChangeSet", "<Id>set</Id>")
            } else if asked("DescribeChangeSet") {
                xml("DescribeChangeSet", &changes)
            } else if asked("ExecuteChangeSet") {
                executed.fetch_add(1, Ordering::SeqCst);
                xml("ExecuteChangeSet", "")
            } else if asked("DescribeStacks") {
                described("UPDATE_COMPLETE")
            } else if asked("DescribeStackEvents") {
                let events = match after {
                    0 => String::new(),
                    _ => event("new", "UPDATE_IN_PROGRESS"),
                };
                xml(
                    "DescribeStackEvents",
                    &format!("<StackEvents>{events}</StackEvents>"),
                )
            } else {
                xml("DeleteChangeSet", "")
            }
        });
        let before = game("CREATE_COMPLETE");
        let against = Against::LastUpdate;
        let execution = Execution::Always;
        let updated =
            stack::update(&cloud, &before, &request(), against, execution, report()).await;
        updated.expect("no failure");
        let sent = sent.lock().expect("sent");
        let created = sent
            .iter()
            .filter(|it| it.contains("Action=CreateChangeSet&"));
        let modes: Vec<_> = created.map(|it| it.contains("Mode=EXPRESS")).collect();
        assert_eq!(modes, express, "{action} {resource_type} {replacement}");
        assert_eq!(count(&sent, "ExecuteChangeSet"), 1);
        assert_eq!(count(&sent, "DeleteChangeSet"), express.len() - 1);
    }
}

/// Only the standard mode waits until the table is active and the role has spread.
#[tokio::test]
async fn a_stack_is_created_so_that_it_is_ready_at_its_end() {
    let (cloud, sent) = Cloud::scripted(|request| {
        if request.contains("Action=CreateStack&") {
            xml("CreateStack", &format!("<StackId>{ID}</StackId>"))
        } else if request.contains("Action=DescribeStacks&") {
            described("CREATE_COMPLETE")
        } else {
            xml("DescribeStackEvents", "<StackEvents/>")
        }
    });
    let created = stack::create(&cloud, &request(), report()).await;
    created.expect("no failure");
    let sent = sent.lock().expect("sent");
    assert!(!sent[0].contains("EXPRESS"), "{}", sent[0]);
    assert!(sent[0].contains("DisableRollback=true"), "{}", sent[0]);
}

#[tokio::test]
async fn what_a_deleted_stack_keeps_is_said_when_it_is_recovered() {
    let looks = AtomicUsize::new(0);
    let (cloud, _) = Cloud::scripted(move |request| {
        let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
        if asked("DescribeStacks") {
            looks.fetch_add(1, Ordering::SeqCst);
            described("DELETE_COMPLETE")
        } else if asked("DeleteStack") {
            xml("DeleteStack", "")
        } else {
            let events = match looks.load(Ordering::SeqCst) {
                0 => String::new(),
                _ => event("end", "DELETE_SKIPPED"),
            };
            xml(
                "DescribeStackEvents",
                &format!("<StackEvents>{events}</StackEvents>"),
            )
        }
    });
    let said = Mutex::new(Vec::new());
    let emit = |event: Event| {
        if let EventKind::Removed(removed) = event.kind {
            said.lock().expect("nobody panics").push(removed.fate);
        }
    };
    let report = Reporter {
        stack: "game",
        emit: &emit,
    };
    let failed = game("CREATE_FAILED");
    let recovered = stack::recover(&cloud, &failed, Recovery::DeleteAndCreate, report).await;
    recovered.expect("it is gone");
    assert_eq!(*said.lock().expect("nobody panics"), [Fate::Retained]);
}
