//! The sandbox is killed after each of its writes in phase, and started again: the end is the same.

use serde_json::{Value, json};

use super::super::super::stack::{
    OnFailure, Operation, OperationKind, Phase, Resource, StackState, Status,
};
use super::super::{Engine, start_rollback};
use super::world::{
    Fixture, created, deleted, event_lines, finished, kill_after, template, thing, updated,
};

const ENOUGH: usize = 200;

fn before() -> String {
    template(&[
        thing("Changed", json!({ "Label": "changed 1" })),
        thing("Named", json!({ "Label": "named 1", "Name": "named-1" })),
        thing(
            "Removed",
            json!({ "Label": "removed", "Other": { "Ref": "Changed" } }),
        ),
        thing("Replaced", json!({ "Label": "replaced 1", "Kind": "1" })),
    ])
}

fn after() -> String {
    template(&[
        thing(
            "Added",
            json!({ "Label": "added", "Other": { "Ref": "Replaced" } }),
        ),
        thing("Changed", json!({ "Label": "changed 2" })),
        thing(
            "Last",
            json!({ "Label": "last", "Other": { "Ref": "Added" } }),
        ),
        thing("Named", json!({ "Label": "named 2", "Name": "named-2" })),
        thing("Replaced", json!({ "Label": "replaced 2", "Kind": "2" })),
    ])
}

/// What stands of each template when all is well.
const BEFORE: &[&str] = &["changed 1", "named 1", "removed", "replaced 1"];
const AFTER: &[&str] = &["added", "changed 2", "last", "named 2", "replaced 2"];

/// Begins on a fixture with what `begin` says, and kills the sandbox after each number of writes, until
/// one is late enough to change nothing. Every end is to be this status, with these labels.
async fn survive(begin: impl AsyncFn(&Fixture) -> String, status: Status, labels: &[&str]) {
    let check = |fixture: &Fixture, state: &StackState| {
        assert_eq!(state.stack.status, status);
        assert_eq!(fixture.world.labels(), labels);
    };
    survive_as(begin, check).await;
}

/// As [`survive`], where every end is to be as `check` wants it.
async fn survive_as(
    begin: impl AsyncFn(&Fixture) -> String,
    check: impl Fn(&Fixture, &StackState),
) {
    let begun = Fixture::new();
    let id = begin(&begun).await;
    for writes in 0..ENOUGH {
        let fixture = begun.copy();
        let engine = fixture.engine();
        kill_after(&engine, writes);
        let survived = engine.run(&id).await.is_ok();
        drop(engine);
        let engine = fixture.engine();
        let state = finished(&engine, &id).await;
        check(&fixture, &state);
        assert_consistent(&fixture, &state);
        let lines = event_lines(&engine, &state, 0);
        let mut unique = lines.clone();
        unique.dedup();
        assert_eq!(lines, unique, "killed after {writes} writes");
        if survived {
            return;
        }
    }
    panic!("{ENOUGH} writes are not enough");
}

/// What stands is what the stack says, and the other way round.
pub fn assert_consistent(fixture: &Fixture, state: &StackState) {
    let stack = &state.stack;
    assert!(stack.operation.is_none() && stack.previous.is_none() && state.obsolete.is_empty());
    let resources = || state.resources.iter().map(|(_, resource)| resource);
    let recorded = resources().filter_map(|resource| resource.actual.as_ref());
    let mut recorded: Vec<(String, Value)> = recorded
        .map(|actual| (actual.physical_id.clone(), actual.properties.clone()))
        .collect();
    recorded.sort_by_key(|(physical_id, _)| physical_id.clone());
    let existing = fixture.world.things().existing.clone();
    assert_eq!(recorded, existing.into_iter().collect::<Vec<_>>());
    let is_over = |resource: &Resource| {
        resource.creating.is_none() && resource.updating.is_none() && resource.previous.is_none()
    };
    assert!(resources().all(is_over));
}

