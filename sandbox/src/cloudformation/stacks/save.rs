//! Writing what was changed, and forgetting what is not needed any more.

use rusqlite::Transaction;

use super::{Stacks, prefix_of};
use crate::cloudformation::stack::{
    BY_DELETION, Event, EventLog, Stack, StackState, StepState, TemplateBody,
};
use crate::fault::Fault;
use crate::store::StoreError;

/// How many deleted stacks are kept. AWS keeps them for 90 days.
const MAX_DELETED: usize = 100;
/// Of one stack.
const MAX_EVENTS: u64 = 2_000;

impl Stacks {
    pub(super) fn save(
        &self,
        transaction: &Transaction,
        mut state: StackState,
    ) -> Result<(), StoreError> {
        let prefix = state.stack.prefix();
        if let Some((number, body)) = state.new_template.take() {
            let key = format!("{prefix}{number}");
            self.templates
                .put_in(transaction, &key, &TemplateBody(body))?;
        }
        if state.stack.operation.is_none() {
            self.remove_old_templates(transaction, &mut state.stack)?;
        }
        if !state.stack.exists() {
            self.change_sets.remove_under(transaction, &prefix)?;
        }
        let key = state.stack.key().to_owned();
        state.stack.write(&self.stacks, transaction, &key)?;
        state
            .resources
            .write(&self.resources, transaction, &prefix)?;
        state.obsolete.write(&self.obsolete, transaction, &prefix)?;
        self.save_events(transaction, &prefix, &state.events)
    }

    pub(super) fn save_step(
        &self,
        transaction: &Transaction,
        state: &StepState,
    ) -> Result<(), StoreError> {
        let prefix = state.stack.prefix();
        let key = format!("{prefix}{}", state.name);
        state
            .stack
            .write(&self.stacks, transaction, state.stack.key())?;
        state
            .resource
            .write_or_remove(&self.resources, transaction, &key)?;
        state
            .obsolete
            .write_or_remove(&self.obsolete, transaction, &key)?;
        for obsolete in &state.new_obsolete {
            let key = format!("{prefix}{}", obsolete.name());
            self.obsolete.put_in(transaction, &key, obsolete)?;
        }
        self.save_events(transaction, &prefix, &state.events)
    }

    fn save_events(
        &self,
        transaction: &Transaction,
        prefix: &str,
        events: &EventLog,
    ) -> Result<(), StoreError> {
        for event in &events.new {
            let key = Event::key(prefix, event.number);
            self.events.put_in(transaction, &key, event)?;
            if let Some(old) = event.number.checked_sub(MAX_EVENTS) {
                self.events
                    .remove_in(transaction, &Event::key(prefix, old))?;
            }
        }
        Ok(())
    }

    /// Removes the templates that neither the stack nor a rollback needs.
    fn remove_old_templates(
        &self,
        transaction: &Transaction,
        stack: &mut Stack,
    ) -> Result<(), StoreError> {
        let previous = stack.previous.as_ref().map(|it| it.definition.template);
        let needed = [Some(stack.definition.template), previous];
        let is_needed = |number: &u64| needed.contains(&Some(*number));
        for number in stack.templates.iter().filter(|number| !is_needed(number)) {
            let key = format!("{}{number}", stack.prefix());
            self.templates.remove_in(transaction, &key)?;
        }
        stack.templates.retain(is_needed);
        Ok(())
    }

    /// Forgets the stacks that were deleted longest ago.
    pub fn forget_old(&self) -> Result<(), Fault> {
        let mut deleted = self.stacks.entries(&BY_DELETION, "")?;
        deleted.truncate(deleted.len().saturating_sub(MAX_DELETED));
        for (_, key) in deleted {
            self.forget(&key)?;
        }
        Ok(())
    }

    fn forget(&self, key: &str) -> Result<(), Fault> {
        let prefix = prefix_of(key);
        self.store.write(|transaction| {
            self.events.remove_under(transaction, &prefix)?;
            self.templates.remove_under(transaction, &prefix)?;
            self.resources.remove_under(transaction, &prefix)?;
            self.obsolete.remove_under(transaction, &prefix)?;
            self.stacks.remove_in(transaction, key)?;
            Ok(())
        })
    }
}
