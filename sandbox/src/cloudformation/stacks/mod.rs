//! Where stacks are kept, with their resources, events, templates and change sets, each a record. A
//! change of a status is written together with its event.

mod change_sets;
mod exports;
mod lists;
mod save;
mod version_1;

use std::sync::Arc;

use rusqlite::Connection;

pub use exports::Export;
pub use version_1::upgrade;

use super::fault::invalid;
use super::stack::{
    BY_NAME, ChangeSet, Event, EventLog, Obsolete, Resource, Stack, StackState, StepState,
    TemplateBody, key_of, prefix_of,
};
use crate::fault::Fault;
use crate::store::{Records, Store, StoreError, Tracked, TrackedMap};

#[derive(Debug)]
pub struct Stacks {
    pub(super) store: Arc<Store>,
    stacks: Records<Stack>,
    resources: Records<Resource>,
    obsolete: Records<Obsolete>,
    events: Records<Event>,
    templates: Records<TemplateBody>,
    change_sets: Records<ChangeSet>,
    /// How many changes a test lets be written before it is as if the process were killed.
    #[cfg(test)]
    pub writes_left: std::sync::atomic::AtomicUsize,
}

impl Stacks {
    pub fn open(store: &Arc<Store>) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            stacks: Records::open(store)?,
            resources: Records::open(store)?,
            obsolete: Records::new(store),
            events: Records::new(store),
            templates: Records::new(store),
            change_sets: Records::open(store)?,
            #[cfg(test)]
            writes_left: std::sync::atomic::AtomicUsize::new(usize::MAX),
        })
    }

    /// The stack with this name or id. Only an id finds a deleted one.
    pub fn find(&self, name_or_id: &str) -> Result<Option<Stack>, Fault> {
        self.store
            .look(|connection| Ok(self.find_in(connection, name_or_id)?))
    }

    /// As [`find`](Self::find), with the fault of the operations that read stacks.
    pub fn get(&self, name_or_id: &str) -> Result<Stack, Fault> {
        self.store
            .look(|connection| self.get_in(connection, name_or_id))
    }

    /// The stack with this name or id that is not deleted, with the fault of the operations that change
    /// stacks.
    pub fn get_existing(&self, name_or_id: &str) -> Result<Stack, Fault> {
        self.store
            .look(|connection| self.existing_in(connection, name_or_id))
    }

    /// The stack with this id and its resources.
    pub fn state(&self, id: &str) -> Result<StackState, Fault> {
        self.store.look(|connection| {
            let stack = self.get_in(connection, id)?;
            Ok(self.load(connection, stack)?)
        })
    }

    /// What the step of that name works on, of the stack with this id.
    pub fn step(&self, id: &str, name: &str) -> Result<StepState, Fault> {
        self.store.look(|connection| {
            let stack = self.get_in(connection, id)?;
            Ok(self.load_step(connection, stack, name)?)
        })
    }

    /// Reads the stack with this name or id, lets `change` alter it, and writes what it altered: nothing
    /// else writes in between. When `change` fails nothing is written.
    pub fn change<R>(
        &self,
        name_or_id: &str,
        change: impl FnOnce(&mut StackState) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.change_in(name_or_id, |_, state| change(state))
    }

    /// As [`change`](Self::change), for a change that depends on other stacks.
    pub fn change_in<R>(
        &self,
        name_or_id: &str,
        change: impl FnOnce(&Connection, &mut StackState) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        #[cfg(test)]
        self.count_write()?;
        self.store.write(|transaction| {
            let stack = self.existing_in(transaction, name_or_id)?;
            let mut state = self.load(transaction, stack)?;
            let result = change(transaction, &mut state)?;
            self.save(transaction, state)?;
            Ok(result)
        })
    }

    /// As [`change`](Self::change), of what the step of that name works on.
    pub fn change_step<R>(
        &self,
        id: &str,
        name: &str,
        change: impl FnOnce(&mut StepState) -> R,
    ) -> Result<R, Fault> {
        #[cfg(test)]
        self.count_write()?;
        self.store.write(|transaction| {
            let stack = self.existing_in(transaction, id)?;
            let mut state = self.load_step(transaction, stack, name)?;
            let result = change(&mut state);
            self.save_step(transaction, &state)?;
            Ok(result)
        })
    }

    /// Writes a new stack, unless one has its name: that is returned.
    pub fn insert(&self, state: StackState) -> Result<Option<Stack>, Fault> {
        #[cfg(test)]
        self.count_write()?;
        self.store.write(|transaction| {
            let found = self.find_in(transaction, &state.stack.name)?;
            if found.is_none() {
                self.save(transaction, state)?;
            }
            Ok(found)
        })
    }

    fn find_in(
        &self,
        connection: &Connection,
        name_or_id: &str,
    ) -> Result<Option<Stack>, StoreError> {
        if is_id(name_or_id) {
            let found = self.stacks.get_in(connection, key_of(name_or_id))?;
            return Ok(found.filter(|stack| stack.id == name_or_id));
        }
        let mut found = self.stacks.with_in(connection, &BY_NAME, name_or_id)?;
        Ok(found.pop().map(|(_, stack)| stack))
    }

    fn get_in(&self, connection: &Connection, name_or_id: &str) -> Result<Stack, Fault> {
        self.find_in(connection, name_or_id)?
            .ok_or_else(|| invalid(format!("Stack with id {name_or_id} does not exist")))
    }

    fn existing_in(&self, connection: &Connection, name_or_id: &str) -> Result<Stack, Fault> {
        match self.find_in(connection, name_or_id)? {
            Some(stack) if stack.exists() => Ok(stack),
            _ => Err(does_not_exist(name_or_id)),
        }
    }

    fn load(&self, connection: &Connection, stack: Stack) -> Result<StackState, StoreError> {
        let prefix = stack.prefix();
        Ok(StackState {
            resources: TrackedMap::read(&self.resources, connection, &prefix)?,
            obsolete: TrackedMap::read(&self.obsolete, connection, &prefix)?,
            events: self.event_log(connection, &prefix)?,
            new_template: None,
            stack: Tracked::unchanged(stack),
        })
    }

    fn load_step(
        &self,
        connection: &Connection,
        stack: Stack,
        name: &str,
    ) -> Result<StepState, StoreError> {
        let prefix = stack.prefix();
        let key = format!("{prefix}{name}");
        Ok(StepState {
            name: name.to_owned(),
            resource: Tracked::read(&self.resources, connection, &key)?,
            obsolete: Tracked::read(&self.obsolete, connection, &key)?,
            events: self.event_log(connection, &prefix)?,
            new_obsolete: Vec::new(),
            stack: Tracked::unchanged(stack),
        })
    }

    fn event_log(&self, connection: &Connection, prefix: &str) -> Result<EventLog, StoreError> {
        let latest = self.events.first_under(connection, prefix)?;
        Ok(EventLog::after(latest.as_ref()))
    }

    #[cfg(test)]
    fn count_write(&self) -> Result<(), Fault> {
        use std::sync::atomic::Ordering::SeqCst;
        self.writes_left
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
            .map(|_| ())
            .map_err(|_| Fault::internal("killed"))
    }
}

/// The fault of the operations that change stacks.
pub fn does_not_exist(name_or_id: &str) -> Fault {
    invalid(format!("Stack [{name_or_id}] does not exist"))
}

pub fn is_id(name_or_id: &str) -> bool {
    name_or_id.starts_with("arn:")
}