async fn existing_stack(fixture: &Fixture) -> String {
    let engine = fixture.engine();
    let id = created(&engine, &before(), OnFailure::Rollback);
    finished(&engine, &id).await;
    id
}

#[tokio::test]
async fn a_creation_survives_kills() {
    survive(
        async |fixture| created(&fixture.engine(), &before(), OnFailure::Rollback),
        Status::CreateComplete,
        BEFORE,
    )
    .await;
}

#[tokio::test]
async fn the_rollback_of_a_creation_survives_kills() {
    survive(
        async |fixture| {
            fixture.world.fail("finish removed");
            created(&fixture.engine(), &before(), OnFailure::Rollback)
        },
        Status::RollbackComplete,
        &[],
    )
    .await;
}

#[tokio::test]
async fn an_update_survives_kills() {
    survive(
        async |fixture| {
            let id = existing_stack(fixture).await;
            updated(&fixture.engine(), &id, &after(), OnFailure::Rollback);
            id
        },
        Status::UpdateComplete,
        AFTER,
    )
    .await;
}

#[tokio::test]
async fn the_rollback_of_an_update_survives_kills() {
    survive(
        async |fixture| {
            let id = existing_stack(fixture).await;
            fixture.world.fail("finish last");
            updated(&fixture.engine(), &id, &after(), OnFailure::Rollback);
            id
        },
        Status::UpdateRollbackComplete,
        BEFORE,
    )
    .await;
}

/// Starts what returns the stack to its state before the update.
fn rolled_back(engine: &Engine, id: &str, kind: OperationKind) {
    let started = engine.stacks.change(id, |state| {
        start_rollback(state, Operation::new(kind, Phase::Rollback, None));
        Ok(())
    });
    started.expect("it starts");
}

#[tokio::test]
async fn the_rollback_of_an_update_that_was_left_as_it_failed_survives_kills() {
    survive(
        async |fixture| {
            let id = existing_stack(fixture).await;
            fixture.world.fail("finish last");
            let engine = fixture.engine();
            updated(&engine, &id, &after(), OnFailure::DoNothing);
            let state = finished(&engine, &id).await;
            assert_eq!(state.stack.status, Status::UpdateFailed);
            rolled_back(&engine, &id, OperationKind::Rollback);
            id
        },
        Status::UpdateRollbackComplete,
        BEFORE,
    )
    .await;
}

#[tokio::test]
async fn a_continued_rollback_survives_kills() {
    survive(
        async |fixture| {
            let id = existing_stack(fixture).await;
            fixture.world.fail("finish last");
            fixture.world.fail("update changed 1");
            let engine = fixture.engine();
            updated(&engine, &id, &after(), OnFailure::Rollback);
            let state = finished(&engine, &id).await;
            assert_eq!(state.stack.status, Status::UpdateRollbackFailed);
            fixture.world.stop_failing();
            rolled_back(&engine, &id, OperationKind::ContinueRollback);
            id
        },
        Status::UpdateRollbackComplete,
        BEFORE,
    )
    .await;
}

#[tokio::test]
async fn a_deletion_survives_kills() {
    survive(
        async |fixture| {
            let id = existing_stack(fixture).await;
            deleted(&fixture.engine(), &id, &[]);
            id
        },
        Status::DeleteComplete,
        &[],
    )
    .await;
}

#[tokio::test]
async fn what_somebody_else_has_made_survives_kills_too() {
    survive_as(
        async |fixture| {
            let theirs = json!({ "Label": "theirs" });
            fixture
                .world
                .things()
                .existing
                .insert("named-1".to_owned(), theirs);
            created(&fixture.engine(), &before(), OnFailure::Rollback)
        },
        |fixture, state| {
            assert_eq!(state.stack.status, Status::RollbackComplete);
            // As far as the stack goes, nothing stands.
            let theirs = fixture.world.things().existing.remove("named-1");
            assert_eq!(theirs, Some(json!({ "Label": "theirs" })));
        },
    )
    .await;
}
