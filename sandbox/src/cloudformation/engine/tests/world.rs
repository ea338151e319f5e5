//! A small world for the engine: one resource type whose things are entries in a map, which outlives
//! the engine as services do, and fails or waits where a test wants it to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cloudformation::engine::{Engine, start_apply, start_delete};
use crate::cloudformation::resources::{
    Attributes, Naming, Property, ResourceType, Shape, TAGS, Types,
};
use crate::cloudformation::stack::{
    Definition, OnFailure, Operation, OperationKind, Phase, Stack, StackState, Status,
};
use crate::cloudformation::stacks::{self, Stacks};
use crate::fault::Fault;
use crate::store::Store;

#[derive(Clone, Debug, Default)]
pub struct World(Arc<Mutex<Things>>);

#[derive(Debug, Default)]
pub struct Things {
    pub existing: BTreeMap<String, Value>,
    /// Requests that fail, such as `create Broken`, by the property `Label`.
    pub failing: BTreeSet<String>,
    /// What was asked for, in order.
    pub asked: Vec<String>,
}

impl World {
    pub fn things(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn fail(&self, request: &str) {
        self.things().failing.insert(request.to_owned());
    }

    pub fn stop_failing(&self) {
        self.things().failing.clear();
    }

    /// The labels of what stands, in order.
    pub fn labels(&self) -> Vec<String> {
        let things = self.things();
        let mut labels: Vec<String> = things.existing.values().map(label).collect();
        labels.sort();
        labels
    }

    async fn ask(&self, verb: &str, properties: &Value) -> Result<(), Fault> {
        let request = format!("{verb} {}", label(properties));
        let turns = if properties["Label"] == "slow" {
            100
        } else {
            // So that steps that can be done at once are under way at once.
            1
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let mut things = self.things();
        things.asked.push(request.clone());
        if things.failing.contains(&request) {
            Err(Fault::invalid("Broken", format!("{request} is not to be")))
        } else {
            Ok(())
        }
    }
}

fn label(properties: &Value) -> String {
    properties["Label"].as_str().unwrap_or_default().to_owned()
}

pub struct Thing(World);

pub const THING: &str = "Test::World::Thing";

#[async_trait]
impl ResourceType for Thing {
    fn name(&self) -> &'static str {
        THING
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("Label", Shape::Text),
                Property::optional("Name", Shape::Text).replaces(),
                Property::optional("Kind", Shape::Text).replaces(),
                Property::optional("Other", Shape::Text),
                TAGS,
            ]
        }
    }

    fn attribute_names(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn naming(&self) -> Naming {
        Naming::by("Name", 40)
    }

    async fn exists(&self, physical_id: &str, properties: &Value) -> Result<bool, Fault> {
        self.0.ask("look for", properties).await?;
        Ok(self.0.things().existing.contains_key(physical_id))
    }

    async fn create(
        &self,
        physical_id: &str,
        properties: &Value,
        again: bool,
    ) -> Result<(), Fault> {
        self.0.ask("create", properties).await?;
        let mut things = self.0.things();
        if things.existing.contains_key(physical_id) && !again {
            return Err(Fault::conflict("ResourceConflictException", "it is there"));
        }
        things
            .existing
            .insert(physical_id.to_owned(), properties.clone());
        // ActualState, but only so far.
        if things
            .failing
            .contains(&format!("finish {}", label(properties)))
        {
            Err(Fault::invalid("Broken", "half of it is there"))
        } else {
            Ok(())
        }
    }

    async fn attributes(&self, physical_id: &str, _: &Value) -> Result<Attributes, Fault> {
        Ok([("Id".to_owned(), json!(format!("id of {physical_id}")))].into())
    }

    async fn update(&self, physical_id: &str, _: &Value, new: &Value) -> Result<(), Fault> {
        self.0.ask("update", new).await?;
        match self.0.things().existing.get_mut(physical_id) {
            Some(thing) => {
                *thing = new.clone();
                Ok(())
            }
            None => Err(Fault::not_found("NotFound", "it is not there")),
        }
    }

    async fn delete(&self, physical_id: &str, properties: &Value) -> Result<(), Fault> {
        self.0.ask("delete", properties).await?;
        self.0.things().existing.remove(physical_id);
        Ok(())
    }
}

