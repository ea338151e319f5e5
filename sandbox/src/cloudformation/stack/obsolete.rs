//! A resource that no logical id of the stack refers to any more: it is to be deleted or retained.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::Record;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Obsolete {
    #[serde(alias = "logical")]
    pub logical_id: String,
    pub kind: String,
    #[serde(alias = "physical")]
    pub physical_id: String,
    pub properties: Value,
    pub depends_on: BTreeSet<String>,
    #[serde(alias = "keep")]
    pub retain: bool,
    /// The properties of an update that may have been made in part.
    #[serde(default, alias = "attempted")]
    pub updating: Option<Value>,
    /// Whether an event has said that it is being deleted.
    #[serde(default, alias = "going")]
    pub deleting: bool,
}

impl Record for Obsolete {
    const KIND: &'static str = "cloudformation.obsolete-resource";
}

impl Obsolete {
    /// Its name among the steps of a phase. Logical ids have no spaces.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.kind, self.physical_id);
        // What is in different APIs can have the same physical id, such as two stages.
        if self.kind.starts_with("AWS::ApiGateway::") {
            format!("{name} {}", self.logical_id)
        } else {
            name
        }
    }
}
