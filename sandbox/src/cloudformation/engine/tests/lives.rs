//! Whole lives of a stack, drawn by chance: it is created, updated and deleted, services fail, the
//! sandbox is killed. Whatever happens, the record and the world agree, and in the end nothing is left.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::super::stack::{
    OnFailure, Operation, OperationKind, Phase, Stack, StackState, Status,
};
use super::super::start_rollback;
use super::kills::assert_consistent;
use super::world::{Fixture, created, deleted, finished, kill_after, template, updated};

const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];

/// How a resource is in one version of the template.
#[derive(Clone, Debug)]
struct Shape {
    kind: u8,
    other: u8,
    /// Depends on the resource before it.
    chained: bool,
}

#[derive(Clone, Debug)]
struct Change {
    /// By name; those that there are.
    shapes: Vec<Option<Shape>>,
    /// What fails, such as `create A`.
    failing: Vec<(&'static str, usize)>,
    /// After how many writes the sandbox is killed, again and again.
    kills: Vec<usize>,
    disable_rollback: bool,
}

fn change() -> impl Strategy<Value = Change> {
    let shape = (0..2u8, 0..3u8, any::<bool>());
    let shape = shape.prop_map(|(kind, other, chained)| Shape {
        kind,
        other,
        chained,
    });
    let shapes = prop::collection::vec(prop::option::weighted(0.7, shape), NAMES.len());
    let verbs = prop::sample::select(vec!["create", "finish", "update", "look for"]);
    let failing = prop::collection::vec((verbs, 0..NAMES.len()), 0..3);
    let kills = prop::collection::vec(0..25usize, 0..3);
    (shapes, failing, kills, prop::bool::weighted(0.3)).prop_map(
        |(shapes, failing, kills, disable_rollback)| Change {
            shapes,
            failing,
            kills,
            disable_rollback,
        },
    )
}

impl Change {
    fn template(&self) -> String {
        let mut things: Vec<(&str, Value, Value)> = Vec::new();
        for (name, shape) in NAMES.iter().zip(&self.shapes) {
            let Some(shape) = shape else {
                continue;
            };
            let mut properties = json!({ "Label": name, "Kind": shape.kind.to_string() });
            properties["Other"] = match things.last() {
                Some((before, ..)) if shape.chained => json!({ "Ref": before }),
                _ => json!(shape.other.to_string()),
            };
            things.push((name, properties, json!({})));
        }
        if things.is_empty() {
            things.push(("A", json!({ "Label": "A" }), json!({})));
        }
        template(&things)
    }

    fn on_failure(&self, stack: Option<&Stack>) -> OnFailure {
        // Where nothing stood there is nothing to go back to.
        let rolls_back = stack.is_none_or(|stack| {
            stack.previous.is_some()
                || !matches!(stack.status, Status::CreateFailed | Status::UpdateFailed)
        });
        if self.disable_rollback || !rolls_back {
            OnFailure::DoNothing
        } else {
            OnFailure::Rollback
        }
    }

    async fn apply(&self, fixture: &Fixture, id: Option<String>) -> String {
        fixture.world.stop_failing();
        for (verb, name) in &self.failing {
            fixture.world.fail(&format!("{verb} {}", NAMES[*name]));
        }
        let engine = fixture.engine();
        let id = match id {
            None => created(&engine, &self.template(), self.on_failure(None)),
            Some(id) => {
                let stack = engine.stacks.get(&id).expect("it is there");
                updated(
                    &engine,
                    &id,
                    &self.template(),
                    self.on_failure(Some(&stack)),
                );
                id
            }
        };
        drop(engine);
        settle(fixture, &id, &self.kills).await;
        id
    }
}

async fn settle(fixture: &Fixture, id: &str, kills: &[usize]) -> StackState {
    for writes in kills {
        let engine = fixture.engine();
        kill_after(&engine, *writes);
        let _ = engine.run(id).await;
    }
    finished(&fixture.engine(), id).await
}

async fn live(changes: Vec<Change>) {
    let fixture = Fixture::new();
    let mut id = None;
    for change in &changes {
        let now = change.apply(&fixture, id.take()).await;
        fixture.world.stop_failing();
        let engine = fixture.engine();
        let mut state = engine.stacks.state(&now).expect("it is there");
        if state.stack.status == Status::UpdateRollbackFailed {
            let go_on = engine.stacks.change(&now, |state| {
                let kind = OperationKind::ContinueRollback;
                start_rollback(state, Operation::new(kind, Phase::Rollback, None));
                Ok(())
            });
            go_on.expect("it is changed");
            drop(engine);
            state = settle(&fixture, &now, &change.kills).await;
            assert_eq!(state.stack.status, Status::UpdateRollbackComplete);
        }
        let failed = matches!(
            state.stack.status,
            Status::CreateFailed | Status::UpdateFailed
        );
        if !failed {
            assert_consistent(&fixture, &state);
        }
        id = (state.stack.status != Status::RollbackComplete).then_some(now.clone());
        if id.is_none() {
            end(&fixture, &now, &change.kills).await;
        }
    }
    if let Some(id) = id {
        end(&fixture, &id, &[3, 5]).await;
    }
}

async fn end(fixture: &Fixture, id: &str, kills: &[usize]) {
    deleted(&fixture.engine(), id, &[]);
    let state = settle(fixture, id, kills).await;
    assert_eq!(state.stack.status, Status::DeleteComplete);
    assert_consistent(fixture, &state);
    assert!(fixture.world.labels().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn a_stacks_record_and_the_world_agree(changes in prop::collection::vec(change(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(live(changes));
    }
}