/// A store in a folder, and engines on it, one after another.
pub struct Fixture {
    pub world: World,
    folder: TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        Self {
            world: World::default(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// The same world and the same store, from here on apart. No engine may be on this one.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        {
            let (mut there, here) = (copy.world.things(), self.world.things());
            there.existing = here.existing.clone();
            there.failing = here.failing.clone();
        }
        for file in std::fs::read_dir(self.folder.path()).expect("it is read") {
            let file = file.expect("it is read");
            let to = copy.folder.path().join(file.file_name());
            std::fs::copy(file.path(), to).expect("it is copied");
        }
        copy
    }

    /// The file of the store.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// An engine that knows only what is in the store.
    pub fn engine(&self) -> Arc<Engine> {
        let store = Store::open_upgrading(&self.state(), stacks::upgrade);
        let store = Arc::new(store.expect("it opens"));
        let things = Arc::new(Thing(self.world.clone())) as Arc<dyn ResourceType>;
        let stacks = Stacks::open(&store).expect("it opens");
        Engine::new(stacks, Types::new([things]), None)
    }
}

/// An engine that is killed after that many writes.
pub fn kill_after(engine: &Arc<Engine>, writes: usize) {
    engine.stacks.writes_left.store(writes, Ordering::SeqCst);
}

/// A template of things: logical id, properties, what else is said of the resource.
pub fn template(things: &[(&str, Value, Value)]) -> String {
    let mut resources = serde_json::Map::new();
    for (logical_id, properties, rest) in things {
        let mut resource = json!({ "Type": THING, "Properties": properties });
        for (name, value) in rest.as_object().into_iter().flatten() {
            resource[name] = value.clone();
        }
        resources.insert((*logical_id).to_owned(), resource);
    }
    json!({ "Resources": resources }).to_string()
}

pub fn thing(logical_id: &'static str, properties: Value) -> (&'static str, Value, Value) {
    (logical_id, properties, json!({}))
}

/// Writes a stack that is to be created. Returns its id.
pub fn created(engine: &Engine, template: &str, on_failure: OnFailure) -> String {
    let mut state = StackState::new(Stack::new(Stack::new_id("stack")));
    let mut operation = Operation::new(OperationKind::CreateStack, Phase::Apply, None);
    operation.on_failure = on_failure;
    start_apply(
        &mut state,
        operation,
        Definition::default(),
        template.to_owned(),
    );
    let id = state.stack.id.clone();
    let other = engine.stacks.insert(state).expect("it is written");
    assert!(other.is_none());
    id
}

pub fn updated(engine: &Engine, id: &str, template: &str, on_failure: OnFailure) {
    let mut operation = Operation::new(OperationKind::UpdateStack, Phase::Apply, None);
    operation.on_failure = on_failure;
    let changed = engine.stacks.change(id, |state| {
        start_apply(state, operation, Definition::default(), template.to_owned());
        Ok(())
    });
    changed.expect("it is changed");
}

pub fn deleted(engine: &Engine, id: &str, retained: &[&str]) {
    let mut operation = Operation::new(OperationKind::DeleteStack, Phase::Delete, None);
    operation.skip = retained.iter().map(|name| (*name).to_owned()).collect();
    let changed = engine.stacks.change(id, |state| {
        start_delete(state, operation, Status::DeleteInProgress);
        Ok(())
    });
    changed.expect("it is changed");
}

pub async fn finished(engine: &Arc<Engine>, id: &str) -> StackState {
    engine.run(id).await.expect("it runs to its end");
    engine.stacks.state(id).expect("it is there")
}

/// The events since the one with that number, oldest first: "Logical STATUS: reason".
pub fn event_lines(engine: &Engine, state: &StackState, after: u64) -> Vec<String> {
    let page = engine.stacks.events(&state.stack, None, 1000);
    let mut events = page.expect("events").items;
    events.retain(|event| event.number > after);
    events.reverse();
    let lines = events.iter().map(|event| match &event.reason {
        Some(reason) => format!("{} {}: {reason}", event.logical_id, event.status),
        None => format!("{} {}", event.logical_id, event.status),
    });
    lines.collect()
}
