//! Outputs that other stacks use, each under a name that one stack has.

use std::collections::BTreeMap;

use super::stack::{Stack, name_of};
use super::stacks::Stacks;
use super::template::Output;
use crate::fault::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub stack_id: String,
    pub value: String,
}

impl Stacks {
    /// By name.
    pub fn exports(&self) -> Result<BTreeMap<String, Export>, Fault> {
        let mut exports = BTreeMap::new();
        for stack in self.all_living()? {
            for output in stack.outputs {
                if let Some(name) = output.export {
                    let (stack_id, value) = (stack.id.clone(), output.value);
                    exports.insert(name, Export { stack_id, value });
                }
            }
        }
        Ok(exports)
    }

    /// The names of the stacks that use an export.
    pub fn importers(&self, export: &str) -> Result<Vec<String>, Fault> {
        let living = self.all_living()?.into_iter();
        let importers = living.filter(|stack| stack.imports.contains(export));
        Ok(importers.map(|stack| stack.name).collect())
    }

    /// Why the stack cannot have these outputs: a name is another stack's, or another stack uses an
    /// export that would be gone or another.
    pub fn export_conflict(
        &self,
        stack: &Stack,
        outputs: &[Output],
    ) -> Result<Option<String>, Fault> {
        let named = |outputs: &[Output]| -> BTreeMap<String, String> {
            let exports = outputs.iter();
            let exports = exports.filter_map(|it| Some((it.export.clone()?, it.value.clone())));
            exports.collect()
        };
        let (old, new) = (named(&stack.outputs), named(outputs));
        if old == new {
            return Ok(None);
        }
        let exports = self.exports()?;
        for name in new.keys() {
            if let Some(export) = exports.get(name).filter(|it| it.stack_id != stack.id) {
                let other = name_of(&export.stack_id);
                return Ok(Some(format!(
                    "Export with name {name} is already exported by stack {other}"
                )));
            }
        }
        for (name, value) in &old {
            let verb = match new.get(name) {
                Some(same) if same == value => continue,
                Some(_) => "update",
                None => "delete",
            };
            if let Some(user) = self.importers(name)?.first() {
                return Ok(Some(format!(
                    "Cannot {verb} export {name} as it is in use by {user}"
                )));
            }
        }
        Ok(None)
    }
}
