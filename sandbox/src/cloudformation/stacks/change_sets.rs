//! The change sets of stacks.

use std::collections::BTreeMap;

use super::{Stacks, is_id};
use crate::cloudformation::stack::{BY_ID, ChangeSet, Stack, key_of, prefix_of};
use crate::fault::Fault;
use crate::page::{Cursor, Page};

impl Stacks {
    pub fn change_set(&self, stack: &Stack, name_or_id: &str) -> Result<Option<ChangeSet>, Fault> {
        if is_id(name_or_id) {
            let found = self.change_set_with_id(name_or_id)?;
            return Ok(found.filter(|it| it.stack_id == stack.id));
        }
        let key = format!("{}{name_or_id}", stack.prefix());
        let found = self.change_sets.get(&key)?;
        Ok(found.filter(|it| !it.is_over(stack)))
    }

    /// The change set with this id, of any stack.
    pub fn change_set_with_id(&self, id: &str) -> Result<Option<ChangeSet>, Fault> {
        let mut found = self.change_sets.with(&BY_ID, id)?;
        Ok(found.pop().map(|(_, change_set)| change_set))
    }

    /// The newest first.
    pub fn change_sets(
        &self,
        stack: &Stack,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<Page<ChangeSet>, Fault> {
        let found = self.change_sets.under(&stack.prefix())?.into_iter();
        let found = found.filter(|(_, it)| !it.is_over(stack));
        let by_age = found.map(|(key, it)| (format!("{:020}/{key}", i64::MAX - it.created), it));
        let by_age = BTreeMap::from_iter(by_age);
        let page = Page::of(by_age, |(position, _)| position, after, size);
        Ok(page.map(|(_, change_set)| change_set))
    }

    pub fn put_change_set(&self, change_set: &ChangeSet) -> Result<(), Fault> {
        Ok(self.change_sets.put(&key(change_set), change_set)?)
    }

    /// Removes the other change sets of the same stack.
    pub fn remove_other_change_sets(&self, change_set: &ChangeSet) -> Result<(), Fault> {
        let prefix = prefix_of(key_of(&change_set.stack_id));
        self.store.write(|transaction| {
            self.change_sets.remove_under(transaction, &prefix)?;
            self.change_sets
                .put_in(transaction, &key(change_set), change_set)?;
            Ok(())
        })
    }

    pub fn remove_change_set(&self, change_set: &ChangeSet) -> Result<(), Fault> {
        self.change_sets.remove(&key(change_set))?;
        Ok(())
    }
}

fn key(change_set: &ChangeSet) -> String {
    let prefix = prefix_of(key_of(&change_set.stack_id));
    format!("{prefix}{}", change_set.name)
}
