//! Stacks that version 1 of the store kept are gone on with.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::super::super::stack::{OnFailure, Operation, OperationKind, Phase, Stack, Status};
use super::super::start_rollback;
use super::kills::assert_consistent;
use super::world::{Fixture, THING, finished, template, thing, updated};
use crate::store::Record;

const ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/stack/d313c299";

/// As version 1 wrote it.
fn resource(label: &str, status: &str, actual: Option<&str>) -> Value {
    let made = actual.map(|physical| {
        json!({ "physical": physical, "properties": { "Label": label }, "attributes": {} })
    });
    json!({
        "kind": THING, "status": status, "reason": null, "changed": 5, "physical": actual,
        "made": made, "intent": null, "attempt": null,
        "terms": {
            "depends_on": [], "deletion_policy": "Delete", "update_replace_policy": "Delete",
            "metadata": null,
        },
    })
}

fn definition(text: u64) -> Value {
    json!({
        "text": text, "description": null, "parameters": {}, "secret": [], "tags": {},
        "capabilities": [], "notification_arns": [], "role_arn": null, "mode": null,
    })
}

fn outputs() -> Value {
    json!([{ "key": "Name", "value": "a-1", "description": null, "export": "group" }])
}

/// A stack of which an update has changed A, and either failed at B or has B left to do.
fn stack(status: &str, operation: Value) -> Value {
    json!({
        "id": ID, "name": "stack", "created": 1, "updated": 2, "deleted": null,
        "status": status, "reason": null, "definition": definition(2),
        "disable_rollback": true, "termination_protection": false, "timeout_minutes": null,
        "change_set": null, "outputs": outputs(), "imports": ["other"],
        "resources": {
            "A": resource("A 2", "UPDATE_COMPLETE", Some("a-1")),
            "B": resource("B", "CREATE_FAILED", None),
        },
        "leftovers": [],
        "before": {
            "definition": definition(1), "outputs": outputs(),
            "resources": { "A": resource("A 1", "CREATE_COMPLETE", Some("a-1")) },
        },
        "operation": operation, "last": ["o-1", "UPDATE_STACK"],
        "tokens": [["t-1", "CREATE_STACK"]],
        "turn": 2, "events": 7, "latest_event": 9, "texts": [1, 2],
    })
}

fn fixture(stack: &Value) -> Fixture {
    let fixture = Fixture::new();
    // An empty store of this version, made one of version 1.
    drop(fixture.engine());
    let store = Connection::open(fixture.state()).expect("it opens");
    let layout = "DROP TABLE entries; DROP TABLE indexes; ALTER TABLE log_events DROP COLUMN seal;
        PRAGMA user_version = 1";
    store.execute_batch(layout).expect("changed");
    let put = |kind: &str, key: &str, value: &Value| {
        let insert = "INSERT INTO records VALUES (?1, ?2, ?3, NULL)";
        let written = store.execute(insert, (kind, key, value.to_string()));
        written.expect("written");
    };
    put(Stack::KIND, "stack", stack);
    let event = json!({
        "id": "e", "number": 7, "time": 9, "logical": "A", "physical": "a-1", "kind": THING,
        "status": "UPDATE_COMPLETE", "reason": null, "token": null,
        "operation": ["o-1", "UPDATE_STACK"],
    });
    put("cloudformation.event", "d313c299/9999999992", &event);
    let text = template(&[
        thing("A", json!({ "Label": "A 2" })),
        thing("B", json!({ "Label": "B" })),
    ]);
    put("cloudformation.template", "d313c299/2", &json!(text));
    let existing = json!({ "Label": "A 2" });
    let mut things = fixture.world.things();
    things.existing.insert("a-1".to_owned(), existing);
    drop(things);
    fixture
}

#[tokio::test]
async fn a_failed_update_can_be_rolled_back_and_all_is_found() {
    let fixture = fixture(&stack("UPDATE_FAILED", Value::Null));
    let engine = fixture.engine();
    let stacks = &engine.stacks;
    assert_eq!(stacks.get("stack").expect("by name").id, ID);
    assert_eq!(stacks.importers("other").expect("by import"), ["stack"]);
    let export = stacks.export("group").expect("by export");
    assert_eq!(export.expect("there").value, "a-1");
    let owner = stacks.with_physical_id("a-1").expect("by physical id");
    assert_eq!(owner.expect("there").id, ID);
    let rollback = stacks.change(ID, |state| {
        let operation = Operation::new(OperationKind::Rollback, Phase::Rollback, None);
        start_rollback(state, operation);
        Ok(())
    });
    rollback.expect("it starts");
    let state = finished(&engine, ID).await;
    assert_eq!(state.stack.status, Status::UpdateRollbackComplete);
    assert_eq!(state.stack.definition.template, 1);
    assert_eq!(fixture.world.labels(), ["A 1"]);
    assert_consistent(&fixture, &state);
    let number = state.events.latest_number;
    assert!(number > 7, "{number}");
}

#[tokio::test]
async fn an_update_that_was_under_way_goes_on() {
    let operation = json!({
        "id": "o-1", "kind": "UPDATE_STACK", "phase": "Apply", "token": null,
        "on_failure": "ROLLBACK", "retain_except_on_create": false, "skip": [], "stop": false,
        "done": ["A"], "failed": {},
    });
    let fixture = fixture(&stack("UPDATE_IN_PROGRESS", operation));
    let engine = fixture.engine();
    let busy = engine.stacks.with_operation().expect("read");
    assert_eq!(busy.len(), 1);
    let state = finished(&engine, ID).await;
    assert_eq!(state.stack.status, Status::UpdateComplete);
    assert_eq!(fixture.world.labels(), ["A 2", "B"]);
    let asked = fixture.world.things().asked.clone();
    assert_eq!(asked, ["create B"], "A was done");

    let text = template(&[thing("A", json!({ "Label": "A 3" }))]);
    updated(&engine, ID, &text, OnFailure::Rollback);
    let state = finished(&engine, ID).await;
    assert_consistent(&fixture, &state);
    assert_eq!(fixture.world.labels(), ["A 3"]);
}
