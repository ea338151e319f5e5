//! Changes that failed and were left as they were, and what the next operation makes of them.

use serde_json::{Value, json};

use super::super::super::stack::{OnFailure, StackState, Status};
use super::world::{Fixture, created, deleted, finished, template, thing, updated};

/// A stack of `before` whose update to `after` fails and is left so.
async fn left(fixture: &Fixture, before: &str, after: &str, failing: &str) -> String {
    let engine = fixture.engine();
    let id = created(&engine, before, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::CreateComplete);
    fixture.world.fail(failing);
    updated(&engine, &id, after, OnFailure::DoNothing);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateFailed);
    fixture.world.stop_failing();
    id
}

async fn then(fixture: &Fixture, id: &str, template: &str) -> StackState {
    let engine = fixture.engine();
    updated(&engine, id, template, OnFailure::DoNothing);
    let state = finished(&engine, id).await;
    assert_eq!(state.stack.status, Status::UpdateComplete);
    state
}

/// Of one kind and one label, and another that depends on it.
fn replaced(kind: &str, rest: Value) -> String {
    template(&[
        ("A", json!({ "Label": kind, "Kind": kind }), rest),
        thing("B", json!({ "Label": "b", "Other": { "Ref": "A" } })),
    ])
}

#[tokio::test]
async fn what_was_half_made_under_another_name_goes() {
    let named = |name: &str| {
        template(&[
            thing("A", json!({ "Label": "a" })),
            thing("B", json!({ "Label": name, "Name": name })),
        ])
    };
    let fixture = Fixture::new();
    let before = template(&[thing("A", json!({ "Label": "a" }))]);
    let id = left(&fixture, &before, &named("one"), "finish one").await;
    assert_eq!(fixture.world.labels(), ["a", "one"]);
    then(&fixture, &id, &named("two")).await;
    assert_eq!(fixture.world.labels(), ["a", "two"]);
}

#[tokio::test]
async fn of_several_replacements_only_the_last_stays_unless_they_are_retained() {
    for (policy, labels) in [
        ("Delete", &["3", "b"][..]),
        ("Retain", &["1", "2", "3", "b"]),
    ] {
        let rest = json!({ "UpdateReplacePolicy": policy });
        let fixture = Fixture::new();
        let (one, two) = (replaced("1", rest.clone()), replaced("2", rest.clone()));
        let id = left(&fixture, &one, &two, "update b").await;
        assert_eq!(fixture.world.labels(), ["1", "2", "b"]);
        then(&fixture, &id, &replaced("3", rest)).await;
        assert_eq!(fixture.world.labels(), labels, "{policy}");
    }
}

#[tokio::test]
async fn a_deletion_takes_what_failed_changes_left() {
    for failing in ["update b", "finish 2"] {
        let fixture = Fixture::new();
        let (one, two) = (replaced("1", json!({})), replaced("2", json!({})));
        let id = left(&fixture, &one, &two, failing).await;
        assert_eq!(fixture.world.labels(), ["1", "2", "b"], "{failing}");
        let engine = fixture.engine();
        deleted(&engine, &id, &[]);
        let state = finished(&engine, &id).await;
        assert_eq!(state.stack.status, Status::DeleteComplete, "{failing}");
        assert!(fixture.world.labels().is_empty(), "{failing}");
    }
}

#[tokio::test]
async fn what_a_cleanup_cannot_delete_is_not_the_stacks_any_more() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let both = template(&[
        thing("A", json!({ "Label": "a" })),
        thing("B", json!({ "Label": "b" })),
    ]);
    let id = created(&engine, &both, OnFailure::Rollback);
    finished(&engine, &id).await;
    fixture.world.fail("delete b");
    let one = template(&[thing("A", json!({ "Label": "a" }))]);
    updated(&engine, &id, &one, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::UpdateComplete);
    let reason = "Update successful. One or more resources could not be deleted.";
    assert_eq!(state.stack.reason.as_deref(), Some(reason));
    deleted(&engine, &id, &[]);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteComplete);
    assert_eq!(fixture.world.labels(), ["b"]);
}

#[tokio::test]
async fn what_is_refused_and_not_there_counts_as_deleted() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let both = template(&[
        thing("A", json!({ "Label": "a" })),
        thing("B", json!({ "Label": "b" })),
    ]);
    let id = created(&engine, &both, OnFailure::Rollback);
    finished(&engine, &id).await;
    fixture
        .world
        .things()
        .existing
        .retain(|_, thing| thing["Label"] == "a");
    fixture.world.fail("delete a");
    fixture.world.fail("delete b");
    deleted(&engine, &id, &[]);
    let state = finished(&engine, &id).await;
    assert_eq!(state.stack.status, Status::DeleteFailed);
    assert_eq!(state.resources["A"].status, Status::DeleteFailed);
    assert_eq!(state.resources["B"].status, Status::DeleteComplete);
}
