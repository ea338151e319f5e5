//! The sandbox is killed after each of its writes in turn, and started again: the end is the same.

use serde_json::{Value, json};

use super::super::super::stack::{OnFailure, Stack, Status};
use super::world::{Site, created, deleted, doomed, finished, story, template, thing, updated};

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

/// Begins on a site with what `begin` says, and kills the sandbox after each number of writes, until
/// one is late enough to change nothing. Every end is to be as `check` wants it.
async fn survive(begin: impl AsyncFn(&Site) -> String, check: impl Fn(&Site, &Stack)) {
    let begun = Site::new();
    let id = begin(&begun).await;
    for writes in 0..ENOUGH {
        let site = begun.copy();
        let engine = site.engine();
        doomed(&engine, writes);
        let survived = engine.run(&id).await.is_ok();
        drop(engine);
        let engine = site.engine();
        let stack = finished(&engine, &id).await;
        check(&site, &stack);
        assert_consistent(&site, &stack);
        let told = story(&engine, &stack, 0);
        let mut unique = told.clone();
        unique.dedup();
        assert_eq!(told, unique, "killed after {writes} writes");
        if survived {
            return;
        }
    }
    panic!("{ENOUGH} writes are not enough");
}

/// What stands is what the stack says, and the other way round.
pub fn assert_consistent(site: &Site, stack: &Stack) {
    assert!(stack.operation.is_none() && stack.leftovers.is_empty() && stack.before.is_none());
    let recorded = stack.resources.values().filter_map(|it| it.made.as_ref());
    let mut recorded: Vec<(String, Value)> = recorded
        .map(|made| (made.physical.clone(), made.properties.clone()))
        .collect();
    recorded.sort_by_key(|(physical, _)| physical.clone());
    let standing: Vec<(String, Value)> = site.world.things().standing.clone().into_iter().collect();
    assert_eq!(recorded, standing);
    assert!(
        stack
            .resources
            .values()
            .all(|it| it.intent.is_none() && it.attempt.is_none())
    );
}

async fn standing(site: &Site) -> String {
    let engine = site.engine();
    let id = created(&engine, &before(), OnFailure::Rollback);
    finished(&engine, &id).await;
    id
}

#[tokio::test]
async fn a_creation_survives_kills() {
    survive(
        async |site| created(&site.engine(), &before(), OnFailure::Rollback),
        |site, stack| {
            assert_eq!(stack.status, Status::CreateComplete);
            assert_eq!(site.world.labels().len(), 4);
        },
    )
    .await;
}

#[tokio::test]
async fn the_rollback_of_a_creation_survives_kills() {
    survive(
        async |site| {
            site.world.fail("finish removed");
            created(&site.engine(), &before(), OnFailure::Rollback)
        },
        |site, stack| {
            assert_eq!(stack.status, Status::RollbackComplete);
            assert!(site.world.labels().is_empty());
        },
    )
    .await;
}

#[tokio::test]
async fn an_update_survives_kills() {
    survive(
        async |site| {
            let id = standing(site).await;
            updated(&site.engine(), &id, &after(), OnFailure::Rollback);
            id
        },
        |site, stack| {
            assert_eq!(stack.status, Status::UpdateComplete);
            let labels = ["added", "changed 2", "last", "named 2", "replaced 2"];
            assert_eq!(site.world.labels(), labels);
        },
    )
    .await;
}

#[tokio::test]
async fn the_rollback_of_an_update_survives_kills() {
    survive(
        async |site| {
            let id = standing(site).await;
            site.world.fail("finish last");
            updated(&site.engine(), &id, &after(), OnFailure::Rollback);
            id
        },
        |site, stack| {
            assert_eq!(stack.status, Status::UpdateRollbackComplete);
            let labels = ["changed 1", "named 1", "removed", "replaced 1"];
            assert_eq!(site.world.labels(), labels);
        },
    )
    .await;
}

#[tokio::test]
async fn a_deletion_survives_kills() {
    survive(
        async |site| {
            let id = standing(site).await;
            deleted(&site.engine(), &id, &[]);
            id
        },
        |site, stack| {
            assert_eq!(stack.status, Status::DeleteComplete);
            assert!(site.world.labels().is_empty());
        },
    )
    .await;
}

#[tokio::test]
async fn what_somebody_else_has_made_survives_kills_too() {
    survive(
        async |site| {
            let theirs = json!({ "Label": "theirs" });
            site.world
                .things()
                .standing
                .insert("named-1".to_owned(), theirs);
            created(&site.engine(), &before(), OnFailure::Rollback)
        },
        |site, stack| {
            assert_eq!(stack.status, Status::RollbackComplete);
            // As far as the stack goes, nothing stands.
            let theirs = site.world.things().standing.remove("named-1");
            assert_eq!(theirs, Some(json!({ "Label": "theirs" })));
        },
    )
    .await;
}
