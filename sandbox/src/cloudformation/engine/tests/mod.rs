//! Whole operations, in a world that does what a test wants.

mod kills;
mod lives;
pub mod world;

use serde_json::json;

use super::super::stack::{OnFailure, Operation, OperationKind, Phase, Status};
use super::*;
use world::{Site, created, deleted, finished, story, template, thing, updated};

fn two() -> String {
    template(&[
        thing("Table", json!({ "Label": "Table" })),
        thing(
            "Role",
            json!({ "Label": "Role", "Other": { "Fn::GetAtt": ["Table", "Id"] } }),
        ),
    ])
}

#[tokio::test]
async fn a_stack_is_created_in_the_order_of_its_dependencies_and_deleted_in_reverse() {
    let site = Site::new();
    let engine = site.engine();
    let id = created(&engine, &two(), OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::CreateComplete);
    let told = [
        "stack CREATE_IN_PROGRESS: User Initiated",
        "Table CREATE_IN_PROGRESS",
        "Table CREATE_IN_PROGRESS: Resource creation Initiated",
        "Table CREATE_COMPLETE",
        "Role CREATE_IN_PROGRESS",
        "Role CREATE_IN_PROGRESS: Resource creation Initiated",
        "Role CREATE_COMPLETE",
        "stack CREATE_COMPLETE",
    ];
    assert_eq!(story(&engine, &stack, 0), told);
    let table = stack.resources["Table"]
        .stands_as()
        .expect("it stands")
        .to_owned();
    assert!(table.starts_with("stack-Table-"), "{table}");
    let role = stack.resources["Role"]
        .stands_as()
        .expect("it stands")
        .to_owned();
    let other = site.world.things().standing[&role]["Other"].clone();
    assert_eq!(other, format!("id of {table}"));

    let seen = stack.events;
    deleted(&engine, &id, &[]);
    let stack = finished(&engine, &id).await;
    let told = [
        "stack DELETE_IN_PROGRESS: User Initiated",
        "Role DELETE_IN_PROGRESS",
        "Role DELETE_COMPLETE",
        "Table DELETE_IN_PROGRESS",
        "Table DELETE_COMPLETE",
        "stack DELETE_COMPLETE",
    ];
    assert_eq!(story(&engine, &stack, seen), told);
    assert!(site.world.labels().is_empty());
    assert!(engine.stacks.find("stack").expect("read").is_none());
}

#[tokio::test]
async fn a_failed_creation_is_rolled_back() {
    let site = Site::new();
    let engine = site.engine();
    site.world.fail("create Role");
    let id = created(&engine, &two(), OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::RollbackComplete);
    let told = story(&engine, &stack, 4);
    let reason = "Role CREATE_FAILED: Resource handler returned message: \"create Role is not to be \
        (Service error: Broken)\" (HandlerErrorCode: InvalidRequest)";
    assert_eq!(told[1], reason);
    let rolled_back = "stack ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: \
        [Role]. Rollback requested by user.";
    assert_eq!(told[2], rolled_back);
    assert_eq!(
        told.last().map(String::as_str),
        Some("stack ROLLBACK_COMPLETE")
    );
    assert!(site.world.labels().is_empty());
}

#[tokio::test]
async fn what_is_under_way_when_another_fails_is_cancelled() {
    let site = Site::new();
    let engine = site.engine();
    let text = template(&[
        thing("A", json!({ "Label": "A" })),
        thing("B", json!({ "Label": "slow" })),
        thing("C", json!({ "Label": "C", "Other": { "Ref": "B" } })),
    ]);
    site.world.fail("create A");
    let id = created(&engine, &text, OnFailure::Delete);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::DeleteComplete);
    let told = story(&engine, &stack, 0);
    assert!(
        told.contains(&"B CREATE_FAILED: Resource creation cancelled".to_owned()),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|event| event.starts_with("C ")),
        "{told:?}"
    );
    assert!(site.world.labels().is_empty());
}

#[tokio::test]
async fn a_failed_creation_is_left_as_it_is_on_request_and_mended_by_an_update() {
    let site = Site::new();
    let engine = site.engine();
    site.world.fail("finish Role");
    let id = created(&engine, &two(), OnFailure::DoNothing);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::CreateFailed);
    assert_eq!(site.world.labels(), ["Role", "Table"]);
    site.world.heal();
    updated(&engine, &id, &two(), OnFailure::DoNothing);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateComplete);
    // Not the half of a role that was there.
    assert_eq!(site.world.labels(), ["Role", "Table"]);
    assert_eq!(stack.resources["Role"].status, Status::CreateComplete);
}

