//! Stacks created, updated, rolled back and recovered.

use super::*;

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
