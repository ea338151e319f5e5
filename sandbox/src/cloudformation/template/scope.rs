//! What is known before any resource is made: parameters, pseudo parameters, mappings, conditions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::pseudo::Pseudo;

#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub parameters: BTreeMap<String, Value>,
    pub pseudo: Pseudo,
    pub mappings: Map<String, Value>,
    pub conditions: BTreeMap<String, bool>,
}

impl Scope {
    /// What `Ref` is of a name that is no resource; null stands for `AWS::NoValue`.
    pub fn get(&self, name: &str) -> Option<Value> {
        let parameter = self.parameters.get(name).cloned();
        parameter.or_else(|| self.pseudo.get(name))
    }

    pub fn holds(&self, condition: &str) -> Result<bool, String> {
        self.conditions
            .get(condition)
            .copied()
            .ok_or_else(|| format!("Template format error: Condition {condition} is not defined."))
    }

    pub fn find(&self, map: &str, top: &str, second: &str) -> Option<&Value> {
        self.mappings.get(map)?.get(top)?.get(second)
    }
}