#[tokio::test]
async fn what_somebody_else_has_made_is_not_touched() {
    let site = Site::new();
    let engine = site.engine();
    let theirs = json!({ "Label": "theirs" });
    site.world
        .things()
        .standing
        .insert("taken".to_owned(), theirs);
    let text = template(&[thing("A", json!({ "Label": "A", "Name": "taken" }))]);
    let id = created(&engine, &text, OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::RollbackComplete);
    let reason = format!(
        "A CREATE_FAILED: Resource of type '{}' with identifier 'taken' already exists.",
        world::THING
    );
    assert!(story(&engine, &stack, 0).contains(&reason));
    assert_eq!(site.world.labels(), ["theirs"]);
}

#[tokio::test]
async fn an_update_changes_adds_replaces_and_removes() {
    let site = Site::new();
    let engine = site.engine();
    let text = template(&[
        thing("Changed", json!({ "Label": "changed 1" })),
        thing("Kept", json!({ "Label": "kept" })),
        thing("Removed", json!({ "Label": "removed" })),
        thing("Replaced", json!({ "Label": "replaced 1", "Kind": "1" })),
    ]);
    let id = created(&engine, &text, OnFailure::Rollback);
    let seen = finished(&engine, &id).await.events;
    let text = template(&[
        thing(
            "Added",
            json!({ "Label": "added", "Other": { "Ref": "Replaced" } }),
        ),
        thing("Changed", json!({ "Label": "changed 2" })),
        thing("Kept", json!({ "Label": "kept" })),
        thing("Replaced", json!({ "Label": "replaced 2", "Kind": "2" })),
    ]);
    updated(&engine, &id, &text, OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateComplete);
    assert_eq!(
        site.world.labels(),
        ["added", "changed 2", "kept", "replaced 2"]
    );
    let told = story(&engine, &stack, seen);
    let cleanup = told
        .iter()
        .position(|it| it == "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    let removed = told
        .iter()
        .position(|it| it == "Removed DELETE_IN_PROGRESS");
    assert!(cleanup.is_some() && cleanup < removed, "{told:?}");
    assert!(
        told.iter()
            .any(|it| it.starts_with("Replaced UPDATE_IN_PROGRESS: Requested update"))
    );
    assert!(!told.iter().any(|it| it.starts_with("Kept")), "{told:?}");
    assert_eq!(
        told.last().map(String::as_str),
        Some("stack UPDATE_COMPLETE")
    );
}

#[tokio::test]
async fn a_failed_update_goes_back_to_what_stood() {
    let site = Site::new();
    let engine = site.engine();
    let before = template(&[
        thing("Changed", json!({ "Label": "changed 1" })),
        thing(
            "Failing",
            json!({ "Label": "failing 1", "Other": { "Ref": "Replaced" } }),
        ),
        thing("Removed", json!({ "Label": "removed" })),
        thing("Replaced", json!({ "Label": "replaced 1", "Kind": "1" })),
    ]);
    let id = created(&engine, &before, OnFailure::Rollback);
    let stood = finished(&engine, &id).await;
    let things = site.world.things().standing.clone();
    let after = template(&[
        thing("Added", json!({ "Label": "added" })),
        thing("Changed", json!({ "Label": "changed 2" })),
        thing(
            "Failing",
            json!({ "Label": "failing 2",
            "Other": { "Fn::Sub": "${Replaced}${Changed}${Added}" } }),
        ),
        thing("Replaced", json!({ "Label": "replaced 2", "Kind": "2" })),
    ]);
    site.world.fail("update failing 2");
    updated(&engine, &id, &after, OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateRollbackComplete);
    assert_eq!(site.world.things().standing, things);
    let made = |stack: &Stack| {
        let resources = stack.resources.iter();
        resources
            .map(|(name, it)| (name.clone(), it.made.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(made(&stack), made(&stood));
    assert_eq!(stack.definition, stood.definition);
    assert!(stack.leftovers.is_empty() && stack.before.is_none());
    let told = story(&engine, &stack, stood.events);
    let rolls_back = "stack UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to \
        update: [Failing]. ";
    assert!(told.contains(&rolls_back.to_owned()), "{told:?}");
    let cleans = "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS".to_owned();
    assert!(told.contains(&cleans), "{told:?}");
}

#[tokio::test]
async fn a_rollback_that_fails_can_be_continued() {
    let site = Site::new();
    let engine = site.engine();
    let id = created(
        &engine,
        &template(&[thing("A", json!({ "Label": "1" }))]),
        OnFailure::Rollback,
    );
    finished(&engine, &id).await;
    site.world.fail("update 1");
    site.world.fail("update 2");
    let text = template(&[thing("A", json!({ "Label": "2" }))]);
    updated(&engine, &id, &text, OnFailure::Rollback);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateRollbackFailed);
    site.world.heal();
    let go_on = engine.stacks.change(&id, |stack| {
        let kind = OperationKind::ContinueRollback;
        begin_revert(stack, Operation::new(kind, Phase::Revert, None));
        Ok(())
    });
    go_on.expect("it is changed");
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateRollbackComplete);
    assert_eq!(site.world.labels(), ["1"]);
}

#[tokio::test]
async fn a_thing_with_a_name_of_its_own_is_not_replaced() {
    let site = Site::new();
    let engine = site.engine();
    let named = |kind: &str| json!({ "Label": "A", "Name": "mine", "Kind": kind });
    let id = created(
        &engine,
        &template(&[thing("A", named("1"))]),
        OnFailure::Rollback,
    );
    finished(&engine, &id).await;
    let text = template(&[thing("A", named("2"))]);
    updated(&engine, &id, &text, OnFailure::DoNothing);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::UpdateFailed);
    let reason = "CloudFormation cannot update a stack when a custom-named resource requires \
        replacing. Rename mine and update the stack again.";
    assert_eq!(stack.resources["A"].reason.as_deref(), Some(reason));
}

#[tokio::test]
async fn what_is_to_be_retained_stays() {
    let site = Site::new();
    let engine = site.engine();
    let policy = |policy: &str| json!({ "DeletionPolicy": policy });
    let text = template(&[
        (
            "Except",
            json!({ "Label": "except" }),
            policy("RetainExceptOnCreate"),
        ),
        ("Kept", json!({ "Label": "kept" }), policy("Retain")),
        thing("Stuck", json!({ "Label": "stuck" })),
    ]);
    let id = created(&engine, &text, OnFailure::Rollback);
    finished(&engine, &id).await;
    site.world.fail("delete stuck");
    deleted(&engine, &id, &[]);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::DeleteFailed);
    let reason = "The following resource(s) failed to delete: [Stuck]. ";
    assert_eq!(stack.reason.as_deref(), Some(reason));
    assert_eq!(stack.resources["Kept"].status, Status::DeleteSkipped);
    deleted(&engine, &id, &["Stuck"]);
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::DeleteComplete);
    assert_eq!(site.world.labels(), ["except", "kept", "stuck"]);

    let site = Site::new();
    let engine = site.engine();
    site.world.fail("create stuck");
    let id = created(&engine, &text, OnFailure::Rollback);
    finished(&engine, &id).await;
    assert_eq!(
        site.world.labels(),
        ["kept"],
        "new things stay only when they are always to"
    );
}

