//! CloudFormation: stacks of resources, made from templates through the operations of the other
//! services.
//!
//! [`operations`] take requests and answer them. What a request asks for is a [`proposal`]: a
//! template ([`template`]) with its parameters, checked ([`checks`]) and compared with what there is
//! ([`changes`]). It becomes an operation in the record of a [`stack`], kept in [`stacks`]; the
//! [`engine`] works on it, with the resource types in [`resources`].

mod changes;
mod checks;
mod engine;
mod exports;
mod fault;
mod operations;
mod proposal;
mod resources;
mod stack;
mod stacks;
mod template;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::error::SandboxError;
use super::fault::Answer;
use super::journal::Journal;
use super::platform::Platform;
use super::service::{Caller, Service};
use super::store::Store;
use engine::Engine;
use operations::Api;
use resources::Types;
use stacks::Stacks;

#[derive(Debug)]
pub struct CloudFormation {
    api: Api,
    journal: Arc<Journal>,
}

impl CloudFormation {
    pub fn open(
        store: &Arc<Store>,
        platform: &Platform,
        journal: &Arc<Journal>,
    ) -> Result<Arc<Self>, SandboxError> {
        let types = Types::of(platform);
        let engine = Engine::new(Stacks::open(store)?, types, Some(journal.clone()));
        Ok(Arc::new(Self {
            api: Api::new(engine, platform.s3.clone()),
            journal: journal.clone(),
        }))
    }

    /// Goes on with the operations that were under way when the last server ended.
    pub fn resume(self: &Arc<Self>) {
        if let Err(fault) = self.api.engine.resume() {
            self.journal.note(&format!("cannot resume stacks: {fault}"));
        }
    }

    /// Whether a stack is being worked on.
    pub fn is_busy(&self) -> bool {
        self.api.engine.is_busy()
    }
}

#[async_trait]
impl Service for CloudFormation {
    async fn call(&self, operation: &str, parameters: Value, caller: &Caller) -> Answer {
        let answer = self.api.call(operation, parameters, caller).await;
        answer.map_err(|mut fault| {
            // CloudFormation's own name for it.
            if fault.code == "ValidationException" {
                fault.code = "ValidationError".to_owned();
            }
            fault
        })
    }
}
