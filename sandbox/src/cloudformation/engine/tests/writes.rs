//! What is written: a step writes its resource and its events, and nothing else of the stack.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::json;

use super::super::super::stack::{OnFailure, Status};
use super::super::TRY_AGAIN;
use super::world::{Fixture, created, deleted, finished, kill_after, template, thing, updated};

/// All records of a store, by kind and key.
type Records = BTreeMap<(String, String), String>;

fn records(fixture: &Fixture) -> Records {
    let store = Connection::open(fixture.state()).expect("it opens");
    let mut query = store
        .prepare("SELECT kind, key, value FROM records")
        .expect("a query");
    let rows = query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    let rows: rusqlite::Result<Records> = rows.expect("rows").collect();
    rows.expect("read")
}

/// The kinds of the records that differ, but for events.
fn changed(before: &Records, after: &Records) -> Vec<String> {
    let keys = before.keys().chain(after.keys());
    let keys: BTreeMap<_, _> = keys.map(|key| (key, ())).collect();
    let differ = keys
        .into_keys()
        .filter(|key| before.get(*key) != after.get(*key));
    let kinds = differ.map(|(kind, _)| kind.trim_start_matches("cloudformation.").to_owned());
    kinds.filter(|kind| kind != "event").collect()
}

/// The operation that was started goes on for one write at a time. Returns what each wrote.
async fn writes(fixture: &Fixture, id: &str) -> Vec<Vec<String>> {
    let mut written = Vec::new();
    loop {
        let before = records(fixture);
        let engine = fixture.engine();
        kill_after(&engine, 1);
        let ended = engine.run(id).await.is_ok();
        drop(engine);
        written.push(changed(&before, &records(fixture)));
        if ended {
            return written;
        }
    }
}

#[tokio::test]
async fn a_step_writes_one_resource_and_not_the_stack() {
    let things = |kind: &str| {
        template(&[
            thing("A", json!({ "Label": "A", "Kind": kind })),
            thing("B", json!({ "Label": "B", "Other": kind })),
            thing("C", json!({ "Label": "C" })),
        ])
    };
    let fixture = Fixture::new();
    let id = created(&fixture.engine(), &things("1"), OnFailure::Rollback);
    let create = writes(&fixture, &id).await;
    updated(&fixture.engine(), &id, &things("2"), OnFailure::Rollback);
    let update = writes(&fixture, &id).await;
    deleted(&fixture.engine(), &id, &[]);
    let delete = writes(&fixture, &id).await;

    for (operation, written) in [("create", create), ("update", update), ("delete", delete)] {
        let is_step = |kinds: &&Vec<String>| !kinds.contains(&"stack".to_owned());
        let steps: Vec<_> = written.iter().filter(is_step).collect();
        assert!(steps.len() > 3, "{operation}: {written:?}");
        for step in steps {
            assert!(step.len() <= 1, "{operation}: {step:?}");
        }
        // One at the end of each phase.
        let phases = written.len() - written.iter().filter(is_step).count();
        assert!(phases <= 2, "{operation}: {written:?}");
    }
    let end = finished(&fixture.engine(), &id).await;
    assert!(!end.stack.exists());
}

#[tokio::test]
async fn what_broke_off_on_a_full_disk_goes_on_by_itself_when_there_is_room_again() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let things = template(&[thing("A", json!({ "Label": "A" }))]);
    let id = created(&engine, &things, OnFailure::Rollback);
    let max_pages = |pages: u32| {
        let limit = |connection: &Connection| {
            let set = format!("PRAGMA max_page_count = {pages}");
            connection.query_row(&set, [], |row| row.get::<_, u32>(0))
        };
        engine.stacks.store.read(limit).expect("it is set")
    };
    // No less than there are.
    max_pages(1);
    let filler = "INSERT INTO records VALUES ('filler', ?1, ?2, NULL)";
    let fill = |number: u32| {
        let row = rusqlite::params![number.to_string(), "x".repeat(100)];
        let filled = engine
            .stacks
            .store
            .read(|connection| connection.execute(filler, row));
        filled.is_ok()
    };
    assert!((0..).any(|number| !fill(number)), "the disk is full");

    engine.start(&id);
    for _ in 0..3 {
        tokio::time::sleep(TRY_AGAIN).await;
        let state = engine.stacks.state(&id).expect("it is there");
        assert_eq!(state.stack.status, Status::CreateInProgress);
        assert!(engine.is_busy(), "somebody works on it");
    }
    max_pages(1_000_000);
    while engine.is_busy() {
        tokio::time::sleep(TRY_AGAIN).await;
    }
    let state = engine.stacks.state(&id).expect("it is there");
    assert_eq!(state.stack.status, Status::CreateComplete);
    assert_eq!(fixture.world.labels(), ["A"]);
}
