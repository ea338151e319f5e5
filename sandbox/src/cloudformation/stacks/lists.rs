//! Reading several stacks, and what belongs to one.

use super::Stacks;
use crate::cloudformation::stack::{
    BY_CREATION, BY_PHYSICAL_ID, EXISTING_BY_CREATION, Event, Resource, Stack, WITH_OPERATION,
};
use crate::fault::Fault;
use crate::page::{Cursor, Page};

impl Stacks {
    /// Those that are not deleted, the newest first.
    pub fn existing(&self, after: Option<&Cursor>, size: usize) -> Result<Page<Stack>, Fault> {
        let page = self
            .stacks
            .page_by(&EXISTING_BY_CREATION, "", after, size, |_| true)?;
        Ok(page.map(|(_, stack)| stack))
    }

    /// Those that are `wanted`, the deleted too, the newest first.
    pub fn all(
        &self,
        after: Option<&Cursor>,
        size: usize,
        wanted: impl Fn(&Stack) -> bool,
    ) -> Result<Page<Stack>, Fault> {
        let page = self.stacks.page_by(&BY_CREATION, "", after, size, wanted)?;
        Ok(page.map(|(_, stack)| stack))
    }

    /// Those that have an operation under way.
    pub fn with_operation(&self) -> Result<Vec<Stack>, Fault> {
        let found = self.stacks.with(&WITH_OPERATION, "")?.into_iter();
        Ok(found.map(|(_, stack)| stack).collect())
    }

    /// The stack with a resource that has this physical id.
    pub fn with_physical_id(&self, physical_id: &str) -> Result<Option<Stack>, Fault> {
        let found = self.resources.with(&BY_PHYSICAL_ID, physical_id)?;
        let stack_key = found.first().and_then(|(key, _)| key.split('/').next());
        match stack_key {
            Some(key) => Ok(self.stacks.get(key)?),
            None => Ok(None),
        }
    }

    pub fn resource(&self, stack: &Stack, logical_id: &str) -> Result<Option<Resource>, Fault> {
        let key = format!("{}{logical_id}", stack.prefix());
        Ok(self.resources.get(&key)?)
    }

    /// By logical id.
    pub fn resources(
        &self,
        stack: &Stack,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<Page<(String, Resource)>, Fault> {
        let prefix = stack.prefix();
        let page = self.resources.page(&prefix, after, size, |_| true)?;
        Ok(page.map(|(key, resource)| (key[prefix.len()..].to_owned(), resource)))
    }

    /// The newest first.
    pub fn events(
        &self,
        stack: &Stack,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<Page<Event>, Fault> {
        let page = self.events.page(&stack.prefix(), after, size, |_| true)?;
        Ok(page.map(|(_, event)| event))
    }

    /// The body of the stack's template.
    pub fn template(&self, stack: &Stack) -> Result<String, Fault> {
        let key = format!("{}{}", stack.prefix(), stack.definition.template);
        match self.templates.get(&key)? {
            Some(body) => Ok(body.0),
            None => Err(Fault::internal(format!(
                "the template of stack {} is missing",
                stack.name
            ))),
        }
    }
}
