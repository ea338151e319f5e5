//! Where stacks are kept: the living under their names, the deleted under their ids, and beside
//! them their events, templates and change sets. A change of a stack is written together with what
//! it tells.

use std::cmp::Reverse;
use std::sync::Arc;

use rusqlite::Transaction;

use super::fault::invalid;
use super::stack::{BY_ID, ChangeSet, Event, Stack, Status, TemplateBody, name_of};
use crate::fault::Fault;
use crate::store::{Records, Store, StoreError};

/// AWS keeps deleted stacks for 90 days; here these many.
const DELETED: usize = 100;
/// Of one stack.
const EVENTS: u64 = 2_000;
const ALL: usize = usize::MAX;

#[derive(Debug)]
pub struct Stacks {
    store: Arc<Store>,
    stacks: Records<Stack>,
    events: Records<Event>,
    templates: Records<TemplateBody>,
    change_sets: Records<ChangeSet>,
    /// How often a test lets something be written before it is as if the process were killed.
    #[cfg(test)]
    pub writes_left: std::sync::atomic::AtomicUsize,
}

impl Stacks {
    pub fn open(store: &Arc<Store>) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            stacks: Records::new(store),
            events: Records::new(store),
            templates: Records::new(store),
            change_sets: Records::open(store)?,
            #[cfg(test)]
            writes_left: std::sync::atomic::AtomicUsize::new(ALL),
        })
    }

    /// The stack with this name or id. Only an id finds a deleted one.
    pub fn find(&self, name_or_id: &str) -> Result<Option<Stack>, Fault> {
        let living = self.stacks.get(name_of(name_or_id))?;
        if !is_id(name_or_id) {
            return Ok(living);
        }
        match living.filter(|stack| stack.id == name_or_id) {
            Some(stack) => Ok(Some(stack)),
            None => Ok(self.stacks.get(name_or_id)?),
        }
    }

    /// As [`find`](Self::find), in the words of the operations that read stacks.
    pub fn described(&self, name_or_id: &str) -> Result<Stack, Fault> {
        self.find(name_or_id)?.ok_or_else(|| unknown(name_or_id))
    }

    /// As [`find`](Self::find), in the words of the operations that change stacks.
    pub fn living(&self, name_or_id: &str) -> Result<Stack, Fault> {
        match self.find(name_or_id)? {
            Some(stack) if stack.status != Status::DeleteComplete => Ok(stack),
            _ => Err(absent(name_or_id)),
        }
    }

    /// All, the deleted too, the newest first.
    pub fn all(&self) -> Result<Vec<Stack>, Fault> {
        let mut stacks = self.stacks.all()?;
        newest_first(&mut stacks);
        Ok(stacks)
    }

    /// Those that are not deleted.
    pub fn all_living(&self) -> Result<Vec<Stack>, Fault> {
        // The deleted are under their ids. No name has a colon.
        let before_ids = self.stacks.range("".."arn:", ALL)?;
        let after_ids = self.stacks.range("arn;".."~", ALL)?;
        let all = before_ids.into_iter().chain(after_ids);
        let mut living: Vec<Stack> = all.map(|(_, stack)| stack).collect();
        newest_first(&mut living);
        Ok(living)
    }

    /// Reads the living stack of that name, lets `change` alter it or put one there, and keeps it:
    /// nothing else writes in between. When `change` fails nothing is kept.
    pub fn write<R>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Option<Stack>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        #[cfg(test)]
        self.count_write()?;
        self.store.write(|transaction| {
            let mut stack = self.stacks.get_in(transaction, name)?;
            let result = change(&mut stack)?;
            match stack {
                Some(stack) => self.keep(transaction, stack)?,
                None => {
                    self.stacks.remove_in(transaction, name)?;
                }
            }
            Ok(result)
        })
    }

    /// As [`write`](Self::write), of the living stack with this name or id.
    pub fn change<R>(
        &self,
        name_or_id: &str,
        change: impl FnOnce(&mut Stack) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.write(name_of(name_or_id), |found| {
            let wanted = |stack: &&mut Stack| !is_id(name_or_id) || stack.id == name_or_id;
            match found.as_mut().filter(wanted) {
                Some(stack) => change(stack),
                None => Err(absent(name_or_id)),
            }
        })
    }

    fn keep(&self, transaction: &Transaction, mut stack: Stack) -> Result<(), StoreError> {
        let unsaved = std::mem::take(&mut stack.unsaved);
        let key = stack.key();
        if let Some((number, text)) = unsaved.text {
            self.templates
                .put_in(transaction, &text_key(key, number), &TemplateBody(text))?;
        }
        for event in &unsaved.events {
            let key = |number| Event::key(stack.key(), number);
            self.events.put_in(transaction, &key(event.number), event)?;
            if let Some(old) = event.number.checked_sub(EVENTS) {
                self.events.remove_in(transaction, &key(old))?;
            }
        }
        if stack.operation.is_none() {
            self.drop_old_texts(transaction, &mut stack)?;
        }
        if stack.status == Status::DeleteComplete {
            self.stacks.remove_in(transaction, &stack.name)?;
            let prefix = format!("{}/", stack.key());
            self.change_sets.remove_under(transaction, &prefix)?;
            return self.stacks.put_in(transaction, &stack.id, &stack);
        }
        self.stacks.put_in(transaction, &stack.name, &stack)
    }

    /// A template is needed as long as the stack, or what it would be rolled back to, is made of it.
    fn drop_old_texts(
        &self,
        transaction: &Transaction,
        stack: &mut Stack,
    ) -> Result<(), StoreError> {
        let before = stack.previous.as_ref().map(|before| before.definition.text);
        let named = [Some(stack.definition.text), before];
        let is_named = |number: &u64| named.contains(&Some(*number));
        for number in stack.templates.iter().filter(|number| !is_named(number)) {
            let key = text_key(stack.key(), *number);
            self.templates.remove_in(transaction, &key)?;
        }
        stack.templates.retain(is_named);
        Ok(())
    }

    /// Forgets the stacks that were deleted longest ago.
    pub fn forget_old(&self) -> Result<(), Fault> {
        let mut deleted = self.stacks.all()?;
        deleted.retain(|stack| stack.status == Status::DeleteComplete);
        deleted.sort_by_key(|stack| Reverse(stack.deleted));
        for stack in deleted.iter().skip(DELETED) {
            self.forget(stack)?;
        }
        Ok(())
    }

    fn forget(&self, stack: &Stack) -> Result<(), Fault> {
        self.store.write(|transaction| {
            let prefix = format!("{}/", stack.key());
            self.events.remove_under(transaction, &prefix)?;
            self.templates.remove_under(transaction, &prefix)?;
            self.stacks.remove_in(transaction, &stack.id)?;
            Ok(())
        })
    }

    /// The newest first, `most` of those before the one with the number `before`.
    pub fn events(
        &self,
        stack: &Stack,
        before: Option<u64>,
        most: usize,
    ) -> Result<Vec<Event>, Fault> {
        let (start, end) = under(stack.key());
        let start = match before {
            Some(number) => Event::key(stack.key(), number.saturating_sub(1)),
            None => start,
        };
        let found = self.events.range(&start..&end, most)?;
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }

    /// The text of the template with this number.
    pub fn text(&self, stack: &Stack, number: u64) -> Result<String, Fault> {
        match self.templates.get(&text_key(stack.key(), number))? {
            Some(TemplateBody(text)) => Ok(text),
            None => Err(Fault::internal(format!(
                "the template of stack {} is missing",
                stack.name
            ))),
        }
    }

    pub fn change_set(&self, stack: &Stack, name_or_id: &str) -> Result<Option<ChangeSet>, Fault> {
        let name = change_set_name(name_or_id);
        let found = self.change_sets.get(&ChangeSet::key(stack.key(), name))?;
        Ok(found.filter(|it| !is_id(name_or_id) || it.id == name_or_id))
    }

    /// The change set with this id, of whatever stack.
    pub fn change_set_with_id(&self, id: &str) -> Result<Option<ChangeSet>, Fault> {
        let mut found = self.change_sets.with(&BY_ID, id)?;
        Ok(found.pop().map(|(_, change_set)| change_set))
    }

    pub fn change_sets(&self, stack: &Stack) -> Result<Vec<ChangeSet>, Fault> {
        let found = self.change_sets.under(&format!("{}/", stack.key()))?;
        Ok(found.into_iter().map(|(_, it)| it).collect())
    }

    pub fn put_change_set(&self, change_set: &ChangeSet) -> Result<(), Fault> {
        Ok(self
            .change_sets
            .put(&change_set_key(change_set), change_set)?)
    }

    pub fn remove_change_set(&self, change_set: &ChangeSet) -> Result<(), Fault> {
        self.change_sets.remove(&change_set_key(change_set))?;
        Ok(())
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

fn newest_first(stacks: &mut [Stack]) {
    stacks.sort_by_key(|stack| (Reverse(stack.created), stack.name.clone()));
}

/// The range of the keys that belong to a stack.
fn under(stack_key: &str) -> (String, String) {
    (format!("{stack_key}/"), format!("{stack_key}0"))
}

fn text_key(stack_key: &str, number: u64) -> String {
    format!("{stack_key}/{number}")
}

fn change_set_key(change_set: &ChangeSet) -> String {
    let stack_key = change_set.stack_id.rsplit('/').next().unwrap_or_default();
    ChangeSet::key(stack_key, &change_set.name)
}

fn change_set_name(name_or_id: &str) -> &str {
    match name_or_id.split_once(":changeSet/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or_default(),
        None => name_or_id,
    }
}

pub fn is_id(name_or_id: &str) -> bool {
    name_or_id.starts_with("arn:")
}

fn unknown(name_or_id: &str) -> Fault {
    let message = format!("Stack with id {name_or_id} does not exist");
    invalid(message)
}

fn absent(name_or_id: &str) -> Fault {
    let message = format!("Stack [{name_or_id}] does not exist");
    invalid(message)
}
