//! CloudFormation: stacks of resources, made from templates through the operations of the other
//! services.
//!
//! [`operations`] take requests and respond to them. What a request says a stack is to be ([`input`]) is
//! a template ([`template`]) with its parameters, checked ([`checks`]) and compared with what there is
//! ([`diff`]). It becomes an operation in the record of a [`stack`], kept in [`stacks`]; the [`engine`]
//! works on it, with the resource types in [`resources`].

mod change;
mod checks;
mod diff;
mod drift;
mod engine;
mod fault;
mod input;
mod operations;
mod resources;
mod stack;
mod stacks;
mod template;
mod template_source;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use super::error::SandboxError;
use super::journal::Journal;
use super::platform::Platform;
use super::service::Background;
use super::store::Store;
use engine::Engine;
use resources::Types;
use stacks::Stacks;

pub use operations::Api;
pub use stacks::upgrade;
pub use template::check_parameter;
/// A template as a value, as CloudFormation reads it: YAML or JSON, short forms of functions spelt out.
pub use template::read as read_template;

impl Api {
    pub fn open(
        store: &Arc<Store>,
        platform: &Platform,
        journal: &Arc<Journal>,
    ) -> Result<Self, SandboxError> {
        let types = Types::of(platform);
        Ok(Self {
            engine: Engine::new(Stacks::open(store)?, types, Some(journal.clone())),
            s3: platform.s3.clone(),
            journal: journal.clone(),
        })
    }
}

#[async_trait]
impl Background for Api {
    /// Continues the operations that were under way when the last server ended.
    fn resume(self: Arc<Self>) {
        if let Err(fault) = self.engine.resume() {
            self.journal.note(&format!("cannot resume stacks: {fault}"));
        }
    }

    /// Whether a stack is being worked on.
    fn is_busy(&self) -> bool {
        self.engine.is_busy()
    }
}