#[tokio::test]
async fn a_creation_that_is_not_wanted_any_more_ends_in_a_deletion() {
    let site = Site::new();
    let engine = site.engine();
    let id = created(&engine, &two(), OnFailure::Rollback);
    let stopped = engine.stacks.change(&id, |stack| {
        let operation = stack.operation.as_mut().expect("an operation");
        operation.kind = OperationKind::DeleteStack;
        operation.stop = true;
        Ok(())
    });
    stopped.expect("it is changed");
    let stack = finished(&engine, &id).await;
    assert_eq!(stack.status, Status::DeleteComplete);
    assert!(site.world.things().asked.is_empty());
}

#[tokio::test]
async fn old_events_templates_and_stacks_are_forgotten() {
    let site = Site::new();
    let engine = site.engine();
    let text = template(&[thing("A", json!({ "Label": "A" }))]);
    let mut first = None;
    for _ in 0..102 {
        let id = created(&engine, &text, OnFailure::Rollback);
        deleted_at_once(&engine, &id);
        engine.run(&id).await.expect("it runs");
        first.get_or_insert(id);
    }
    assert_eq!(engine.stacks.all().expect("read").len(), 100);
    let first = first.expect("there was one");
    assert!(engine.stacks.find(&first).expect("read").is_none());
}

/// As if nothing had been made.
fn deleted_at_once(engine: &Engine, id: &str) {
    let changed = engine.stacks.change(id, |stack| {
        let kind = OperationKind::DeleteStack;
        let operation = Operation::new(kind, Phase::Remove, None);
        begin_removal(stack, operation, Status::DeleteInProgress);
        Ok(())
    });
    changed.expect("it is changed");
}
