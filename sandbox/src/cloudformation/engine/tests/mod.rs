//! Whole operations, in a world that does what a test wants.

mod failed_changes;
mod kills;
mod lives;
mod upgrade;
pub mod world;
mod writes;

use serde_json::json;

use super::super::stack::{OnFailure, Operation, OperationKind, Phase, StackState, Status};
use super::*;
use world::{Fixture, created, deleted, event_lines, finished, template, thing, updated};

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
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let id = created(&engine, &two(), OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::CreateComplete);
    let lines = [
        "stack CREATE_IN_PROGRESS: User Initiated",
        "Table CREATE_IN_PROGRESS",
        "Table CREATE_IN_PROGRESS: Resource creation Initiated",
        "Table CREATE_COMPLETE",
        "Role CREATE_IN_PROGRESS",
        "Role CREATE_IN_PROGRESS: Resource creation Initiated",
        "Role CREATE_COMPLETE",
        "stack CREATE_COMPLETE",
    ];
    assert_eq!(event_lines(&engine, &state, 0), lines);
    let table = state.resources["Table"]
        .actual_id()
        .expect("it stands")
        .to_owned();
    assert!(table.starts_with("stack-Table-"), "{table}");
    let role = state.resources["Role"]
        .actual_id()
        .expect("it stands")
        .to_owned();
    let other = fixture.world.things().existing[&role]["Other"].clone();
    assert_eq!(other, format!("id of {table}"));

    let seen = state.events.latest_number;
    deleted(&engine, &id, &[]);
    let state = finished(&engine, &id).await;
    let lines = [
        "stack DELETE_IN_PROGRESS: User Initiated",
        "Role DELETE_IN_PROGRESS",
        "Role DELETE_COMPLETE",
        "Table DELETE_IN_PROGRESS",
        "Table DELETE_COMPLETE",
        "stack DELETE_COMPLETE",
    ];
    assert_eq!(event_lines(&engine, &state, seen), lines);
    assert!(fixture.world.labels().is_empty());
    assert!(engine.stacks.find("stack").expect("read").is_none());
}

#[tokio::test]
async fn a_failed_creation_is_rolled_back() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    fixture.world.fail("create Role");
    let id = created(&engine, &two(), OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::RollbackComplete);
    let lines = event_lines(&engine, &state, 4);
    let reason = "Role CREATE_FAILED: Resource handler returned message: \"create Role is not to be \
        (Service error: Broken)\" (HandlerErrorCode: InvalidRequest)";
    assert_eq!(lines[1], reason);
    let rolled_back = "stack ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: \
        [Role]. Rollback requested by user.";
    assert_eq!(lines[2], rolled_back);
    assert_eq!(
        lines.last().map(String::as_str),
        Some("stack ROLLBACK_COMPLETE")
    );
    assert!(fixture.world.labels().is_empty());
}

#[tokio::test]
async fn what_is_under_way_when_another_fails_is_cancelled() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let text = template(&[
        thing("A", json!({ "Label": "A" })),
        thing("B", json!({ "Label": "slow" })),
        thing("C", json!({ "Label": "C", "Other": { "Ref": "B" } })),
    ]);
    fixture.world.fail("create A");
    let id = created(&engine, &text, OnFailure::Delete);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteComplete);
    let lines = event_lines(&engine, &state, 0);
    assert!(
        lines.contains(&"B CREATE_FAILED: Resource creation cancelled".to_owned()),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|event| event.starts_with("C ")),
        "{lines:?}"
    );
    assert!(fixture.world.labels().is_empty());
}

#[tokio::test]
async fn a_failed_creation_is_left_as_it_is_on_request_and_mended_by_an_update() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    fixture.world.fail("finish Role");
    let id = created(&engine, &two(), OnFailure::DoNothing);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::CreateFailed);
    assert_eq!(fixture.world.labels(), ["Role", "Table"]);
    fixture.world.stop_failing();
    updated(&engine, &id, &two(), OnFailure::DoNothing);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateComplete);
    // Not the half of a role that was there.
    assert_eq!(fixture.world.labels(), ["Role", "Table"]);
    assert_eq!(state.resources["Role"].status, Status::CreateComplete);
}

#[tokio::test]
async fn what_somebody_else_has_made_is_not_touched() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let theirs = json!({ "Label": "theirs" });
    fixture
        .world
        .things()
        .existing
        .insert("taken".to_owned(), theirs);
    let text = template(&[thing("A", json!({ "Label": "A", "Name": "taken" }))]);
    let id = created(&engine, &text, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::RollbackComplete);
    let reason = format!(
        "A CREATE_FAILED: Resource of type '{}' with identifier 'taken' already exists.",
        world::THING
    );
    assert!(event_lines(&engine, &state, 0).contains(&reason));
    assert_eq!(fixture.world.labels(), ["theirs"]);
}

#[tokio::test]
async fn an_update_changes_adds_replaces_and_removes() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let text = template(&[
        thing("Changed", json!({ "Label": "changed 1" })),
        thing("Kept", json!({ "Label": "kept" })),
        thing("Removed", json!({ "Label": "removed" })),
        thing("Replaced", json!({ "Label": "replaced 1", "Kind": "1" })),
    ]);
    let id = created(&engine, &text, OnFailure::Rollback);
    let seen = finished(&engine, &id).await.events.latest_number;
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
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateComplete);
    assert_eq!(
        fixture.world.labels(),
        ["added", "changed 2", "kept", "replaced 2"]
    );
    let lines = event_lines(&engine, &state, seen);
    let cleanup = lines
        .iter()
        .position(|it| it == "stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    let removed = lines
        .iter()
        .position(|it| it == "Removed DELETE_IN_PROGRESS");
    assert!(cleanup.is_some() && cleanup < removed, "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|it| it.starts_with("Replaced UPDATE_IN_PROGRESS: Requested update"))
    );
    assert!(!lines.iter().any(|it| it.starts_with("Kept")), "{lines:?}");
    assert_eq!(
        lines.last().map(String::as_str),
        Some("stack UPDATE_COMPLETE")
    );
}

