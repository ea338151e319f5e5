//! Outputs that other stacks use, each under a name that only one stack has.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Stacks;
use crate::cloudformation::stack::{BY_EXPORT, BY_IMPORT, Stack};
use crate::cloudformation::template::Output;
use crate::fault::Fault;
use crate::page::{Cursor, Page};
use crate::store::StoreError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub name: String,
    pub value: String,
    pub stack_id: String,
}

impl Stacks {
    pub fn export(&self, name: &str) -> Result<Option<Export>, Fault> {
        let exporting = self.stacks.with(&BY_EXPORT, name)?;
        Ok(exporting
            .iter()
            .find_map(|(_, stack)| export_of(stack, name)))
    }

    /// By name.
    pub fn exports(&self, after: Option<&Cursor>, size: usize) -> Result<Page<Export>, Fault> {
        let page = self.stacks.page_by(&BY_EXPORT, "", after, size, |_| true)?;
        let exports = page.items.iter();
        Ok(Page {
            items: exports
                .filter_map(|(name, stack)| export_of(stack, name))
                .collect(),
            next: page.next,
        })
    }

    /// The names of the stacks that use an export, sorted.
    pub fn importers(&self, export: &str) -> Result<Vec<String>, Fault> {
        self.store
            .look(|connection| Ok(self.importers_in(connection, export)?))
    }

    fn importers_in(
        &self,
        connection: &Connection,
        export: &str,
    ) -> Result<Vec<String>, StoreError> {
        let prefix = format!("{export}/");
        let found = self.stacks.entries_in(connection, &BY_IMPORT, &prefix)?;
        // Names of exports can have slashes too, names of stacks cannot.
        let names = found.iter().map(|(value, _)| &value[prefix.len()..]);
        let names = names.filter(|name| !name.contains('/'));
        Ok(names.map(str::to_owned).collect())
    }

    /// An export of the stack that another stack uses, and the name of that one.
    pub fn export_in_use(
        &self,
        connection: &Connection,
        stack: &Stack,
    ) -> Result<Option<(String, String)>, StoreError> {
        for name in values(&stack.outputs).into_keys() {
            let importers = self.importers_in(connection, name)?.into_iter();
            if let Some(user) = importers.into_iter().find(|user| *user != stack.name) {
                return Ok(Some((name.to_owned(), user)));
            }
        }
        Ok(None)
    }

    /// Why the stack cannot have these outputs: a name is another stack's, or another stack uses an
    /// export that would be gone or another.
    pub fn export_conflict(
        &self,
        connection: &Connection,
        stack: &Stack,
        outputs: &[Output],
    ) -> Result<Option<String>, StoreError> {
        let (old, new) = (values(&stack.outputs), values(outputs));
        if old == new {
            return Ok(None);
        }
        for name in new.keys() {
            let exporting = self.stacks.with_in(connection, &BY_EXPORT, name)?;
            let other = exporting.iter().find(|(_, other)| other.id != stack.id);
            if let Some((_, other)) = other {
                return Ok(Some(format!(
                    "Export with name {name} is already exported by stack {}",
                    other.name
                )));
            }
        }
        for (name, value) in &old {
            let verb = match new.get(name) {
                Some(same) if same == value => continue,
                Some(_) => "update",
                None => "delete",
            };
            if let Some(user) = self.importers_in(connection, name)?.first() {
                return Ok(Some(format!(
                    "Cannot {verb} export {name} as it is in use by {user}"
                )));
            }
        }
        Ok(None)
    }
}

fn export_of(stack: &Stack, name: &str) -> Option<Export> {
    let mut outputs = stack.outputs.iter();
    let output = outputs.find(|output| output.export.as_deref() == Some(name))?;
    Some(Export {
        name: name.to_owned(),
        value: output.value.clone(),
        stack_id: stack.id.clone(),
    })
}

/// The values of exports, by name.
fn values(outputs: &[Output]) -> BTreeMap<&str, &str> {
    let exports = outputs.iter();
    let exports = exports.filter_map(|it| Some((it.export.as_deref()?, it.value.as_str())));
    exports.collect()
}