#[tokio::test]
async fn a_failed_update_goes_back_to_what_stood() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
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
    let before_update = finished(&engine, &id).await;
    let things = fixture.world.things().existing.clone();
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
    fixture.world.fail("update failing 2");
    updated(&engine, &id, &after, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateRollbackComplete);
    assert_eq!(fixture.world.things().existing, things);
    let actual = |state: &StackState| {
        let resources = state.resources.iter();
        resources
            .map(|(name, it)| (name.clone(), it.actual.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(actual(&state), actual(&before_update));
    assert_eq!(state.stack.definition, before_update.stack.definition);
    assert!(state.obsolete.is_empty() && state.stack.previous.is_none());
    let lines = event_lines(&engine, &state, before_update.events.latest_number);
    let rolls_back = "stack UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to \
        update: [Failing]. ";
    assert!(lines.contains(&rolls_back.to_owned()), "{lines:?}");
    let cleans = "stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS".to_owned();
    assert!(lines.contains(&cleans), "{lines:?}");
}

#[tokio::test]
async fn a_rollback_that_fails_can_be_continued() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let id = created(
        &engine,
        &template(&[thing("A", json!({ "Label": "1" }))]),
        OnFailure::Rollback,
    );
    finished(&engine, &id).await;
    fixture.world.fail("update 1");
    fixture.world.fail("update 2");
    let text = template(&[thing("A", json!({ "Label": "2" }))]);
    updated(&engine, &id, &text, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateRollbackFailed);
    fixture.world.stop_failing();
    let go_on = engine.stacks.change(&id, |state| {
        let kind = OperationKind::ContinueRollback;
        start_rollback(state, Operation::new(kind, Phase::Rollback, None));
        Ok(())
    });
    go_on.expect("it is changed");
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateRollbackComplete);
    assert_eq!(fixture.world.labels(), ["1"]);
}

#[tokio::test]
async fn a_thing_with_a_name_of_its_own_is_not_replaced() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let named = |kind: &str| json!({ "Label": "A", "Name": "mine", "Kind": kind });
    let id = created(
        &engine,
        &template(&[thing("A", named("1"))]),
        OnFailure::Rollback,
    );
    finished(&engine, &id).await;
    let text = template(&[thing("A", named("2"))]);
    updated(&engine, &id, &text, OnFailure::DoNothing);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateFailed);
    let reason = "CloudFormation cannot update a stack when a custom-named resource requires \
        replacing. Rename mine and update the stack again.";
    assert_eq!(state.resources["A"].reason.as_deref(), Some(reason));
}

#[tokio::test]
async fn what_is_to_be_retained_stays() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
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
    fixture.world.fail("delete stuck");
    deleted(&engine, &id, &[]);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteFailed);
    let reason = "The following resource(s) failed to delete: [Stuck]. ";
    assert_eq!(state.stack.reason.as_deref(), Some(reason));
    assert_eq!(state.resources["Kept"].status, Status::DeleteSkipped);
    deleted(&engine, &id, &["Stuck"]);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteComplete);
    assert_eq!(fixture.world.labels(), ["except", "kept", "stuck"]);

    let fixture = Fixture::new();
    let engine = fixture.engine();
    fixture.world.fail("create stuck");
    let id = created(&engine, &text, OnFailure::Rollback);
    finished(&engine, &id).await;
    assert_eq!(
        fixture.world.labels(),
        ["kept"],
        "new things stay only when they are always to"
    );
}

#[tokio::test]
async fn a_creation_that_is_not_wanted_any_more_ends_in_a_deletion() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let id = created(&engine, &two(), OnFailure::Rollback);
    let stopped = engine.stacks.change(&id, |state| {
        let operation = state.stack.operation.as_mut().expect("an operation");
        operation.kind = OperationKind::DeleteStack;
        operation.cancelled = true;
        Ok(())
    });
    stopped.expect("it is changed");
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteComplete);
    assert!(fixture.world.things().asked.is_empty());
}

#[tokio::test]
async fn old_events_templates_and_stacks_are_forgotten() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let text = template(&[thing("A", json!({ "Label": "A" }))]);
    let mut first = None;
    for _ in 0..102 {
        let id = created(&engine, &text, OnFailure::Rollback);
        deleted_at_once(&engine, &id);
        engine.run(&id).await.expect("it runs");
        if first.is_none() {
            // Those that are deleted in one millisecond are equally old.
            sleep(Duration::from_millis(2)).await;
        }
        first.get_or_insert(id);
    }
    assert_eq!(
        engine
            .stacks
            .all(None, 1000, |_| true)
            .expect("read")
            .items
            .len(),
        100
    );
    let first = first.expect("there was one");
    assert!(engine.stacks.find(&first).expect("read").is_none());
}

/// As if nothing had been made.
fn deleted_at_once(engine: &Engine, id: &str) {
    let changed = engine.stacks.change(id, |state| {
        let kind = OperationKind::DeleteStack;
        let operation = Operation::new(kind, Phase::Delete, None);
        start_delete(state, operation, Status::DeleteInProgress);
        Ok(())
    });
    changed.expect("it is changed");
}
